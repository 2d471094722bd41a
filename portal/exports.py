"""The Excel file of a facility list: what is on the screen, all pages of it."""

from collections.abc import Iterable
from datetime import date
from io import BytesIO

import xlsxwriter

from portal.queries.facility_list import Row
from portal.wording import TIER_NAMES, quarter_text

COLUMNS = (
    ("编号", 16),
    ("名称", 26),
    ("街道", 14),
    ("社区", 16),
    ("建设类型", 10),
    ("状态", 8),
    ("测算等级", 10),
    ("上季度", 10),
    ("离下一等级", 28),
    ("未达", 40),
    ("待确认", 40),
    ("随读法变化", 12),
)
LIMIT = 10_000


def workbook(rows: Iterable[Row], *, quarter: str, day: date, conditions: Iterable[str]) -> bytes:
    """An .xlsx of the rows with a heading, the conditions and the remark that a measurement is no decision."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": False}) as book:
        sheet = book.add_worksheet("设施")
        bold, head = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "bottom": 1})
        sheet.write(0, 0, f"设施清单（{quarter_text(quarter) if quarter else '还没有测算'}）", bold)
        sheet.write(1, 0, f"导出于 {day:%Y-%m-%d}；条件：{'，'.join(conditions) or '全部'}；等级是测算结果，不是认定。")
        for column, (title, width) in enumerate(COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write(3, column, title, head)
        for line, row in enumerate(rows, start=4):
            for column, value in enumerate(_cells(row)):
                sheet.write_string(line, column, value)
        sheet.freeze_panes(4, 2)
    return buffer.getvalue()


def _cells(row: Row) -> tuple[str, ...]:
    result = row.standing
    told = (
        (
            TIER_NAMES[result.tier],
            TIER_NAMES[result.previous] if result.previous is not None else "",
            result.sentence,
            "、".join(result.failed),
            "、".join(result.unknown),
            "是" if result.is_sensitive else "",
        )
        if result
        else ("未测算", "", "", "", "", "")
    )
    facility = row.facility
    return (
        facility.code,
        facility.name,
        row.place.street,
        row.place.community,
        row.type_label,
        row.lifecycle_label,
        *told,
    )
