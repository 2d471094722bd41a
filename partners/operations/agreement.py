"""Writes: agreements from draft to exit. Each step is one of fixtures/partners/life.toml."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from facilities.models import Lifecycle
from facilities.queries.listing import facilities_on
from partners.models import (
    Agreement,
    AgreementCheck,
    AgreementPrice,
    AgreementState,
    Application,
    CheckKind,
    FeeNature,
    PartnerKind,
    ResidentProject,
    RunBy,
)
from partners.operations.project import record_project
from partners.operations.steps import PartnerRefused, locked, note, require, take
from partners.queries.debts import open_debts
from partners.queries.life import life, rules_in_force
from partners.rules import scoring
from tenants.models import Appointment

OF = "agreement"
_GONE = (Lifecycle.MERGED, Lifecycle.WITHDRAWN)
ONE_DAY = timedelta(days=1)
RUN_BY = {
    PartnerKind.MARKET: RunBy.MARKET,
    PartnerKind.PUBLIC_BENEFIT: RunBy.SOCIAL,
    PartnerKind.RESIDENT: RunBy.RESIDENT,
}
DEAREST = (FeeNature.MARKET, FeeNature.LOW, FeeNature.FREE)


@dataclass(frozen=True, slots=True)
class Price:
    """A line of a price list; price_fen in 分."""

    name: str
    fee_nature: str
    price_fen: int
    unit: str


@transaction.atomic
def draft_agreement(
    *, application: Application, prices: Sequence[Price], by: Appointment, today: date, **values
) -> Agreement:
    """The agreement of an admitted application, for the facility of its need."""
    fresh, step = locked(application, "application", "agree", by=by)
    kept = facilities_on(today).filter(pk=fresh.need.facility_id).exclude(lifecycle__in=_GONE)
    require(
        kept.exists(), f"{fresh.need.facility.name}已经退出或并入别的设施，不能再订协议。请登记不予入驻或申请人撤回。"
    )
    agreement = _drafted(fresh.partner, fresh.need.facility, prices, by, application=fresh, **values)
    take(fresh, step, by=by, today=today, agreement=str(agreement.uuid))
    return agreement


def _drafted(partner, facility, prices: Sequence[Price], by: Appointment, **values) -> Agreement:
    try:
        with transaction.atomic():
            made = Agreement.objects.create(
                division_code=facility.division_code, facility=facility, partner=partner, **values
            )
    except IntegrityError as error:
        raise PartnerRefused("这座设施已有同号协议，或者起止日期不对。请核对编号和日期。") from error
    for price in prices:
        AgreementPrice.objects.create(
            division_code=made.division_code, agreement=made, facility=facility, name=price.name,
            fee_nature=price.fee_nature, price_fen=price.price_fen, unit=price.unit,
        )  # fmt: skip
    note("拟订合伙协议", made, by.user, partner=str(partner), starts_on=made.starts_on.isoformat(),
         ends_on=made.ends_on.isoformat())  # fmt: skip
    return made


@transaction.atomic
def sign(*, agreement: Agreement, by: Appointment, today: date, signed_on: date) -> Agreement:
    fresh, step = locked(agreement, OF, "sign", by=by)
    require(signed_on <= today, "签订日不能在今天以后。")
    fresh.signed_on = signed_on
    take(fresh, step, by=by, today=today, signed_on=signed_on.isoformat())
    return fresh


@transaction.atomic
def void(*, agreement: Agreement, by: Appointment, today: date, reason: str) -> Agreement:
    fresh, step = locked(agreement, OF, "void", by=by, reason=reason)
    take(fresh, step, by=by, today=today, reason=reason)
    return fresh


@transaction.atomic
def check_landing(
    *, agreement: Agreement, points: Sequence[int], text: str, by: Appointment, today: date, now: datetime
) -> AgreementCheck:  # fmt: skip
    """Look whether what was agreed is there. All lines met: the service may be noted as landed."""
    fresh = Agreement.objects.select_for_update(of=("self",), no_key=True).get(pk=agreement.pk)
    require(fresh.state == AgreementState.SIGNED, "只有“待落地”的协议做落地核查。")
    lines = rules_in_force(fresh.division_code, today).landing
    wanted = scoring.parsed(lines)
    require(scoring.within(list(points), wanted), "每一条都要选有或没有。")
    check = _check(fresh, CheckKind.LANDING, by, today, now, lines=lines, points=list(points), text=text,
                   passed=sum(points) == len(wanted))  # fmt: skip
    note("核查服务落地", fresh, by.user, passed=check.passed)
    return check


def _check(agreement: Agreement, kind: CheckKind, by: Appointment | None, today: date, now: datetime, **values):
    return AgreementCheck.objects.create(
        division_code=agreement.division_code, agreement=agreement, facility_id=agreement.facility_id, kind=kind,
        made_on=today, made_by=by and by.user, made_at=now, **values,
    )  # fmt: skip


@transaction.atomic
def land(*, agreement: Agreement, by: Appointment, today: date) -> Agreement:
    """The service runs: its project is entered into the facility's ledger, so that judgements count it from that day on.

    A renewal carries its project on, and the agreement before it ends with its term.
    """
    fresh, step = locked(agreement, OF, "land", by=by)
    if fresh.renews_id:
        _carry_on(fresh, by, today)
    else:
        last = fresh.checks.filter(kind=CheckKind.LANDING).order_by("-pk").first()
        require(last is not None and last.passed, "先做落地核查，全部核对通过才能登记落地。")
        starts_on = max(fresh.starts_on, today)
        require(starts_on < fresh.ends_on, "协议已过期，不能再落地。")
        fresh.project = _project(fresh, starts_on, by)
    take(fresh, step, by=by, today=today)
    return fresh


def _project(agreement: Agreement, starts_on: date, by: Appointment) -> ResidentProject:
    natures = set(agreement.prices.values_list("fee_nature", flat=True))
    try:
        with transaction.atomic():
            return record_project(
                facility=agreement.facility, name=agreement.service, run_by=RUN_BY[PartnerKind(agreement.partner.kind)],
                starts_on=starts_on, ends_on=agreement.ends_on, by=by.user, partner=agreement.partner,
                item_number=agreement.item_number, space=agreement.space,
                fee_nature=next((nature for nature in DEAREST if nature in natures), ""),
                serves_elders=agreement.serves_elders, serves_children=agreement.serves_children,
            )  # fmt: skip
    except IntegrityError as error:
        raise PartnerRefused("这座设施从这一天起已经有同名项目。请到设施档案里核对入驻项目。") from error


def _carry_on(fresh: Agreement, by: Appointment, today: date) -> None:
    old = Agreement.objects.select_for_update(of=("self",), no_key=True).get(pk=fresh.renews_id)
    require(old.state == AgreementState.RUNNING, f"原协议 {old.number} 现在是“{old.get_state_display()}”，不能接续。")
    project = old.project
    old.project, old.state = None, AgreementState.ENDED
    old.left_on, old.left_reason, old.due_on = old.ends_on, f"续签为 {fresh.number}", None
    old.save()
    note("协议由续签接续", old, by.user, successor=fresh.number)
    if project is not None:
        project.ends_on = fresh.ends_on
        project.save(update_fields=["ends_on"])
        fresh.project = project


@transaction.atomic
def assess(
    *, agreement: Agreement, points: Sequence[int], surveyed: int, satisfied: int, text: str, by: Appointment, today: date,
    now: datetime,
) -> AgreementCheck:  # fmt: skip
    """The yearly capability assessment. Below the pass mark, or with satisfaction below the line, an order follows at once."""
    fresh = Agreement.objects.select_for_update(of=("self",), no_key=True).get(pk=agreement.pk)
    require(fresh.state == AgreementState.RUNNING, "只评正在服务的协议。")
    rules = rules_in_force(fresh.division_code, today)
    lines = scoring.parsed(rules.capability)
    require(scoring.within(list(points), lines), "每一项都要有分，不能超过该项的满分。")
    require(0 <= satisfied <= surveyed, "满意人数不能多于调查人数。")
    total = scoring.average([points], lines) or 0
    low = scoring.below(satisfied, surveyed, rules["satisfaction_percent"])
    passed = total >= rules["pass_points"] * 100 and not low
    check = _check(
        fresh, CheckKind.CAPABILITY, by, today, now, lines=rules.capability, points=list(points), surveyed=surveyed,
        satisfied=satisfied, text=text, passed=passed,
    )  # fmt: skip
    note("年度能力评估", fresh, by.user, points=total, passed=passed, surveyed=surveyed, satisfied=satisfied)
    if not passed:
        why = f"满意度低于 {rules['satisfaction_percent']}%" if low else f"能力评估不到 {rules['pass_points']} 分"
        _order(fresh, by, today, now, f"{why}，请调整优化。")
    return check


def _order(fresh: Agreement, by: Appointment, today: date, now: datetime, text: str) -> AgreementCheck:
    step = life().step(OF, "order")
    due_on = rules_in_force(fresh.division_code, today).after(today, step.days)
    made = _check(fresh, CheckKind.IMPROVEMENT, by, today, now, text=text[:400], due_on=due_on)
    take(fresh, step, by=by, today=today, reason=text)
    return made


@transaction.atomic
def order(*, agreement: Agreement, by: Appointment, today: date, now: datetime, reason: str) -> AgreementCheck:
    """Demand that something is put right until a day."""
    fresh, _ = locked(agreement, OF, "order", by=by, reason=reason)
    return _order(fresh, by, today, now, reason.strip())


@transaction.atomic
def mended(*, agreement: Agreement, by: Appointment, today: date, reason: str) -> Agreement:
    """What was demanded has been done; every open order is closed with the words of whoever looked."""
    fresh, step = locked(agreement, OF, "mended", by=by, reason=reason)
    _close_orders(fresh, reason, passed=True)
    take(fresh, step, by=by, today=today, reason=reason)
    return fresh


def _close_orders(agreement: Agreement, answer: str, *, passed: bool) -> None:
    orders = agreement.checks.filter(kind=CheckKind.IMPROVEMENT, passed=None)
    orders.update(passed=passed, answer=answer.strip()[:400])


@transaction.atomic
def renew(
    *,
    agreement: Agreement,
    number: str,
    ends_on: date,
    by: Appointment,
    today: date,
    prices: Sequence[Price] | None = None,
) -> Agreement:
    """A following agreement on the same terms, from the end of this one. An assessment of this term must have been passed."""
    fresh = Agreement.objects.select_for_update(of=("self",), no_key=True).get(pk=agreement.pk)
    require(fresh.state == AgreementState.RUNNING, "只有正在服务的协议能续签。整改中的先办结整改。")
    require(not hasattr(fresh, "renewed_by"), "已经有续签的协议了。")
    last = fresh.checks.filter(kind=CheckKind.CAPABILITY).order_by("-made_on", "-pk").first()
    require(last is not None and last.passed, "续签前先做年度能力评估，评估通过才能续签。")
    require(ends_on > fresh.ends_on, f"新的最后一天要在 {fresh.ends_on - ONE_DAY} 以后。")
    if prices is None:
        prices = [Price(p.name, p.fee_nature, p.price_fen, p.unit) for p in fresh.prices.all()]
    copied = (
        "space",
        "service",
        "item_number",
        "moves_in",
        "run_as",
        "hours",
        "duties",
        "terms",
        "serves_elders",
        "serves_children",
    )
    return _drafted(
        fresh.partner, fresh.facility, prices, by, renews=fresh, number=number, starts_on=fresh.ends_on, ends_on=ends_on,
        **{name: getattr(fresh, name) for name in copied},
    )  # fmt: skip


@transaction.atomic
def begin_exit(*, agreement: Agreement, left_on: date, by: Appointment, today: date, reason: str) -> Agreement:
    """left_on: the first day without the service."""
    fresh, step = locked(agreement, OF, "exit", by=by, reason=reason)
    require(left_on > fresh.starts_on, f"准出日要在协议开始（{fresh.starts_on}）以后。")
    fresh.left_on, fresh.left_reason = left_on, reason.strip()[:200]
    _close_orders(fresh, f"没有整改到位，转入准出：{reason}", passed=False)
    take(fresh, step, by=by, today=today, reason=reason, left_on=left_on.isoformat())
    return fresh


@transaction.atomic
def stay(*, agreement: Agreement, by: Appointment, today: date, reason: str) -> Agreement:
    """An exit is called off before it is done; the service goes on."""
    fresh, step = locked(agreement, OF, "stay", by=by, reason=reason)
    fresh.left_on, fresh.left_reason = None, ""
    require(fresh.project_id is not None, "服务还没有落地就准出的，不能这样撤回。请办结准出后重新订协议。")
    take(fresh, step, by=by, today=today, reason=reason)
    return fresh


@transaction.atomic
def leave(*, agreement: Agreement, by: Appointment, today: date) -> Agreement:
    """The end: refused while anything is owed. The project ends on the day of the exit, and judgements see it from then on."""
    fresh, step = locked(agreement, OF, "leave", by=by)
    owed = open_debts(fresh, today)
    told = "；".join(f"{debt.label}：{debt.text}".rstrip("。") for debt in owed)
    require(not owed, f"还没有结清，不能办结准出。{told}。")
    project = fresh.project
    if project is not None and (project.ends_on is None or project.ends_on > fresh.left_on):
        require(fresh.left_on > project.starts_on, f"项目 {project.starts_on} 才开始，请核对准出日。")
        project.ends_on = fresh.left_on
        project.save(update_fields=["ends_on"])
    take(fresh, step, by=by, today=today, left_on=fresh.left_on.isoformat())
    return fresh
