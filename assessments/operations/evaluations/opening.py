"""Opening the self-evaluations of a period, filled in from the run of the quarter that closes it."""

from datetime import date, datetime

from django.db import transaction

from assessments.models import (
    EvaluatedFacility,
    EvaluationRules,
    EvaluationStep,
    Frequency,
    Run,
    RunState,
    SelfEvaluation,
    VitalityScore,
)
from assessments.operations.checks import require
from assessments.operations.evaluations.course import note
from assessments.queries.evaluations.settings import settings_in_force
from assessments.rules import evaluation as rules
from assessments.rules.quarters import Quarter
from tenants.models import Division, DivisionLevel, User
from tenants.operations import record_act
from tenants.rules import code_range, district_of, street_of
from tenants.scope import set_reason


def open_due(*, district: int, today: date, now: datetime) -> int:
    """Open what is missing of the last year's periods, wherever the run that fills it in is there; how many.

    A period whose quarter has not been computed yet waits for the next night. Call it in the district's scope.
    """
    rules_now = settings_in_force(district, today)
    quarters = rules.periods(rules_now.frequency, today=today)
    return sum(open_period(district=district, quarter=quarter, today=today, now=now) for quarter in quarters)


@transaction.atomic
def open_period(*, district: int, quarter: Quarter, today: date, now: datetime) -> int:
    """Open one period for every street of a district that has scored facilities and none of it yet; how many."""
    run = (
        Run.objects.filter(
            division_code=district, quarter=str(quarter), state=RunState.COMPUTED, vitality__isnull=False
        )
        .order_by("-revision", "-finished_at")
        .first()
    )
    if run is None:
        return 0
    settings = settings_in_force(district, min(today, quarter.next.first_day))
    due_on = rules.due_on(quarter, fill_days=settings.fill_days, today=today, least_days=settings.least_days)
    opened = 0
    for street, scores in _by_street(run, district).items():
        evaluation, is_new = SelfEvaluation.objects.get_or_create(
            division_code=street, quarter=str(quarter),
            defaults={"frequency": settings.frequency, "run": run, "due_on": due_on, "opened_at": now},
        )  # fmt: skip
        if is_new:
            EvaluatedFacility.objects.bulk_create([_evaluated(evaluation, score) for score in scores])
            note(evaluation, EvaluationStep.OPENED, by=None, now=now, mark="opened")
            opened += 1
    return opened


def _by_street(run: Run, district: int) -> dict[int, list[VitalityScore]]:
    """The scores of a run by street in force. What hangs on the district itself belongs to no street."""
    streets = set(
        Division.objects.filter(level=DivisionLevel.STREET, valid_to=None)
        .filter(code__gte=district, code__lt=code_range(district).hi)
        .values_list("code", flat=True)
    )
    found: dict[int, list[VitalityScore]] = {}
    for score in VitalityScore.objects.filter(run=run).order_by("facility_id"):
        street = street_of(score.division_code)
        if street in streets and street != district_of(street):
            found.setdefault(street, []).append(score)
    return dict(sorted(found.items()))


def _evaluated(evaluation: SelfEvaluation, score: VitalityScore) -> EvaluatedFacility:
    return EvaluatedFacility(
        evaluation=evaluation, division_code=evaluation.division_code, facility_id=score.facility_id,
        recorded_score=score.score, recorded_coverage=score.coverage, recorded_grade=score.grade,
        own_score=score.score, own_coverage=score.coverage, own_grade=score.grade,
    )  # fmt: skip


@transaction.atomic
def set_rules(
    *, district: int, frequency: Frequency, fill_days: int, starts_on: date, source: str, by: User
) -> EvaluationRules:
    """A setting that holds from a day on; the one before ends there. What is planned for later is not overtaken."""
    require(len(source) >= 4, "请写明依据，例如“区民政局 2026-12-01 局长办公会纪要”。")
    mine = EvaluationRules.objects.select_for_update(no_key=True).filter(division_code=district)
    require(not mine.filter(starts_on__gte=starts_on).exists(), "那天或以后已经有一个安排，请选更晚的起用日。")
    set_reason(source)
    mine.filter(ends_on=None).update(ends_on=starts_on)
    made = EvaluationRules.objects.create(
        division_code=district, frequency=frequency, fill_days=fill_days, starts_on=starts_on, source=source
    )
    record_act(
        verb="定自评安排", by=by, division_code=district, subject=frequency.label, reason=source,
        details={"fill_days": fill_days, "starts_on": str(starts_on)},
    )  # fmt: skip
    return made
