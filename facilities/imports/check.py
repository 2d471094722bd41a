"""Compares a workbook with what is registered, and writes nothing.

`run(rows, codes=…, day=…)` fills in each row's findings and differences. It reads the registered objects once per sheet,
never per row: 10,000 rows must take under 10 s (`bench/import_check.py`).
"""

from collections.abc import Callable, Container
from datetime import date
from functools import cached_property

from facilities.imports import cells
from facilities.imports.books import DivisionBook, FacilityBook, Guesser, PlaceBook, StateBook, Stock, stock_of
from facilities.imports.cells import BadCell
from facilities.imports.rows import Row
from facilities.imports.sheets import all_sheets
from facilities.models import Facility
from tenants.rules import PERMISSION_LABELS, CodeRange, Permission


class Check:
    """One check: the rows by sheet, and the books to look things up in, each read when it is first opened.

    may: what whoever brings the rows is allowed to do; None: not asked (a command, a return). stock: what is registered, of a
    check about facilities whose rows have been read already; else all of `codes` is read.
    """

    def __init__(
        self, rows: list[Row], *, codes: CodeRange, day: date, is_demo: bool = False, stock: Stock | None = None,
        may: Container[Permission] | None = None,
    ):  # fmt: skip
        self.codes, self.day, self.is_demo, self.may = codes, day, is_demo, may
        self.guesser = Guesser()
        self.stock = stock or stock_of(codes)
        self.rows: dict[str, list[Row]] = {sheet.key: [] for sheet in all_sheets()}
        self.shelf: dict[str, object] = {}  # books of the apps above
        for row in rows:
            self.rows[row.sheet.key].append(row)

    @cached_property
    def divisions(self) -> DivisionBook:
        return DivisionBook(self.codes, self.day, self.guesser)

    @cached_property
    def facilities(self) -> FacilityBook:
        return FacilityBook(self.stock.facilities, self.guesser)

    @cached_property
    def states(self) -> StateBook:
        return StateBook(self.stock.states)

    @cached_property
    def places(self) -> PlaceBook:
        return PlaceBook(self.stock.sites, self.stock.spaces)

    def run(self, progress: Callable[[int], None] | None = None) -> None:
        """Check all sheets in order; `progress` hears the percentage done."""
        total = sum(map(len, self.rows.values())) or 1
        done = 0
        for sheet in all_sheets():
            rows = self.rows[sheet.key]
            for row in rows:
                read_cells(row)
            if self.may is not None and sheet.permission and sheet.permission not in self.may:
                for row in rows:
                    row.error(
                        "",
                        f"你的岗位不能导入“{sheet.title}”",
                        f"请有“{PERMISSION_LABELS[sheet.permission]}”权限的同事来导入",
                    )
            elif rows:
                sheet.match(self, rows)
            done += len(rows)
            if progress and rows:
                progress(round(100 * done / total))

    def facility(self, row: Row, column: str = "facility") -> Facility | None:
        """The facility that a row names, or None after noting why not."""
        if (raw := row.values.get(column)) is None:
            return None
        try:
            facility = self.facilities.find(raw)
        except BadCell as bad:
            row.bad(column, bad)
            return None
        depend(row, self.facilities.row_of.get(id(facility)), column)
        return facility


def depend(row: Row, parent: Row | None, column: str) -> None:
    """A row about something that another row of this workbook brings waits for that row."""
    if parent is None or parent is row:
        return
    row.parents.append(parent)
    if parent.has_error:
        row.error(column, f"它所属的“{parent.sheet_title}”第 {parent.number} 行还有错误", "先改好那一行")


def read_cells(row: Row) -> None:
    """Read every cell of a row by its column's kind. A blank cell gives no value; 清空 takes a stored one away."""
    for column in row.sheet.columns:
        raw = row.cells.get(column.key, "")
        if cells.is_error_value(raw):
            row.error(column.key, "公式出错，没有结果", "改成数值或文字")
        elif cells.is_blank(raw):
            if column.required == "always":
                row.error(column.key, f"没有填{column.title}", column.note or "请填写")
        elif cells.plain(raw) == cells.CLEAR and column.required != "always":
            row.cleared.add(column.key)
        else:
            try:
                row.values[column.key] = column.kind.parse(raw)
            except BadCell as bad:
                row.bad(column.key, bad)
            if odd := cells.private_use(raw):
                row.warn(column.key, f"有 {len(odd)} 个自造字，换一台电脑可能显示不出", "改用规范汉字，或确认保留")
    for column_key, remark in row.remarks:
        row.warn(column_key, remark, "确认要入库，或从表里删去")


def require_for_new(row: Row) -> None:
    """Note the cells without which something new cannot be registered."""
    for column in row.sheet.columns:
        if column.required == "new" and column.key not in row.values and not row.is_broken(column.key):
            row.error(column.key, f"没有填{column.title}", column.note or "新增时必填")
