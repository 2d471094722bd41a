"""What beat opens, any number of times: follow-ups of each half-year, orders for surveys below the line, proposals."""

from datetime import date, datetime, timedelta

from django.db import transaction

from assessments.models import (
    LIVE,
    FollowUp,
    ItemDecision,
    ItemDecisionState,
    Rectification,
    RectificationStep,
    StepKind,
)
from assessments.operations.follow_up.orders import note, open_order
from assessments.operations.follow_up.telling import tell, tell_of_proposal
from assessments.queries.follow_up.settings import settings_in_force
from assessments.queries.follow_up.surveys import Found, ended_between, results
from assessments.rules.half_year import HalfYear
from engagement.models import Survey
from facilities.models import Facility, FacilityState, Lifecycle
from standards.queries.liveliness import follow_up_standard
from tenants.rules import code_range

_FOLLOWED = (Lifecycle.OPEN, Lifecycle.SUSPENDED)
_BACK = 4  # half-years that are caught up at most


def open_follow_ups(*, district: int, today: date, now: datetime) -> int:
    """Open what is missing of the half-years that are over and lie wholly under the duty; how many.

    A facility has a follow-up for a half-year on whose last day it was open. Call it in the district's scope.
    """
    half, opened = HalfYear.of(today).previous, 0
    for _ in range(_BACK):
        if follow_up_standard(district, half.first_day) is None:
            break
        opened += _open_half(district, half, today, now)
        half = half.previous
    return opened


def _open_half(district: int, half: HalfYear, today: date, now: datetime) -> int:
    codes = code_range(district)
    due_on = max(settings_in_force(district, today).check_due(half.last_day), today)
    with transaction.atomic():
        there = FacilityState.objects.within(codes).in_force(half.last_day).filter(lifecycle__in=_FOLLOWED)
        known = FollowUp.objects.within(codes).filter(half=str(half)).values("facility_id")
        missing = Facility.objects.within(codes).filter(pk__in=there.values("facility_id")).exclude(pk__in=known)
        new = [
            FollowUp(
                facility=facility, division_code=facility.division_code, half=str(half), due_on=due_on, opened_at=now
            )
            for facility in missing.order_by("pk")
        ]
        FollowUp.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def judge_surveys(*, district: int, today: date, now: datetime) -> int:
    """Open an order for every survey that has ended below the line and has none; how many surveys were noted.

    While an order for the item is at work, a further survey below the line is noted in its course. Call it in the scope.
    """
    codes = code_range(district)
    yesterday = today - timedelta(days=1)
    begins = HalfYear.of(today)
    for _ in range(_BACK):
        begins = begins.previous
    ended = ended_between(begins.first_day, yesterday).filter(pk__in=Survey.objects.within(codes).values("pk"))
    noted = RectificationStep.objects.within(codes).exclude(survey=None).values("survey_id")
    fresh = [found for found in results(ended.exclude(pk__in=noted)) if found.is_below]
    for found in fresh:
        with transaction.atomic():
            _note_below(found, today, now)
    return len(fresh)


def _note_below(found: Found, today: date, now: datetime) -> None:
    survey = found.survey
    at_work = Rectification.objects.select_for_update(of=("self",), no_key=True).select_related("facility")
    order = at_work.filter(facility_id=survey.facility_id, item_number=found.item, state__in=LIVE).first()
    if order is None:
        open_order(found=found, today=today, now=now)
    else:
        words = f"“{survey.title}”满意度 {found.percent_text}（{found.satisfied} / {found.valid}）"
        note(order, StepKind.FURTHER, by=None, now=now, reason=words, survey=survey, below=True)
        tell(order, StepKind.FURTHER, day=today, text=words)


def propose_decisions(*, district: int, today: date, now: datetime) -> int:
    """Put the items up for a decision that were below the line as often as the district's rule says; how many are new.

    Surveys count once each, by the day on which they ended, and only those after the last decision on the item.
    """
    rules, codes = settings_in_force(district, today), code_range(district)
    failed = RectificationStep.objects.within(codes).filter(
        below=True, survey__last_day__gte=rules.counted_since(today)
    ).exclude(rectification__state="void")  # fmt: skip
    surveys: dict[tuple[int, int], set[tuple[int, date]]] = {}
    for facility, item, survey, day in failed.values_list(
        "facility_id", "rectification__item_number", "survey_id", "survey__last_day"
    ):
        surveys.setdefault((facility, item), set()).add((survey, day))
    made = 0
    for (facility, item), found in sorted(surveys.items()):
        made += _propose(facility, item, found, rules, today, now)
    return made


def _propose(facility_id: int, item: int, surveys, rules, today: date, now: datetime) -> int:
    before = ItemDecision.objects.filter(facility=facility_id, item_number=item)
    if before.filter(state=ItemDecisionState.PROPOSED).exists():
        return 0
    last = max(before.values_list("proposed_on", flat=True), default=date.min)
    count = sum(day >= last for _, day in surveys)
    if count < rules.failures:
        return 0
    facility = Facility.objects.get(pk=facility_id)
    decision = ItemDecision.objects.create(
        facility=facility, division_code=facility.division_code, item_number=item, failures=count, proposed_on=today,
        grounds=f"{rules.failure_months} 个月内 {count} 次调查低于线，规则是 {rules.failures} 次（{rules.source}）",
    )  # fmt: skip
    tell_of_proposal(decision, day=today)
    return 1
