import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

MAX_ROWS = 5000  # more than this is made by a task, not while somebody waits
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column:
    """A column of an export: its heading, and how to read a row's value (text, number, date or None)."""

    title: str
    value: Callable[[Any], Any]
    width: int = 14


def is_too_long(rows: int) -> bool:
    """Whether a list of so many rows is for a task."""
    return rows > MAX_ROWS


class TooLong(Exception):
    """A list that is put together in the page's own request is too long for a file; its words are for the reader."""

    def __init__(self, rows: int):
        super().__init__(
            f"没有导出：清单有 {rows} 行，一份文件最多 {MAX_ROWS} 行。请先加上条件（例如选一个街道）再导出。"
        )


def workbook(rows: Iterable[Any], columns: list[Column], *, title: str = "列表", note: str = "") -> bytes:
    """An .xlsx of rows. Text stays text: a name that begins with = is no formula. `note` stands above the header."""
    handle, name = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    try:
        book = xlsxwriter.Workbook(
            name,
            {
                "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd", "remove_timezone": True,
            },
        )  # fmt: skip
        _fill(book, rows, columns, title, note)
        book.close()
        return Path(name).read_bytes()
    finally:
        Path(name).unlink(missing_ok=True)


def response(
    rows: Iterable[Any], columns: list[Column], *, file_name: str, title: str = "列表", note: str = ""
) -> HttpResponse:
    """The same as an attachment, for at most MAX_ROWS rows; `TooLong` beyond: no file leaves out rows in silence."""
    rows = list(rows)
    if len(rows) > MAX_ROWS:
        raise TooLong(len(rows))
    answer = HttpResponse(workbook(rows, columns, title=title, note=note), content_type=_TYPE)
    answer["Content-Disposition"] = content_disposition_header(True, file_name) or "attachment"
    return answer


def response_or_reason(
    request: HttpRequest,
    rows: Iterable[Any],
    columns: list[Column],
    *,
    file_name: str,
    title: str,
    note: str,
    back: str = "",
) -> HttpResponse:
    """The attachment, or for a list that is too long the page again with the reason. back: its address, else the same path."""
    try:
        return response(rows, columns, file_name=file_name, title=title, note=note)
    except TooLong as refused:
        messages.error(request, str(refused))
        wanted = request.GET.copy()
        wanted.pop("export", None)
        return redirect(f"{back or request.path}?{wanted.urlencode()}")


def _fill(book, rows: Iterable[Any], columns: list[Column], title: str, note: str) -> None:
    page = book.add_worksheet(title[:31])
    head = book.add_format({"bold": True, "bg_color": "#115E68", "font_color": "#FFFFFF"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for index, column in enumerate(columns):
        page.set_column(index, index, column.width)
    start = 0
    if note:
        page.write_string(0, 0, note)
        start = 1
    for index, column in enumerate(columns):
        page.write_string(start, index, column.title, head)
    page.freeze_panes(start + 1, 1)
    for number, row in enumerate(rows, start=start + 1):
        for index, column in enumerate(columns):
            value = column.value(row)
            if value is None or value == "":
                continue
            if isinstance(value, bool):
                page.write_string(number, index, "是" if value else "否")
            elif isinstance(value, int | float | Decimal):
                page.write_number(number, index, float(value))
            elif isinstance(value, datetime | date):
                page.write_datetime(number, index, value, day)
            else:
                page.write_string(number, index, str(value)[:32_767])
