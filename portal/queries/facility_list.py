"""A page of the facility list: facilities, their results in words, and the choices of the filters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from assessments.models import Run
from assessments.queries.listing import facilities_with_verdicts
from facilities.models import ConstructionType, Facility, Lifecycle
from portal.queries.gates import Basis, Standing, basis_of, gate_masks, standing_by, with_lacking
from portal.queries.places import Place, placed, places
from portal.queries.runs import Runs
from tenants.models import Appointment
from tenants.prepared import Prepared
from tenants.rules import CodeRange

COUNT_LIMIT = 10_000
_TYPES, _LIFECYCLES = dict(ConstructionType.choices), dict(Lifecycle.choices)


class Row(NamedTuple):
    """One line of the list. standing: None where no run judged the facility."""

    facility: "Facility | Listed"
    place: Place
    type_label: str
    lifecycle_label: str
    standing: Standing | None


class Listed(NamedTuple):
    """A facility with its state of a day and its verdict, as `judged_facilities` gives them, without the rest."""

    pk: int
    uuid: UUID
    code: str
    name: str
    division_code: int
    construction_type: str | None
    lifecycle: str | None
    run_id: int | None
    tier: int | None
    prev_tier: int | None
    failed: int | None
    unknown: int | None
    flags: int | None
    community: str


# How many there are comes along with each row: one trip less, and cheap, since the count ends at its limit.
_IN_ORDER = Prepared(
    "facilities_in_order",
    ["bigint", "bigint", "date", "bigint[]", "bigint", "bigint", "bigint"],
    """SELECT f.id, f.uuid, f.code, f.name, f.division_code, s.construction_type, s.lifecycle, v.run_id, v.tier,
        v.prev_tier, v.failed, v.unknown, v.flags, coalesce(d.name, ''),
        (SELECT count(*) FROM (SELECT FROM facilities_facility WHERE division_code >= $1 AND division_code < $2
                               LIMIT $7) counted)
    FROM (SELECT id, uuid, code, name, division_code FROM facilities_facility
          WHERE division_code >= $1 AND division_code < $2 ORDER BY code OFFSET $5 LIMIT $6) f
    LEFT JOIN facilities_facilitystate s
        ON s.facility_id = f.id AND s.starts_on <= $3 AND (s.ends_on IS NULL OR s.ends_on > $3)
    LEFT JOIN assessments_verdict v ON v.run_id = ANY($4) AND v.facility_id = f.id
    LEFT JOIN tenants_division d ON d.code = f.division_code AND d.valid_to IS NULL
    ORDER BY f.code""",
)


@dataclass
class Unfiltered:
    """All facilities in a range of codes by their own code: the list as it is opened, by a written statement."""

    codes: CodeRange
    runs: Runs
    day: date
    _counted: int = 0  # as the last rows said

    def __getitem__(self, rows: slice) -> list[Listed]:
        start = rows.start or 0
        runs = [run.pk for run in self.runs.now]
        found = _IN_ORDER.rows(self.codes.lo, self.codes.hi, self.day, runs, start, rows.stop - start, COUNT_LIMIT + 1)
        self._counted = found[0][-1] if found else 0
        return [Listed._make(row[:-1]) for row in found]

    def __len__(self) -> int:
        """How many there are, at most one more than COUNT_LIMIT. The paginator has looked at its first page by then."""
        return self._counted


class CappedPaginator(Paginator):
    """Counts no further than COUNT_LIMIT: past that nobody turns pages, and a count of everything reads everything.

    Over a query of facilities or over `Unfiltered`.
    """

    @cached_property
    def count(self) -> int:
        return min(self.counted, COUNT_LIMIT)

    @cached_property
    def counted(self) -> int:
        """No count where the first page shows everything."""
        if len(self.first) <= self.per_page:
            return len(self.first)
        if isinstance(self.object_list, Unfiltered):
            return len(self.object_list)
        return self.object_list.order_by()[: COUNT_LIMIT + 1].count()

    @cached_property
    def first(self) -> list[Facility | Listed]:
        return list(self.object_list[: self.per_page + 1])

    def page(self, number):
        number = self.validate_number(number)
        if number == 1:
            return self._get_page(self.first[: self.per_page], 1, self)
        return super().page(number)

    @property
    def is_capped(self) -> bool:
        return self.counted > COUNT_LIMIT


def judged_facilities(appointment: Appointment, runs: Runs, day: date) -> QuerySet[Facility]:
    """Facilities in scope with their results of the runs shown and how many gates they lack."""
    found = facilities_with_verdicts(day, runs.now).visible_to(appointment)
    return with_lacking(found, {run.pk: gate_masks(run) for run in runs.now})


def listed_rows(facilities: Iterable[Listed], runs: Iterable[Run], names: Mapping[int, str]) -> list[Row]:
    """Lines of `Unfiltered`. names: of the streets around; those of the communities come with the facilities."""
    facilities = list(facilities)
    communities = {one.division_code: one.community for one in facilities}
    return rows(facilities, runs, placed(communities, {**names, **communities}))


def rows(
    facilities: Iterable[Facility | Listed], runs: Iterable[Run], where: Mapping[int, Place] | None = None
) -> list[Row]:
    """Lines for facilities annotated by `facilities_with_verdicts`; one query for the names of places, if not given."""
    facilities = list(facilities)
    bases = {run.pk: basis_of(run) for run in runs}
    where = where if where is not None else places(facility.division_code for facility in facilities)
    return [
        Row(
            facility=facility,
            place=where[facility.division_code],
            type_label=_TYPES[facility.construction_type] if facility.construction_type else "未登记",
            lifecycle_label=_LIFECYCLES[facility.lifecycle] if facility.lifecycle else "未登记",
            standing=_standing(facility, bases),
        )
        for facility in facilities
    ]


def _standing(facility, bases: Mapping[int, Basis]) -> Standing | None:
    if facility.run_id not in bases:
        return None
    return standing_by(
        bases[facility.run_id],
        facility.tier,
        facility.prev_tier,
        facility.failed,
        facility.unknown,
        facility.flags,
    )
