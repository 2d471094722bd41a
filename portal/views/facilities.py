"""The facility list and its export."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from portal.filters import ListFilter
from portal.lines import facility_lines
from portal.listing import listing
from portal.queries.facility_list import COUNT_LIMIT, rows
from portal.queries.places import surroundings
from tenants.access import requires
from tenants.export_views import hand_out
from tenants.rules import Permission

CHOICES = ListFilter.choices()


@requires(Permission.VIEW_FACILITIES)
@require_GET
def facilities(request: HttpRequest):
    """Search, filters, order and pages; the address holds them all, so a link shows the same list again."""
    found = listing(request.appointment, request.GET, timezone.localdate())
    names = surroundings(request.appointment.division_code, [one.division_code for one in found.page])
    found.page.object_list = rows(found.page, found.runs.now, names.places)
    context = {
        "division_name": names.name,
        "streets": names.choices,
        "listing": found,
        "chosen": request.GET.dict(),
        "choices": CHOICES,
        "lines": facility_lines(found.page.object_list),
        "page": found.page,
        "limit": COUNT_LIMIT,
        "chips": found.chips,
        "failing": found.failing,
        "has_more_filters": any(request.GET.get(name) for name in ("type", "lifecycle", "fails", "lacks", "changed")),
        "export_query": urlencode([(k, v) for k, v in request.GET.items() if k != "page"]),
    }
    template = "portal/facilities.html#rows" if request.htmx else "portal/facilities.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.VIEW_FACILITIES)
@require_GET
def export(request: HttpRequest):
    """The same list as an Excel file: at once if it is short, else by a task."""
    return hand_out(request, "facilities", file_name=f"设施清单_{timezone.localdate():%Y%m%d}")
