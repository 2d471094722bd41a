"""Every route of the portal. Each app names its own in `<app>/urls.py`."""

from django.urls import include, path

urlpatterns = [
    path("", include("tenants.urls")),
    path("", include("portal.urls")),
]
