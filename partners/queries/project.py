"""Reads: the projects that run in a facility on a day."""

from datetime import date

from facilities.models import Facility
from partners.models import ResidentProject
from partners.queries.brands import named_brand


def projects_on(facility: Facility, day: date) -> list[ResidentProject]:
    """Projects running on a day, with their partner (None where the reader may not see it), its brand and space."""
    running = ResidentProject.objects.in_force(day).filter(facility=facility)
    named = running.annotate(brand_name=named_brand(day, "partner_id"))
    found = list(named.select_related("partner", "space").order_by("name", "pk"))
    for one in found:
        if one.partner is not None:
            one.partner.brand_name = one.brand_name
    return found
