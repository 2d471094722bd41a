"""Writes: rounds of selection, nominations, results, and the use of priority rights (拱墅 三(五)2)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from partners.models import Nomination, Partner, PriorityKind, PriorityUse, RoundState, SelectionRound
from partners.operations.steps import PartnerRefused, note, require
from partners.queries.life import rules_in_force
from partners.queries.selection import last_day_of
from partners.rules import scoring
from tenants.models import Appointment, User
from tenants.scope import set_reason


def _locked(round: SelectionRound, *states: str) -> SelectionRound:
    fresh = SelectionRound.objects.select_for_update(of=("self",), no_key=True).get(pk=round.pk)
    require(fresh.state in states, f"现在是“{fresh.get_state_display()}”，不能办这一步。刷新页面看看。")
    return fresh


@transaction.atomic
def start_round(*, division_code: int, by: User | None, **values) -> SelectionRound:
    try:
        scoring.checked(values["scoring"])
    except ValueError as error:
        raise PartnerRefused(f"评分标准：{error}") from error
    require(values["closes_on"] >= values["opens_on"], "推荐截止不能早于开始。")
    made = SelectionRound.objects.create(division_code=division_code, state=RoundState.OPEN, **values)
    note("发起合伙人遴选", made, by)
    return made


@transaction.atomic
def nominate(
    *, round: SelectionRound, partner: Partner, reason: str, by: User | None, today: date, now: datetime
) -> Nomination:
    fresh = _locked(round, RoundState.OPEN)
    require(fresh.opens_on <= today <= fresh.closes_on, f"推荐时间是 {fresh.opens_on} 到 {fresh.closes_on}。")
    require(partner.merged_into_id is None, "这个合伙人已经并入别的合伙人了。")
    require(len(reason.strip()) >= 4, "写明推荐理由，至少 4 个字。")
    try:
        with transaction.atomic():
            made = Nomination.objects.create(
                division_code=fresh.division_code, round=fresh, partner=partner, reason=reason.strip()[:300], nominated_by=by,
                nominated_at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise PartnerRefused("这个合伙人已经被推荐过了。") from error
    note("推荐优秀合伙人", fresh, by, partner=partner.name)
    return made


@transaction.atomic
def score_nomination(*, nomination: Nomination, points: Sequence[int], by: User | None) -> None:
    fresh = _locked(nomination.round, RoundState.OPEN)
    require(scoring.within(list(points), scoring.parsed(fresh.scoring)), "每一项都要有分，不能超过该项的满分。")
    Nomination.objects.filter(pk=nomination.pk).update(points=list(points))
    note("遴选评分", fresh, by, partner=nomination.partner.name, points=list(points))


@transaction.atomic
def propose(*, round: SelectionRound, selected: Sequence[int], by: Appointment, today: date) -> SelectionRound:
    """The proposed result, by ids of nominations; public notice begins. Everybody nominated must have been scored."""
    fresh = _locked(round, RoundState.OPEN)
    nominations = list(fresh.nominations.all())
    require(nominations, "还没有推荐。")
    require(all(one.points for one in nominations), "还有推荐没有评分。")
    chosen = set(selected) & {one.pk for one in nominations}
    require(chosen, "至少选一家。")
    for one in nominations:
        one.is_selected = one.pk in chosen
    Nomination.objects.bulk_update(nominations, ["is_selected"])
    fresh.state = RoundState.NOTICE
    fresh.notice_to = rules_in_force(fresh.division_code, today).after(today, "notice_days")
    fresh.save(update_fields=["state", "notice_to"])
    note("公示遴选结果", fresh, by.user, selected=len(chosen), notice_to=fresh.notice_to.isoformat())
    return fresh


@transaction.atomic
def publish(
    *, round: SelectionRound, valid_from: date, valid_to: date | None, by: Appointment, today: date, now: datetime
) -> SelectionRound:
    """After the notice. valid_to None: until the next round of this division (reading G-25)."""
    fresh = _locked(round, RoundState.NOTICE)
    require(fresh.notice_to < today, f"公示到 {fresh.notice_to}（含当天），期满才能公布。")
    require(valid_to is None or valid_to >= valid_from, "优先资格的止日不能早于起日。")
    fresh.state, fresh.valid_from, fresh.valid_to = RoundState.DONE, valid_from, valid_to
    fresh.published_by, fresh.published_at = by.user, now
    fresh.save()
    note(
        "公布优秀合伙人", fresh, by.user, valid_from=valid_from.isoformat(), valid_to=valid_to and valid_to.isoformat()
    )
    return fresh


@transaction.atomic
def cancel_round(*, round: SelectionRound, by: Appointment, reason: str) -> SelectionRound:
    fresh = _locked(round, RoundState.OPEN, RoundState.NOTICE)
    require(len(reason.strip()) >= 4, "写明取消的理由，至少 4 个字。")
    set_reason(reason.strip())
    fresh.state = RoundState.CANCELLED
    fresh.save(update_fields=["state"])
    note("取消合伙人遴选", fresh, by.user, reason=reason.strip())
    return fresh


@transaction.atomic
def use_priority(
    *, nomination: Nomination, kind: str, used_on: date, text: str, division_code: int, by: User | None
) -> PriorityUse:
    """Note that a priority was used for a purchase or a venture; those of the entry are noted by the admission itself."""
    require(kind in {PriorityKind.PURCHASE, PriorityKind.VENTURE}, "入驻用的优先资格在准予入驻时自动登记。")
    round = nomination.round
    require(nomination.is_selected and round.state == RoundState.DONE, "这个合伙人没有优先资格。")
    others = SelectionRound.objects.filter(division_code=round.division_code, state=RoundState.DONE)
    last = last_day_of(round, others.values_list("valid_from", flat=True))
    require(round.valid_from <= used_on and (last is None or used_on <= last), "那一天不在优先资格的有效期里。")
    require(len(text.strip()) >= 4, "写明用在什么事上，至少 4 个字。")
    made = PriorityUse.objects.create(
        division_code=division_code,
        nomination=nomination,
        kind=kind,
        used_on=used_on,
        text=text.strip()[:200],
        noted_by=by,
    )
    note("使用优先资格", round, by, partner=nomination.partner.name, kind=kind)
    return made
