"""The sheets 空间协议 and 换服务记录: spaces given to partners, and the services that were given for them (拱墅 三(二)2).

A registered agreement is not changed by a sheet. Services are entries of a ledger that is never changed: the same row twice is
one entry, another amount is refused, and taking an import back reverses what it posted.
"""

from decimal import Decimal
from typing import Any

from facilities.imports.cells import BadCell
from facilities.imports.check import Check, depend, require_for_new
from facilities.imports.rows import Row
from facilities.imports.sheets import Choice, Column, Day, Fen, Kind, LastDay, Sheet, Whole, split
from facilities.imports.specs.place import FACILITY
from facilities.imports.writing import Hand, ImportRefused
from facilities.operations.bulk import snapshot
from partners.imports.books import exchanges, partners
from partners.imports.kinds import Hours
from partners.models import Exchange, ExchangedSpace, ExchangeEntry, ExchangeEntryKind, Terms
from partners.operations import exchanges as operations
from partners.operations.exchanges import Service
from partners.rules.exchange import service_value_fen
from tenants.editing import EditRefused
from tenants.rules import Permission

_TERMS = ("starts_on", "ends_on", "hour_fen", "head_fen", "rent_fen")
_KINDS = Choice(values=tuple(Terms.choices), also={"换服务": "exchange", "减免": "reduction", "免租": "reduction"})


def match(check: Check, rows: list[Row]) -> None:
    book, who, seen = exchanges(check), partners(check), {}
    for row in rows:
        facility, partner, number = check.facility(row), who.find(row), row.values.get("number")
        if facility is None or partner is None or number is None:
            continue
        row.label = f"{facility.name} · {number}"
        if (first := seen.setdefault(number, row)) is not row:
            row.error("number", f"和第 {first.number} 行重复", "一份协议只写一行，几个空间用顿号隔开")
            continue
        if (registered := book.by_number.get(number)) is not None:
            _unchanged(row, registered, facility, partner)
            continue
        _new(check, row, facility, partner)
        if row.is_new:
            book.by_number[number] = row.target
            book.row_of[id(row.target)] = row


def _unchanged(row: Row, registered: Exchange, facility, partner) -> None:
    row.target = registered
    for column, old, new in (
        ("facility", registered.facility, facility), ("partner", registered.partner, partner),
        *((name, getattr(registered, name), row.values[name]) for name in (*_TERMS, "terms") if name in row.values),
    ):  # fmt: skip
        if old != new:
            shown = str(getattr(old, "name", "")) or row.sheet.by_key[column].kind.show(old) or "空"
            row.error(column, f"登记的是 {shown}", "已登记的空间协议不在表里改；续订请用新的编号", shown)


def _new(check: Check, row: Row, facility, partner) -> None:
    require_for_new(row)
    found = []
    for name in split(row.cells.get("spaces", "")):
        try:
            space = check.places.space(facility, name)
        except BadCell as bad:
            row.bad("spaces", bad)
            continue
        depend(row, check.places.row_of.get(id(space)), "spaces")
        if not space.usable_area_m2:
            row.error("spaces", f"“{space.name}”没有填可用面积，算不出价值", "先在“空间”表里补上可用面积")
        found.append(space)
    values: dict[str, Any] = {name: row.values[name] for name in _TERMS if name in row.values}
    values["terms"] = row.values.get("terms", Terms.EXCHANGE)
    row.also["tolerance"] = row.values["tolerance"] * 10 if "tolerance" in row.values else None
    _fits(row, values)
    if row.has_error:
        return
    row.is_new, row.also["facility"], row.also["partner"], row.also["spaces"] = True, facility, partner, found
    row.target = Exchange(number=row.values["number"], facility=facility if facility.pk else None, **values)


def _fits(row: Row, values: dict[str, Any]) -> None:
    if "starts_on" in values and "ends_on" in values and values["ends_on"] <= values["starts_on"]:
        row.error("ends_on", f"最后一天早于起始日 {values['starts_on']}", f"填 {values['starts_on']} 或以后的日期")
    if values["terms"] == Terms.REDUCTION:
        if "rent_fen" not in values and not row.is_broken("rent_fen"):
            row.error("rent_fen", "租金减免没有填实收租金", "填每月实收多少元，全免填 0")
    elif "rent_fen" in values:
        row.error("rent_fen", "空间换服务没有实收租金", "两种方式分开记：清空这一格，或方式改成租金减免")
    elif not (values.get("hour_fen") or values.get("head_fen")):
        row.error("hour_fen", "没有填约定单价", "每小时或每人次的单价，至少填一个")


def save(hand: Hand, rows: list[Row]) -> None:
    for row in rows:
        if not row.is_new:
            continue
        one = row.target
        try:
            made = operations.agree(
                facility=row.also["facility"], partner=row.also["partner"], number=one.number, starts_on=one.starts_on,
                ends_on=one.ends_on, spaces=row.also["spaces"], by=hand.by, terms=one.terms, hour_fen=one.hour_fen,
                head_fen=one.head_fen, tolerance_permille=row.also["tolerance"], rent_fen=one.rent_fen,
            )  # fmt: skip
        except EditRefused as refused:
            raise ImportRefused(f"{row.sheet_title}第 {row.number} 行：{refused}") from refused
        row.target.pk = made.pk
        for written in (made, *ExchangedSpace.objects.filter(exchange=made).order_by("pk")):
            row.changes.append(
                {"model": written._meta.label_lower, "id": written.pk, "before": None, "after": snapshot(written)}
            )


EXCHANGES = Sheet(
    key="exchange",
    title="空间协议",
    order=125,
    match=match,
    save=save,
    aliases=("空间换服务", "空间换服务协议"),
    groups=("money",),
    permission=Permission.KEEP_MONEY,
    undo="还没有记账的删去；已经有空间价值或服务分录的不能撤销，请在协议页结清。",
    note="一份协议一行。空间换服务和租金减免分开记，同一空间同一个月只能给一份协议。空间价值由系统按区参考租金逐月算。",
    columns=(
        FACILITY,
        Column("number", "空间协议编号", Kind(60), "always", "全区不重复", "换-2026-03", ("协议编号",), 20),
        Column("partner", "合伙人", Kind(80), "always", "登记的名称", "示例社工发展中心", ("合伙人名称",), 26),
        Column("terms", "方式", _KINDS, "", "空间换服务或租金减免，不填按空间换服务", "空间换服务", (), 12),
        Column("spaces", "给出的空间", Kind(300), "new", "“空间”表里的名称，几个用顿号隔开", "102 室、103 室", ("空间",), 24),
        Column("starts_on", "起始日", Day(), "new", "", "2026-01-01", ("起",)),
        Column("ends_on", "最后一天", LastDay(), "new", "协议期的最后一天", "2026-12-31", ("结束日", "止")),
        Column("hour_fen", "每小时单价(元)", Fen(), "", "约定的每小时服务价值", "120", ("小时单价",), 14),
        Column("head_fen", "每人次单价(元)", Fen(), "", "约定的每人次服务价值", "15", ("人次单价",), 14),
        Column("tolerance", "等值容差(%)", Whole(low=0, high=50), "", "不填按区里的设定", "5", ("容差",), 12),
        Column("rent_fen", "实收租金(元/月)", Fen(), "", "租金减免才填", "", ("实收租金",), 14),
    ),
)  # fmt: skip


# --- services ---------------------------------------------------------------------------------------------------------


def match_services(check: Check, rows: list[Row]) -> None:
    book = exchanges(check)
    owners = [(row, book.find(row)) for row in rows]
    ids = {one.pk for _, one in owners if one is not None and one.pk}
    standing = ExchangeEntry.objects.filter(exchange_id__in=ids, kind=ExchangeEntryKind.SERVICE, reversed_by=None)
    stored = {(one.exchange_id, one.day, one.summary): one for one in standing}
    seen: dict[tuple, Row] = {}
    for row, one in owners:
        if one is None or {"day", "summary"} - row.values.keys():
            continue
        row.label = f"{one.number} · {row.values['day']} {row.values['summary']}"
        key = (one.pk or id(one), row.values["day"], row.values["summary"])
        if (first := seen.setdefault(key, row)) is not row:
            row.error("summary", f"和第 {first.number} 行重复", "同一天两次服务，摘要写得分得清")
            continue
        minutes, heads = int(row.values.get("hours", Decimal(0)) * 60), row.values.get("heads", 0)
        if (registered := stored.get(key)) is not None:
            _same_service(row, registered, minutes, heads)
        else:
            _new_service(check, row, one, minutes, heads)


def _same_service(row: Row, registered: ExchangeEntry, minutes: int, heads: int) -> None:
    row.target = registered
    for column, old, new, unit in (
        ("hours", registered.minutes or 0, minutes, "分钟"), ("heads", registered.heads or 0, heads, "人次")
    ):  # fmt: skip
        if old != new:
            row.error(column, f"这一条已经记账，记的是 {old} {unit}", "台账只增不改：先在协议页冲正，再重新导入")


def _new_service(check: Check, row: Row, one: Exchange, minutes: int, heads: int) -> None:
    day = row.values["day"]
    if one.terms != Terms.EXCHANGE:
        row.error("exchange", "租金减免单独记账，没有服务台账", "核对协议编号")
    elif one.settled_on:
        row.error("exchange", f"这份协议 {one.settled_on} 已经结清", "核对协议编号")
    elif not one.starts_on <= day < one.ends_on:
        row.error("day", f"{day} 不在协议的起止日期里", f"协议从 {one.starts_on} 到 {operations.last_day(one)}")
    elif day > check.day:
        row.error("day", f"{day} 还没有到", "服务做过了再记")
    elif not service_value_fen(minutes=minutes, heads=heads, hour_fen=one.hour_fen, head_fen=one.head_fen):
        row.error("hours", "按约定单价算出来是 0 元", "填小时或人次，单价在协议里")
    if row.has_error:
        return
    row.is_new, row.also["exchange"] = True, one
    row.target = ExchangeEntry(day=day, summary=row.values["summary"], minutes=minutes, heads=heads)


def save_services(hand: Hand, rows: list[Row]) -> None:
    for row in rows:
        if not row.is_new:
            continue
        told = Service(row.target.day, row.target.summary, row.target.minutes, row.target.heads)
        try:
            made = operations.record_service(exchange=row.also["exchange"], service=told, by=hand.by)
        except EditRefused as refused:
            raise ImportRefused(f"{row.sheet_title}第 {row.number} 行：{refused}") from refused
        row.changes.append({"model": made._meta.label_lower, "id": made.pk, "before": None, "after": {}})


def take_services_back(rows: list, hand: Hand) -> None:
    ids = [change["id"] for row in rows for change in row.changes]
    for entry in ExchangeEntry.objects.filter(pk__in=ids, reversed_by=None).select_related("exchange").order_by("pk"):
        try:
            operations.reverse(entry=entry, day=hand.day, by=hand.by, reason=hand.reason)
        except EditRefused as refused:
            raise ImportRefused(f"不能整批撤销：{entry.summary}：{refused}") from refused


SERVICES = Sheet(
    key="given",
    title="换服务记录",
    order=126,
    match=match_services,
    save=save_services,
    take_back=take_services_back,
    aliases=("服务抵扣", "服务记录"),
    groups=("money",),
    permission=Permission.KEEP_MONEY,
    undo="台账只增不改，撤销时每条记一笔冲正，原来的分录还在。",
    note="一行是一次服务，按协议单价折算。同一份协议同一天同一摘要只记一次；已记账的不在表里改。",
    columns=(
        Column("exchange", "空间协议编号", Kind(60), "always", "“空间协议”里的编号", "换-2026-03", ("协议编号",), 20),
        Column("day", "服务日期", Day(), "always", "在协议起止日期里", "2026-05-08", ("日期",)),
        Column("summary", "服务内容", Kind(200), "always", "做了什么、为谁", "课后照护，桥西社区儿童", ("摘要", "内容"), 30),
        Column("hours", "小时", Hours(), "", "最多两位小数", "2.5", ("服务小时", "时长"), 10),
        Column("heads", "人次", Whole(low=0, high=100_000), "", "", "18", ("服务人次",), 10),
    ),
)  # fmt: skip
