"""The sheets 活动, 到访人次 and 月度数据. A row is about the registered one with the same key; entered again it corrects."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from engagement.models import (
    Activity,
    ActivityKind,
    CountPeriod,
    CountSource,
    Figure,
    MonthlyFigure,
    TargetGroup,
    VisitCount,
)
from engagement.queries.income import SIDES
from facilities.imports import cells
from facilities.imports.check import Check, require_for_new
from facilities.imports.ledger import compare
from facilities.imports.rows import Row
from facilities.imports.sheets import Choice, Code, Column, Day, Kind, Sheet, Whole
from facilities.imports.specs.offer import resolve_item
from facilities.imports.specs.place import FACILITY
from facilities.operations.bulk import create_objects, update_objects


@dataclass(frozen=True)
class Keyed:
    """Rows of a table whose natural key is `key` (attributes beside the facility). `read` gives a row's attributes."""

    model: type[models.Model]
    key: tuple[str, ...]
    values: tuple[str, ...]
    read: Callable[[Check, Row], dict[str, Any] | None]
    label: Callable[[dict[str, Any]], str]

    def match(self, check: Check, rows: list[Row]) -> None:
        owners = [(row, check.facility(row)) for row in rows]
        ids = {facility.pk for _, facility in owners if facility is not None and facility.pk}
        stored = {
            (one.facility_id, *(getattr(one, name) for name in self.key)): one
            for one in self.model.objects.filter(facility_id__in=ids)
        }
        seen: dict[tuple, Row] = {}
        for row, facility in owners:
            given = self.read(check, row)
            if facility is None or given is None or row.has_error:
                continue
            key = (facility.pk or id(facility), *(given[name] for name in self.key))
            row.label = f"{facility.name} · {self.label(given)}"
            if (first := seen.setdefault(key, row)) is not row:
                row.error("facility", f"和第 {first.number} 行重复", "同一条只写一行，删去其中一行")
                continue
            self._match_one(row, facility, given, stored.get(key))

    def _match_one(self, row: Row, facility, given: dict[str, Any], registered) -> None:
        if registered is not None:
            row.target = registered
            compare(row, registered, {n: given[n] for n in self.values if n in given}, {n: n for n in self.values})
            return
        require_for_new(row)
        row.is_new = True
        row.target = self.model(division_code=facility.division_code, **given)
        row.also["facility"] = facility

    def save(self, check: Check, rows: list[Row]) -> None:
        new = [row for row in rows if row.is_new]
        for row in new:
            facility = row.also["facility"]
            row.target.facility_id, row.target.division_code = facility.pk, facility.division_code
        create_objects(self.model, [(row, row.target) for row in new])
        update_objects(self.model, [(row, row.target, row.assign) for row in rows if row.assign])


def numbered(choices: type[models.IntegerChoices], also: dict[str, str] | None = None) -> Choice:
    """A choice whose stored values are numbers; a cell's value is the number as text."""
    return Choice(values=tuple((str(value), str(label)) for value, label in choices.choices), also=also or {})


def _activity(check: Check, row: Row) -> dict[str, Any] | None:
    if {"held_on", "name"} - row.values.keys():
        return None
    if row.values["held_on"] > check.day:
        row.error("held_on", f"{row.values['held_on']} 还没有到", "办过了再登记；打算办的写进活动计划")
    given = {
        n: row.values[n]
        for n in ("held_on", "name", "kind", "target_group", "sessions", "head_count")
        if n in row.values
    }
    if "item" in row.values and (number := resolve_item(check, row, "item")) is not None:
        given["item_number"] = number
    return given


_ACTIVITIES = Keyed(
    Activity, ("held_on", "name"), ("kind", "target_group", "sessions", "head_count", "item_number"), _activity,
    lambda given: f"{given['held_on']} {given['name']}",
)  # fmt: skip
ACTIVITIES = Sheet(
    key="activity",
    title="活动",
    order=110,
    match=_ACTIVITIES.match,
    save=_ACTIVITIES.save,
    aliases=("活动台账", "活动记录"),
    note="一行一场办过的活动。同一座设施同一天同名的算同一场，再填就是改正。频次按类别数，同一天同一类只算 1 次。",
    columns=(
        FACILITY,
        Column("held_on", "日期", Day(), "always", "哪天办的", "2026-11-20", ("活动日期", "时间")),
        Column("name", "活动名称", Kind(80), "always", "", "健康讲座", ("活动", "名称"), 26),
        Column(
            "kind", "类别",
            Choice(
                values=tuple(ActivityKind.choices),
                also={"讲座": "health_talk", "义诊": "health_talk", "就业": "employment", "招聘": "employment", "运动": "sports",
                      "体育": "sports", "文化": "culture", "文艺": "culture", "亲子": "parenting", "养老": "care", "公益": "charity"},
            ),
            "new", "健康讲座或义诊、技能提升或促就业、运动会或体育培训等", "健康讲座或义诊", ("活动类别", "类型"), 18,
        ),
        Column(
            "target_group", "对象", Choice(values=tuple(TargetGroup.choices), also={"老人": "elders", "全体": "everybody"}),
            "", "不填按不限", "老年人",
        ),
        Column("sessions", "场次", Whole(low=1, high=50), "", "不填按 1 场", "1", width=8),
        Column("head_count", "参加人次", Whole(low=0, high=100_000), "", "没有数就留空", "35", ("人数", "参加人数"), 10),
        Column("item", "对应功能", Code(), "", "清单编号或名称", "18", ("功能编号",), 16),
    ),
)  # fmt: skip


def _visit(check: Check, row: Row) -> dict[str, Any] | None:
    if {"starts_on", "visits"} - row.values.keys():
        return None
    period = int(row.values.get("period", CountPeriod.DAY))
    starts_on = row.values["starts_on"]
    if period == CountPeriod.MONTH:
        starts_on = starts_on.replace(day=1)
    if starts_on > check.day:
        row.error("starts_on", f"{starts_on} 还没有到", "填已经过去的日期")
    source = int(row.values.get("source", CountSource.MANUAL))
    return {"starts_on": starts_on, "period": period, "source": source, "visits": row.values["visits"]}


_VISITS = Keyed(
    VisitCount, ("starts_on", "period", "source"), ("visits",), _visit, lambda given: f"{given['starts_on']} 到访"
)
VISITS = Sheet(
    key="visit",
    title="到访人次",
    order=111,
    match=_VISITS.match,
    save=_VISITS.save,
    aliases=("到访", "客流", "人次"),
    note="一行一天；没有按日的数，就按月填当月 1 日，口径写“按月”。几种来源都有的，以客流计数器为准。",
    columns=(
        FACILITY,
        Column("starts_on", "日期", Day(), "always", "按月的填当月 1 日", "2026-11-20", ("到访日期",)),
        Column("visits", "人次", Whole(low=0, high=1_000_000), "always", "", "128", ("到访人次", "客流量"), 10),
        Column("period", "口径", numbered(CountPeriod), "", "按日或按月，不填按日", "按日", width=8),
        Column(
            "source", "来源", numbered(CountSource, {"计数器": "1", "扫码": "2", "刷卡": "2", "人工": "3"}),
            "", "客流计数器、刷卡或扫码、人工登记", "人工登记", width=14,
        ),
    ),
)  # fmt: skip


def _figure(check: Check, row: Row) -> dict[str, Any] | None:
    if {"month", "figure", "amount"} - row.values.keys():
        if cells.plain(row.cells.get("figure", "")).startswith(("运营收入", "运营成本")):
            row.error("figure", "收入和成本不在这里填", "登记在“运营收支”表里，热活度从那里取数，不用填两遍")
        return None
    figure = int(row.values["figure"])
    month = row.values["month"].replace(day=1)
    if month > check.day:
        row.error("month", f"{month:%Y-%m} 还没有到", "填已经过去的月份")
    subject = row.values.get("subject", 0)
    if figure == Figure.PERSONS_12M and subject not in MonthlyFigure.GROUPS:
        row.error("subject", f"没有第 {subject} 类", "0 全部，1 老年人，2 儿童，3 困难群众，4 残疾人", "0")
    if figure == Figure.SERVICES and not subject:
        row.error("subject", "服务人次要写是哪项功能", "填功能编号，如 11")
    return {"month": month, "figure": figure, "subject": subject, "amount": row.values["amount"]}


_COUNTED = Choice(values=tuple((str(v), str(label)) for v, label in Figure.choices if v not in SIDES))
_FIGURES = Keyed(
    MonthlyFigure, ("month", "figure", "subject"), ("amount",), _figure,
    lambda given: f"{given['month']:%Y-%m} {Figure(given['figure']).label}",
)  # fmt: skip
FIGURES = Sheet(
    key="figure",
    title="月度数据",
    order=112,
    match=_FIGURES.match,
    save=_FIGURES.save,
    aliases=("月报", "月度"),
    note="一行一个数。人数是去重后的数字，不写姓名；金额填到分，时长填分钟。",
    columns=(
        FACILITY,
        Column("month", "月份", Day(), "always", "当月任意一天", "2026-10-01"),
        Column("figure", "指标", _COUNTED, "always", "收入和成本登记在“运营收支”", "服务人次", width=26),
        Column("subject", "细分", Whole(low=0, high=113), "", "服务人数填 0–4 类，服务人次填功能编号", "11", width=8),
        Column("amount", "数值", Whole(low=0, high=99_999_999_999), "always", "", "260", width=12),
    ),
)  # fmt: skip
