"""The sheets 基金收款 and 放款单: money that arrived, and payments that wait for a second person (拱墅 四(二)).

A receipt is posted as its form posts it; the same outside voucher is posted once in a district. A payment comes in as a
proposal and nothing more: whoever imports it has proposed it, and somebody else releases it.
"""

from django.db.models import Q

from facilities.imports.check import Check
from facilities.imports.rows import Row
from facilities.imports.sheets import Choice, Code, Column, Day, Fen, Kind, Sheet, Whole
from facilities.imports.writing import Hand, ImportRefused
from partners.imports.books import funds
from partners.models import (
    CharityProject,
    CharityReceipt,
    EntryKind,
    Fund,
    FundEntry,
    FundLine,
    Payment,
    PaymentState,
    Source,
)
from partners.operations import funds as operations
from partners.operations import payments
from tenants.editing import EditRefused
from tenants.rules import Permission

SOURCES = Choice(
    values=tuple(Source.choices),
    also={
        "补助": "subsidy", "财政": "subsidy", "创投": "venture", "购买服务": "purchase", "捐赠": "charity", "捐款": "charity",
        "慈善": "charity",
    },
)  # fmt: skip
_FUND = Column("fund", "基金", Kind(80), "always", "“基金”里登记的名称", "拱宸桥街道慈善共富基金", ("基金名称",), 28)


def match_receipts(check: Check, rows: list[Row]) -> None:
    book, seen = funds(check), {}
    given = {row.values["voucher"] for row in rows if row.values.get("voucher")}
    booked, direct = _booked(check, given), _direct(check, given)
    for row in rows:
        fund, voucher = book.find(row), row.values.get("voucher")
        facility = check.facility(row)
        if fund is None or voucher is None:
            continue
        row.label = f"{fund.name} · {voucher}"
        if (first := seen.setdefault(voucher, row)) is not row:
            row.error("voucher", f"凭证号和第 {first.number} 行重复", "同一笔钱只记一次（读法 G-14）")
        elif voucher in direct:
            row.error("voucher", "这个凭证已经直接记在设施的创投项目里", "同一笔钱只记一次（读法 G-14），核对回单")
        elif voucher in booked:
            _same_receipt(row, fund, *booked[voucher])
        elif not row.has_error:
            _new_receipt(check, row, fund, facility)


def _booked(check: Check, vouchers: set[str]) -> dict[str, tuple[FundEntry, int]]:
    """Voucher → the posting that stands for it, and its amount in 分."""
    standing = FundEntry.objects.within(check.codes).filter(voucher__in=vouchers, reverses=None, reversed_by=None)
    found = {one.pk: one for one in standing.select_related("fund")}
    amounts = dict(FundLine.objects.filter(entry__in=found, amount_fen__gt=0).values_list("entry_id", "amount_fen"))
    return {one.voucher: (one, amounts.get(one.pk, 0)) for one in found.values()}


def _direct(check: Check, vouchers: set[str]) -> set[str]:
    receipts = CharityReceipt.objects.within(check.codes).filter(voucher__in=vouchers, entry=None)
    return set(receipts.values_list("voucher", flat=True))


def _same_receipt(row: Row, fund: Fund, entry: FundEntry, amount_fen: int) -> None:
    row.target = entry
    kind = row.sheet.by_key["amount_fen"].kind
    for column, old, new, shown in (
        ("fund", entry.fund_id, fund.pk, entry.fund.name),
        ("amount_fen", amount_fen, row.values.get("amount_fen", amount_fen), f"{kind.show(amount_fen)} 元"),
        ("day", entry.day, row.values.get("day", entry.day), str(entry.day)),
        ("counterparty", entry.counterparty, row.values.get("counterparty", entry.counterparty), entry.counterparty),
    ):
        if old != new:
            where = f"“{entry.fund.name}”第 {entry.number} 号，记的是 {shown}"
            row.error(column, f"这个凭证已经记账：{where}", "账只增不改：记错了先在基金页冲正，再重新导入")


def _new_receipt(check: Check, row: Row, fund: Fund, facility) -> None:
    for column in row.sheet.columns:
        if column.required == "new" and column.key not in row.values:
            row.error(column.key, f"没有填{column.title}", column.note or "请填写")
    if row.has_error:
        return
    day = row.values["day"]
    if day > check.day:
        row.error("day", f"{day} 还没有到", "钱到账了再记")
    elif day < fund.starts_on or (fund.ends_on and day >= fund.ends_on):
        row.error("day", f"{day} 不在“{fund.name}”的存续期内", f"基金 {fund.starts_on} 设立")
    if row.values["amount_fen"] == 0:
        row.error("amount_fen", "金额是 0", "填到账的金额")
    if row.has_error:
        return
    row.is_new, row.also["fund"], row.also["facility"] = True, fund, facility
    row.target = FundEntry(kind=EntryKind.RECEIPT, day=day, voucher=row.values["voucher"])


def save_receipts(hand: Hand, rows: list[Row]) -> None:
    for row in rows:
        if not row.is_new:
            continue
        told = {
            name: row.values[name] for name in ("day", "amount_fen", "source", "counterparty", "summary", "voucher")
        }
        try:
            made = operations.receive(fund=row.also["fund"], by=hand.by, facility=row.also["facility"], **told)
        except EditRefused as refused:
            raise ImportRefused(f"{row.sheet_title}第 {row.number} 行：{refused}") from refused
        row.changes.append({"model": made._meta.label_lower, "id": made.pk, "before": None, "after": {}})


def take_receipts_back(rows: list, hand: Hand) -> None:
    ids = [change["id"] for row in rows for change in row.changes]
    for entry in FundEntry.objects.filter(pk__in=ids, reversed_by=None).order_by("-pk"):
        try:
            operations.reverse(entry=entry, day=max(hand.day, entry.day), by=hand.by, reason=hand.reason)
        except EditRefused as refused:
            raise ImportRefused(f"不能整批撤销：凭证 {entry.voucher}：{refused}") from refused


RECEIPTS = Sheet(
    key="receipt",
    title="基金收款",
    order=130,
    match=match_receipts,
    save=save_receipts,
    take_back=take_receipts_back,
    aliases=("收款", "捐赠收入", "基金收入"),
    groups=("money",),
    permission=Permission.KEEP_MONEY,
    undo="账只增不改，撤销时每笔记一张冲正凭证，原来的凭证还在。",
    note="一行是一笔到账。外部凭证（银行回单、捐赠票据）全区只记一次；已记账的不在表里改。",
    columns=(
        _FUND,
        Column(
            "voucher", "外部凭证", Kind(60), "always", "银行回单、捐赠票据的号，全区不重复", "示例回单 2026-0001",
            ("凭证号", "回单号", "凭证"), 22,
        ),
        Column("day", "到账日", Day(), "new", "", "2026-05-08", ("到账日期", "日期")),
        Column("amount_fen", "金额(元)", Fen(), "new", "到账的金额", "20000.00", ("到账金额", "金额"), 14),
        Column("source", "资金来源", SOURCES, "new", "政策补助、公益创投、政府购买服务、慈善资金或其他", "慈善资金", ("来源",), 14),
        Column("counterparty", "付款方", Kind(80), "new", "谁付的", "某食品公司（示例）", ("对方", "捐赠人", "捐赠方"), 24),
        Column("summary", "摘要", Kind(200), "new", "", "定向捐赠", ("说明",), 24),
        Column("facility", "设施", Code(), "", "为哪座设施收的，没有就留空", "", ("设施编号", "设施名称"), 20),
    ),
)  # fmt: skip


# --- payments ---------------------------------------------------------------------------------------------------------

_KEY = ("payee", "amount_fen", "purpose", "evidence")


def match_payments(check: Check, rows: list[Row]) -> None:
    book, seen = funds(check), {}
    live = Payment.objects.within(check.codes).filter(Q(state=PaymentState.PROPOSED) | Q(state=PaymentState.RELEASED))
    standing = list(live.select_related("fund"))
    stored = {(one.fund_id, *(getattr(one, name) for name in _KEY)): one for one in standing}
    papers = {(one.fund_id, one.evidence): one for one in standing}
    projects = {
        (one.facility_id, one.year, one.name): one
        for one in CharityProject.objects.within(check.codes).select_related("facility")
    }
    for row in rows:
        fund, facility = book.find(row), check.facility(row)
        if fund is None or set(_KEY) - row.values.keys():
            continue
        row.label = f"{fund.name} · {row.values['purpose']}"
        key = (fund.pk, *(row.values[name] for name in _KEY))
        if (first := seen.setdefault(key, row)) is not row:
            row.error("evidence", f"和第 {first.number} 行重复", "同一笔放款只写一行")
        elif (registered := stored.get(key)) is not None:
            row.target = registered
        elif not row.has_error:
            _new_payment(row, fund, facility, projects, papers.get((fund.pk, row.values["evidence"])))


def _new_payment(row: Row, fund: Fund, facility, projects: dict, same_paper: Payment | None) -> None:
    project = None
    if "source" not in row.values:
        row.error("source", "没有填项目来源", "政策补助、公益创投、政府购买服务、慈善资金或其他")
    if row.values["amount_fen"] == 0:
        row.error("amount_fen", "金额是 0", "填要放款的金额")
    if name := row.values.get("project"):
        if facility is None or "year" not in row.values:
            row.error("project", "写了项目，没有写设施和年度", "创投项目用设施、年度和名称来认")
        elif (project := projects.get((facility.pk, row.values["year"], name))) is None:
            known = [n for f, y, n in projects if f == facility.pk and y == row.values["year"]]
            row.error(
                "project",
                f"{facility.name} {row.values['year']} 年没有创投项目“{name}”",
                "填“公益创投”里的名称",
                next(iter(known), None),
            )
    if same_paper is not None:
        kind = row.sheet.by_key["amount_fen"].kind
        row.warn(
            "evidence",
            f"这份佐证已经放过一笔：{same_paper.payee} {kind.show(same_paper.amount_fen)} 元",
            "确认不是同一笔钱",
        )
    if row.has_error:
        return
    row.is_new = True
    row.also |= {"fund": fund, "facility": facility, "project": project}
    row.target = Payment(purpose=row.values["purpose"])


def save_payments(hand: Hand, rows: list[Row]) -> None:
    for row in rows:
        if not row.is_new:
            continue
        told = {name: row.values[name] for name in (*_KEY, "source")}
        places = {name: row.also[name] for name in ("fund", "facility", "project")}
        made = payments.propose(by=hand.by, now=hand.now, **told, **places)
        row.changes.append({"model": made._meta.label_lower, "id": made.pk, "before": None, "after": {}})


def take_payments_back(rows: list, hand: Hand) -> None:
    """A proposal is withdrawn by who made it; what has been released is in the books and is reversed there, one by one."""
    ids = [change["id"] for row in rows for change in row.changes]
    for one in (
        Payment.objects.filter(pk__in=ids)
        .exclude(state__in=[PaymentState.REFUSED, PaymentState.WITHDRAWN])
        .order_by("pk")
    ):
        try:
            payments.withdraw(payment=one, by=hand.by, now=hand.now)
        except EditRefused as refused:
            raise ImportRefused(f"不能整批撤销：{one.purpose}：{refused}") from refused


PAYMENTS = Sheet(
    key="payment",
    title="放款单",
    order=131,
    match=match_payments,
    save=save_payments,
    take_back=take_payments_back,
    aliases=("放款", "付款", "资助拨付"),
    groups=("money",),
    permission=Permission.KEEP_MONEY,
    undo="放款单退回“已撤回”；已经放款的不能撤销，请在基金页冲正。",
    note="一行是一张放款单。导入的人就是经办人，放款要另一个人复核，导入不会放款。同一张单再导入不会重复。",
    columns=(
        _FUND,
        Column("payee", "收款方", Kind(80), "always", "", "示例社工发展中心", ("收款单位",), 26),
        Column("amount_fen", "放款金额(元)", Fen(), "always", "", "18000.00", ("金额", "放款金额"), 14),
        Column("purpose", "用途", Kind(200), "always", "在基金用途之内", "银龄互助第一期", ("资金用途",), 26),
        Column("evidence", "佐证", Kind(200), "always", "协议、审批单、发票的名称和编号", "协议 2026-03，审批单 12 号", ("依据",), 26),
        Column(
            "source", "项目来源", SOURCES, "new", "政策补助、公益创投、政府购买服务、慈善资金或其他", "公益创投", ("资金来源", "来源"), 14
        ),
        Column("facility", "设施", Code(), "", "为哪座设施付的，没有就留空", "330105005-01", ("设施编号", "设施名称"), 20),
        Column("year", "项目年度", Whole(low=2015, high=2100), "", "付给创投项目才填", "2026", ("年度",), 10),
        Column("project", "创投项目", Kind(80), "", "付给创投项目才填，到账自动记在项目上", "银龄互助", ("项目名称",), 22),
    ),
)  # fmt: skip
