"""Writes the user's own workbook again, with a comment and a colour on every cell that has a finding.

An .xlsx is annotated as it is, in a bounded child process (openpyxl); an .xls or .csv, or one that openpyxl cannot
manage, comes back in the shape of the template.

Run as `python -m facilities.imports.annotate <path>` the marks come as JSON on stdin and the workbook goes to stdout.
"""

import json
import resource
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

_MEMORY = 1200 * 1024 * 1024
_SECONDS = 40
_OPENPYXL_ROWS = 5000
_FILLS = {"error": "FFF6D5D0", "warning": "FFFBE9C6", "fixed": "FFD7EBDD"}


def annotated(batch: Any) -> bytes:
    """The bytes of the annotated workbook of an ImportBatch."""
    rows = list(batch.rows.all())
    marks = [mark for row in rows for mark in _marks(row)]
    if batch.file_name.lower().endswith(".xlsx") and len(rows) <= _OPENPYXL_ROWS and batch.path.exists():
        root = str(Path(__file__).resolve().parents[2])
        command = [sys.executable, "-m", "facilities.imports.annotate", str(batch.path)]
        try:
            done = subprocess.run(
                command, input=json.dumps(marks).encode(), capture_output=True, timeout=_SECONDS, check=False, cwd=root,
                preexec_fn=_bound, env={"PATH": "/usr/bin:/bin"},
            )  # fmt: skip
            if done.returncode == 0:
                return done.stdout
        except subprocess.TimeoutExpired:
            pass
    return _rewritten(rows)


def _marks(row: Any) -> list[list[str]]:
    """[sheet, cell, level, comment, corrected text or ""] of a row; a finding about the whole row goes to its first cell."""
    from facilities.imports import sheets
    from facilities.imports.secrets import shown

    spec = sheets.sheet(row.sheet)
    first = next(iter(sorted(row.columns.values(), key=lambda name: (len(name), name))), "A")
    found: dict[str, list[str]] = {}
    for finding in row.findings:
        cell = f"{row.columns.get(finding['column']) or first}{row.number}"
        words = "。".join(part for part in (finding["problem"], finding["expected"]) if part)
        if finding["fix"] is not None:
            words += f"。建议填：{finding['fix']}"
        mark = found.setdefault(cell, [row.sheet_title, cell, finding["level"], "", ""])
        mark[3] = "\n".join(part for part in (mark[3], words) if part)
        if finding["level"] == "error":
            mark[2] = "error"
    for column, text in row.corrections.items():
        if column in row.columns:
            cell = f"{row.columns[column]}{row.number}"
            mark = found.setdefault(
                cell,
                [
                    row.sheet_title,
                    cell,
                    "fixed",
                    f"已改好，原来是：{shown(spec, column, row.cells.get(column, ''))}",
                    "",
                ],
            )
            mark[4] = shown(spec, column, text)
    return list(found.values())


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _rewritten(rows: list[Any]) -> bytes:
    import xlsxwriter

    from facilities.imports.secrets import shown
    from facilities.imports.sheets import all_sheets

    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    head = book.add_format({"bold": True, "bg_color": "#115E68", "font_color": "#FFFFFF"})
    fills = {level: book.add_format({"num_format": "@", "bg_color": f"#{fill[2:]}"}) for level, fill in _FILLS.items()}
    plain = book.add_format({"num_format": "@"})
    for sheet in all_sheets():
        mine = [row for row in rows if row.sheet == sheet.key]
        if not mine:
            continue
        page = book.add_worksheet(sheet.title)
        page.write_row(0, 0, [*(column.title for column in sheet.columns), "原表位置"], head)
        for number, row in enumerate(mine, start=1):
            marks = {mark[1]: mark for mark in _marks(row)}
            page.write_string(number, len(sheet.columns), f"{row.sheet_title} 第 {row.number} 行", plain)
            for index, column in enumerate(sheet.columns):
                mark = marks.get(f"{row.columns.get(column.key)}{row.number}")
                text = shown(sheet, column.key, row.text_of(column.key))
                page.write_string(number, index, text, fills[mark[2]] if mark else plain)
                if mark:
                    page.write_comment(number, index, mark[3], {"author": "", "x_scale": 2})
    book.close()
    return buffer.getvalue()


def _main(path: str) -> int:
    from openpyxl import load_workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    book = load_workbook(path)
    fills = {level: PatternFill("solid", fgColor=colour) for level, colour in _FILLS.items()}
    for sheet, address, level, words, corrected in json.load(sys.stdin):
        cell = book[sheet][address]
        if not hasattr(cell, "fill") or type(cell).__name__ == "MergedCell":
            continue
        comment = Comment(words, "检查结果")
        comment.width, comment.height = 320, 110
        cell.comment, cell.fill = comment, fills[level]
        if corrected:
            cell.value = corrected
            cell.data_type = "s"  # never a formula
    buffer = BytesIO()
    book.save(buffer)
    sys.stdout.buffer.write(buffer.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
