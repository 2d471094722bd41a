"""Whether this process can serve: asked by `./run`, the container's health check and the proxy."""

from django.db import connection
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tenants.access import requires
from tenants.rules import Permission


@requires(Permission.PUBLIC)
@require_safe
@never_cache
def health(request):
    """200 and `ok` when the database answers; an error page of the server otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
