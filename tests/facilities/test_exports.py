"""Exports: nothing in a cell is ever a formula."""

import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from facilities.exports import Column, TooLong, response, workbook

COLUMNS = [Column("名称", lambda row: row[0], 26), Column("值", lambda row: row[1])]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://a")', "\t=1", "http://a.b"])
def test_text_stays_text(text):
    cell = load_workbook(io.BytesIO(workbook([(text, None)], COLUMNS))).active["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


@pytest.mark.parametrize(
    ("value", "read"),
    [(Decimal("999.99"), 999.99), (12, 12), (True, "是"), (None, None), (date(2026, 3, 1), "2026-03-01")],
)
def test_numbers_and_dates_stay_what_they_are(value, read):
    cell = load_workbook(io.BytesIO(workbook([("甲", value)], COLUMNS))).active["B2"]
    assert (cell.value.date().isoformat() if cell.is_date else cell.value) == read


def test_a_note_stands_above_the_header():
    page = load_workbook(io.BytesIO(workbook([("甲", 1)], COLUMNS, note="演示数据"))).active
    assert [page["A1"].value, page["A2"].value, page["A3"].value] == ["演示数据", "名称", "甲"]


def test_a_long_list_is_not_made_while_somebody_waits():
    answer = response([("甲", 1)] * 3, COLUMNS, file_name="设施.xlsx")
    assert answer["Content-Disposition"].startswith("attachment")
    with pytest.raises(TooLong, match="清单有 5001 行"):
        response([("甲", 1)] * 5001, COLUMNS, file_name="设施.xlsx")
