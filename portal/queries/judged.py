"""What the runs found for one facility: its standing, its history, and the full explanation of one quarter."""

from dataclasses import dataclass
from functools import lru_cache

from assessments.models import Run, RunState, Verdict, VitalityScore
from assessments.queries.explain import Explanation, explain
from assessments.queries.gaps import Gap, gap
from assessments.queries.words import words_on
from assessments.rules.explanation import Line
from facilities.models import Facility
from portal.queries.gates import Standing, standing
from portal.queries.lively import STATE_WORDS
from standards.models import Clause
from standards.queries.liveliness import service_standard_named
from standards.rules import Outcome
from standards.rules.service import Duty, ServiceStandard, SlotState


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
class Frequency:
    """A frequency of the city's annex as the run judged it by the service standard, slot by slot."""

    duty: Duty
    state: SlotState

    @property
    def clause(self) -> str:
        return self.duty.criterion.source.clause

    @property
    def shown(self) -> tuple[str, str, str]:
        """Words, tone and icon."""
        return STATE_WORDS[self.state]


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
    frequencies: tuple[Frequency, ...] = ()

    @property
    def definitions(self) -> list[Line]:
        """Only those that concern the construction type of this facility."""
        return [line for line in self.explanation.definitions if any(cell.applies for cell in line.cells)]

    @property
    def city_known(self) -> list[Line]:
        return [line for line in self.explanation.city if line.outcome is not Outcome.UNKNOWN]

    @property
    def city_waiting(self) -> list[Line]:
        """Lines that no ledger answers yet. Frequencies are judged by the service standard, where the run did so."""
        judged = {(each.clause, each.duty.criterion.source.quote) for each in self.frequencies}
        waiting = [line for line in self.explanation.city if line.outcome is Outcome.UNKNOWN]
        return [line for line in waiting if (line.clause, line.quote) not in judged]


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
    frequencies = frequencies_of(point.verdict)
    references = frozenset(reference for line in (*lines, *frequencies) for reference in line.clause.split("、"))
    clauses = _clauses(references, tuple(version.content_sha256 for version in told.versions))
    quarters = tuple(p.quarter for p in points)
    return Result(point, told, quarters, clauses, gap(point.verdict, words), frequencies)


def frequencies_of(verdict: Verdict) -> tuple[Frequency, ...]:
    """The frequencies of a run as stored beside the score; none where the run knew no service standard."""
    row = VitalityScore.objects.filter(run=verdict.run_id, facility=verdict.facility_id)
    score = row.select_related("run__vitality").first()
    if score is None or not score.run.vitality.service_standard:
        return ()
    standard = _service(score.run.vitality.service_standard, score.run.vitality.service_hash)
    return tuple(Frequency(standard[key], _state(score, 1 << bit)) for bit, key in enumerate(score.run.vitality.duties))


@lru_cache(maxsize=16)  # published versions never change
def _service(name: str, _content: str) -> ServiceStandard:
    return service_standard_named(name)


def _state(score: VitalityScore, bit: int) -> SlotState:
    for columns, state in (
        (score.missed, SlotState.MISSED), (score.met, SlotState.MET), (score.unknown, SlotState.UNKNOWN),
        (score.possible, SlotState.POSSIBLE),
    ):  # fmt: skip
        if columns & bit:
            return state
    return SlotState.IDLE


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
