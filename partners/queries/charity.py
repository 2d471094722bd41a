"""Reads: the charity projects of a facility in a year."""

from datetime import date

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from facilities.models import Facility
from partners.models import CharityProject


def charity_projects(facility: Facility, day: date) -> list[CharityProject]:
    """Charity projects of the calendar year of a day; `received_fen` is what had arrived in that year by then."""
    arrived = Q(receipts__received_on__gte=date(day.year, 1, 1), receipts__received_on__lte=day)
    of_year = CharityProject.objects.filter(facility=facility, year=day.year)
    return list(
        of_year.annotate(received_fen=Coalesce(Sum("receipts__amount_fen", filter=arrived), 0)).order_by("name", "pk")
    )
