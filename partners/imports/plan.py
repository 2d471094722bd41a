"""The sheet 规划事项: the items of a plan that is being drafted, with a target for each of its years (杭州 二(三)7)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from facilities.imports import cells
from facilities.imports.cells import BadCell
from facilities.imports.check import Check, require_for_new
from facilities.imports.ledger import compare
from facilities.imports.rows import Row
from facilities.imports.sheets import Choice, Column, Kind, Sheet, Whole
from facilities.models import ConstructionType
from facilities.operations.bulk import create_objects, update_objects
from partners.models import Measure, Plan, PlanItem, PlanState
from partners.models.plan import MONEY_MEASURES, MOST_YEARS, UNITS
from partners.operations.plans import unfit
from tenants.rules import Permission

TARGETS = tuple(f"target_{place}" for place in range(1, MOST_YEARS + 1))
_VALUES = (
    "title", "measure", "unit", "construction", "item_number", "street_code", "department", "due_month", "baseline", "remark", "targets",
)  # fmt: skip
_BLANK: dict[str, Any] = {
    "unit": "", "construction": "", "item_number": None, "street_code": None, "department": "", "due_month": 12, "baseline": 0,
    "remark": "",
}  # fmt: skip


@dataclass(frozen=True)
class Target(Kind):
    """A number in the unit of what is counted: yuan for money, else whole."""

    def parse(self, raw: str) -> Decimal:
        return cells.decimal(raw, places=2, unit="", low=Decimal(0), high=Decimal("9999999999"))


def match(check: Check, rows: list[Row]) -> None:
    drafts = {one.title: one for one in Plan.objects.within(check.codes).filter(state=PlanState.DRAFT)}
    stored = {(one.plan_id, one.number): one for one in PlanItem.objects.filter(plan__in=drafts.values())}
    seen: dict[tuple, Row] = {}
    for row in rows:
        plan, number = _plan(row, drafts), row.values.get("number")
        if plan is None or number is None:
            continue
        row.label = f"{plan.title} · {number} {row.values.get('title', '')}"
        if (first := seen.setdefault((plan.pk, number), row)) is not row:
            row.error("number", f"和第 {first.number} 行的序号相同", "一个序号一行，删去或改一个")
            continue
        _match_one(check, row, plan, stored.get((plan.pk, number)))


def _plan(row: Row, drafts: dict[str, Plan]) -> Plan | None:
    title = row.values.get("plan")
    if title is None:
        return None
    if (plan := drafts.get(title)) is None:
        waits = "、".join(drafts) or "现在没有"
        row.error("plan", f"没有起草中的规划叫“{title}”", f"起草中的：{waits}。公布的版本不改，先点“修订规划”")
    return plan


def _match_one(check: Check, row: Row, plan: Plan, item: PlanItem | None) -> None:
    if item is None:
        require_for_new(row)
    given = {name: row.values[name] for name in _VALUES if name in row.values}
    if raw := row.values.get("street"):
        try:
            given["street_code"] = check.divisions.street(raw).code
        except BadCell as bad:
            row.bad("street", bad)
    values = {name: getattr(item, name) for name in _VALUES} if item else dict(_BLANK)
    values |= given
    given["targets"] = values["targets"] = _targets(row, plan, item, values.get("measure", ""))
    for name, problem in unfit(values).items():
        row.error({"street_code": "street", "targets": TARGETS[0]}.get(name, name), problem, "按说明改")
    if row.has_error:
        return
    given["unit"] = UNITS.get(values["measure"], values["unit"])
    if item is not None:
        row.target = item
        compare(row, item, given, {name: name for name in _VALUES})
        return
    row.is_new = True
    row.target = PlanItem(
        plan=plan, division_code=plan.division_code, number=row.values["number"], **{**values, "unit": given["unit"]}
    )


def _targets(row: Row, plan: Plan, item: PlanItem | None, measure: str) -> list[int | None]:
    """A blank cell leaves what is there; a cell beyond the plan's years is an error."""
    scale, found = 100 if measure in MONEY_MEASURES else 1, []
    for place, name in enumerate(TARGETS):
        value = row.values.get(name)
        if place >= len(plan.years):
            if value is not None:
                row.error(name, f"规划只到 {plan.last_year} 年", "清空这一格")
            continue
        if value is not None and value * scale != int(value * scale):
            row.error(name, "这一项要填整数", "去掉小数")
        kept = item.targets[place] if item else None
        found.append(kept if value is None else int(value * scale))
    return found


def save(hand: Any, rows: list[Row]) -> None:
    create_objects(PlanItem, [(row, row.target) for row in rows if row.is_new])
    update_objects(PlanItem, [(row, row.target, row.assign) for row in rows if row.assign])


PLAN_ITEMS = Sheet(
    key="plan_item",
    title="规划事项",
    order=145,
    match=match,
    save=save,
    aliases=("规划", "年度计划", "一次规划"),
    groups=("money",),
    permission=Permission.KEEP_MONEY,
    undo="规划还在起草时可以撤销；送审以后不能。",
    note="一行是一个事项。只能写进起草中的规划；同一个序号再填就是改正。分年目标按规划的第一年、第二年……填，钱填元。",
    columns=(
        Column("plan", "规划", Kind(80), "always", "起草中的规划的名称", "民生服务综合体建设“一次规划”（示例）", ("规划名称",), 30),
        Column("number", "序号", Whole(low=1, high=9999), "always", "", "1", width=8),
        Column("title", "事项", Kind(80), "new", "做什么", "示范型设施", ("事项名称",), 26),
        Column("measure", "从哪里数", Choice(values=tuple(Measure.choices)), "new", "平台有台账的自动算", "示范型设施", ("口径",), 24),
        Column("unit", "单位", Kind(8), "", "逐笔登记的才填", "", width=8),
        Column("construction", "建设类型", Choice(values=tuple(ConstructionType.choices)), "", "只对设施有用", "", width=12),
        Column("item_number", "功能编号", Whole(low=1, high=113), "", "数功能才填", "", width=10),
        Column("street", "责任街道", Kind(40), "", "只数这个街道的；全区的留空", "拱宸桥街道", ("街道",), 16),
        Column("department", "责任部门", Kind(40), "", "街道和部门至少写一个", "区民政局", ("部门",), 16),
        Column("due_month", "每年截止月份", Whole(low=1, high=12), "", "不填按 12", "12", ("截止月份",), 12),
        Column("baseline", "现状数", Whole(low=0, high=10_000_000), "", "设施、项目、协议才填", "3", width=10),
        *(
            Column(name, f"第 {place} 年目标", Target(), "", "没有目标就留空", str(4 + place) if place < 4 else "", width=12)
            for place, name in enumerate(TARGETS, 1)
        ),
        Column("remark", "说明", Kind(200), "", "", "", width=26),
    ),
)  # fmt: skip
