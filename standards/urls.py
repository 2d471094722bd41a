from django.urls import path

from standards import views

app_name = "standards"
urlpatterns = [
    path("", views.index, name="index"),
    path("documents/<slug:key>/", views.document, name="document"),
    path("clauses/<str:reference>/", views.clause, name="clause"),
    path("versions/<slug:standard>/<str:number>/", views.version, name="version"),
    path("readings/", views.readings, name="readings"),
    path("readings/<str:key>/", views.reading, name="reading"),
    path("readings/<str:key>/rule/", views.rule, name="rule"),
]
