"""What the runs found for one facility: its standing, its history, and the full explanation of one quarter."""

from dataclasses import dataclass

from assessments.models import Run, RunState, Verdict
from assessments.queries.explain import Explanation, explain
from assessments.queries.gaps import Gap, gap
from facilities.models import Facility
from portal.queries.gates import Standing, standing


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
    """Everything about one quarter of a facility; `quarters` are those that can be chosen instead."""

    point: Point
    explanation: Explanation
    gap: Gap
    quarters: tuple[str, ...]


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
    return Result(point, explain(point.verdict), gap(point.verdict), tuple(p.quarter for p in points))


def _standing(verdict: Verdict) -> Standing:
    return standing(
        verdict.run,
        tier=verdict.tier,
        prev_tier=verdict.prev_tier,
        failed=verdict.failed,
        unknown=verdict.unknown,
        flags=verdict.flags,
    )
