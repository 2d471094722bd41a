"""From findings to rulings: visits are closed, streets are asked, the district rules. Everything stays on record."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from assessments.models import CheckRound, Discrepancy, OperationState, Ruling, Visit, VisitOperation, VisitState
from assessments.operations import telling
from assessments.operations.checks import _act, grant_visits, require
from assessments.queries.catalogue import function_catalogue
from assessments.queries.checklist import checklist_of, claims_of
from assessments.queries.explain import rules_of
from assessments.rules.checklist import differs, verified
from tenants.models import User
from tenants.operations import record_act
from tenants.scope import set_reason


def end_of_day(start: datetime, days: int) -> datetime:
    """23:59:59 in Shanghai of the day that is `days` calendar days after the start's."""
    day = timezone.localtime(start).date() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


@transaction.atomic
def close_visits(*, round: CheckRound, by: User | None, now: datetime) -> tuple[int, int]:
    """Close the visits that were handed in and send their discrepancies to the streets.

    Returns (visits closed, discrepancies). Refused while records of them are in quarantine or no deadline is set.
    """
    require(round.answer_days is not None, "还没有设定街道申辩的期限，请先设定。")
    visits = list(
        Visit.objects.select_for_update(of=("self",), no_key=True)
        .filter(sampled__sample__round=round, state=VisitState.HANDED_IN)
        .select_related("sampled", "sampled__sample__run", "facility")
        .order_by("pk")
    )
    require(visits, "没有已经交回的上门。")
    stuck = VisitOperation.objects.filter(visit__in=visits, state=OperationState.QUARANTINED)
    require(not stuck.exists(), "有现场记录还在待处理，请先决定采用与否。")
    made = []
    for visit in visits:
        if not visit.is_second:
            made += _of_visit(visit, round, now)
        visit.state, visit.closed_at = VisitState.CLOSED, now
        visit.save(update_fields=["state", "closed_at"])
    Discrepancy.objects.bulk_create(made)
    telling.discrepancies_sent(made, now)
    grant_visits(user_ids={visit.user_id for visit in visits}, by=by)
    _act("汇总现场结果", round, by, visits=len(visits), discrepancies=len(made))
    return len(visits), len(made)


def _of_visit(visit: Visit, round: CheckRound, now: datetime) -> list[Discrepancy]:
    run = visit.sampled.sample.run
    claims, rules = claims_of(visit.sampled), rules_of(run)
    catalogue = function_catalogue(run.period.last_day)
    found = dict(visit.findings.values_list("key", "value"))
    before = int(claims.facts.judge(rules).tier[0])
    rows = []
    for item in checklist_of(visit.sampled):
        value = found.get(item.key)
        if value is None or not differs(item, claims.of(item.key), value, round.tolerance_permille):
            continue
        alone = verified(claims, {item.key: value}, catalogue)
        rows.append(
            Discrepancy(
                division_code=visit.facility.division_code, facility=visit.facility, year=round.year,
                visit_uuid=visit.uuid, key=item.key, claimed=claims.of(item.key), found=value, tier_claimed=before,
                tier_found=int(alone.judge(rules).tier[0]), sent_at=now, due_at=end_of_day(now, round.answer_days or 0),
            )
        )  # fmt: skip
    return rows


@transaction.atomic
def answer(*, discrepancy: Discrepancy, accepts: bool, text: str, by: User | None, now: datetime) -> None:
    """The street says whether it accepts what was found; until the second of the deadline, and until the district rules."""
    discrepancy = Discrepancy.objects.select_for_update(no_key=True).get(pk=discrepancy.pk)
    require(not discrepancy.ruling, "区里已经裁定，不能再改意见。")
    require(
        now <= discrepancy.due_at, f"申辩期限已于 {timezone.localtime(discrepancy.due_at):%Y-%m-%d %H:%M:%S} 截止。"
    )
    require(accepts or len(text.strip()) >= 4, "有异议请写明理由，例如“测绘报告第 3 页为 1,012 ㎡，已补传”。")
    set_reason(text)
    discrepancy.accepts, discrepancy.answer = accepts, text.strip()[:500]
    discrepancy.answered_by, discrepancy.answered_at = by, now
    discrepancy.save()
    telling.discrepancy_answered(discrepancy, now)
    _note("答复核实差异", discrepancy, by, text.strip())


@transaction.atomic
def rule(*, discrepancy: Discrepancy, ruling: Ruling, reason: str, by: User, now: datetime) -> None:
    """The district rules, once the street has answered or its time is over."""
    discrepancy = Discrepancy.objects.select_for_update(no_key=True).get(pk=discrepancy.pk)
    require(ruling in Ruling.values, "请选以查得为准，或维持填报。")
    require(len(reason.strip()) >= 4, "请写明裁定的理由，至少 4 个字。")
    require(not discrepancy.ruling, "已经裁定过了。")
    over = discrepancy.answered_at or now > discrepancy.due_at
    require(over, f"街道还可以申辩到 {timezone.localtime(discrepancy.due_at):%Y-%m-%d %H:%M:%S}，请等它答复或期满。")
    set_reason(reason)
    discrepancy.ruling, discrepancy.ruling_reason = ruling, reason.strip()[:500]
    discrepancy.ruled_by, discrepancy.ruled_at = by, now
    discrepancy.save()
    telling.discrepancy_ruled(discrepancy, now)
    _note("裁定核实差异", discrepancy, by, reason.strip())


def _note(verb: str, discrepancy: Discrepancy, by: User | None, reason: str) -> None:
    record_act(
        verb=verb, by=by, division_code=discrepancy.division_code, subject=str(discrepancy),
        subject_uuid=discrepancy.uuid, reason=reason, details={"ruling": discrepancy.ruling},
    )  # fmt: skip
