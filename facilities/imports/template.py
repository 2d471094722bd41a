"""Writes workbooks in the shape that the import reads: the empty template, and filled ones.

XlsxWriter with fixed properties: the same rows give the same bytes.
"""

from datetime import datetime
from typing import BinaryIO

import xlsxwriter

from facilities.imports.sheets import GROUPS, Column, Sheet, all_sheets

GUIDE = "填写说明"
EXAMPLE = "示例"  # in front of the first cell: the import leaves such a row out
MARK_COLUMNS = ("填报行（不要改）", "填报校验（不要改）")
_ROWS = 2000  # drop-down lists reach this far
_FIRST = {
    "facilities": "先填“设施”，再填其他表；其他表用设施编号或名称认设施。没有内容的表留空即可。",
    "partners": "设施已经登记好。先填“合伙人登记”，再填证照、协议和项目；用名称认合伙人。没有内容的表留空即可。",
    "money": "设施、合伙人和基金已经登记好。空间协议先于换服务记录。没有内容的表留空即可。",
}
_MARKS = {"always": "必填", "new": "新增必填"}


def write_workbook(
    target: BinaryIO | str,
    rows: dict[str, list[dict[str, str]]] | None = None,
    *,
    remark: str = "",
    created: datetime,
    marks: dict[str, list[tuple[str, str]]] | None = None,
    group: str = "facilities",
) -> None:
    """Write the sheets of a group; `rows` by sheet key, each mapping column keys to text. Without rows: the template.

    marks: for each row what stands in the two hidden columns `MARK_COLUMNS`; then only the sheets that have rows or may
    get them are written.
    """
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    book.set_properties({"title": f"大运河幸福家园{GROUPS[group]}台账", "comments": remark, "created": created})
    formats = {
        "head": book.add_format(
            {
                "bold": True,
                "bg_color": "#115E68",
                "font_color": "#FFFFFF",
                "text_wrap": True,
                "valign": "vcenter",
                "border": 1,
            }
        ),
        "must": book.add_format(
            {
                "bold": True,
                "bg_color": "#9A3A2A",
                "font_color": "#FFFFFF",
                "text_wrap": True,
                "valign": "vcenter",
                "border": 1,
            }
        ),
        "text": book.add_format({"num_format": "@"}),
        "example": book.add_format({"num_format": "@", "italic": True, "font_color": "#5B6B70", "bg_color": "#F3F1EA"}),
        "title": book.add_format({"bold": True, "font_size": 16, "font_color": "#115E68"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    wanted = [sheet for sheet in all_sheets() if group in sheet.groups]
    _guide(book, formats, remark, wanted, group)
    for sheet in wanted:
        if marks is None or sheet.key in marks:
            _sheet(book, formats, sheet, None if rows is None else rows.get(sheet.key, []))
            if marks is not None:
                _mark(book, formats, sheet, marks[sheet.key])
    book.close()


def _guide(book, formats, remark: str, sheets: list[Sheet], group: str) -> None:
    page = book.add_worksheet(GUIDE)
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 96)
    page.write_string(0, 0, "怎么填这张表", formats["title"])
    lines = [
        ("先后", _FIRST[group]),
        ("红色列头", "必填；“新增必填”只在登记新的一行时要填。列头上有批注，说明怎么填。"),
        ("示例行", "第 2 行以“示例”开头，导入时跳过，可以删去。"),
        ("留空", "更新时，空着的格子不改动台账里的值；要去掉原来的值，填“清空”。系统里有、表里没有的行不会删除。"),
        ("日期", "写成 2026-03-01；2026.3.1、2026年3月1日也认得。“结束日”填最后一天，还在持续就留空。"),
        ("面积", "以平方米计，最多两位小数。占比不用填，系统由“空间”和“项目”算出。"),
        ("同一张表", "可以反复导入：已有的不会重复，改过的会更新。导入先检查，确认以后才写入，24 小时内可以整批撤销。"),
    ]
    if remark:
        lines.insert(0, ("说明", remark))
    for index, (head, body) in enumerate(lines, start=2):
        page.write_string(index, 0, head, formats["wrap"])
        page.write_string(index, 1, body, formats["wrap"])
    start = len(lines) + 3
    for index, sheet in enumerate(sheets):
        page.write_string(start + index, 0, sheet.title, formats["wrap"])
        note = f"{sheet.note} 撤销：{sheet.undo}" if sheet.undo else sheet.note
        page.write_string(start + index, 1, note, formats["wrap"])


def _sheet(book, formats, sheet: Sheet, rows: list[dict[str, str]] | None) -> None:
    page = book.add_worksheet(sheet.title)
    page.freeze_panes(1, 2)
    page.set_row(0, 32)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width, formats["text"])
        page.write_string(0, index, column.title, formats["must" if column.required else "head"])
        if note := _note(column):
            page.write_comment(0, index, note, {"x_scale": 1.6, "y_scale": 1.2, "author": ""})
        if column.kind.choices:
            page.data_validation(
                1, index, _ROWS, index,
                {
                    "validate": "list", "source": list(column.kind.choices), "error_type": "warning",
                    "error_title": "不在可选值里", "error_message": "可填：" + "、".join(column.kind.choices),
                },
            )  # fmt: skip
    if rows is None:
        for index, column in enumerate(sheet.columns):
            mark = f"{EXAMPLE}：" if index == 0 else ""
            page.write_string(1, index, mark + column.example, formats["example"])
        return
    for number, row in enumerate(rows, start=1):
        for index, column in enumerate(sheet.columns):
            if value := row.get(column.key):
                page.write_string(number, index, value)


def _mark(book, formats, sheet: Sheet, marks: list[tuple[str, str]]) -> None:
    page = book.get_worksheet_by_name(sheet.title)
    first = len(sheet.columns)
    page.set_column(first, first + len(MARK_COLUMNS) - 1, 4, formats["text"], {"hidden": True})
    page.write_row(0, first, MARK_COLUMNS, formats["head"])
    for number, pair in enumerate(marks, start=1):
        for index, text in enumerate(pair):
            page.write_string(number, first + index, text)


def _note(column: Column) -> str:
    return "。".join(
        part
        for part in (_MARKS.get(column.required, ""), column.note, column.example and f"如 {column.example}")
        if part
    )
