"""The ledgers of one facility as they stood on a day."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q

from facilities.models import Coverage, Facility, FacilityLineage, OfferedFunction, Operator, Site, Space


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Rows in force on `day`. Each site has `spaces_of_day`."""

    day: date
    sites: list[Site]
    functions: list[OfferedFunction]
    operators: list[Operator]
    coverages: list[Coverage]
    went_to: list[FacilityLineage]
    came_from: list[FacilityLineage]


def ledgers(facility: Facility, day: date) -> Ledgers:
    """Seven queries, whatever the number of rows. What went to or came from a facility out of scope is left out."""
    spaces = Prefetch("spaces", queryset=Space.objects.in_force(day).order_by("name", "pk"), to_attr="spaces_of_day")
    either = Q(facility=facility) | Q(successor=facility)
    lineage = FacilityLineage.objects.filter(either, effective_on__lte=day).select_related("facility", "successor")
    edges = list(lineage.order_by("effective_on", "pk"))
    functions = OfferedFunction.objects.in_force(day).filter(facility=facility).select_related("space")
    return Ledgers(
        day=day,
        sites=list(
            Site.objects.in_force(day).filter(facility=facility).prefetch_related(spaces).order_by("name", "pk")
        ),
        functions=list(functions.order_by("item_number", "local_name", "pk")),
        operators=list(Operator.objects.in_force(day).filter(facility=facility).order_by("starts_on", "pk")),
        coverages=list(Coverage.objects.in_force(day).filter(facility=facility).order_by("community_code")),
        went_to=[edge for edge in edges if edge.facility_id == facility.pk],
        came_from=[edge for edge in edges if edge.successor_id == facility.pk],
    )
