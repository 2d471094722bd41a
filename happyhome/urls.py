"""Every route of the portal. Each app names its own in `<app>/urls.py`."""

from django.urls import include, path

from happyhome.health import health, healthz, readyz
from happyhome.metrics import metrics
from happyhome.routes import at_root
from tenants.site import portal_admin

urlpatterns = [
    path("health/", health, name="health"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    at_root("tenants.urls"),
    path("api/v1/", include("happyhome.api")),
    path("admin/", portal_admin.urls),
    path("standards/", include("standards.urls")),
    at_root("assessments.urls"),
    at_root("engagement.urls"),
    at_root("facilities.urls"),
    at_root("partners.urls"),
    at_root("portal.urls"),
]

handler400 = "happyhome.error_pages.bad_request"
handler500 = "happyhome.error_pages.server_error"
