"""界面规范: every part of the pages in all its states. A new part goes here first."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenants.access import requires
from tenants.rules import Permission

CANAL = (50, 100, 200, 300, 400, 500, 600, 700, 800, 900)


@requires(Permission.SIGNED_IN)
@require_GET
def components(request):
    page = Paginator(range(1, 127), 10).get_page(request.GET.get("page"))
    return render(request, "portal/components.html", {"canal": CANAL, "page": page, "pip_demo": (1, 0, 1, 2, 1, 1)})
