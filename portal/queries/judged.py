"""What the runs found for one facility: its standing, its history, and the full explanation of one quarter."""

from dataclasses import dataclass
from functools import lru_cache

from assessments.models import Run, RunState, Verdict
from assessments.queries.explain import Explanation, explain
from assessments.queries.gaps import Gap, gap
from assessments.queries.words import words_on
from assessments.rules.explanation import Line
from facilities.models import Facility
from portal.queries.gates import Standing, standing
from standards.models import Clause
from standards.rules import Outcome


@dataclass(frozen=True, slots=True)
class Point:
    """The result of one quarter. changed: other than in the quarter before."""

    quarter: str
    run: Run
    verdict: Verdict
    standing: Standing

    @property
    def tier(self) -> int | None:
        return self.standing.tier

    @property
    def changed(self) -> bool:
        return self.standing.change != 0


@dataclass(frozen=True, slots=True)
class Result:
    """Everything about one quarter of a facility; `quarters` are those that can be chosen instead.

    clauses: reference (拱墅 三(一)1) → the clause, verbatim.
    """

    point: Point
    explanation: Explanation
    quarters: tuple[str, ...]
    clauses: dict[str, Clause]
    gap: Gap

    @property
    def definitions(self) -> list[Line]:
        """Only those that concern the construction type of this facility."""
        return [line for line in self.explanation.definitions if any(cell.applies for cell in line.cells)]

    @property
    def city_known(self) -> list[Line]:
        return [line for line in self.explanation.city if line.outcome is not Outcome.UNKNOWN]

    @property
    def city_waiting(self) -> list[Line]:
        """Lines that no ledger answers yet."""
        return [line for line in self.explanation.city if line.outcome is Outcome.UNKNOWN]


def history(facility: Facility) -> list[Point]:
    """The newest computed result of each quarter, newest quarter first. One query."""
    found: dict[str, Point] = {}
    verdicts = Verdict.objects.filter(facility=facility, run__state=RunState.COMPUTED).select_related("run")
    for verdict in verdicts.order_by("-run__quarter", "-run__revision"):
        run = verdict.run
        if run.quarter not in found:
            found[run.quarter] = Point(run.quarter, run, verdict, _standing(verdict))
    return list(found.values())


def result_of(points: list[Point], quarter: str | None) -> Result | None:
    """The explanation of the quarter asked for, or of the newest; None where no run judged the facility."""
    if not points:
        return None
    point = next((p for p in points if p.quarter == quarter), points[0])
    words = words_on(point.run.period.last_day)
    told = explain(point.verdict, words)
    lines = (*told.gates, *told.duties, *told.definitions, *told.city)
    references = frozenset(reference for line in lines for reference in line.clause.split("、"))
    clauses = _clauses(references, tuple(version.content_sha256 for version in told.versions))
    return Result(point, told, tuple(p.quarter for p in points), clauses, gap(point.verdict, words))


@lru_cache(maxsize=16)  # documents are frozen once they are loaded
def _clauses(references: frozenset[str], _versions: tuple[str, ...]) -> dict[str, Clause]:
    """The clauses that some lines refer to. A line may name several: 拱墅 三(一)1、拱墅 三(一)2."""
    numbers = {reference.partition(" ")[2] for reference in references}
    found = Clause.objects.filter(number__in=numbers).select_related("document")
    return {f"{clause.document.short_name} {clause.number}": clause for clause in found}


def _standing(verdict: Verdict) -> Standing:
    return standing(
        verdict.run,
        tier=verdict.tier,
        prev_tier=verdict.prev_tier,
        failed=verdict.failed,
        unknown=verdict.unknown,
        flags=verdict.flags,
    )
