"""Everything under `/api/v1/`. The resources belong to the apps; only the schema and its page are put together here."""

from functools import cache

from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView

from happyhome.api_docs import ApiDocs
from tenants.rules import Permission

app_name = "api"


@cache
def described() -> dict:
    """The schema: the same for everybody, so it is put together once a process (half a second of work)."""
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def _written(renderer: type) -> bytes:
    return renderer().render(described())


def _once(renderer: type) -> type:
    """A renderer that writes the schema once; whatever else it is given, an error for example, each time."""

    class Once(renderer):
        def render(self, data, media_type=None, renderer_context=None):
            if data is described():
                return _written(renderer)
            return super().render(data, media_type, renderer_context)

    return Once


class Generator(SchemaGenerator):
    def get_schema(self, request=None, public=False):
        return described()


class Schema(SpectacularAPIView):
    access = Permission.PUBLIC
    generator_class = Generator
    renderer_classes = [_once(renderer) for renderer in SpectacularAPIView.renderer_classes]


urlpatterns = [
    path("", include("tenants.api.urls")),
    path("", include("standards.api.urls")),
    path("", include("assessments.api.urls")),
    path("", include("engagement.api.urls")),
    path("", include("partners.api.urls")),
    path("", include("facilities.api.urls")),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", ApiDocs.as_view(), name="docs"),
]
