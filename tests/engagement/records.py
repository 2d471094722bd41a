"""Small records for tests, in the registries of `tests.assessments.registry`."""

from datetime import date, timedelta

from engagement.models import (
    Activity,
    ActivityPlan,
    Catchment,
    Closure,
    Complaint,
    MonthlyFigure,
    Opening,
    OpeningHours,
    Round,
    Survey,
    VisitCount,
)
from tests.assessments.registry import own

YEAR = [date(2026, month, 10) for month in range(1, 13)]
SINCE = date(2025, 1, 1)


def activity(of, day, kind="other", **fields):
    return own(Activity, of, held_on=day, kind=kind, name=fields.pop("name", "活动"), **fields)


def activities(of, days, kind="other", **fields):
    return [activity(of, day, kind, **fields) for day in days]


def plan(of, month, published_on=None):
    return own(ActivityPlan, of, month=month, published_on=published_on, content="略")


def hours(of, weekdays, opens=9, closes=17, item=0, since=SINCE, **fields):
    for weekday in weekdays:
        own(
            OpeningHours, of, weekday=weekday, opens_minute=opens * 60, closes_minute=closes * 60, item_number=item,
            starts_on=since, **fields,
        )  # fmt: skip


def opening(of, day, minutes, item=0):
    return own(Opening, of, day=day, minutes=minutes, item_number=item)


def closure(of, first, last, **fields):
    return own(Closure, of, starts_on=first, ends_on=last + timedelta(days=1), reason="停开", **fields)


def rounds(of, days, kind=1):
    Round.objects.bulk_create(Round(facility=of, division_code=of.division_code, day=day, kind=kind) for day in days)


def days(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def visits(of, day, count, **fields):
    return own(VisitCount, of, starts_on=day, visits=count, **fields)


def figure(of, month, kind, amount, subject=0):
    return own(MonthlyFigure, of, month=month, figure=kind, amount=amount, subject=subject)


def people(of, residents=30_000, **groups):
    return own(Catchment, of, residents=residents, **groups)


def survey(of, satisfied, valid, first=date(2026, 8, 1), last=date(2026, 8, 31), **fields):
    return own(
        Survey, of, title=fields.pop("title", "满意度"), first_day=first, last_day=last, paper_valid=valid,
        paper_satisfied=satisfied, **fields,
    )  # fmt: skip


def complaint(of, received, due, closed=None):
    return own(
        Complaint, of, received_on=received, due_on=due, closed_on=closed, kind="complaint", subject="噪声",
        outcome="已办" if closed else "",
    )  # fmt: skip
