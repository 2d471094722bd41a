"""The facility list and its export."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlencode

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from assessments.filters import in_order
from facilities.models import Facility
from portal.exports import LIMIT, workbook
from portal.filters import ListFilter
from portal.lines import facility_lines
from portal.queries.facility_list import COUNT_LIMIT, CappedPaginator, judged_facilities, rows
from portal.queries.gates import criterion_titles
from portal.queries.places import division_names, surroundings
from portal.queries.runs import Runs, runs_for
from tenants.access import requires
from tenants.rules import Permission

PAGE_SIZE = 50
CHOICES = ListFilter.choices()
UNSHOWN = {"sort"}  # stands in its own field above the list


@dataclass(frozen=True)
class Listing:
    """What an address asks for: the filter over the facilities in scope, beside the runs that judged them."""

    request: HttpRequest
    runs: Runs
    found: QuerySet[Facility]

    @cached_property
    def filter(self) -> ListFilter | None:
        """None where the address asks for nothing: the list as it is opened, without the cost of a form."""
        if any(self.request.GET.get(name) for name in ListFilter.base_filters):
            return ListFilter(self.request.GET, self.found, runs=self.runs.now)
        return None

    @cached_property
    def facilities(self) -> QuerySet[Facility]:
        return self.filter.qs if self.filter else in_order(self.found, "code")

    @property
    def criteria(self) -> dict[str, str]:
        return criterion_titles(self.runs.now[:1])

    @cached_property
    def page(self) -> Page:
        """The facilities of the page that the address asks for."""
        return CappedPaginator(self.facilities, PAGE_SIZE).get_page(self.request.GET.get("page"))

    @cached_property
    def chips(self) -> list[tuple[str, str, str]]:
        """The conditions in force: (label, value in words, address without it)."""
        chips: list[tuple[str, str, str]] = []
        if not self.filter:
            return chips
        for name, field in self.filter.form.fields.items():
            value = self.request.GET.get(name, "").strip()
            if value and name not in UNSHOWN and name not in self.filter.form.errors:
                rest = [(k, v) for k, v in self.request.GET.items() if k not in {name, "page"} and v]
                chips.append((str(field.label), self._words(name, field, value), f"?{urlencode(rest)}"))
        return chips

    def _words(self, name: str, field, value: str) -> str:
        if name in {"street", "community"}:
            return division_names([int(value)]).get(int(value), value)
        if name in {"fails", "lacks"}:
            return self.criteria.get(value, value)
        if name in {"sensitive", "undetermined"}:
            return "是"
        return str(dict(getattr(field, "choices", ())).get(value, value))


def _listing(request: HttpRequest) -> Listing:
    """An unknown value filters nothing."""
    runs = runs_for(request.appointment, request.GET.get("quarter"))
    found = judged_facilities(request.appointment, runs, timezone.localdate())
    return Listing(request, runs, found)


@requires(Permission.VIEW_FACILITIES)
@require_GET
def facilities(request: HttpRequest):
    """Search, filters, order and pages; the address holds them all, so a link shows the same list again."""
    found = _listing(request)
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
    """The same list as an Excel file, at most LIMIT lines."""
    today = timezone.localdate()
    found = _listing(request)
    lines = rows(found.facilities[:LIMIT], found.runs.now)
    conditions = [f"{label}：{value}" for label, value, _ in found.chips]
    response = HttpResponse(
        workbook(lines, quarter=found.runs.quarter, day=today, conditions=conditions),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    name = quote(f"设施清单_{today:%Y%m%d}.xlsx")
    response["Content-Disposition"] = f"attachment; filename=\"facilities.xlsx\"; filename*=UTF-8''{name}"
    return response
