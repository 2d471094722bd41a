"""The numbers of a dashboard: read from the summaries that a run wrote, whatever the number of facilities."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from assessments.models import Run, ScopeSummary
from assessments.queries.explain import rules_of
from assessments.queries.summaries import summaries_of
from assessments.rules.quarters import Quarter
from portal.maps import grid
from portal.queries.places import Surroundings
from portal.queries.runs import Runs
from standards.rules import Tier
from tenants.models import Appointment, DivisionLevel
from tenants.rules import CodeRange, code_range


@dataclass(frozen=True, slots=True)
class Counts:
    """Facilities of one division by result."""

    facilities: int = 0
    judged: int = 0
    demonstration: int = 0
    inclusive: int = 0
    unrated: int = 0
    risen: int = 0
    fallen: int = 0
    sensitive: int = 0
    undetermined: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def listed_percent(self) -> int | None:
        """Share of the judged facilities that reach a tier; None where none was judged."""
        return (self.demonstration + self.inclusive) * 100 // self.judged if self.judged else None

    @property
    def shade(self) -> int:
        """Class of the tile map: 4 all listed with a demonstration one, 3 from 75 %, 2 from 50 %, 1 below, 0 no data."""
        percent = self.listed_percent
        if percent is None:
            return 0
        if percent == 100 and self.demonstration:
            return 4
        return 3 if percent >= 75 else 2 if percent >= 50 else 1


def counts_of(summaries: Iterable[ScopeSummary]) -> Counts:
    total = Counts()
    for row in summaries:
        total += Counts(*(getattr(row, f.name) for f in fields(Counts)))
    return total


@dataclass(frozen=True, slots=True)
class Tile:
    """One division in the tile map; `code` 0 is a gap."""

    code: int
    name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Hurdle:
    """A gate and how many facilities fail it or cannot show it."""

    key: str
    title: str
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Overview:
    """now, before: counts of this scope in the quarter and in the one before (None without one).

    tiles: rows of the map, empty at community level. table: the same divisions as a list. over_time: oldest first.
    """

    name: str
    quarter: str
    now: Counts
    before: Counts | None
    tiles: list[list[Tile]]
    table: list[Tile]
    hurdles: list[tuple[str, list[Hurdle]]]
    over_time: list[tuple[str, Counts]]

    def change(self, name: str) -> int | None:
        return getattr(self.now, name) - getattr(self.before, name) if self.before else None


def overview(appointment: Appointment, runs: Runs, names: Surroundings) -> Overview:
    """Everything above the lists of a dashboard, in one query (three where communities are counted).

    names: of the scope and of `parts_level` inside it.
    """
    codes = code_range(appointment.division_code)
    own = _own_codes(codes, runs.now)
    name, parts = names.name, names.inside
    quarters = {run.pk: quarter for quarter, found in runs.by_quarter.items() for run in found}
    by_quarter: dict[str, list[ScopeSummary]] = {}
    by_part: dict[int, list[ScopeSummary]] = {}
    for row in summaries_of([(runs.all, own), (runs.now, parts)]):
        quarter = quarters[row.run_id]
        if row.division_code in own:
            by_quarter.setdefault(quarter, []).append(row)
        if row.division_code in parts and quarter == runs.quarter:
            by_part.setdefault(row.division_code, []).append(row)
    table = [Tile(code, _short(name), counts_of(by_part.get(code, ()))) for code, name in parts.items()]
    over_time = [(quarter, counts_of(rows)) for quarter, rows in sorted(by_quarter.items()) if quarter <= runs.quarter]
    previous = str(Quarter.parse(runs.quarter).previous)
    return Overview(
        name=name,
        quarter=runs.quarter,
        now=counts_of(by_quarter.get(runs.quarter, ())),
        before=counts_of(by_quarter[previous]) if previous in by_quarter else None,
        tiles=_tiles(codes, table),
        table=table,
        hurdles=_hurdles(runs.now, by_quarter.get(runs.quarter, ())),
        over_time=over_time[-8:],
    )


def _own_codes(codes: CodeRange, runs: Iterable[Run]) -> list[int]:
    """The summaries that add up to a scope: its own row, or those of the districts of a city."""
    districts = [run.division_code for run in runs]
    return districts if all(code in codes for code in districts) else [codes.lo]


def parts_level(codes: CodeRange) -> DivisionLevel | None:
    """The level of the divisions that a dashboard compares: one below the scope, none below a community."""
    levels = {10**8: DivisionLevel.DISTRICT, 10**6: DivisionLevel.STREET, 10**3: DivisionLevel.COMMUNITY}
    return levels.get(codes.hi - codes.lo)


def _short(name: str) -> str:
    return name.removesuffix("街道").removesuffix("社区")


def _tiles(codes: CodeRange, table: list[Tile]) -> list[list[Tile]]:
    by_code = {tile.code: tile for tile in table}
    gap = Tile(0, "", Counts())
    return [[by_code.get(code, gap) for code in row] for row in grid(codes.lo, list(by_code))]


def _hurdles(runs: list[Run], summaries: Iterable[ScopeSummary]) -> list[tuple[str, list[Hurdle]]]:
    """The gates of each tier with how many facilities they hold back, most first; districts are added up by criterion."""
    by_run = {run.pk: run for run in runs}
    rows = [(by_run[row.run_id], row) for row in summaries if row.run_id in by_run]
    groups = []
    for tier, label in ((Tier.INCLUSIVE, "普惠型"), (Tier.DEMONSTRATION, "示范型")):
        found: dict[str, Hurdle] = {}
        for run, row in rows:
            rules = rules_of(run)
            for criterion in (rules.criteria[i] for i in rules.gates(tier)):
                at = run.criteria.index(criterion.key)
                before = found.get(criterion.key)
                found[criterion.key] = Hurdle(
                    key=criterion.key,
                    title=criterion.title.rpartition("：")[2],
                    failed=row.failed_by_criterion[at] + (before.failed if before else 0),
                    unknown=row.unknown_by_criterion[at] + (before.unknown if before else 0),
                )
        if found:
            groups.append((label, sorted(found.values(), key=lambda h: -(h.failed + h.unknown))))
    return groups
