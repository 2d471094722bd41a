"""The facility list and its export."""

from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from portal.exports import LIMIT, workbook
from portal.queries.facility_list import COUNT_LIMIT, Listing, listing, rows
from portal.queries.places import division_names, streets_within
from tenants.access import requires
from tenants.rules import Permission

UNSHOWN = {"page", "order", "quarter"}


@requires(Permission.VIEW_FACILITIES)
def facilities(request: HttpRequest):
    """Search, filters, order and pages; the address holds them all, so a link shows the same list again."""
    found = listing(request.appointment, request.GET, today=timezone.localdate())
    context = {
        "listing": found,
        "form": found.filter.form,
        "page": found.page(request.GET.get("page")),
        "limit": COUNT_LIMIT,
        "chips": _chips(request, found),
        "has_more_filters": any(request.GET.get(name) for name in ("type", "lifecycle", "fails", "lacks", "changed")),
        "export_query": urlencode([(k, v) for k, v in request.GET.items() if k != "page"]),
    }
    if not request.htmx:
        context["streets"] = streets_within(request.appointment.division_code)
    template = "portal/facilities.html#rows" if request.htmx else "portal/facilities.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.VIEW_FACILITIES)
def export(request: HttpRequest):
    """The same list as an Excel file, at most LIMIT lines."""
    today = timezone.localdate()
    found = listing(request.appointment, request.GET, today=today)
    lines = rows(found.facilities[:LIMIT], found.runs.now)
    conditions = [f"{label}：{value}" for _, label, value, _ in _chips(request, found)]
    response = HttpResponse(
        workbook(lines, quarter=found.runs.quarter, day=today, conditions=conditions),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    name = quote(f"设施清单_{today:%Y%m%d}.xlsx")
    response["Content-Disposition"] = f"attachment; filename=\"facilities.xlsx\"; filename*=UTF-8''{name}"
    return response


def _chips(request: HttpRequest, found: Listing) -> list[tuple[str, str, str, str]]:
    """The conditions in force: (parameter, label, value in words, address without it)."""
    chips = []
    for name, field in found.filter.form.fields.items():
        value = request.GET.get(name, "").strip()
        if not value or name in UNSHOWN or name in found.filter.form.errors:
            continue
        words = dict(getattr(field, "choices", ())).get(value, value)
        if name in {"street", "community"}:
            words = division_names([int(value)]).get(int(value), value)
        elif name in {"fails", "lacks"}:
            words = found.criteria.get(value, value)
        elif name in {"sensitive", "undetermined"}:
            words = "是"
        rest = urlencode([(k, v) for k, v in request.GET.items() if k not in {name, "page"} and v])
        chips.append((name, str(field.label), str(words), f"?{rest}"))
    return chips
