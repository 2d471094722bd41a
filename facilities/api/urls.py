from django.urls import path

from facilities.api.basics import FacilityBasics

urlpatterns = [
    path("facilities/<uuid:uuid>/basics/", FacilityBasics.as_view(), name="facility-basics"),
]
