"""How far each street is: facilities, their tiers, what is overdue and what is wrong with the data."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from facilities.models import Facility
from facilities.returns.queries import StreetProgress
from portal.queries.desk.due import Due
from portal.queries.desk.quality import DECIDES, Finding
from tenants.rules import street_of


@dataclass(frozen=True, slots=True)
class Progress:
    """One street. complete: facilities without a finding that decides or moves a tier. filed: of the returns of this quarter."""

    code: int
    name: str
    facilities: int
    complete: int
    findings: int
    due: int
    overdue: int
    filed: int = 0
    returns: int = 0

    @property
    def percent(self) -> int | None:
        return self.complete * 100 // self.facilities if self.facilities else None


def progress(
    names: Mapping[int, str], live: Iterable[Facility], found: Iterable[Finding], due: Iterable[Due],
    returns: Iterable[StreetProgress] = (),
) -> list[Progress]:  # fmt: skip
    """Streets by code and name, those with the most to do first. live: the facilities there. Pure."""
    heavy = [one for one in found if one.level >= DECIDES]
    per = Counter(street_of(one.division_code) for one in live)
    unfinished = Counter(
        street_of(code) for code, _ in {(one.facility.division_code, one.facility.pk) for one in heavy}
    )
    todo = Counter(street_of(one.facility.division_code) for one in heavy)
    waiting = Counter(street_of(item.division_code) for item in due)
    late = Counter(street_of(item.division_code) for item in due if item.is_overdue)
    filed = {row.street_code: (row.done, row.total) for row in returns}
    rows = [
        Progress(
            code,
            name,
            per[code],
            per[code] - unfinished[code],
            todo[code],
            waiting[code],
            late[code],
            *filed.get(code, (0, 0)),
        )
        for code, name in names.items()
    ]
    return sorted(rows, key=lambda row: (-row.overdue, -row.findings, row.code))
