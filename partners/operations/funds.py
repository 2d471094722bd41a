"""The books of funds: opening one, posting receipts, goods and transfers, and undoing a posting by another one.

Payments go through `partners.operations.payments`: they need a second person. Every posting locks its fund, so that numbers have
no gaps, nothing is spent twice, and what a fund holds never falls below 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Sum

from facilities.models import Facility
from partners.models import CharityProject, CharityReceipt, EntryKind, Fund, FundEntry, FundLine, Source
from partners.rules.ledger import HELD, Account, Line, Lines, Unbalanced, posting, reversed_lines
from tenants.editing import EditRefused, write_row
from tenants.editing.writing import refused
from tenants.models import User
from tenants.operations import record_act

REFUSALS = {
    "fund_dates_in_order": "结束要晚于设立。",
    "fund_voucher_once_a_district": "这个外部凭证号本区已经记过账。同一笔钱只记一次，请核对回单。",
    "charity_voucher_once_a_district": "这笔到账已经登记过。",
}


class MoneyRefused(EditRefused):
    """Why a posting cannot be made, in words for the user."""


@dataclass(frozen=True)
class Posting:
    """What is about to be posted. facility, project: what the money is for."""

    kind: EntryKind
    day: date
    lines: Lines
    counterparty: str
    summary: str
    source: str = ""
    voucher: str = ""
    facility: Facility | None = None
    project: CharityProject | None = None
    others: dict[str, Any] = field(default_factory=dict)


def open_fund(*, division_code: int, name: str, by: User | None, **described) -> Fund:
    """Register a fund with a district, street or community. A second one of the same name there is refused."""
    with transaction.atomic():
        if Fund.objects.filter(division_code=division_code, name=name, ends_on=None).exists():
            raise MoneyRefused(f"这里已经有“{name}”。换一个名称，或打开它修改。")
        fund = Fund.objects.create(division_code=division_code, name=name, **described)
        _act("设立基金", fund, by, {})
    return fund


def edit_fund(*, fund: Fund, version: int, by: User | None, reason: str, values: dict) -> dict:
    """Correct what a fund is called and for. Raises EditConflict and EditRefused."""
    return write_row(
        row=fund, version=version, values=values, by=by, verb="修改基金", reason=reason, subject=fund.name, subject_uuid=fund.uuid,
        refusals=REFUSALS,
    )  # fmt: skip


def receive(
    *, fund: Fund, day: date, amount_fen: int, source: Source | str, counterparty: str, summary: str, voucher: str, by: User | None,
    **others,
) -> FundEntry:  # fmt: skip
    """Money that has arrived. The same outside voucher is posted once in a district, and not where a facility has counted it."""
    taken = CharityReceipt.objects.filter(district_code=fund.district_code, voucher=voucher, entry=None)
    if voucher and taken.exists():
        raise MoneyRefused(f"凭证 {voucher} 已经作为到账直接记在设施的创投项目里。同一笔钱只记一次。")
    made = Posting(
        EntryKind.RECEIPT, day, posting(Account.CASH, Account.INCOME, amount_fen), counterparty, summary, str(source), voucher, **others
    )  # fmt: skip
    return post(fund=fund, made=made, by=by)


def receive_goods(
    *, fund: Fund, day: date, amount_fen: int, counterparty: str, summary: str, voucher: str, by: User | None
) -> FundEntry:
    """Donated goods, at the value of the receipt in 分."""
    lines = posting(Account.GOODS, Account.INCOME, amount_fen)
    made = Posting(EntryKind.GOODS_IN, day, lines, counterparty, summary, Source.CHARITY, voucher)
    return post(fund=fund, made=made, by=by)


def hand_out_goods(
    *, fund: Fund, day: date, amount_fen: int, counterparty: str, summary: str, by: User | None, facility: Facility | None = None
) -> FundEntry:  # fmt: skip
    """Goods given away, at the value at which they were taken in."""
    lines = posting(Account.EXPENSE, Account.GOODS, amount_fen)
    made = Posting(EntryKind.GOODS_OUT, day, lines, counterparty, summary, Source.CHARITY, facility=facility)
    return post(fund=fund, made=made, by=by)


def reverse(*, entry: FundEntry, day: date, by: User | None, reason: str) -> FundEntry:
    """Undo a posting by one with the opposite lines; both halves of a transfer. What a facility received by it goes back too."""
    with transaction.atomic():
        halves = [entry]
        if entry.pair:
            halves = list(FundEntry.objects.filter(pair=entry.pair, reverses=None).order_by("fund_id"))
            if len(halves) != 2:
                raise MoneyRefused("这笔划转的另一半不在您的范围内，请能看到两个基金的同事来冲正。")
        _lock([half.fund_id for half in halves])
        made = [_reversal(half, day, by, reason) for half in halves]
    return next(one for one in made if one.reverses_id == entry.pk)


def _reversal(entry: FundEntry, day: date, by: User | None, reason: str) -> FundEntry:
    if entry.reverses_id:
        raise MoneyRefused("冲正的凭证不能再冲正，请重新记一笔。")
    if FundEntry.objects.filter(reverses=entry).exists():
        raise MoneyRefused(f"第 {entry.number} 号凭证已经冲正过。")
    if day < entry.day:
        raise MoneyRefused(f"冲正日期不能早于原凭证的 {entry.day}。")
    fund = Fund.objects.get(pk=entry.fund_id)
    try:
        lines = reversed_lines(Line(Account(one.account), one.amount_fen) for one in entry.lines.order_by("pk"))
    except Unbalanced as error:
        raise MoneyRefused(f"第 {entry.number} 号凭证没有分录，没有什么可以冲正。") from error
    made = Posting(
        EntryKind.REVERSAL, day, lines, entry.counterparty, f"冲正第 {entry.number} 号：{reason}"[:200], entry.source, entry.voucher,
        entry.facility, entry.project, {"reverses": entry},
    )  # fmt: skip
    return post(fund=fund, made=made, by=by)


def transfer(
    *, giving: Fund, taking: Fund, day: date, amount_fen: int, summary: str, by: User | None
) -> tuple[FundEntry, FundEntry]:
    """Move money from one fund to another: two postings that belong together, or none."""
    if giving.pk == taking.pk:
        raise MoneyRefused("划出和划入是同一个基金。")
    pair = {"pair": uuid4()}
    out = posting(Account.TRANSFER, Account.CASH, amount_fen)
    with transaction.atomic():
        _lock([giving.pk, taking.pk])
        return (
            post(fund=giving, made=Posting(EntryKind.TRANSFER, day, out, taking.name, summary, others=pair), by=by),
            post(
                fund=taking,
                made=Posting(EntryKind.TRANSFER, day, reversed_lines(out), giving.name, summary, others=pair),
                by=by,
            ),
        )


def post(*, fund: Fund, made: Posting, by: User | None) -> FundEntry:
    """Write one posting into a fund's books, under its lock. Raises MoneyRefused, with words."""
    try:
        with transaction.atomic():
            _lock([fund.pk])
            _check(fund, made)
            reposts = _reposts(fund, made)
            last = FundEntry.objects.filter(fund=fund).order_by("-number").values_list("number", flat=True).first() or 0
            entry = FundEntry.objects.create(
                division_code=fund.division_code, fund=fund, number=last + 1, day=made.day, kind=made.kind, source=made.source,
                counterparty=made.counterparty, summary=made.summary, voucher=made.voucher, facility=made.facility,
                project=made.project, reposts=reposts, made_by=by, **made.others,
            )  # fmt: skip
            FundLine.objects.bulk_create(
                FundLine(
                    division_code=fund.division_code, entry=entry, fund=fund, account=line.account, amount_fen=line.amount_fen
                )
                for line in made.lines
            )  # fmt: skip
            _tell_the_facility(fund, entry, made)
            amount = sum(line.amount_fen for line in made.lines if line.amount_fen > 0)
            _act(f"基金{entry.get_kind_display()}", fund, by, {"number": entry.number, "amount_fen": amount})
    except IntegrityError as error:
        raise refused(error, REFUSALS) from error
    return entry


def held_fen(fund: Fund, accounts: Iterable[Account] = HELD) -> int:
    """What a fund holds, in 分: the sum of its lines on these accounts."""
    lines = FundLine.objects.filter(fund=fund, account__in=[int(one) for one in accounts])
    return lines.aggregate(sum=Sum("amount_fen"))["sum"] or 0


def _check(fund: Fund, made: Posting) -> None:
    if made.day < fund.starts_on or (fund.ends_on and made.day >= fund.ends_on):
        raise MoneyRefused(f"{made.day} 不在“{fund.name}”的存续期内。")
    for account in HELD:
        change = sum(line.amount_fen for line in made.lines if line.account == account)
        if change < 0 and held_fen(fund, [account]) + change < 0:
            have = held_fen(fund, [account])
            raise MoneyRefused(
                f"“{fund.name}”只有 {have // 100}.{have % 100:02d} 元，不够支出 {-change // 100}.{-change % 100:02d} 元。"
            )


def _reposts(fund: Fund, made: Posting) -> int:
    """How often the voucher was posted in the district and reversed again. Raises MoneyRefused where one posting stands."""
    if not made.voucher or "reverses" in made.others:
        return 0
    same = FundEntry.objects.filter(district_code=fund.district_code, voucher=made.voucher, reverses=None)
    undone = list(same.values_list("reversed_by", flat=True))
    if None in undone:
        raise MoneyRefused(REFUSALS["fund_voucher_once_a_district"])
    return len(undone)


def _tell_the_facility(fund: Fund, entry: FundEntry, made: Posting) -> None:
    """A grant to a venture project is money that has arrived there (拱墅 四(二), reading G-14): one receipt per posting."""
    if made.project is None or made.facility is None:
        return
    amount = sum(line.amount_fen for line in made.lines if line.account == Account.GRANT)
    if amount:  # what is taken back later still belongs to the project's own year
        CharityReceipt.objects.create(
            division_code=made.facility.division_code, facility=made.facility, project=made.project,
            received_on=min(made.day, date(made.project.year, 12, 31)), amount_fen=amount,
            voucher=f"基金凭 {fund.pk}-{entry.number}", entry=entry,
        )  # fmt: skip


def _lock(fund_ids: Iterable[int]) -> None:
    """Always in the same order, so that two transfers cannot wait for each other; beside rows that refer to a fund."""
    list(
        Fund.objects.select_for_update(no_key=True)
        .filter(pk__in=set(fund_ids))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _act(verb: str, fund: Fund, by: User | None, details: dict) -> None:
    record_act(
        verb=verb, by=by, division_code=fund.division_code, subject=fund.name, subject_uuid=fund.uuid, details=details
    )
