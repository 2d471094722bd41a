"""What every step of a self-evaluation has in common: the row is locked, the step noted, an act recorded, people told."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.db import transaction

from assessments.models import EvaluationEvent, EvaluationState, EvaluationStep, SelfEvaluation
from assessments.operations.checks import require
from assessments.operations.evaluations.telling import tell
from assessments.rules.evaluation import label
from tenants.models import User
from tenants.operations import record_act


def in_one_go(operation: Callable) -> Callable:
    """Run an operation on the locked self-evaluation, in one transaction."""

    @wraps(operation)
    def locked(*, evaluation: SelfEvaluation, **options):
        with transaction.atomic():
            found = SelfEvaluation.objects.select_for_update(no_key=True, of=("self",)).get(pk=evaluation.pk)
            result = operation(evaluation=found, **options)
        evaluation.refresh_from_db()
        return result

    return locked


def in_state(evaluation: SelfEvaluation, *states: EvaluationState) -> None:
    require(
        evaluation.state in states,
        f"这份自评{evaluation.get_state_display()}，不能这样做了。刷新页面看看现在的情况。",
    )


def require_open(evaluation: SelfEvaluation) -> None:
    require(evaluation.is_open, f"这份自评{evaluation.get_state_display()}，内容已经锁定。要改，请区里退回或开新一版。")


def name_of(evaluation: SelfEvaluation) -> str:
    return f"{label(evaluation.frequency, evaluation.period)}热活度自评"


def note(
    evaluation: SelfEvaluation,
    kind: EvaluationStep,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    mark: str = "",
) -> None:
    """Add a step to the course and tell those whom it concerns."""
    EvaluationEvent.objects.create(
        evaluation=evaluation, division_code=evaluation.division_code, kind=kind, actor=by, at=now, reason=reason[:500],
        mark=mark,
    )  # fmt: skip
    tell(evaluation, kind, name=name_of(evaluation), now=now, reason=reason, mark=mark)


def act(verb: str, evaluation: SelfEvaluation, by: User | None, *, reason: str = "", **details) -> None:
    record_act(
        verb=verb, by=by, division_code=evaluation.division_code, subject=name_of(evaluation),
        subject_uuid=evaluation.uuid, reason=reason, details=details,
    )  # fmt: skip
