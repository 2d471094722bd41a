"""Reads an uploaded file into plain cells, in a child process with bounded memory and time.

The child calls `main(path, kind)`, which prints JSON and imports no Django. The parent calls
`read(path, kind)`. A file that crashes or stalls the parser takes the child down, never the worker.
"""

import contextlib
import csv
import io
import json
import re
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from facilities.uploads.child import Bounds, run
from facilities.uploads.refusal import UploadRefused

MEMORY = 900 * 1024 * 1024
CPU_SECONDS = 30
WALL_SECONDS = 45
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 60_000, 200, 3_000_000
_WARN_DIGITS = 15  # Excel keeps no more of a number


def read(path: Path, kind: str) -> list[dict[str, Any]]:
    """The sheets of a file: name, rows [[row number, [text, …]], …], hidden rows and columns, merged ranges.

    Raises UploadRefused if the file cannot be read within the limits.
    """
    try:
        code, output = run("facilities.imports.reading", [str(path), kind], Bounds(MEMORY, CPU_SECONDS, WALL_SECONDS))
    except TimeoutError:
        raise UploadRefused("这份表太复杂，45 秒还没有读完", "删去空行、公式和格式，或分成几份") from None
    if code == 3:
        raise UploadRefused(*json.loads(output))
    if code != 0:
        raise UploadRefused("这份表读不了，可能坏了，或大得不正常", "用 Excel 或 WPS 打开，另存为 .xlsx 再上传")
    return json.loads(output)


def cell_text(value: Any) -> str:
    """A cell as text: whole numbers without .0, dates in ISO form, booleans as 是 and 否."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 10**_WARN_DIGITS:
            return str(int(value))
        return f"{value:.15g}" if abs(value) < 10**_WARN_DIGITS else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def _workbook(path: str, kind: str) -> list[dict[str, Any]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    hidden = _hidden_xlsx(path) if kind == "xlsx" else _hidden_xls(path)
    book = CalamineWorkbook.from_path(path)
    sheets = []
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if sheet.total_height > 1_048_576 or sheet.height > MAX_ROWS or sheet.height * sheet.width > MAX_CELLS:
            raise UploadRefused(
                f"工作表“{meta.name}”有 {sheet.height} 行、{sheet.width} 列，太大", "删去空行空列，或分成几份"
            )
        rows = []
        for number, row in enumerate(sheet.iter_rows(), start=1):
            texts = [cell_text(value) for value in row[:MAX_COLUMNS]]
            if any(text and not text.isspace() for text in texts):
                rows.append([number, texts])
        rows_hidden, columns_hidden, broken = hidden.get(meta.name, ([], [], []))
        sheets.append(
            {
                "name": meta.name,
                "rows": rows,
                "hidden": meta.visible != SheetVisibleEnum.Visible,
                "hidden_rows": rows_hidden,
                "hidden_columns": columns_hidden,
                "broken": broken,
                "merged": [list(map(list, area)) for area in (sheet.merged_cell_ranges or [])][:5000],
            }
        )
    return sheets


def _hidden_xlsx(path: str) -> dict[str, tuple[list[int], list[int], list[str]]]:
    """By sheet, from the tags alone: hidden rows (from 1), hidden columns (from 0), cells whose formula failed (C7)."""
    found = {}
    with zipfile.ZipFile(path) as book:
        names = set(book.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return {}
        relations = {
            _attribute(tag, b"Id"): _attribute(tag, b"Target")
            for tag in re.findall(rb"<Relationship\b[^>]*>", book.read("xl/_rels/workbook.xml.rels"))
        }
        for tag in re.findall(rb"<sheet\b[^>]*>", book.read("xl/workbook.xml")):
            target = relations.get(_attribute(tag, b"r:id"), "").lstrip("/")
            part = target if target.startswith("xl/") else f"xl/{target}"
            if part in names:
                found[_unescape(_attribute(tag, b"name"))] = _hidden_in(book, part)
    return found


def _hidden_in(book: zipfile.ZipFile, part: str) -> tuple[list[int], list[int], list[str]]:
    rows, columns, broken, rest = [], [], [], b""
    with book.open(part) as file:
        while chunk := file.read(1 << 20):
            content = rest + chunk
            rows += [
                int(_attribute(t, b"r") or 0) for t in re.findall(rb"<row\b[^>]*\bhidden=\"(?:1|true)\"[^>]*>", content)
            ]
            for tag in re.findall(rb"<col\b[^>]*\bhidden=\"(?:1|true)\"[^>]*>", content):
                columns += range(int(_attribute(tag, b"min")) - 1, min(int(_attribute(tag, b"max")), MAX_COLUMNS))
            broken += [_attribute(tag, b"r") for tag in re.findall(rb"<c\b[^>]*\bt=\"e\"[^>]*>", content)][:MAX_ROWS]
            rest = content[content.rfind(b"<") :][:65536]
    return sorted(set(rows))[:MAX_ROWS], sorted(set(columns)), sorted(set(broken))[:MAX_ROWS]


def _hidden_xls(path: str) -> dict[str, tuple[list[int], list[int], list[str]]]:
    import xlrd

    with contextlib.suppress(Exception):  # a remark only: what xlrd cannot read, calamine may
        book = xlrd.open_workbook(path, formatting_info=True, logfile=io.StringIO())
        return {
            sheet.name: (
                sorted(number + 1 for number, info in sheet.rowinfo_map.items() if info.hidden),
                sorted(index for index, info in sheet.colinfo_map.items() if info.hidden),
                [],
            )
            for sheet in book.sheets()
        }
    return {}


def _attribute(tag: bytes, name: bytes) -> str:
    match = re.search(rb"(?:^|\s)" + re.escape(name) + rb"\s*=\s*[\"']([^\"']*)[\"']", tag)
    return match[1].decode("utf-8", "replace") if match else ""


def _unescape(text: str) -> str:
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escaped, plain)
    return text


def _text(path: str) -> list[dict[str, Any]]:
    content = Path(path).read_bytes()
    text = _decoded(content)
    csv.field_size_limit(100_000)
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    rows = []
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
        if number > MAX_ROWS:
            raise UploadRefused(f"超过 {MAX_ROWS} 行", "分成几份再上传")
        if any(cell.strip() for cell in row):
            rows.append([number, row[:MAX_COLUMNS]])
    return [
        {"name": "", "rows": rows, "hidden": False, "hidden_rows": [], "hidden_columns": [], "broken": [], "merged": []}
    ]


def _decoded(content: bytes) -> str:
    """UTF-8 if it is, UTF-16 if it says so, else GB18030 (what Excel writes on a Chinese Windows)."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    for encoding in ("utf-8-sig", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise UploadRefused("认不出文字的编码", "用 Excel 打开，另存为 .xlsx 再上传")


def main(path: str, kind: str) -> int:
    try:
        sheets = _text(path) if kind == "csv" else _workbook(path, kind)
    except UploadRefused as refused:
        json.dump([refused.problem, refused.advice], sys.stdout)
        return 3
    json.dump(sheets, sys.stdout, ensure_ascii=True)
    return 0
