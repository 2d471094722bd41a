from django.urls import path

from engagement.credit_views import credit
from engagement.survey_views import answer, qr
from engagement.views import add, edit, export, ledger
from engagement.week_views import week

app_name = "engagement"
urlpatterns = [
    path("lively/<slug:ledger>/", ledger, name="ledger"),
    path("lively/<slug:ledger>/export/", export, name="export"),
    path("lively/<slug:ledger>/<uuid:uuid>/", edit, name="edit"),
    path("facilities/<uuid:uuid>/week/", week, name="week"),
    path("facilities/<uuid:uuid>/lively/<slug:ledger>/add/", add, name="add"),
    path("money/exchanges/<uuid:uuid>/activities/", credit, name="credit"),
    path("surveys/<uuid:uuid>/code/", qr, name="qr"),
    path("s/<str:token>/", answer, name="answer"),
]
