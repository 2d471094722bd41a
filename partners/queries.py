"""Reads: the projects that run in a facility on a day, and its charity projects of a year."""

from datetime import date

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from facilities.models import Facility
from partners.models import CharityProject, ResidentProject


def projects_on(facility: Facility, day: date) -> list[ResidentProject]:
    """Projects running on a day, with their partner (None where the reader may not see it) and space."""
    running = ResidentProject.objects.in_force(day).filter(facility=facility)
    return list(running.select_related("partner", "space").order_by("name", "pk"))


def charity_projects(facility: Facility, day: date) -> list[CharityProject]:
    """Charity projects of the calendar year of a day; `received_fen` is what had arrived in that year by then."""
    arrived = Q(receipts__received_on__gte=date(day.year, 1, 1), receipts__received_on__lte=day)
    of_year = CharityProject.objects.filter(facility=facility, year=day.year)
    return list(
        of_year.annotate(received_fen=Coalesce(Sum("receipts__amount_fen", filter=arrived), 0)).order_by("name", "pk")
    )
