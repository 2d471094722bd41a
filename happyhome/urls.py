"""Every route of the portal. Each app names its own in `<app>/urls.py`."""

from django.urls import include, path

from happyhome.health import health

urlpatterns = [
    path("health/", health, name="health"),
    path("", include("tenants.urls")),
    path("", include("portal.urls")),
]
