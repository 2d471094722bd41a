"""The form of a quarterly return as its template wants it: sections, grids and fields with what is to be said about each."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from facilities.imports.sheets import Area, Choice, Column, Day, Degrees, Fen, Whole, YesNo
from facilities.models import ReturnComment
from facilities.returns.checking import Checked, Found
from facilities.returns.content import WHY, Content, Line
from facilities.returns.rules import SECTIONS, Section
from facilities.returns.shelves import Cells, Shelf, all_shelves

NEW_ROW = "__new__"
_NUMBERS = (Area, Degrees, Fen, Whole)
_UNITS = {"hours": "", "surveyed": "人", "satisfied": "人", "visits": "人次", "elder_visits": "人次", "child_visits": "人次",
          "clinic_days": "天", "culture_hours": "小时", "volunteer_hours": "小时", "activities": "场", "health_talks": "场",
          "job_events": "场", "sport_events": "次"}  # fmt: skip
_LONG = 120  # columns that take so much text are written in several lines


def cell_id(sheet: str, key: str, column: str) -> str:
    return f"{sheet}|{key}|{column}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One field. `last`: its value of before, in words; empty where it is no number or never had one."""

    id: str
    column: str
    title: str
    text: str
    kind: str  # text, long, number, day, choice
    choices: tuple[str, ...]
    list_id: str
    hint: str
    unit: str
    last: str
    is_fixed: bool
    is_changed: bool
    mark: str  # "", "bad" or "doubt"
    is_needed: bool

    @property
    def dom(self) -> str:
        return self.id.replace("|", "-").replace(WHY, "why-")


@dataclass(frozen=True, slots=True)
class Row:
    sheet: str
    key: str
    name: str
    cells: tuple[Cell, ...]
    found: tuple["Message", ...]
    comments: tuple[ReturnComment, ...]
    is_new: bool
    is_changed: bool

    @property
    def dom(self) -> str:
        return f"{self.sheet}-{self.key}"


@dataclass(frozen=True, slots=True)
class Message:
    """What is said below a row, and for a jump the sentence that settles it."""

    found: Found
    title: str
    cell: str
    dom: str
    asks: bool
    why_id: str
    why_dom: str
    why: str


@dataclass(frozen=True, slots=True)
class Grid:
    shelf: Shelf
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    pattern: Row | None
    lists: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def key(self) -> str:
        return self.shelf.sheet_key


@dataclass(frozen=True)
class Part:
    """A section on the page."""

    section: Section
    fields: tuple[Row, ...]
    grids: tuple[Grid, ...]
    errors: int
    asked: int
    changed: int

    @property
    def state(self) -> str:
        return "err" if self.errors else "ask" if self.asked else "done" if self.changed else "same"

    @property
    def words(self) -> str:
        if self.errors:
            return f"要改 {self.errors} 处"
        if self.asked:
            return f"写原因 {self.asked} 处"
        return f"改了 {self.changed} 处" if self.changed else "无变化"


@dataclass(frozen=True)
class Form:
    parts: tuple[Part, ...]
    errors: int
    asked: int
    changed: int
    general: tuple[ReturnComment, ...] = field(default=())

    @property
    def is_clean(self) -> bool:
        return not (self.errors or self.asked)

    def part(self, key: str) -> Part:
        return next(part for part in self.parts if part.section.key == key)


def form_of(
    content: Content, checked: Checked, before: dict[str, dict[str, Cells]], comments: Iterable[ReturnComment]
) -> Form:
    """The whole form. before: the content that was last approved. comments: those still open."""
    comments = list(comments)
    maker = _Maker(content, checked, before, comments)
    parts = tuple(maker.part(section) for section in SECTIONS)
    return Form(
        parts, sum(p.errors for p in parts), sum(p.asked for p in parts), sum(p.changed for p in parts),
        tuple(c for c in comments if not c.sheet),
    )  # fmt: skip


class _Maker:
    def __init__(self, content: Content, checked: Checked, before, comments):
        self.content, self.checked, self.before = content, checked, before
        self.found: dict[tuple[str, str], list[Found]] = {}
        for one in checked.found:
            self.found.setdefault((one.sheet, one.key), []).append(one)
        self.comments: dict[tuple[str, str], list[ReturnComment]] = {}
        for comment in comments:
            self.comments.setdefault((comment.sheet, comment.row_key), []).append(comment)
        self.spaces = tuple(dict.fromkeys(line.text("name") for line in content.lines["space"] if line.text("name")))
        self.sites = tuple(dict.fromkeys(line.text("name") for line in content.lines["site"] if line.text("name")))

    def part(self, section: Section) -> Part:
        shelves = [shelf for shelf in all_shelves() if shelf.section == section.key]
        fields = tuple(
            self.row(line) for shelf in shelves if shelf.single for line in self.content.lines[shelf.sheet_key]
        )
        grids = tuple(self.grid(shelf) for shelf in shelves if not shelf.single)
        found = self.checked.of_section(section.key)
        keys = {shelf.sheet_key for shelf in shelves}
        changed = sum(len(line.changed) or 1 for line in self.content.changed if line.shelf.sheet_key in keys)
        errors = [f for f in found if f.level == "error"]
        return Part(section, fields, grids, len(errors), sum(f.asks for f in found), changed)

    def grid(self, shelf: Shelf) -> Grid:
        lines = self.content.lines[shelf.sheet_key]
        rows = tuple(self.row(line) for line in lines)
        beginning = shelf.beginning(self.content.facility, self.content.quarter, self.content.quarter.last_day)
        pattern = self.row(Line(shelf, NEW_ROW, None, beginning), is_new=True)
        lists = tuple(
            (f"list-{shelf.sheet_key}-{column.key}", choices)
            for column in shelf.shown
            if (choices := self._choices(column))
        )
        return Grid(shelf, shelf.shown, rows, pattern, lists)

    def row(self, line: Line, *, is_new: bool | None = None) -> Row:
        new = line.is_new if is_new is None else is_new
        found = self.found.get((line.shelf.sheet_key, line.key), [])
        marks: dict[str, str] = {}
        for one in found:
            if marks.get(one.column) != "bad":
                marks[one.column] = "bad" if one.level == "error" else "doubt"
        changed = set(line.changed)
        cells = tuple(
            self._cell(line, column, new, changed, marks.get(column.key, "")) for column in line.shelf.shown
            if column.key != "nil_ledgers"
        )  # fmt: skip
        return Row(
            line.shelf.sheet_key, line.key, line.name, cells, tuple(_message(line, one) for one in found),
            tuple(self.comments.get((line.shelf.sheet_key, line.key), ())), new, line.is_changed,
        )  # fmt: skip

    def _cell(self, line: Line, column: Column, new: bool, changed: set[str], mark: str) -> Cell:
        choices = self._choices(column)
        is_number = isinstance(column.kind, _NUMBERS)
        kind = "number" if is_number else "day" if isinstance(column.kind, Day) else "choice" if choices else "text"
        if kind == "text" and column.kind.max_length > _LONG and line.shelf.single:
            kind = "long"
        return Cell(
            id=cell_id(line.shelf.sheet_key, line.key, column.key), column=column.key, title=column.title,
            text=line.text(column.key), kind=kind, choices=choices,
            list_id=f"list-{line.shelf.sheet_key}-{column.key}" if choices else "",
            hint=column.note, unit=_unit(column), last=self._last(line, column.key) if is_number else "",
            is_fixed=not line.shelf.may_change(column.key, is_new=new), is_changed=column.key in changed, mark=mark,
            is_needed=bool(column.required),
        )  # fmt: skip

    def _last(self, line: Line, column: str) -> str:
        if line.earlier is not None:
            return line.earlier.get(column, "")
        approved = self.before.get(line.shelf.sheet_key, {}).get(line.key)
        return (approved or line.registered or {}).get(column, "")

    def _choices(self, column: Column) -> tuple[str, ...]:
        if column.key == "space":
            return self.spaces
        if column.key == "site":
            return self.sites
        return column.kind.choices if isinstance(column.kind, Choice | YesNo) else ()


def _unit(column: Column) -> str:
    if isinstance(column.kind, Area):
        return "㎡"
    return "元" if isinstance(column.kind, Fen) else _UNITS.get(column.key, "")


def _message(line: Line, one: Found) -> Message:
    ask = one.level == "warning" and bool(one.column) and (one.asks or WHY + one.column in line.typed)
    title = next((c.title for c in line.shelf.shown if c.key == one.column), "")
    why = cell_id(one.sheet, one.key, WHY + one.column)
    return Message(
        one, title, cell_id(one.sheet, one.key, one.column), f"{one.sheet}-{one.key}-{one.column}", ask, why,
        why.replace("|", "-").replace(WHY, "why-"), line.typed.get(WHY + one.column, ""),
    )  # fmt: skip
