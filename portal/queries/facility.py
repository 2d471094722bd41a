"""One facility as its page shows it: what it is, where, and how it came to be."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from facilities.models import Facility, FacilityLineage, FacilityState
from portal.queries.places import Place, division_names, places
from tenants.models import Appointment


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the top of every tab."""

    facility: Facility
    state: FacilityState | None
    place: Place


def facility_head(appointment: Appointment, uuid: UUID, day: date) -> Head:
    """Raises Facility.DoesNotExist outside the appointment's scope, as for a facility that does not exist."""
    facility = Facility.objects.visible_to(appointment).get(uuid=uuid)
    state = facility.states.in_force(day).first()
    return Head(facility, state, places([facility.division_code])[facility.division_code])


def states(facility: Facility) -> list[FacilityState]:
    return list(facility.states.order_by("-starts_on"))


def covered_communities(facility: Facility, day: date) -> list[str]:
    codes = list(facility.coverages.in_force(day).order_by("community_code").values_list("community_code", flat=True))
    names = division_names(codes)
    return [names.get(code, str(code)) for code in codes]


def lineage(facility: Facility) -> list[FacilityLineage]:
    """Where it went and where it came from."""
    went = FacilityLineage.objects.filter(facility=facility) | FacilityLineage.objects.filter(successor=facility)
    return list(went.select_related("facility", "successor").order_by("-effective_on"))
