from django.urls import path

from assessments import views

app_name = "assessments"
urlpatterns = [
    path("runs/", views.runs, name="runs"),
    path("runs/start/", views.start, name="start"),
    path("runs/<uuid:uuid>/", views.run, name="run"),
    path("runs/<uuid:uuid>/progress/", views.progress, name="run_progress"),
]
