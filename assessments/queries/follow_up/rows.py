"""What the lines of the three lists say, on the page and in Excel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assessments.models import FollowUp, FollowUpState, ItemDecision, Rectification
from assessments.queries.follow_up.lists import Kind
from assessments.rules.follow_up import percent_text
from assessments.rules.half_year import HalfYear
from facilities.exports import Column
from standards.queries import function_names
from tenants.rules import street_of

TONES = {
    "open": "t-warn", "mending": "t-info", "reported": "t-warn", "closed": "t-pass", "done": "t-pass", "proposed": "t-warn",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    title: str
    text: str
    sub: str = ""
    tone: str = ""  # of a tag; empty for plain text
    is_number: bool = False


def item_text(number: int, names: Mapping[int, str]) -> str:
    return names.get(number, f"{number} 号功能") if number else "整个设施"


def _deadline(row, today: date) -> Cell:
    if not _is_live(row):
        return Cell("期限", "已办结")
    left = (row.due_on - today).days
    words = f"逾期 {-left} 天" if left < 0 else "今天到期" if not left else f"还有 {left} 天"
    return Cell("期限", str(row.due_on), words, "t-fail" if left < 0 else "")


def _is_live(row) -> bool:
    return row.is_live if isinstance(row, Rectification) else row.state == FollowUpState.OPEN


def cells(kind: Kind, row: Any, streets: Mapping[int, str], today: date) -> list[Cell]:
    """The cells after the name of the facility."""
    street = Cell("街道", streets.get(street_of(row.division_code), ""))
    state = Cell("进展", row.get_state_display(), "", TONES.get(row.state, ""))
    if isinstance(row, FollowUp):
        return [street, Cell("半年", HalfYear.parse(row.half).label), _deadline(row, today), state]
    names = function_names(today)
    item = Cell("服务项目", item_text(row.item_number, names))
    if isinstance(row, Rectification):
        share = Cell("开单时满意度", percent_text(row.satisfied, row.valid), f"{row.satisfied} / {row.valid}", "", True)
        return [street, item, share, _deadline(row, today), state]
    failed = Cell("低于线", f"{row.failures} 次", "", "", True)
    return [street, item, failed, Cell("提出", str(row.proposed_on)), state]


def export_columns(kind: Kind, streets: Mapping[int, str], today: date) -> list[Column]:
    names = function_names(today)
    columns = [
        Column("设施编号", lambda r: r.facility.code, 16), Column("设施", lambda r: r.facility.name, 26),
        Column("街道", lambda r: streets.get(street_of(r.division_code), ""), 14),
    ]  # fmt: skip
    columns += _OWN[kind.model](names)
    return [*columns, Column("进展", lambda r: r.get_state_display(), 16)]


def _of_follow_ups(names: Mapping[int, str]) -> list[Column]:
    return [
        Column("半年", lambda r: HalfYear.parse(r.half).label, 16), Column("期限", lambda r: r.due_on, 12),
        Column("核查时间", lambda r: r.concluded_at, 18), Column("结论", lambda r: r.conclusion, 60),
    ]  # fmt: skip


def _of_orders(names: Mapping[int, str]) -> list[Column]:
    return [
        Column("半年", lambda r: HalfYear.parse(r.half).label, 16),
        Column("服务项目", lambda r: item_text(r.item_number, names), 20), Column("满意", lambda r: r.satisfied, 8),
        Column("有效", lambda r: r.valid, 8), Column("满意度", lambda r: percent_text(r.satisfied, r.valid), 10),
        Column("开出", lambda r: r.opened_on, 12), Column("当前期限", lambda r: r.due_on, 12),
        Column("整改期限", lambda r: r.mend_by, 12), Column("措施", lambda r: r.measures, 60),
        Column("结束", lambda r: r.ended_at, 18),
    ]  # fmt: skip


def _of_decisions(names: Mapping[int, str]) -> list[Column]:
    return [
        Column("服务项目", lambda r: item_text(r.item_number, names), 20), Column("低于线次数", lambda r: r.failures, 10),
        Column("提出", lambda r: r.proposed_on, 12), Column("提出的理由", lambda r: r.grounds, 50),
        Column("决定的理由", lambda r: r.reason, 50), Column("退出日期", lambda r: r.ends_on, 12),
    ]  # fmt: skip


_OWN: dict[type, Callable[[Mapping[int, str]], list[Column]]] = {
    FollowUp: _of_follow_ups,
    Rectification: _of_orders,
    ItemDecision: _of_decisions,
}
