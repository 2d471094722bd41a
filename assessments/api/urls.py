from django.urls import path

from assessments.api.evaluations import SelfEvaluationDetail, SelfEvaluationList
from assessments.api.facilities import FacilityDetail, FacilityList
from assessments.api.follow_up import FollowUpDetail, FollowUpList, RectificationDetail, RectificationList
from assessments.api.runs import RunDetail, RunList, RunProgress
from assessments.api.verdicts import FacilityVerdicts, RunUnjudged, RunVerdicts, VerdictDetail

urlpatterns = [
    path("facilities/", FacilityList.as_view(), name="facilities"),
    path("facilities/<uuid:uuid>/", FacilityDetail.as_view(), name="facility"),
    path("facilities/<uuid:uuid>/verdicts/", FacilityVerdicts.as_view(), name="facility-verdicts"),
    path("facilities/<uuid:uuid>/verdicts/<str:quarter>/", VerdictDetail.as_view(), name="verdict"),
    path("follow-ups/", FollowUpList.as_view(), name="follow-ups"),
    path("follow-ups/<uuid:uuid>/", FollowUpDetail.as_view(), name="follow-up"),
    path("rectifications/", RectificationList.as_view(), name="rectifications"),
    path("rectifications/<uuid:uuid>/", RectificationDetail.as_view(), name="rectification"),
    path("self-evaluations/", SelfEvaluationList.as_view(), name="self-evaluations"),
    path("self-evaluations/<uuid:uuid>/", SelfEvaluationDetail.as_view(), name="self-evaluation"),
    path("runs/", RunList.as_view(), name="runs"),
    path("runs/<uuid:uuid>/", RunDetail.as_view(), name="run"),
    path("runs/<uuid:uuid>/progress/", RunProgress.as_view(), name="run-progress"),
    path("runs/<uuid:uuid>/verdicts/", RunVerdicts.as_view(), name="run-verdicts"),
    path("runs/<uuid:uuid>/unjudged/", RunUnjudged.as_view(), name="run-unjudged"),
]
