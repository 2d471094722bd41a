"""The sheet 运营收支: income and cost of a facility in a month, item by item (拱墅 三(二)1, 杭州 二(三)6)."""

from facilities.imports.check import Check, require_for_new
from facilities.imports.ledger import compare
from facilities.imports.rows import Row
from facilities.imports.sheets import Choice, Column, Day, Fen, Kind, Sheet, Whole
from facilities.imports.specs.place import FACILITY
from facilities.operations.bulk import create_objects, update_objects
from partners.models import OperatingFigure, Partner
from partners.models.operating import Item
from tenants.rules import district_of

_VALUES = {"amount_fen": "amount_fen", "heads": "heads"}


def match(check: Check, rows: list[Row]) -> None:
    owners = [(row, check.facility(row)) for row in rows]
    ids = {facility.pk for _, facility in owners if facility is not None and facility.pk}
    stored = {
        (f.facility_id, f.partner_id, f.month, f.item): f for f in OperatingFigure.objects.filter(facility_id__in=ids)
    }
    partners = {(p.district_code, p.name): p for p in Partner.objects.all()}
    seen: dict[tuple, Row] = {}
    for row, facility in owners:
        if facility is None or {"month", "item"} - row.values.keys():
            continue
        month = row.values["month"].replace(day=1)
        if month > check.day:
            row.error("month", f"{month:%Y-%m} 还没有到", "填已经过去的月份")
        partner = None
        if name := row.values.get("partner"):
            partner = partners.get((district_of(facility.division_code), name))
            if partner is None:
                row.error("partner", f"本区没有登记“{name}”", "先登记合伙人，或留空按整座设施记")
        if row.has_error:
            continue
        key = (facility.pk or id(facility), partner.pk if partner else None, month, row.values["item"])
        row.label = f"{facility.name} · {month:%Y-%m} {Item(row.values['item']).label}"
        if (first := seen.setdefault(key, row)) is not row:
            row.error("item", f"和第 {first.number} 行重复", "同一个月同一项只写一行，删去其中一行")
            continue
        _match_one(row, facility, partner, month, stored.get(key))


def _match_one(row: Row, facility, partner: Partner | None, month, registered: OperatingFigure | None) -> None:
    given = {name: row.values[name] for name in _VALUES if name in row.values}
    if registered is not None:
        row.target = registered
        compare(row, registered, given, _VALUES)
        return
    require_for_new(row)
    row.is_new = True
    row.target = OperatingFigure(
        division_code=facility.division_code, partner=partner, month=month, item=row.values["item"], **given
    )
    row.also["facility"] = facility


def save(check: Check, rows: list[Row]) -> None:
    new = [row for row in rows if row.is_new]
    for row in new:
        facility = row.also["facility"]
        row.target.facility_id, row.target.division_code = facility.pk, facility.division_code
    create_objects(OperatingFigure, [(row, row.target) for row in new])
    update_objects(OperatingFigure, [(row, row.target, row.assign) for row in rows if row.assign])


OPERATING = Sheet(
    key="operating",
    title="运营收支",
    order=120,
    groups=("facilities", "money"),
    match=match,
    save=save,
    aliases=("收支", "运营账"),
    note="一行是一座设施一个月的一项。同一个月同一项再填就是改正。金额填到分。",
    columns=(
        FACILITY,
        Column("month", "月份", Day(), "always", "当月任意一天", "2026-10-01"),
        Column(
            "item", "收支项目", Choice(values=tuple(Item.choices)), "always", "低偿收费、市场收费、人员、房租等", "低偿收费", ("项目",), 16
        ),
        Column("amount_fen", "金额(元)", Fen(), "new", "", "12800.50", ("金额",), 14),
        Column("partner", "运营方", Kind(80), "", "不写按整座设施", "橹声餐饮", ("合伙人",), 20),
        Column("heads", "服务人次", Whole(low=0, high=1_000_000), "", "没有数就留空", "260", ("人次",), 10),
    ),
)  # fmt: skip
