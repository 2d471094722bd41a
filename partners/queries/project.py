"""Reads: the projects that run in a facility on a day."""

from datetime import date

from facilities.models import Facility
from partners.models import ResidentProject


def projects_on(facility: Facility, day: date) -> list[ResidentProject]:
    """Projects running on a day, with their partner (None where the reader may not see it) and space."""
    running = ResidentProject.objects.in_force(day).filter(facility=facility)
    return list(running.select_related("partner", "space").order_by("name", "pk"))
