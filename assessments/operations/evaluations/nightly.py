"""What beat does with self-evaluations in every district: open, remind, escalate. A second run on a day changes nothing."""

from datetime import date, datetime, timedelta

from assessments.models import EvaluationEvent, EvaluationState, EvaluationStep, SelfEvaluation
from assessments.operations.evaluations import opening
from assessments.operations.evaluations.course import note
from facilities.districts import in_every_district
from tenants.models import Division
from tenants.rules import code_range

REMIND_BEFORE = (14, 7, 3, 1, 0)  # days before the deadline
ESCALATE_AFTER = timedelta(days=3)


def open_everywhere(*, today: date, now: datetime) -> int:
    """Open missing self-evaluations, district by district; one that fails does not stop the others."""
    return in_every_district(
        lambda district: opening.open_due(district=district, today=today, now=now), task="open_evaluations"
    )


def remind_everywhere(*, today: date, now: datetime) -> int:
    return in_every_district(
        lambda district: remind(district=district, today=today, now=now), task="remind_evaluations"
    )


def remind(*, district: int, today: date, now: datetime) -> int:
    """Note the reminders and escalations that are due on a day and have not been made yet; how many.

    A street that has ended can file no more, so nobody is reminded of what it left.
    """
    live = Division.objects.filter(code__gte=district, code__lt=code_range(district).hi, valid_to=None).values("code")
    waiting = list(
        SelfEvaluation.objects.within(code_range(district))
        .filter(state__in=[EvaluationState.OPEN, EvaluationState.RETURNED], due_on__lte=today + timedelta(days=14))
        .filter(division_code__in=live)
        .order_by("due_on", "pk")
    )
    marks = EvaluationEvent.objects.filter(evaluation__in=waiting).exclude(mark="")
    done = set(marks.values_list("evaluation_id", "mark"))
    made = 0
    for one in waiting:
        for kind, mark in due_steps(one.due_on, today):
            if (one.pk, mark) not in done:
                note(one, kind, by=None, now=now, mark=mark, reason=words(one.due_on, today))
                made += 1
    return made


def due_steps(due_on: date, today: date) -> list[tuple[EvaluationStep, str]]:
    """The reminders and the escalation that are due on a day, each with the mark that makes it happen once."""
    left = (due_on - today).days
    if left < 0:
        steps = [(EvaluationStep.REMINDED, f"overdue-{due_on}")]
        if today >= due_on + ESCALATE_AFTER:
            steps.append((EvaluationStep.ESCALATED, f"escalated-{due_on}"))
        return steps
    reached = [days for days in REMIND_BEFORE if left <= days]
    return [(EvaluationStep.REMINDED, f"due-{min(reached)}-{due_on}")] if reached else []


def words(due_on: date, today: date) -> str:
    """How the deadline stands: 还有 3 天到期（2026-07-31）."""
    left = (due_on - today).days
    if left < 0:
        return f"已逾期 {-left} 天（{due_on} 截止）"
    return f"还有 {left} 天到期（{due_on}）" if left else f"今天到期（{due_on}）"
