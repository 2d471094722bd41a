"""The page that shows the OpenAPI schema, with the files of drf-spectacular-sidecar: nothing comes from a CDN."""

from drf_spectacular.views import SpectacularSwaggerSplitView

from tenants.rules import Permission


class ApiDocs(SpectacularSwaggerSplitView):
    """Swagger UI; its script is a second request to the same address (`?script=`), so no inline script is needed."""

    access = Permission.PUBLIC
    url_name = "api:schema"
    template_name = "happyhome/api_docs.html"
