"""A page of the facility list: facilities, their results in words, and the choices of the filters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from assessments.filters import FacilityFilter
from assessments.models import Run
from assessments.queries.listing import facilities_with_verdicts, with_lacking
from facilities.models import ConstructionType, Facility, Lifecycle
from portal.queries.gates import Standing, criterion_titles, gate_masks, standing
from portal.queries.places import Place, places
from portal.queries.runs import Runs, runs_for
from tenants.models import Appointment

PAGE_SIZE = 50
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. standing: None where no run judged the facility."""

    facility: Facility
    place: Place
    type_label: str
    lifecycle_label: str
    standing: Standing | None


class CappedPaginator(Paginator):
    """Counts no further than COUNT_LIMIT: past that nobody turns pages, and a count of everything reads everything."""

    @cached_property
    def count(self) -> int:
        return min(self.counted, COUNT_LIMIT)

    @cached_property
    def counted(self) -> int:
        return self.object_list.order_by()[: COUNT_LIMIT + 1].count()

    @property
    def is_capped(self) -> bool:
        return self.counted > COUNT_LIMIT


@dataclass(frozen=True)
class Listing:
    """Everything the list page shows."""

    filter: FacilityFilter
    runs: Runs

    @property
    def facilities(self) -> QuerySet[Facility]:
        found = self.filter.qs
        return found if found.query.order_by else found.order_by("division_code", "code")

    def page(self, number: str | int | None) -> Page:
        page = CappedPaginator(self.facilities, PAGE_SIZE).get_page(number)
        page.object_list = rows(page.object_list, self.runs.now)
        return page

    @property
    def criteria(self) -> dict[str, str]:
        return criterion_titles(self.runs.now[:1])


def listing(appointment: Appointment, params: Mapping[str, str], *, today: date) -> Listing:
    """The list that an appointment sees for the parameters of an address. An unknown value filters nothing."""
    runs = runs_for(appointment, params.get("quarter"))
    found = judged_facilities(appointment, runs, today)
    return Listing(FacilityFilter(params, found, runs=runs.now, day=today), runs)


def judged_facilities(appointment: Appointment, runs: Runs, day: date) -> QuerySet[Facility]:
    """Facilities in scope with their results of the runs shown and how many gates they lack."""
    found = facilities_with_verdicts(appointment, day=day, runs=runs.now)
    return with_lacking(found, {run.pk: gate_masks(run) for run in runs.now})


def rows(
    facilities: Iterable[Facility], runs: Iterable[Run], where: Mapping[int, Place] | None = None
) -> list[Row]:
    """Lines for facilities annotated by `facilities_with_verdicts`; one query for the names of places, if not given."""
    facilities = list(facilities)
    by_id = {run.pk: run for run in runs}
    where = where or places(facility.division_code for facility in facilities)
    return [
        Row(
            facility=facility,
            place=where[facility.division_code],
            type_label=ConstructionType(facility.construction_type).label if facility.construction_type else "未登记",
            lifecycle_label=Lifecycle(facility.lifecycle).label if facility.lifecycle else "未登记",
            standing=_standing(facility, by_id),
        )
        for facility in facilities
    ]


def _standing(facility, runs: Mapping[int, Run]) -> Standing | None:
    if facility.run_id not in runs:
        return None
    return standing(
        runs[facility.run_id],
        tier=facility.tier,
        prev_tier=facility.prev_tier,
        failed=facility.failed,
        unknown=facility.unknown,
        flags=facility.flags,
    )
