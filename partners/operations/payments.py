"""Payments out of funds, with four eyes; events that raise money; construction subsidies (拱墅 四(二), 三(二)2)."""

from datetime import date, datetime

from django.db import transaction

from facilities.models import Facility
from partners.models import (
    CharityProject,
    EntryKind,
    Fund,
    Fundraiser,
    FundraiserKind,
    Partner,
    Payment,
    PaymentState,
    Source,
    Subsidy,
    SubsidyState,
)
from partners.operations.funds import MoneyRefused, Posting, post, receive
from partners.operations.money_files import files_of
from partners.queries.settings import money_settings
from partners.rules.ledger import Account, posting
from tenants.models import User
from tenants.operations import record_act


def propose(
    *, fund: Fund, source: Source | str, payee: str, amount_fen: int, purpose: str, evidence: str, by: User | None, now: datetime,
    facility: Facility | None = None, project: CharityProject | None = None,
) -> Payment:  # fmt: skip
    """Ask for a payment. Nothing is posted before somebody else has released it."""
    if project is not None:
        facility = project.facility
    with transaction.atomic():
        made = Payment.objects.create(
            division_code=fund.division_code, fund=fund, source=source, payee=payee, amount_fen=amount_fen, purpose=purpose,
            evidence=evidence, facility=facility, project=project, proposed_by=by, proposed_at=now,
        )  # fmt: skip
        _act("提出放款", made, by)
    return made


def release(*, payment: Payment, day: date, by: User | None, now: datetime, reason: str = "") -> Payment:
    """Pay: the posting, and where it is for a venture project of a facility the receipt there. Never by who proposed it."""
    with transaction.atomic():
        one = _waiting(payment)
        if by is not None and one.proposed_by_id == by.pk:
            raise MoneyRefused("放款要两个人：经办的人不能自己复核，请另一位同事来。")
        if one.project and one.project.year != day.year:
            raise MoneyRefused(
                f"“{one.project}”是 {one.project.year} 年的项目，{day.year} 年的到账要记在当年的项目上。"
            )
        _check_files(one, day)
        to_project = one.facility_id is not None
        lines = posting(Account.GRANT if to_project else Account.EXPENSE, Account.CASH, one.amount_fen)
        kind = EntryKind.GRANT if to_project else EntryKind.EXPENSE
        made = Posting(kind, day, lines, one.payee, one.purpose, one.source, "", one.facility, one.project)
        entry = post(fund=one.fund, made=made, by=by)
        _decide(one, PaymentState.RELEASED, by, now, reason, entry=entry)
        Subsidy.objects.filter(payment=one).update(state=SubsidyState.PAID)
    return one


def _check_files(one: Payment, day: date) -> None:
    needed = money_settings(one.division_code, day)["files_needed"]
    if needed and (held := files_of(one)) < needed:
        raise MoneyRefused(f"放款前至少要 {needed} 份佐证文件，现在有 {held} 份。请经办的人先在这一页上传。")


def refuse(*, payment: Payment, by: User | None, now: datetime, reason: str) -> Payment:
    """Send a payment back, with the reason."""
    with transaction.atomic():
        one = _waiting(payment)
        _decide(one, PaymentState.REFUSED, by, now, reason)
        Subsidy.objects.filter(payment=one).update(payment=None)
    return one


def withdraw(*, payment: Payment, by: User | None, now: datetime) -> Payment:
    """Take back one's own proposal."""
    with transaction.atomic():
        one = _waiting(payment)
        if by is not None and one.proposed_by_id not in {None, by.pk}:
            raise MoneyRefused("只有经办的人可以撤回，复核的人请退回。")
        _decide(one, PaymentState.WITHDRAWN, by, now, "")
        Subsidy.objects.filter(payment=one).update(payment=None)
    return one


def _waiting(payment: Payment) -> Payment:
    """The payment as it stands, locked. Two people who press at once: the second finds it decided."""
    found = Payment.objects.select_for_update(of=("self",), no_key=True).select_related("fund", "facility", "project")
    one = found.get(pk=payment.pk)
    if one.state != PaymentState.PROPOSED:
        raise MoneyRefused(f"这笔放款{one.get_state_display()}，不能再办理。")
    return one


def _decide(one: Payment, state: PaymentState, by: User | None, now: datetime, reason: str, **others) -> None:
    one.state, one.decided_by, one.decided_at, one.reason = state, by, now, reason
    for name, value in others.items():
        setattr(one, name, value)
    one.save(update_fields=["state", "decided_by", "decided_at", "reason", *others])
    _act({"released": "放款", "refused": "退回放款", "withdrawn": "撤回放款"}[state], one, by)


def hold_fundraiser(
    *, facility: Facility, fund: Fund, kind: FundraiserKind | str, name: str, held_on: date, amount_fen: int, voucher: str,
    by: User | None, partner: Partner | None = None, volunteers: int | None = None,
) -> Fundraiser:  # fmt: skip
    """An event in a facility and the money that it brought a fund (拱墅 三(二)2)."""
    with transaction.atomic():
        entry = receive(
            fund=fund, day=held_on, amount_fen=amount_fen, source=Source.CHARITY, counterparty=name, voucher=voucher, by=by,
            summary=f"{FundraiserKind(kind).label}：{name}", facility=facility,
        )  # fmt: skip
        return Fundraiser.objects.create(
            division_code=facility.division_code, facility=facility, partner=partner, kind=kind, name=name, held_on=held_on,
            volunteers=volunteers, entry=entry,
        )  # fmt: skip


def apply_for_subsidy(
    *, facility: Facility, basis: str, document: str, applied_on: date, applied_fen: int, by: User | None
) -> Subsidy:
    """Apply for a construction subsidy on one of the two grounds (拱墅 四(二))."""
    if Subsidy.objects.filter(
        facility=facility, basis=basis, state__in=[SubsidyState.APPLIED, SubsidyState.APPROVED]
    ).exists():
        raise MoneyRefused("这座设施按同一依据的申请还没有办完。")
    with transaction.atomic():
        made = Subsidy.objects.create(
            division_code=facility.division_code, facility=facility, basis=basis, document=document, applied_on=applied_on,
            applied_fen=applied_fen,
        )  # fmt: skip
        record_act(verb="申请建设补助", by=by, division_code=facility.division_code, subject=f"{facility.code} {facility.name}",
                   subject_uuid=facility.uuid, details={"amount_fen": applied_fen})  # fmt: skip
    return made


def decide_subsidy(*, subsidy: Subsidy, approved_fen: int | None, by: User | None, reason: str) -> Subsidy:
    """Approve with an amount, or refuse (approved_fen None)."""
    with transaction.atomic():
        one = _subsidy(subsidy, SubsidyState.APPLIED)
        one.state = SubsidyState.REFUSED if approved_fen is None else SubsidyState.APPROVED
        one.approved_fen, one.reason = approved_fen, reason
        one.save(update_fields=["state", "approved_fen", "reason"])
        record_act(
            verb="审定建设补助", by=by, division_code=one.division_code, subject=f"{one.facility.code} {one.facility.name}",
            subject_uuid=one.facility.uuid, reason=reason, details={"approved_fen": approved_fen},
        )  # fmt: skip
    return one


def pay_subsidy(*, subsidy: Subsidy, fund: Fund, by: User | None, now: datetime) -> Payment:
    """Put an approved subsidy before a second person, to be paid out of a fund."""
    with transaction.atomic():
        one = _subsidy(subsidy, SubsidyState.APPROVED)
        if one.payment_id:
            raise MoneyRefused("这份补助的放款单已经提出，等待复核。")
        one.payment = propose(
            fund=fund, source=Source.SUBSIDY, payee=one.facility.name, amount_fen=one.approved_fen or 0,
            purpose=f"建设补助：{one.get_basis_display()}", evidence=one.document, by=by, now=now, facility=one.facility,
        )  # fmt: skip
        one.save(update_fields=["payment"])
    return one.payment


def _subsidy(subsidy: Subsidy, state: SubsidyState) -> Subsidy:
    one = Subsidy.objects.select_for_update(of=("self",), no_key=True).select_related("facility").get(pk=subsidy.pk)
    if one.state != state:
        raise MoneyRefused(f"这份申请{one.get_state_display()}，不能这样办理。")
    return one


def _act(verb: str, payment: Payment, by: User | None) -> None:
    record_act(
        verb=verb, by=by, division_code=payment.division_code, subject=f"{payment.fund.name}：{payment.purpose}"[:120],
        subject_uuid=payment.uuid, reason=payment.reason, details={"amount_fen": payment.amount_fen},
    )  # fmt: skip
