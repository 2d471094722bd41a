"""The page of partners over an area."""

from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from partners.queries.overview import overview as overview_of
from tenants.access import requires
from tenants.rules import CITY_WIDTH, Permission


@requires(Permission.VIEW_FACILITIES)
@require_GET
def overview(request: HttpRequest):
    """Partners by kind, place and function, each with the list behind it; what ends within 90 days."""
    today = timezone.localdate()
    told = overview_of(request.appointment, today)
    place = "区" if request.appointment.division_code % CITY_WIDTH == 0 else "街道"
    context = {
        "told": told, "today": today, "in_all": sum(told.registered.values()),
        "at_work": sum(line.partners for line in told.kinds), "projects": sum(line.projects for line in told.kinds),
        "agreements": sum(line.agreements or 0 for line in told.kinds),
        "sides": ((f"各{place}", place, "place", told.places), ("各项功能", "功能", "item", told.functions)),
        "ending": list(told.ending.items()),
    }  # fmt: skip
    return render(request, "partners/overview.html", context)
