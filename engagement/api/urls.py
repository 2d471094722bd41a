from django.urls import path

from engagement.api.visits import FacilityVisits

urlpatterns = [
    path("facilities/<uuid:uuid>/visits/", FacilityVisits.as_view(), name="facility-visits"),
]
