"""Everything under `/api/v1/`. The resources belong to the apps; only the schema and its page are put together here."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from happyhome.api_docs import ApiDocs
from tenants.rules import Permission

app_name = "api"


class Schema(SpectacularAPIView):
    access = Permission.PUBLIC


urlpatterns = [
    path("", include("tenants.api.urls")),
    path("", include("standards.api.urls")),
    path("", include("assessments.api.urls")),
    path("", include("engagement.api.urls")),
    path("", include("facilities.api.urls")),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", ApiDocs.as_view(), name="docs"),
]
