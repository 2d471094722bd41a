"""What a decision over a facility does to the agreements with its partners, to space for service and to price lists.

Nothing is deleted and no entry of a ledger changes. An agreement that ends says why; one that still owes something waits in
准出办理中 until it is settled; a space agreement ends with its spaces and stays on the workbench until it is settled.
"""

from datetime import date, timedelta

from django.db.models import Q

from facilities.models import Facility
from facilities.operations.facility import RecordRefused
from partners.models import (
    Agreement,
    AgreementCheck,
    AgreementPrice,
    AgreementState,
    Application,
    ApplicationState,
    CheckKind,
    Exchange,
    OperatingFigure,
    Price,
    ResidentProject,
)
from partners.operations.steps import note
from partners.queries.debts import open_debts
from partners.queries.life import rules_in_force
from partners.rules.exchange import next_month
from portal.operations.lifecycle.written import Written, columns_of
from tenants.models import User

_OVER = (AgreementState.ENDED, AgreementState.VOID)
_ONE_DAY = timedelta(days=1)
_AFTER_ALL = (ApplicationState.AGREED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN)


def end_spaces(facility: Facility, on: date, written: Written) -> None:
    """Space agreements end with the spaces; what they owe stays on their ledgers until it is settled."""
    for one in Exchange.objects.filter(facility=facility, settled_on=None).select_related("partner").order_by("pk"):
        name = f"空间协议 {one.number}（{one.partner.name}）"
        if one.starts_on >= on:
            raise RecordRefused(f"{name}从 {one.starts_on} 才开始，不能在 {on} 之前结束。请换一个生效日，或先结清它。")
        if one.ends_on > on:
            last = next_month(on) if on.day > 1 else on
            for given in one.spaces.filter(to_month__gt=last):
                written.change(given, to_month=last)
            written.change(one, ends_on=on)
            written.leave(one, ends_on=on, settled_on=None)
            written.told.append(f"{name}：到 {on - _ONE_DAY} 为止，账目不动，还要结清")
        else:
            written.told.append(f"{name}：已经到期，还要结清")


def end_agreements(
    facility: Facility, on: date, written: Written, *, by: User, reason: str, carried: frozenset[int] = frozenset()
) -> None:
    """Everything under way ends with the reason, but those `carried` on elsewhere, whose reason is said there."""
    under_way = Agreement.objects.filter(facility=facility).exclude(state__in=_OVER).exclude(pk__in=carried)
    for one in under_way.select_related("partner").order_by("pk"):
        _end(one, on, written, by=by, reason=reason)


def _end(one: Agreement, on: date, written: Written, *, by: User, reason: str) -> None:
    name = f"协议 {one.number}（{one.partner.name}，{one.service}）"
    if one.state == AgreementState.DRAFTED:
        values = {"state": AgreementState.VOID, "left_reason": reason[:200], "due_on": None}
        written.told.append(f"{name}：还没有签，作废")
    else:
        values = _ended(one, on, written.today, reason)
        waits = values["state"] == AgreementState.EXITING
        written.told.append(f"{name}：到 {values['left_on'] - _ONE_DAY} 为止{'，结清后办结准出' if waits else ''}")
    for order in one.checks.filter(kind=CheckKind.IMPROVEMENT, passed=None):
        written.change(order, passed=False, answer=reason[:400])
    written.change(one, **values)
    written.leave(one, state=str(values["state"]))
    note("协议随设施终止", one, by, reason=reason, state=str(values["state"]))


def _ended(one: Agreement, on: date, today: date, reason: str) -> dict:
    """Ended at once where the day has come and nothing is owed; else on its way out, with the deadline of the rules."""
    if one.state == AgreementState.EXITING and one.left_on and one.left_on <= on:
        return {"state": AgreementState.EXITING, "left_on": one.left_on, "left_reason": one.left_reason}
    values = {"left_on": on, "left_reason": reason[:200]}
    if on <= today and not open_debts(one, today):
        return {**values, "state": AgreementState.ENDED, "due_on": None}
    due_on = rules_in_force(one.division_code, today).after(max(on, today), "settling_days")
    return {**values, "state": AgreementState.EXITING, "due_on": due_on}


def carry_agreements(
    source: Facility, target: Facility, on: date, written: Written, *, by: User, projects: dict[int, ResidentProject],
    spaces: dict[int, int],
) -> frozenset[int]:  # fmt: skip
    """Agreements whose project went over go over too: the old one ends here and says where it carries on. Their ids.

    projects, spaces: what went over, old id → new. Prices, the newest assessment and open orders go along; debts do not.
    """
    theirs = Q(project__in=projects) | Q(renews__project__in=projects)
    found = Agreement.objects.filter(theirs, facility=source).exclude(state__in=_OVER)
    copies: dict[int, Agreement] = {}
    for one in found.exclude(state=AgreementState.EXITING).select_related("partner").order_by("pk"):
        copy = _carried(one, target, on, written, projects.get(one.project_id), spaces, copies)
        copies[one.pk] = copy
        note("协议随设施转来", copy, by, reason=f"原在 {source.name}，编号 {one.number}")
        _end(one, on, written, by=by, reason=f"设施并入 {target.name}，由那里的协议 {copy.number} 接续")
        written.told[-1] += f"，由 {target.name} 的协议 {copy.number} 接续"
    return frozenset(copies)


def _carried(one: Agreement, target: Facility, on: date, written: Written, project, spaces, copies) -> Agreement:
    number = one.number
    if Agreement.objects.filter(facility=target, number=number).exists():
        number = f"{one.number[:20]}（原{one.facility.code}）"
    values = columns_of(
        one, facility=target, division_code=target.division_code, number=number, project=project, renews=copies.get(one.renews_id),
        space_id=spaces.get(one.space_id), starts_on=max(on, one.starts_on),
    )  # fmt: skip
    values.pop("space", None)
    copy = written.add(Agreement.objects.create(**values))
    common = {"facility": target, "division_code": target.division_code, "agreement": copy}
    for price in one.prices.all():
        AgreementPrice.objects.create(**columns_of(price, **common))
    newest = one.checks.filter(kind=CheckKind.CAPABILITY).order_by("-made_on", "-pk")[:1]
    for check in (*newest, *one.checks.filter(kind=CheckKind.IMPROVEMENT, passed=None)):
        AgreementCheck.objects.create(**columns_of(check, **common))
    return copy


def end_prices(facility: Facility, target: Facility | None, on: date, written: Written) -> None:
    """The price list ends; at the facility that carries on what it does not list yet goes on."""
    known = (
        set(Price.objects.filter(facility=target).in_force(on).values_list("service", flat=True)) if target else set()
    )
    for row in Price.objects.filter(facility=facility).in_force(on):
        written.end(row, on)
        if target and row.service not in known:
            values = columns_of(row, facility=target, division_code=target.division_code, starts_on=on)
            written.add(Price.objects.create(**values))


def tell_what_stays(facility: Facility, written: Written) -> None:
    """Figures of operation and what was applied for stay with the facility; whoever decides should know of it."""
    if number := OperatingFigure.objects.filter(facility=facility).count():
        written.told.append(f"运营收支 {number} 条：留在这座设施名下，照旧可查")
    waiting = Application.objects.filter(need__facility=facility).exclude(state__in=_AFTER_ALL)
    if number := waiting.count():
        written.told.append(f"没办完的入驻申请 {number} 份：这里不能再订协议，请逐份办结")


def tell_of_old_spaces(facility: Facility, written: Written) -> None:
    """A facility that moves takes its agreements along; those that name a space need a new one."""
    under_way = Agreement.objects.filter(facility=facility).exclude(state__in=_OVER).select_related("partner", "space")
    for one in under_way.order_by("pk"):
        old = f"，约定的空间“{one.space.name}”不再有，请补订" if one.space else ""
        written.told.append(f"协议 {one.number}（{one.partner.name}，{one.service}）：跟着设施走{old}")
