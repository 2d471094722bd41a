"""What beat does with returns in every district: open, remind, escalate. A second run on the same day changes nothing."""

from datetime import date, datetime

from facilities.districts import in_every_district
from facilities.models import QuarterlyReturn, ReturnEvent
from facilities.returns import flow, opening
from facilities.returns.rules import rules_in_force
from tenants.rules import CodeRange, code_range, district_of


def open_everywhere(*, today: date, now: datetime) -> int:
    """Open missing returns, district by district; one that fails does not stop the others."""
    return in_every_district(
        lambda district: opening.open_due(district=district, today=today, now=now), task="open_returns"
    )


def remind_everywhere(*, today: date, now: datetime) -> int:
    return in_every_district(
        lambda district: remind(codes=code_range(district), today=today, now=now), task="remind_returns"
    )


def remind(*, codes: CodeRange, today: date, now: datetime) -> int:
    """Note the reminders and escalations that are due on a day and have not been made yet; how many."""
    rules = rules_in_force(district_of(codes.lo), today)
    waiting = list(opening.waiting(codes, today, rules))
    done = set(_marks(waiting))
    made = 0
    for one in waiting:
        for kind, mark in opening.due_steps(one, today, rules):
            if (one.pk, mark) not in done:
                flow.note(one, kind, by=None, now=now, mark=mark, reason=opening.words(one, today))
                made += 1
    return made


def _marks(waiting: list[QuarterlyReturn]):
    found = ReturnEvent.objects.filter(quarterly_return__in=waiting).exclude(mark="")
    return found.values_list("quarterly_return_id", "mark")
