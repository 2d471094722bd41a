"""Tables as files without live formulas: a cell that begins with = is text in Excel and in CSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import xlsxwriter

from tenants.exports.kinds import Table

_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n")
_CELL = 32_767  # letters that Excel keeps
TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Writer(Protocol):
    def add(self, rows: Iterable[Sequence[object]]) -> None: ...


@contextmanager
def write_table(path: Path, table: Table, format: str) -> Iterator[Writer]:
    """The file of a table: head and preface are written at once, the rows as they are added. Whole when the block ends."""
    with _of(path, table, format) as writer:
        yield writer


def _of(path: Path, table: Table, format: str) -> AbstractContextManager[Writer]:
    if table.writer:
        return table.writer(path)
    return _csv(path, table) if format == "csv" else _xlsx(path, table)


class _Csv:
    def __init__(self, file):
        self._writer = csv.writer(file)

    def add(self, rows):
        for row in rows:
            self._writer.writerow([f"'{text}" if (text := str(value)).startswith(_LIVE) else text for value in row])


@contextmanager
def _csv(path: Path, table: Table) -> Iterator[Writer]:
    """UTF-8 with a byte order mark, for Excel. A leading apostrophe keeps a cell from being a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = _Csv(file)
        writer.add([[text] for text in table.preface])
        writer.add([table.head])
        yield writer


class _Xlsx:
    def __init__(self, page, line: int):
        self._page, self._line = page, line

    def add(self, rows):
        for row in rows:
            for column, value in enumerate(row):
                if (text := str(value)) != "":
                    self._page.write_string(self._line, column, text[:_CELL])
            self._line += 1


@contextmanager
def _xlsx(path: Path, table: Table) -> Iterator[Writer]:
    """Row by row to the disk: a long list takes no more memory than a short one."""
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(path, options) as book:
        page = book.add_worksheet(table.title[:31])
        title, bold = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "bottom": 1})
        for line, text in enumerate(table.preface):
            page.write_string(line, 0, text, title if line == 0 else None)
        head = len(table.preface) + 1 if table.preface else 0
        for column, text in enumerate(table.head):
            page.set_column(column, column, table.widths[column] if table.widths else 18)
            page.write_string(head, column, text, bold)
        page.freeze_panes(head + 1, 2 if table.preface else 0)
        yield _Xlsx(page, head + 1)
