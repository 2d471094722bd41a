"""Every route of the portal. Each app names its own in `<app>/urls.py`."""

from django.urls import include, path

from happyhome.health import health, healthz, readyz
from happyhome.metrics import metrics
from tenants.site import portal_admin

urlpatterns = [
    path("health/", health, name="health"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("", include("tenants.urls")),
    path("api/v1/", include("happyhome.api")),
    path("admin/", portal_admin.urls),
    path("standards/", include("standards.urls")),
    path("", include("assessments.urls")),
    path("", include("engagement.urls")),
    path("", include("facilities.urls")),
    path("", include("partners.urls")),
    path("", include("portal.urls")),
]

handler400 = "happyhome.error_pages.bad_request"
handler500 = "happyhome.error_pages.server_error"
