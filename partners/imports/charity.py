"""The sheet 公益创投: charity projects of a facility in a year, and the money that arrived for them (拱墅 四(二))."""

from facilities.imports.check import Check, require_for_new
from facilities.imports.ledger import compare
from facilities.imports.rows import Difference, Row
from facilities.imports.sheets import Choice, Column, Day, Fen, Kind, Sheet, Whole
from facilities.imports.specs.place import FACILITY
from facilities.operations.bulk import create_objects, update_objects
from partners.imports.books import partners
from partners.models import CharityProject, CharityReceipt, FundEntry

_RECEIPT = ("received_on", "amount_fen", "voucher")
_TITLES = {"kind": "kind", "contract_fen": "contract_fen", "partner": "partner", "funder": "funder"}


def match(check: Check, rows: list[Row]) -> None:
    projects = {
        (p.facility_id, p.year, p.name): p for p in CharityProject.objects.within(check.codes)
    }  # and those planned by this sheet, under id(facility)
    receipts = {r.voucher: r for r in CharityReceipt.objects.within(check.codes).select_related("facility")}
    booked = _booked(check, rows)
    brought: dict[int, Row] = {}
    vouchers: dict[str, Row] = {}
    for row in rows:
        facility = check.facility(row)
        year, name = row.values.get("year"), row.values.get("name")
        if facility is None or year is None or name is None:
            continue
        row.label = f"{facility.name} · {year} {name}"
        _pair(check, row)
        key = (facility.pk or id(facility), year, name)
        project = projects.get(key)
        if project is None:
            require_for_new(row)
            project = CharityProject(
                division_code=facility.division_code,
                year=year,
                name=name,
                kind=row.values.get("kind", ""),
                contract_fen=row.values.get("contract_fen"),
                partner=row.values.get("partner"),
                funder=row.values.get("funder", ""),
            )
            projects[key], brought[id(project)] = project, row
            row.is_new = True
        elif id(project) in brought:
            _same_project(row, project, brought[id(project)])
        else:
            compare(row, project, {k: row.values[k] for k in _TITLES if k in row.values}, _TITLES)
        row.target, row.also["facility"] = project, facility
        _receipt(row, facility, project, receipts, vouchers)
        if row.values.get("voucher") in booked and "receipt" in row.also:
            row.error(
                "voucher", "这个凭证已经记进基金账", "同一笔钱只记一次（读法 G-14）：从基金提出放款，到账自动记在项目上"
            )


def _pair(check: Check, row: Row) -> None:
    """Who serves in a “1+1” project (杭州 二(三)8): a partner of the district in place of its name."""
    partner = partners(check).find(row)
    row.values.pop("partner", None)
    if partner is not None:
        row.values["partner"] = partner


def _booked(check: Check, rows: list[Row]) -> set[str]:
    """Vouchers of the sheet that stand in the books of a fund."""
    given = {row.values["voucher"] for row in rows if row.values.get("voucher")}
    standing = FundEntry.objects.within(check.codes).filter(voucher__in=given, reverses=None, reversed_by=None)
    return set(standing.values_list("voucher", flat=True))


def _same_project(row: Row, project: CharityProject, first: Row) -> None:
    """A second receipt of a project that an earlier row of the sheet brings."""
    row.parents.append(first)
    if first.has_error:
        row.error("name", f"第 {first.number} 行是同一个项目，那一行还有错误", "先改好那一行")
    if not row.values.get("voucher"):
        row.error(
            "name", f"和第 {first.number} 行重复", "同一个项目再写一行，是为了再记一笔到账：填到账日、金额和凭证号"
        )
    for key in _TITLES:
        if key in row.values and row.values[key] != getattr(project, key):
            column = row.sheet.by_key[key]
            same = column.kind.show(getattr(project, key))
            row.error(key, f"和第 {first.number} 行的{column.title}不同", "同一个项目填一样的，或留空", same)


def _receipt(row: Row, facility, project, receipts: dict, vouchers: dict) -> None:
    given = [key for key in _RECEIPT if key in row.values]
    if not given:
        return
    for key in _RECEIPT:
        if key not in given and not row.is_broken(key):
            row.error(key, f"没有填{row.sheet.by_key[key].title}", "到账日、到账金额、凭证号三样要一起填")
    if len(given) < len(_RECEIPT):
        return
    voucher, received_on = row.values["voucher"], row.values["received_on"]
    if (other := vouchers.setdefault(voucher, row)) is not row:
        row.error("voucher", f"凭证号和第 {other.number} 行重复", "一笔到账只记一次（读法 G-14）")
        return
    if received_on.year != row.values["year"]:
        row.warn("received_on", f"到账日不在 {row.values['year']} 年", "金额按到账的年份计，核对年度和到账日")
    stored = receipts.get(voucher)
    if stored is None:
        row.also["receipt"] = CharityReceipt(
            division_code=facility.division_code, **{key: row.values[key] for key in _RECEIPT}
        )
        if not row.is_new:
            kind = row.sheet.by_key["amount_fen"].kind
            row.differences.append(Difference("到账", "空", f"{received_on} {kind.show(row.values['amount_fen'])} 元"))
    elif stored.facility_id != facility.pk or stored.project_id != project.pk:
        row.error("voucher", f"凭证号已记在{stored.facility.name}名下", "同一笔钱不得重复计（读法 G-14），核对凭证号")
    else:
        part = Row(row.sheet, row.sheet_title, row.number, {}, {})
        compare(part, stored, {k: row.values[k] for k in ("received_on", "amount_fen")}, {k: k for k in _RECEIPT})
        row.differences += part.differences
        if part.assign and stored.entry_id:
            row.error("voucher", "这笔到账是基金放款记的，不能在表里改", "在基金里冲正后重新放款")
        elif part.assign:
            row.also["receipt_change"] = (stored, part.assign)


def save(check: Check, rows: list[Row]) -> None:
    new = []
    for row in rows:
        if row.is_new:
            facility = row.also["facility"]
            row.target.facility_id, row.target.division_code = facility.pk, facility.division_code
            new.append((row, row.target))
    create_objects(CharityProject, new)
    update_objects(CharityProject, [(row, row.target, row.assign) for row in rows if row.assign])
    receipts = []
    for row in rows:
        if receipt := row.also.get("receipt"):
            facility = row.also["facility"]
            receipt.facility_id, receipt.division_code = facility.pk, facility.division_code
            receipt.project_id = row.target.pk
            receipts.append((row, receipt))
    create_objects(CharityReceipt, receipts)
    update_objects(CharityReceipt, [(row, *row.also["receipt_change"]) for row in rows if "receipt_change" in row.also])


CHARITY = Sheet(
    key="charity",
    title="公益创投",
    order=80,
    groups=("facilities", "money"),
    match=match,
    save=save,
    aliases=("公益创投项目", "慈善创投", "创投项目"),
    note="每家每年不少于 3 个项目、15 万元（拱墅 四(二)），以到账为准。一个项目有几笔到账就写几行，凭证号全区不能重复。",
    columns=(
        FACILITY,
        Column("year", "年度", Whole(low=2015, high=2100), "always", "四位年份", "2026", width=8),
        Column("name", "项目名称", Kind(80), "always", "", "银龄互助计划", ("项目",), 24),
        Column(
            "kind", "类别",
            Choice(values=tuple(CharityProject._meta.get_field("kind").choices), also={"公益": "public", "慈善": "charity"}),
            "new", "公益创投或慈善创投", "公益创投",
        ),
        Column("contract_fen", "合同额(元)", Fen(), "", "", "60000", ("合同额", "合同金额"), 14),
        Column("received_on", "到账日", Day(), "", "", "2026-04-10", ("到账日期",)),
        Column("amount_fen", "到账金额(元)", Fen(), "", "", "50000", ("到账金额", "到账额"), 14),
        Column("voucher", "凭证号", Kind(60), "", "记账凭证号，全区不能重复", "示例凭 2026-0001", ("凭证", "记账凭证号"), 20),
        Column("partner", "服务方", Kind(80), "", "“1+1”项目：先登记为合伙人", "", ("合伙人",), 20),
        Column("funder", "资金方", Kind(80), "", "“1+1”项目：出资的基金、企业或慈善组织", "", width=20),
    ),
)  # fmt: skip
