"""Tables for the auditor as files, without live formulas: a cell that begins with = is text in Excel and in CSV."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n")
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def attachment(format: str, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    content = as_csv(head, rows) if format == "csv" else as_xlsx(name, head, rows)
    answer = HttpResponse(content, content_type=_TYPES[format])
    answer["Content-Disposition"] = content_disposition_header(True, f"{name}.{format}") or "attachment"
    return answer


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark, for Excel. A leading apostrophe keeps a cell from being a formula."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(head)
    for row in rows:
        writer.writerow([f"'{text}" if (text := str(value)).startswith(_LIVE) else text for value in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def as_xlsx(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    buffer = BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    page, bold = book.add_worksheet(title[:31]), book.add_format({"bold": True})
    for column, text in enumerate(head):
        page.write_string(0, column, text, bold)
        page.set_column(column, column, 18)
    for line, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            page.write_string(line, column, str(value))
    page.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()
