from django.urls import path

from assessments.api.facilities import FacilityDetail, FacilityList

urlpatterns = [
    path("facilities/", FacilityList.as_view(), name="facilities"),
    path("facilities/<uuid:uuid>/", FacilityDetail.as_view(), name="facility"),
]
