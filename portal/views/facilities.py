"""The facility list and its export."""

from functools import lru_cache
from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from portal.filters import ListFilter
from portal.lines import facility_lines
from portal.listing import Listing, listing
from portal.queries.facility_list import COUNT_LIMIT
from tenants.access import requires
from tenants.export_views import hand_out
from tenants.rules import Permission

CHOICES = ListFilter.choices()
FOLDED = ("type", "lifecycle", "fails", "lacks", "changed")  # under 更多条件


@requires(Permission.VIEW_FACILITIES)
@require_GET
def facilities(request: HttpRequest):
    """Search, filters, order and pages; the address holds them all, so a link shows the same list again."""
    found = listing(request.appointment, request.GET, timezone.localdate())
    found.page.object_list = found.rows
    context = {
        "division_name": found.around.name,
        "listing": found,
        "toolbar": "" if request.htmx else _toolbar(found),
        "lines": facility_lines(found.page.object_list),
        "page": found.page,
        "limit": COUNT_LIMIT,
        "chips": found.chips,
        "failing": found.failing,
        "export_query": urlencode([(k, v) for k, v in request.GET.items() if k != "page"]),
    }
    template = "portal/facilities.html#rows" if request.htmx else "portal/facilities.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _toolbar(found: Listing) -> SafeString:
    """The fields above the list. Where nothing is asked for they are drawn once for what they offer."""
    offered = (
        tuple(found.around.choices),
        tuple(found.criteria.items()),
        tuple(found.runs.quarters),
        found.runs.quarter,
    )
    return _filters(*offered, found.query.dict()) if found.filter else _empty_filters(*offered, get_script_prefix())


@lru_cache(maxsize=256)
def _empty_filters(streets: tuple, criteria: tuple, quarters: tuple[str, ...], shown: str, _prefix: str) -> SafeString:
    return _filters(streets, criteria, quarters, shown, {})


def _filters(streets: tuple, criteria: tuple, quarters: tuple[str, ...], shown: str, chosen: dict) -> SafeString:
    offered = {"streets": streets, "criteria": criteria, "quarters": quarters, "quarter_shown": shown}
    is_open = any(chosen.get(name) for name in FOLDED)
    return render_to_string(
        "portal/facilities_filters.html", {**offered, "chosen": chosen, "choices": CHOICES, "is_open": is_open}
    )


@requires(Permission.VIEW_FACILITIES)
@require_GET
def export(request: HttpRequest):
    """The same list as an Excel file: at once if it is short, else by a task."""
    return hand_out(request, "facilities", file_name=f"设施清单_{timezone.localdate():%Y%m%d}")
