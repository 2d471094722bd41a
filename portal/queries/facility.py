"""One facility as its page shows it: what it is, where, and how it came to be."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from facilities.models import ConstructionType, Facility, FacilityLineage, FacilityState, Lifecycle
from facilities.queries.listing import facilities_on
from portal.queries.places import Place, division_names, surroundings
from tenants.models import Appointment


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the top of every tab."""

    facility: Facility
    place: Place
    division_name: str  # of the reader's own division, for the shell

    @property
    def type_label(self) -> str:
        """Empty where no state is recorded for the day."""
        chosen = self.facility.construction_type
        return str(ConstructionType(chosen).label) if chosen else ""

    @property
    def lifecycle_label(self) -> str:
        return str(Lifecycle(self.facility.lifecycle).label) if self.facility.lifecycle else ""


def facility_head(appointment: Appointment, uuid: UUID, day: date) -> Head:
    """Raises Facility.DoesNotExist outside the appointment's scope, as for a facility that does not exist."""
    facility = facilities_on(day).visible_to(appointment).get(uuid=uuid)
    names = surroundings(appointment.division_code, [facility.division_code])
    return Head(facility, names.places[facility.division_code], names.name)


def states(facility: Facility) -> list[FacilityState]:
    return list(facility.states.order_by("-starts_on"))


def covered_communities(facility: Facility, day: date) -> list[str]:
    codes = list(facility.coverages.in_force(day).order_by("community_code").values_list("community_code", flat=True))
    names = division_names(codes) if codes else {}
    return [names.get(code, str(code)) for code in codes]


def lineage(facility: Facility) -> list[FacilityLineage]:
    """Where it went and where it came from."""
    went = FacilityLineage.objects.filter(facility=facility) | FacilityLineage.objects.filter(successor=facility)
    return list(went.select_related("facility", "successor").order_by("-effective_on"))
