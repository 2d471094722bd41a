"""The ledgers of this app as lists: columns, search, filters, order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from engagement import models
from engagement.models import Figure, MonthlyFigure
from standards.queries import function_names
from tenants.models import Division

_FEN = {Figure.INCOME_FEN, Figure.COST_FEN}


@dataclass(frozen=True)
class Column:
    """title; value of a row (text, number or date); is_number: right-aligned; is_item: the value is an item's number."""

    title: str
    value: Callable[[Any], Any]
    is_number: bool = False
    is_item: bool = False

    def text(self, row: Any, names: Mapping[int, str]) -> Any:
        """The value as people read it. names: item number → name; the whole facility has none."""
        value = self.value(row)
        if not self.is_item:
            return value
        return names.get(value, f"{value} 号功能") if value else "整个设施"


@dataclass(frozen=True)
class Book:
    """One ledger. day: the date that it is listed by; texts: what a search looks into; kind: a choice to filter by."""

    slug: str
    title: str
    unit: str
    model: type[Model]
    day: str
    columns: tuple[Column, ...]
    texts: tuple[str, ...] = ()
    kind: str = ""
    hint: str = ""
    is_single: bool = True  # entered one by one, on a page of its own

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return (
            [(str(value), label) for value, label in self.model._meta.get_field(self.kind).choices] if self.kind else []
        )

    @property
    def of_facility(self) -> bool:
        return self.model.facility_path is not None


def _shown(name: str) -> Callable[[Any], str]:
    return lambda row: getattr(row, f"get_{name}_display")()


def _item(row) -> int | None:
    return row.item_number


def _minutes(row) -> str:
    return f"{row.opens_minute // 60:02d}:{row.opens_minute % 60:02d}–{row.closes_minute // 60:02d}:{row.closes_minute % 60:02d}"


def _last(row) -> date | str:
    return date.fromordinal(row.ends_on.toordinal() - 1) if row.ends_on else "一直有效"


def _subject(row) -> str:
    if row.figure == Figure.PERSONS_12M:
        return MonthlyFigure.GROUPS.get(row.subject, str(row.subject))
    return f"{row.subject} 号功能" if row.subject else ""


def _amount(row) -> Any:
    return row.amount / 100 if row.figure in _FEN else row.amount


def _satisfied(row) -> str:
    return f"{row.paper_satisfied} / {row.paper_valid}" if row.paper_valid else "没有纸质问卷"


def _handled(row) -> str:
    if row.closed_on is None:
        return "未办结"
    return "按期办结" if row.closed_on <= row.due_on else "超期办结"


BOOKS: dict[str, Book] = {
    book.slug: book
    for book in (
        Book("activities", "活动", "场", models.Activity, "held_on", (
            Column("活动", lambda r: r.name), Column("日期", lambda r: r.held_on), Column("类别", _shown("kind")),
            Column("对象", _shown("target_group")), Column("场次", lambda r: r.sessions, True),
            Column("参加人次", lambda r: r.head_count, True),
        ), ("name", "remark"), "kind"),
        Book("plans", "活动计划", "份", models.ActivityPlan, "month", (
            Column("月份", lambda r: f"{r.month:%Y-%m}"), Column("发布日期", lambda r: r.published_on or "还没有发布"),
            Column("内容", lambda r: r.content[:60]),
        ), ("content",)),
        Book("visits", "到访人次", "条", models.VisitCount, "starts_on", (
            Column("日期", lambda r: f"{r.starts_on:%Y-%m}" if r.period == 2 else r.starts_on), Column("来源", _shown("source")),
            Column("人次", lambda r: r.visits, True),
        ), (), "source", is_single=False),
        Book("figures", "月度数据", "条", models.MonthlyFigure, "month", (
            Column("月份", lambda r: f"{r.month:%Y-%m}"), Column("指标", _shown("figure")), Column("细分", _subject),
            Column("数值", _amount, True),
        ), (), "figure", "金额按元显示。用 Excel 的“月度数据”表一次填报。", is_single=False),
        Book("rounds", "清洁与巡查", "次", models.Round, "day", (
            Column("日期", lambda r: r.day), Column("类别", _shown("kind")),
            Column("结果", lambda r: "发现问题" if r.found_problem else "正常"),
        ), (), "kind", is_single=False),
        Book("hours", "开放时间", "条", models.OpeningHours, "starts_on", (
            Column("功能", _item, is_item=True), Column("星期", _shown("weekday")), Column("时间", _minutes),
            Column("从", lambda r: r.starts_on), Column("到", _last),
        ), (), "weekday"),
        Book("closures", "停开", "条", models.Closure, "starts_on", (
            Column("原因", lambda r: r.reason), Column("功能", _item, is_item=True),
            Column("从", lambda r: r.starts_on), Column("到", _last),
        ), ("reason",)),
        Book("home-visits", "上门服务", "次", models.HomeVisit, "day", (
            Column("服务", lambda r: r.service), Column("日期", lambda r: r.day), Column("户数", lambda r: r.households, True),
        ), ("service",)),
        Book("upkeep", "器材维护", "次", models.Upkeep, "day", (
            Column("设备", lambda r: r.equipment), Column("日期", lambda r: r.day), Column("做了什么", lambda r: r.work),
            Column("下次维护", lambda r: r.next_due_on),
        ), ("equipment", "work", "done_by")),
        Book("certificates", "证照", "张", models.Certificate, "issued_on", (
            Column("证照", lambda r: r.name), Column("编号", lambda r: r.number), Column("发证日期", lambda r: r.issued_on),
            Column("有效期至", lambda r: r.valid_until or "长期"),
        ), ("name", "number")),
        Book("complaints", "投诉与问题", "件", models.Complaint, "received_on", (
            Column("事由", lambda r: r.subject), Column("收到", lambda r: r.received_on), Column("类别", _shown("kind")),
            Column("期限", lambda r: r.due_on), Column("办理", _handled),
        ), ("subject", "outcome"), "kind"),
        Book("surveys", "满意度调查", "次", models.Survey, "first_day", (
            Column("调查", lambda r: r.title), Column("开始", lambda r: r.first_day), Column("结束", lambda r: r.last_day),
            Column("服务项目", _item, is_item=True), Column("纸质：满意 / 有效", _satisfied),
        ), ("title",)),
        Book("catchments", "覆盖人口", "条", models.Catchment, "starts_on", (
            Column("从", lambda r: r.starts_on), Column("常住人口", lambda r: r.residents, True),
            Column("60 岁以上", lambda r: r.elders, True), Column("0–12 岁", lambda r: r.children, True),
            Column("来源", lambda r: r.origin),
        ), ("origin",)),
        Book("disabled-homes", "残疾人之家", "家", models.DisabledHome, "starts_on", (
            Column("街道", lambda r: r.place),
            Column("名称", lambda r: r.name), Column("规范化", lambda r: "是" if r.is_standardised else "否"),
            Column("从", lambda r: r.starts_on),
        ), ("name",), hint="街道的责任：每个街道至少 1 家（杭州 附件 一(四)1）。"),
    )
}  # fmt: skip


def item_names(book: Book, day: date) -> dict[int, str]:
    """The names that a ledger's columns of items need; none where it has no such column."""
    return function_names(day) if any(column.is_item for column in book.columns) else {}


def listed(
    book: Book, appointment, *, text: str = "", facility=None, kind: str = "", first: date | None = None,
    last: date | None = None, oldest_first: bool = False,
) -> QuerySet:  # fmt: skip
    """Rows of a ledger that somebody may see."""
    rows = book.model.objects.visible_to(appointment)
    if book.of_facility:
        rows = rows.select_related("facility")
    else:
        named = Division.objects.filter(code=OuterRef("division_code"), valid_to=None)
        rows = rows.annotate(place=Subquery(named.values("name")[:1]))
    if facility is not None and book.of_facility:
        rows = rows.filter(facility=facility)
    if text:
        wanted = Q()
        for name in book.texts:
            wanted |= Q(**{f"{name}__icontains": text})
        if book.of_facility:
            wanted |= Q(facility__name__icontains=text) | Q(facility__code__istartswith=text)
        rows = rows.filter(wanted)
    if kind and kind in dict(book.kinds):
        rows = rows.filter(**{book.kind: kind})
    if first:
        rows = rows.filter(**{f"{book.day}__gte": first})
    if last:
        rows = rows.filter(**{f"{book.day}__lte": last})
    return rows.order_by(book.day if oldest_first else f"-{book.day}", "-pk")
