"""Sending assessors out, and calling visits back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from assessments.models import Assessor, CheckRound, SampledFacility, Visit, VisitState
from assessments.operations import telling
from assessments.operations.checks import _act, grant_visits, require
from assessments.queries.checks import places_of
from assessments.queries.interests import conflicts
from assessments.rules.visits import Place, plan, working_days
from tenants.models import User
from tenants.scope import set_reason


@transaction.atomic
def assign(
    *, round: CheckRound, assessors: Sequence[Assessor], first_day: date, a_day: int, by: User | None, now: datetime
) -> tuple[int, list[str]]:
    """Plan every visit of the sample that nobody has yet: first visits, then the second ones of double visits.

    Within each firm's contract period, Mondays to Fridays, at most `a_day` visits a person and day, nobody where they have an
    interest, the second visit by somebody else, of another firm where there is one. Returns how many were planned and the
    names of the facilities that are left, with the reason.
    """
    require(assessors, "请至少选一名评估员。")
    require(1 <= a_day <= 20, "每人每天 1 到 20 座。")
    require(hasattr(round, "sample") and round.sample.draw_text, "还没有抽样，不能派单。")
    active = list(
        SampledFacility.objects.filter(sample__round=round, dropped_at=None)
        .select_related("facility")
        .order_by("position")
    )
    planned: list[Visit] = []
    left: list[str] = []
    for is_second in (False, True):
        wanted = [s for s in active if not is_second or s.is_double]
        made, missing = _assign(round, wanted, assessors, first_day, a_day, is_second=is_second)
        planned += made
        left += missing
    grant_visits(user_ids={assessor.user_id for assessor in assessors}, by=by)
    telling.visits_planned(round, planned, now)
    _act("派单", round, by, visits=len(planned), left=len(left))
    return len(planned), left


def _assign(round, wanted, assessors, first_day, a_day, *, is_second) -> tuple[list[Visit], list[str]]:
    live = Visit.objects.filter(sampled__sample__round=round).exclude(state=VisitState.REVOKED)
    have = set(live.filter(is_second=is_second).values_list("sampled_id", flat=True))
    wanted = {s.facility_id: s for s in wanted if s.pk not in have}
    if not wanted:
        return [], []
    barred = {assessor.pk: set(conflicts(assessor.commission, assessor, first_day)) for assessor in assessors}
    if is_second:
        _bar_the_first(round, assessors, barred, live)
    busy = set(live.values_list("assessor_id", "day"))
    rest, made = _places(wanted), []
    last = max(assessor.commission.last_day for assessor in assessors)
    for day in working_days(first_day, last):
        free = [
            a.pk for a in assessors
            if a.commission.first_day <= day <= a.commission.last_day and not a.ended_at and (a.pk, day) not in busy
        ]  # fmt: skip
        visits, rest = plan(rest, free, barred, [day], a_day)
        people = {assessor.pk: assessor for assessor in assessors}
        for visit in visits:
            made.append(Visit.objects.create(
                division_code=round.division_code, sampled=wanted[visit.facility_id], facility_id=visit.facility_id,
                assessor_id=visit.assessor_id, user_id=people[visit.assessor_id].user_id, day=visit.day,
                position=visit.position, is_second=is_second,
            ))  # fmt: skip
        if not rest:
            break
    return made, [f"{wanted[p.facility_id].facility.name}（{_why(p, assessors, barred)}）" for p in rest]


def _bar_the_first(round, assessors, barred, live) -> None:
    """The second visit is independent: not by the first assessor, nor their firm if there is another."""
    firms = {assessor.commission_id for assessor in assessors}
    for facility_id, assessor_id, firm in live.filter(is_second=False).values_list(
        "facility_id", "assessor_id", "assessor__commission_id"
    ):
        for assessor in assessors:
            if assessor.pk == assessor_id or (len(firms) > 1 and assessor.commission_id == firm):
                barred[assessor.pk].add(facility_id)


def _why(place: Place, assessors, barred) -> str:
    if all(place.facility_id in barred[assessor.pk] for assessor in assessors):
        return "所选的评估员都要回避，请另选"
    return "合同期内排不下，请加人或提高每天的座数"


def _places(wanted) -> list[Place]:
    at = places_of(wanted)
    return [replace(at[pk], code=sampled.facility.code) for pk, sampled in wanted.items()]


@transaction.atomic
def revoke(*, visit: Visit, reason: str, by: User | None, now: datetime) -> None:
    """Call a visit back: its pack disappears from the phone at the next contact, and what comes later is quarantined."""
    require(reason.strip(), "请写明收回的理由。")
    visit = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    require(visit.state in {VisitState.PLANNED, VisitState.HANDED_IN}, "这次上门已经汇总或收回。")
    visit.state, visit.revoked_reason, visit.revoked_by, visit.revoked_at = (
        VisitState.REVOKED, reason.strip()[:200], by, now,
    )  # fmt: skip
    set_reason(reason)
    visit.save()
    grant_visits(user_ids={visit.user_id}, by=by)
    telling.visit_revoked(visit, now)
    _act("收回上门", visit.sampled.sample.round, by, reason=reason.strip(), facility=visit.facility.code)
