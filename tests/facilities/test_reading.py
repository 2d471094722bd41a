"""Chinese reality: merged heads and cells, hidden rows, titles above, .xls and .csv in GB18030, numbers for codes."""

import io
from datetime import date, datetime

import pytest
import xlwt

from facilities.imports.reading import read
from facilities.imports.recognise import letter, recognise
from facilities.models import Facility, Outcome, Site
from tests.facilities.conftest import a_facility, book, bring, bring_in, findings, rows

HEAD = ["设施编号", "设施名称", "街道", "社区", "建设类型", "状态起始日"]
ROW = ["330105005-01", "云橹幸福家园", "拱宸桥街道", "桥西社区", "集成式", "2025-03-01"]


def recognised(tmp_path, content: bytes, name="a.xlsx"):
    path = tmp_path / name
    path.write_bytes(content)
    return recognise(read(path, name.rpartition(".")[2]))


def test_letters():
    assert [letter(i) for i in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_titles_above_the_head_and_blank_rows_do_not_matter(tmp_path):
    content = book(
        {
            "Sheet1": [
                [None],
                ["拱墅区设施台账（2026 年）"],
                [None],
                HEAD,
                [None],
                ROW,
                [None, "　"],
                ["合计", 1],
                ["填表人：某某"],
            ]
        }
    )
    found = recognised(tmp_path, content)
    assert [(row.sheet.key, row.number, row.columns["name"]) for row in found.rows] == [("facility", 6, "B")]
    assert found.notices == ["工作表“Sheet1”里有 2 行是合计、落款或重复的表头，没有读。"]


def test_a_head_of_two_merged_rows(tmp_path):
    def merge(workbook):
        page = workbook["点位"]
        page.merge_cells("A1:A2")
        page.merge_cells("B1:B2")
        page.merge_cells("C1:D1")

    content = book(
        {
            "点位": [
                ["设施编号", "点位名称", "面积", None],
                [None, None, "建筑面积（㎡）", "面积证明"],
                ["330105005-01", "主楼", 900, "证"],
            ]
        },
        change=merge,
    )
    (row,) = recognised(tmp_path, content).rows
    assert (row.number, row.cells["facility"], row.cells["floor_area_m2"], row.columns["area_document"]) == (
        3,
        "330105005-01",
        "900",
        "D",
    )


def test_a_merged_cell_counts_for_each_of_its_rows_and_is_to_be_confirmed(tmp_path):
    content = book(
        {"点位": [["设施编号", "点位名称", "建筑面积"], ["330105005-01", "东楼", 900], [None, "西楼", 300]]},
        change=lambda workbook: workbook["点位"].merge_cells("A2:A3"),
    )
    found = recognised(tmp_path, content).rows
    assert [row.cells["facility"] for row in found] == ["330105005-01", "330105005-01"]
    assert [row.remarks for row in found] == [[], [("facility", "A3 是合并单元格，按“330105005-01”读")]]


def test_hidden_rows_columns_and_sheets_are_read_and_named(tmp_path):
    def hide(workbook):
        workbook["设施"].row_dimensions[3].hidden = True
        workbook["设施"].column_dimensions["B"].hidden = True
        workbook["点位"].sheet_state = "hidden"

    second = ["330105005-02", *ROW[1:]]
    sites = [["设施编号", "点位名称", "建筑面积"], ["330105005-01", "主楼", 900]]
    found = recognised(tmp_path, book({"设施": [HEAD, ROW, second], "点位": sites}, change=hide))
    assert [row.remarks for row in found.rows] == [[], [("", "这一行在表里是隐藏的")], []]
    assert found.notices == ["工作表“设施”里隐藏的列也读了：设施名称。", "工作表“点位”是隐藏的，也读了。"]


def test_unknown_sheets_and_columns_are_named_and_missing_ones_are_errors(tmp_path):
    content = book(
        {
            "设施": [[*HEAD, "联系电话"], [*ROW, "1"]],
            "值班表": [["日期", "谁"], [1, 2]],
            "功能": [["设施名称", "个性化功能", "起始日"], ["甲", "乙", 1]],
            "点位": [["点位名称", "建筑面积", "面积证明"], ["主楼", 1, "证"]],
        }
    )
    found = recognised(tmp_path, content)
    assert found.notices == [
        "工作表“设施”里这些列没有用到：联系电话。",
        "工作表“值班表”没有认出来，没有读。表头要和模板一致。",
    ]
    assert found.errors == ["工作表“点位”缺少列：设施。请用模板的表头。"]


def test_the_example_row_and_the_guide_are_left_out(tmp_path):
    from facilities.imports.template import write_workbook

    buffer = io.BytesIO()
    write_workbook(buffer, created=datetime(2026, 1, 1))
    found = recognised(tmp_path, buffer.getvalue())
    assert (found.rows, found.notices) == ([], [])
    assert found.errors == ["没有找到要导入的行。表头要和模板一致，第 2 行的示例会跳过。"]


def test_numbers_dates_and_full_width_digits_as_excel_keeps_them(in_gongshu, officer):
    facility = a_facility(
        code="３３０１０５００４－０１", street=330105004, community=330105004051, since=date(2025, 3, 1)
    )
    site = {"facility": "330105004-01", "name": "主楼　", "floor_area_m2": "１，０８０.５㎡", "starts_on": 45719}
    batch = bring_in(book({"设施": rows("facility", facility), "点位": rows("site", site)}), by=officer)
    assert findings(batch) == []
    stored = Site.objects.get()
    assert (stored.facility.code, stored.facility.division_code) == ("330105004-01", 330105004051)
    assert (stored.name, str(stored.floor_area_m2), stored.starts_on) == ("主楼", "1080.50", date(2025, 3, 3))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_csv_in_each_encoding(tmp_path, encoding, delimiter):
    content = "\r\n".join(delimiter.join(row) for row in (HEAD, ROW)).encode(encoding)
    (row,) = recognised(tmp_path, content, "a.csv").rows
    assert (row.cells["name"], row.number) == ("云橹幸福家园", 2)


def test_rare_characters_of_gb18030_survive(tmp_path):
    row = [ROW[0], "𠮷㙓幸福家园", *ROW[2:]]
    content = "\r\n".join(",".join(r) for r in (HEAD, row)).encode("gb18030")
    assert recognised(tmp_path, content, "a.csv").rows[0].cells["name"] == "𠮷㙓幸福家园"


def test_an_old_xls(tmp_path):
    workbook = xlwt.Workbook()
    page = workbook.add_sheet("设施")
    for number, row in enumerate((HEAD, ROW[:5], ROW)):
        for index, value in enumerate(row):
            page.write(number, index, value)
    page.write(1, 5, 45717, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    page.row(2).hidden = True
    buffer = io.BytesIO()
    workbook.save(buffer)
    found = recognised(tmp_path, buffer.getvalue(), "a.xls").rows
    assert [row.cells["since"] for row in found] == ["2025-03-01", "2025-03-01"]
    assert [row.remarks for row in found] == [[], [("", "这一行在表里是隐藏的")]]


def test_an_error_of_a_formula_is_named(in_gongshu, officer):
    batch = bring(book({"设施": rows("facility", a_facility(address="#REF!"))}), by=officer)
    assert findings(batch) == [("设施", "E2", "公式出错，没有结果", "改成数值或文字", None)]


def test_private_use_characters_are_to_be_confirmed(in_gongshu, officer):
    batch = bring(book({"设施": rows("facility", a_facility(address="\ue863路 1 号"))}), by=officer)
    assert batch.counts[Outcome.CONFIRM] == 1
    assert findings(batch)[0][2] == "有 1 个自造字，换一台电脑可能显示不出"


def test_a_file_without_rows_is_refused_with_a_reason(in_gongshu, officer):
    batch = bring(book({"设施": [HEAD]}), by=officer)
    assert (batch.state, batch.error) == ("refused", "没有找到要导入的行。表头要和模板一致，第 2 行的示例会跳过。")


def test_the_file_is_kept_under_its_hash_and_once(in_gongshu, officer):
    content = book({"设施": [HEAD, ROW]})
    first, second = bring(content, by=officer), bring(content, by=officer)
    assert first.path == second.path
    assert first.path.read_bytes() == content
    assert Facility.objects.count() == 0
