"""How far each street is: facilities, their tiers, what is overdue and what is wrong with the data."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from facilities.models import Facility
from facilities.queries.listing import facilities_on
from portal.queries.desk.due import Due
from portal.queries.desk.quality import DECIDES, LIVE, Finding
from tenants.models import Appointment, Division, DivisionLevel
from tenants.rules import code_range, street_of


@dataclass(frozen=True, slots=True)
class Progress:
    """One street. complete: facilities without a finding that decides or moves a tier."""

    code: int
    name: str
    facilities: int
    complete: int
    findings: int
    due: int
    overdue: int

    @property
    def percent(self) -> int | None:
        return self.complete * 100 // self.facilities if self.facilities else None


def progress(appointment: Appointment, day: date, found: Iterable[Finding], due: Iterable[Due]) -> list[Progress]:
    """Streets in scope, those with the most to do first. Two queries beside what is handed in."""
    codes = code_range(appointment.division_code)
    streets = Division.objects.in_force().filter(level=DivisionLevel.STREET, code__gte=codes.lo, code__lt=codes.hi)
    names = dict(streets.order_by("code").values_list("code", "name"))
    live: list[Facility] = list(facilities_on(day).visible_to(appointment).filter(lifecycle__in=LIVE))
    heavy = [one for one in found if one.level >= DECIDES]
    per = Counter(street_of(one.division_code) for one in live)
    unfinished = Counter(
        street_of(code) for code, _ in {(one.facility.division_code, one.facility.pk) for one in heavy}
    )
    todo = Counter(street_of(one.facility.division_code) for one in heavy)
    waiting = Counter(street_of(item.division_code) for item in due)
    late = Counter(street_of(item.division_code) for item in due if item.is_overdue)
    rows = [
        Progress(code, name, per[code], per[code] - unfinished[code], todo[code], waiting[code], late[code])
        for code, name in names.items()
    ]
    return sorted(rows, key=lambda row: (-row.overdue, -row.findings, row.code))
