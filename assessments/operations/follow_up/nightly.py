"""What beat does in every district: open, judge, remind, escalate. A second run on the same day changes nothing."""

from datetime import date, datetime

from assessments.models import LIVE, FollowUp, FollowUpState, Rectification, RectificationStep, StepKind
from assessments.operations.follow_up import opening
from assessments.operations.follow_up.orders import note
from assessments.operations.follow_up.telling import remind, remind_of_follow_ups
from assessments.rules.follow_up import deadline_words, due_marks
from facilities.districts import in_every_district
from tenants.rules import code_range


def open_everywhere(*, today: date, now: datetime) -> int:
    """Follow-ups, orders and proposals, district by district; one that fails does not stop the others."""
    return in_every_district(lambda district: open_in(district=district, today=today, now=now), task="open_follow_ups")


def open_in(*, district: int, today: date, now: datetime) -> int:
    """What is due to be opened in one district, in its scope."""
    return (
        opening.open_follow_ups(district=district, today=today, now=now)
        + opening.judge_surveys(district=district, today=today, now=now)
        + opening.propose_decisions(district=district, today=today, now=now)
    )


def remind_everywhere(*, today: date, now: datetime) -> int:
    return in_every_district(
        lambda district: remind_in(district=district, today=today, now=now), task="remind_follow_ups"
    )


def remind_in(*, district: int, today: date, now: datetime) -> int:
    """Reminders and escalations that are due on a day and have not been made yet; how many."""
    codes = code_range(district)
    orders = Rectification.objects.within(codes).filter(state__in=LIVE).select_related("facility").order_by("pk")
    done = set(RectificationStep.objects.within(codes).exclude(mark="").values_list("rectification_id", "mark"))
    made = 0
    for order in orders:
        marks, escalated = due_marks(order.due_on, today)
        words = deadline_words(order.due_on, today)
        for mark in marks:
            if (order.pk, mark) not in done:
                note(order, StepKind.REMINDED, by=None, now=now, mark=mark, reason=words)
                remind(order, day=today, mark=mark, escalated=False)
                made += 1
        mark = f"{order.due_on}:escalated"
        if escalated and (order.pk, mark) not in done:
            note(order, StepKind.ESCALATED, by=None, now=now, mark=mark, reason=words)
            remind(order, day=today, mark=mark, escalated=True)
            made += 1
    return made + _remind_of_follow_ups(district, today)


def _remind_of_follow_ups(district: int, today: date) -> int:
    """By half-year and deadline, one message for all of them; who has had it gets no second one."""
    waiting: dict[tuple[str, date], list[FollowUp]] = {}
    open_ones = FollowUp.objects.within(code_range(district)).filter(state=FollowUpState.OPEN).order_by("pk")
    for one in open_ones:
        waiting.setdefault((one.half, one.due_on), []).append(one)
    sent = 0
    for (_, due_on), found in waiting.items():
        marks, escalated = due_marks(due_on, today)
        for mark in marks:
            sent += remind_of_follow_ups(found, division_code=district, day=today, mark=mark, escalated=False)
        if escalated:
            mark = f"{due_on}:escalated"
            sent += remind_of_follow_ups(found, division_code=district, day=today, mark=mark, escalated=True)
    return sent
