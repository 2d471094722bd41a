"""The check of a return: the import's own check over the changed rows, and what only a return asks."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q

from facilities.imports import cells
from facilities.imports.books import Stock
from facilities.imports.cells import BadCell
from facilities.imports.check import Check
from facilities.imports.rows import ERROR, WARNING, Row
from facilities.models import Facility, QuarterlyReturn
from facilities.returns.content import WHY, Content, Line, title_of
from facilities.returns.rules import Rules
from tenants.quarters import Quarter
from tenants.rules import CodeRange

_SENTENCE = 4  # characters that an explanation has at least
_OFFICE, _SPACE = "办公", "space"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing about one cell. `asks`: it is settled by a sentence, which is still missing."""

    sheet: str
    key: str
    column: str
    section: str
    where: str
    level: str
    problem: str
    expected: str = ""
    fix: str | None = None
    asks: bool = False

    @property
    def blocks(self) -> bool:
        return self.level == ERROR or self.asks


@dataclass
class Checked:
    """The rows as the writers take them, and all that was found."""

    rows: list[Row] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)

    @property
    def errors(self) -> list[Found]:
        return [one for one in self.found if one.level == ERROR]

    @property
    def asked(self) -> list[Found]:
        return [one for one in self.found if one.asks]

    @property
    def notes(self) -> list[Found]:
        """What is worth a look and blocks nothing."""
        return [one for one in self.found if not one.blocks]

    @property
    def is_clean(self) -> bool:
        return not any(one.blocks for one in self.found)

    def of_section(self, section: str) -> list[Found]:
        return [one for one in self.found if one.section == section]


def check(content: Content, *, one: QuarterlyReturn, codes: CodeRange, day: date, rules: Rules) -> Checked:
    """Check what a return changes. codes: the divisions that the acting person may name. day: today. Writes nothing."""
    quarter = content.quarter
    lines = [line for line in content.changed if not line.is_gone]
    rows = [_row(line, number, content) for number, line in enumerate(lines, start=1)]
    Check(rows, codes=codes, day=min(day, quarter.last_day), stock=_stock(content, codes)).run()
    checked = Checked(rows, [_gone(line) for line in content.changed if line.is_gone])
    for line, row in zip(lines, rows, strict=True):
        _emptied(line, row)
        jumps = _jumps(line, rules.jump_percent)
        for finding in row.findings:
            if finding.level == WARNING and finding.column in jumps:
                continue  # the import asks about a fifth; here a sentence is asked for already
            checked.found.append(
                _found(line, finding.column, finding.level, finding.problem, finding.expected, finding.fix)
            )
        checked.found += jumps.values()
    checked.found += [f for line in content.all() if line.shelf.ends_matter for f in _ends(line, quarter)]
    checked.found += _offices(content, lines)
    checked.found += _moved_on(lines)
    return checked


def _stock(content: Content, codes: CodeRange) -> Stock:
    """What the content has read already: of this facility. Others only where it may take the name of one."""
    one, read = content.facility, content.read
    [basics] = content.lines["facility"]
    facilities: Iterable[Facility] = [copy(one)]  # a trial writes on it; the page says its registered name
    if basics.text("name") != one.name:
        its_street = Facility.objects.within(codes).filter(Q(pk=one.pk) | Q(name=basics.text("name")))
        facilities = its_street.order_by("id")
    by_day = {name: sorted(read[name], key=lambda row: (row.starts_on, row.pk)) for name in ("sites", "spaces")}
    return Stock(facilities, read["states"], by_day["sites"], by_day["spaces"])


def _gone(line: Line) -> Found:
    words = f"台账里已经没有这一行{line.shelf.sheet.title}"
    return _found(line, "", ERROR, words, "有人在别处删去了它。去掉这一行的改动，需要的话另加一行")


def _row(line: Line, number: int, content: Content) -> Row:
    """The row as the import would read it: an emptied cell of a registered row says 清空."""
    said = {c: line.text(c) for c in (line.changed if line.shelf.partial else line.cells)}
    said |= {c: line.text(c) for c in (*line.shelf.identifying, *line.shelf.fixed)}
    if line.shelf.single and "quarter" in line.shelf.sheet.by_key:
        said["quarter"] = str(content.quarter)
    texts = {}
    for column, text in said.items():
        emptied = not text and line.registered is not None and line.registered.get(column)
        texts[column] = cells.CLEAR if emptied and not _must(line, column) else text
    texts["facility"] = content.facility.code
    row = Row(line.shelf.sheet, line.shelf.sheet.title, number, texts, {})
    row.about = int(line.key) if line.registered is not None and line.key.isdigit() else None
    return row


def _must(line: Line, column: str) -> bool:
    spec = line.shelf.sheet.by_key.get(column)
    return spec is not None and (bool(spec.required) or column == "starts_on")


def _emptied(line: Line, row: Row) -> None:
    """A cell that must say something was emptied: the import would leave the stored value alone, a form must not."""
    if line.registered is None:
        return
    for column in line.changed:
        spec = line.shelf.sheet.by_key[column]
        if _must(line, column) and spec.required != "always" and not line.text(column):
            row.error(column, f"没有填{spec.title}", spec.note or "请填写")


def _found(line: Line, column: str, level: str, problem: str, expected="", fix=None, *, asks=False) -> Found:
    shown = column if column in line.shelf.columns else ""
    return Found(
        line.shelf.sheet_key, line.key, shown, line.shelf.section, line.name, level, problem, expected, fix, asks
    )


def _jumps(line: Line, percent: int) -> dict[str, Found]:
    """Watched numbers that changed by more than the rules let pass without a word."""
    found = {}
    for column in line.shelf.watched & set(line.changed):
        before = line.registered if line.earlier is None else line.earlier
        if before is not None and jumps_over(was := before.get(column, ""), now := line.text(column), percent):
            old, new = cells.number(was), cells.number(now)
            why = line.typed.get(WHY + column, "")
            found[column] = _found(
                line, column, WARNING, f"{title_of(line.shelf, column)}从 {old} 变成 {new}，变动超过 {percent} %",
                f"原因：{why}" if len(why) >= _SENTENCE else "写一句原因，至少 4 个字", asks=len(why) < _SENTENCE,
            )  # fmt: skip
    return found


def jumps_over(was: str, now: str, percent: int) -> bool:
    """Whether a number changed by more than so many percent of what it was. Nothing, and from nothing, is no jump."""
    try:
        old, new = cells.number(was or "0"), cells.number(now or "0")
    except BadCell:
        return False
    return bool(was and now and old) and abs(new - old) * 100 > old * percent


def _ends(line: Line, quarter: Quarter) -> list[Found]:
    """An agreement that ends in this quarter: said now, not noticed when the tier has dropped."""
    try:
        last = cells.day(line.text("ends_on"))
    except BadCell:
        return []
    if not quarter.first_day <= last <= quarter.last_day:
        return []
    words = f"{line.shelf.sheet.title}“{line.name}”{last} 到期，之后不再计入"
    return [_found(line, "ends_on", WARNING, words, "续签了就改结束日，换了就另加一行（拱墅 三(一)1—2）")]


def _offices(content: Content, changed: list[Line]) -> list[Found]:
    """办公空间最小化、服务空间最大化 (杭州 二(四)9): offices that grow are asked about, not refused."""
    spaces = content.lines.get(_SPACE, [])
    before = sum((_office(line.registered) for line in spaces if line.registered), Decimal(0))
    after = sum((_office(line.cells) for line in spaces), Decimal(0))
    if after <= before:
        return []
    grown = next((line for line in changed if line.shelf.sheet_key == _SPACE and _office(line.cells)), None)
    if grown is None:
        return []
    words = f"办公面积从 {before} ㎡ 增到 {after} ㎡"
    return [_found(grown, "used_by", WARNING, words, "“办公空间最小化、服务空间最大化”（杭州 二(四)9），核对是否确实")]


def _office(row: dict[str, str]) -> Decimal:
    if row.get("used_by") != _OFFICE or not row.get("usable_area_m2") or row.get("ends_on"):
        return Decimal(0)
    try:
        return cells.number(row["usable_area_m2"])
    except BadCell:
        return Decimal(0)


def _moved_on(lines: list[Line]) -> list[Found]:
    """Cells whose registered text has changed since they were filled in: an import or an edit came between."""
    found = []
    for line in lines:
        if line.draft is None or line.registered is None:
            continue
        for column, base in line.draft.base.items():
            present = line.registered.get(column, "")
            if column in line.draft.cells and not column.startswith(WHY) and present != base:
                words = f"填报以后，台账里这一格从“{base or '空'}”改成了“{present or '空'}”"
                found.append(_found(line, column, WARNING, words, "核对两边，以哪个为准"))
    return found
