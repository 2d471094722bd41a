"""Opening the returns of a quarter, reminding and escalating: what beat does every night, any number of times."""

from datetime import date, datetime, timedelta

from django.db import transaction

from facilities.models import (
    EventKind,
    Facility,
    FacilityState,
    Lifecycle,
    QuarterlyReturn,
    ReturnEvent,
    ReturnState,
)
from facilities.returns.rules import Rules, rules_in_force
from tenants.quarters import Quarter
from tenants.rules import code_range

_REPORTING = (Lifecycle.OPEN, Lifecycle.SUSPENDED)


def open_due(*, district: int, today: date, now: datetime) -> int:
    """Open what is missing of the current quarter, and of quarters missed since the district's first; how many.

    A facility that opens in mid-quarter gets its return the night after. Call it in the district's scope.
    """
    current = Quarter.of(today)
    codes = code_range(district)
    seen = QuarterlyReturn.objects.within(codes).order_by("quarter").values_list("quarter", flat=True).first()
    quarter = min(Quarter.parse(seen), current) if seen else current
    opened = 0
    while quarter <= current:
        opened += open_quarter(district=district, quarter=quarter, today=today, now=now)
        quarter = quarter.next
    return opened


def open_quarter(*, district: int, quarter: Quarter, today: date, now: datetime) -> int:
    """Open the returns of one quarter for the facilities that run in it and have none yet; how many."""
    codes = code_range(district)
    rules = rules_in_force(district, min(today, quarter.last_day))
    day = min(today, quarter.last_day)
    with transaction.atomic():
        running = FacilityState.objects.within(codes).in_force(day).filter(lifecycle__in=_REPORTING)
        waiting = Facility.objects.within(codes).filter(pk__in=running.values("facility_id"))
        waiting = waiting.exclude(
            pk__in=QuarterlyReturn.objects.within(codes).filter(quarter=str(quarter)).values("facility_id")
        )
        new = [
            QuarterlyReturn(
                facility=facility, division_code=facility.division_code, quarter=str(quarter),
                due_on=rules.due_on(quarter), opened_at=now,
            )
            for facility in waiting.order_by("pk")
        ]  # fmt: skip
        QuarterlyReturn.objects.bulk_create(new, ignore_conflicts=True)
        made = {
            one.facility_id: one
            for one in QuarterlyReturn.objects.filter(
                quarter=str(quarter), edition=1, facility__in=[n.facility for n in new]
            )
        }
        ReturnEvent.objects.bulk_create(
            [
                ReturnEvent(
                    quarterly_return=one, facility_id=one.facility_id, division_code=one.division_code,
                    kind=EventKind.OPENED, mark="opened", at=now,
                )
                for one in made.values()
            ],
            ignore_conflicts=True,
        )  # fmt: skip
    return len(made)


def due_steps(one: QuarterlyReturn, today: date, rules: Rules) -> list[tuple[EventKind, str]]:
    """The reminders and the escalation that are due on a day, each with the mark that makes it happen once."""
    left = (one.due_on - today).days
    reached = [days for days in rules.remind_days if left <= days]
    steps = [(EventKind.REMINDED, f"due-{min(reached)}")] if reached and left >= 0 else []
    if left < 0:
        steps.append((EventKind.REMINDED, "overdue"))
    if -left >= rules.escalate_after_days and left < 0:
        steps.append((EventKind.ESCALATED, "escalated"))
    return steps


def waiting(codes, today: date, rules: Rules):
    """Returns of a range of codes that are not submitted and whose deadline is near or past."""
    near = today + timedelta(days=max(rules.remind_days, default=0))
    open_ones = QuarterlyReturn.objects.within(codes).filter(
        state__in=[ReturnState.OPEN, ReturnState.RETURNED], due_on__lte=near
    )
    return open_ones.select_related("facility").order_by("due_on", "pk")


def words(one: QuarterlyReturn, today: date) -> str:
    """How the deadline stands: 还有 3 天到期（2026-12-21）."""
    left = (one.due_on - today).days
    if left < 0:
        return f"已逾期 {-left} 天（{one.due_on} 截止）"
    return f"还有 {left} 天到期（{one.due_on}）" if left else f"今天到期（{one.due_on}）"
