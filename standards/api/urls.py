from django.urls import path

from standards.api.views import (
    DocumentDetail,
    DocumentList,
    InterpretationList,
    StandardDetail,
    StandardList,
    VersionDetail,
)

urlpatterns = [
    path("documents/", DocumentList.as_view(), name="documents"),
    path("documents/<slug:key>/", DocumentDetail.as_view(), name="document"),
    path("standards/", StandardList.as_view(), name="standards"),
    path("standards/<slug:key>/", StandardDetail.as_view(), name="standard"),
    path("standards/<slug:key>/versions/<str:number>/", VersionDetail.as_view(), name="standard-version"),
    path("interpretations/", InterpretationList.as_view(), name="interpretations"),
]
