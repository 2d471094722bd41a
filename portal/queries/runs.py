"""Which runs a screen shows: the newest of each district for a quarter, and those of the quarters before. One query."""

from dataclasses import dataclass
from functools import lru_cache

from assessments.models import Run, RunState
from assessments.queries.rule_sets import versions_named
from assessments.rules.quarters import Quarter
from portal.queries.places import NAMES, Surroundings, named, names_asked, surroundings
from tenants.models import Appointment
from tenants.prepared import Prepared, columns_of, in_one_trip, instances
from tenants.rules import Permission, code_range, district_of, may

_COMPUTED = Prepared(
    "computed_runs",
    ["text", "bigint", "bigint"],
    f"""SELECT {", ".join(columns_of(Run))} FROM assessments_run WHERE state = $1 AND division_code >= $2
    AND division_code < $3 ORDER BY quarter DESC, revision DESC, finished_at DESC""",  # noqa: S608 names of the model
)


@dataclass(frozen=True)
class Runs:
    """by_quarter: newest quarter first, the newest computed run of each district. quarter: the one shown, or empty."""

    by_quarter: dict[str, list[Run]]
    quarter: str

    @property
    def now(self) -> list[Run]:
        return self.by_quarter.get(self.quarter, [])

    @property
    def before(self) -> list[Run]:
        """Runs of the quarter directly before the one shown; a gap in the quarters is no comparison."""
        return self.by_quarter.get(str(Quarter.parse(self.quarter).previous), []) if self.quarter else []

    @property
    def quarters(self) -> list[str]:
        return list(self.by_quarter)

    @property
    def all(self) -> list[Run]:
        return [run for runs in self.by_quarter.values() for run in runs]

    @property
    def standards(self) -> list["Basis"]:
        names = sorted({run.standard for run in self.now})
        return sorted({version for name in names for version in versions(name)}, key=lambda v: v.title)


@dataclass(frozen=True, slots=True)
class Basis:
    """A document that judged, and what it is worth: 征求意见稿, 试行, 正式."""

    name: str
    title: str
    key: str
    status: str
    is_draft: bool


def runs_for(appointment: Appointment, quarter: str | None = None) -> Runs:
    """The runs that an appointment may see; `quarter` is shown if it was computed, else the newest."""
    return _runs(_COMPUTED.rows(*_asked_of(appointment)), quarter) if _may_see(appointment) else Runs({}, "")


def runs_and_names(appointment: Appointment, quarter: str | None = None) -> tuple[Runs, Surroundings]:
    """`runs_for`, and the names around an appointment with the streets inside it: one trip for both."""
    code = appointment.division_code
    if not _may_see(appointment):
        return Runs({}, ""), surroundings(code, [code])
    runs, names = in_one_trip((_COMPUTED, _asked_of(appointment)), (NAMES, names_asked(code, [code])))
    return _runs(runs, quarter), named(names, code, [code])


def _may_see(appointment: Appointment) -> bool:
    return may(appointment.role, Permission.VIEW_RESULTS)


def _asked_of(appointment: Appointment) -> tuple:
    codes = code_range(appointment.division_code)
    return RunState.COMPUTED, district_of(codes.lo), codes.hi


def _runs(rows: list[tuple], quarter: str | None) -> Runs:
    newest: dict[str, dict[int, Run]] = {}
    for run in instances(Run, rows):
        newest.setdefault(run.quarter, {}).setdefault(run.division_code, run)
    by_quarter = {text: list(runs.values()) for text, runs in newest.items()}
    return Runs(by_quarter, quarter if quarter in by_quarter else next(iter(by_quarter), ""))


@lru_cache(maxsize=64)
def versions(name: str) -> tuple[Basis, ...]:
    """The versions that a run names. What is published is never edited, so it is read once."""
    return tuple(
        Basis(
            name=version.document.short_name if version.document else version.standard.name,
            title=version.document.title if version.document else version.standard.name,
            key=version.document.key if version.document else "",
            status=version.get_status_display(),
            is_draft=version.status == "draft",
        )
        for version in versions_named(name)
    )
