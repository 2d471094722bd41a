"""The pages of a return: what each desk sees and may press, and that 300 rows cost no more queries than one."""

import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from facilities.models import QuarterlyReturn, ReturnComment, ReturnRow, ReturnState, Space
from facilities.returns import flow, opening
from tenants.rules import Role
from tests.assessments import registry as make
from tests.people import GONGSHU, HUSHU, client_of, signed_in
from tests.portal.test_queries import queries
from tests.returns.conftest import NOW, Q4, QIAOXI, TAIZHOULU, TODAY, edit, line_named, save, submit, through


def page(client, name, *args):
    return client.get(reverse(f"portal:{name}", args=args))


def send(client, one, *edits, **more):
    body = {
        "edits": json.dumps([[f"{e.sheet}|{e.key}|{e.column}", e.was, e.text] for e in edits]),
        "serial": one.serial,
    }
    return client.post(reverse("portal:return_save", args=[one.uuid]), body | more)


@pytest.fixture
def desk(clerk):
    return client_of(clerk)


def test_the_form_shows_seven_sections_with_what_is_registered(one, desk):
    html = page(desk, "return_form", one.uuid).content.decode()
    for words in (
        "1. 基本信息",
        "7. 资料与备注",
        "上季 300.00",
        "示范型",
        "居家养老服务中心",
        "有什么要求",
        "工作口径，待区民政局确认",
    ):
        assert words in html
    assert html.count('data-row="space|') == 4  # three rooms and the pattern of a new one


def test_a_change_of_type_goes_from_the_form_to_its_wizard(one, facility, desk):
    html = page(desk, "return_form", one.uuid).content.decode()
    wizard = reverse("portal:lifecycle_start", args=[facility.uuid, "retype"])
    assert ("集成式" in html, f'href="{wizard}"' in html) == (True, True)
    assert desk.get(wizard).status_code == 200


def test_a_save_answers_with_what_to_mend_and_the_panel(one, desk, clerk):
    answer = send(
        desk,
        one,
        edit(one, "space", "1 号室", "usable_area_m2", "很大"),
        edit(one, "site", "主点位", "floor_area_m2", "950"),
    )
    told = answer.json()
    assert (answer.status_code, told["serial"], told["conflicts"]) == (200, 1, [])
    key = line_named(one, "space", "1 号室").key
    assert "“很大”不是数字" in told["rows"][f"space-{key}"]
    assert "写" not in told["parts"][0][2]
    assert ["places", "err", "要改 1 处"] in told["parts"]
    assert "普惠型，升示范型还差 1 项" in told["panel"]
    assert "1000平方米" in told["panel"]


def test_a_conflict_names_who_was_faster(one, desk, clerk, reviewer):
    late = edit(one, "space", "1 号室", "name", "书房")
    save(one, edit(one, "space", "1 号室", "name", "食堂"), by=reviewer)
    [conflict] = send(desk, one, late).json()["conflicts"]
    assert (conflict["theirs"], conflict["mine"], conflict["by"]) == ("食堂", "书房", reviewer.display_name)


def test_what_others_saved_comes_along_with_the_next_save(one, desk, reviewer):
    QuarterlyReturn.objects.filter(pk=one.pk).update(serial=0)
    key = line_named(one, "space", "1 号室").key
    mine = edit(one, "site", "主点位", "address", "桥弄街 1 号")
    save(one, edit(one, "space", "1 号室", "name", "食堂"), by=reviewer)
    one.serial = 0
    assert [f"space|{key}|name", "食堂"] in send(desk, one, mine).json()["others"]


def test_a_frozen_return_refuses_saves_and_leads_to_its_review(one, desk, clerk):
    submit(one, by=clerk)
    answer = send(desk, one, edit(one, "space", "1 号室", "name", "书房"))
    assert (answer.status_code, "已经不能改了" in answer.json()["problem"]) == (409, True)
    assert page(desk, "return_form", one.uuid).url == reverse("portal:return_review", args=[one.uuid])


def test_what_if_ticks_are_answered_by_the_engine(one, facility, desk):
    facility.projects.filter(name="项目 1").delete()
    address = reverse("portal:return_panel", args=[one.uuid])
    html = desk.post(address, {"step-introduce_project": "1"}).content.decode()
    assert "普惠型，升示范型还差 1 项" in html
    assert "这样做以后：示范型，各项门槛都已达到" in html


def test_an_unchanged_return_takes_three_clicks(one, desk, clerk):
    """The list (无变化，去报送) → the tick → the button: 1, 2, 3."""
    html = page(desk, "returns").content.decode()
    check = reverse("portal:return_check", args=[one.uuid])
    assert f'href="{check}"' in html
    assert "无变化，去报送" in html
    html = desk.get(check).content.decode()
    assert html.count('name="declared"') == 1
    answer = desk.post(check, {"declared": "on"}, follow=True)
    one.refresh_from_db()
    assert (one.state, one.submitted_by) == (ReturnState.SUBMITTED, clerk)
    assert "已报送，待街道审核" in answer.content.decode()


def test_the_check_page_says_in_its_title_that_something_is_wrong(one, desk):
    save(one, edit(one, "space", "1 号室", "usable_area_m2", "很大"))
    html = page(desk, "return_check", one.uuid).content.decode()
    assert "<title>错误：" in html
    assert 'aria-disabled="true"' in html
    assert "还有 1 处要改、0 处要写原因" in html
    assert "请留意" not in html  # no card with nothing in it


def test_reviewers_comment_at_a_cell_send_back_and_accept(one, clerk, reviewer, officer):
    save(one, edit(one, "space", "1 号室", "name", "邻里食堂"), by=clerk)
    submit(one, by=clerk)
    key = line_named(one, "space", "邻里食堂").key
    street, district, desk = client_of(reviewer), client_of(officer), client_of(clerk)
    assert "审核通过，转区受理" in page(street, "return_review", one.uuid).content.decode()
    assert "审核通过" not in page(desk, "return_review", one.uuid).content.decode()
    street.post(reverse("portal:return_comment", args=[one.uuid]),
                {"cell": f"space|{key}|name", "label": "邻里食堂 空间名称", "text": "和公示栏上的名称不同"})  # fmt: skip
    street.post(reverse("portal:return_decide", args=[one.uuid]), {"act": "return", "reason": "请核对名称"})
    html = page(desk, "return_form", one.uuid).content.decode()
    assert "和公示栏上的名称不同" in html
    assert "请核对名称" in html
    desk.post(reverse("portal:return_settle", args=[ReturnComment.objects.get().uuid]))
    save(one, edit(one, "space", "邻里食堂", "name", "社区食堂"), by=clerk)
    one.refresh_from_db()
    submit(one, by=clerk)
    street.post(reverse("portal:return_decide", args=[one.uuid]), {"act": "pass"})
    district.post(reverse("portal:return_decide", args=[one.uuid]), {"act": "pass"})
    one.refresh_from_db()
    assert one.state == ReturnState.ACCEPTED
    assert Space.objects.filter(name="社区食堂").exists()
    html = page(desk, "return_review", one.uuid).content.decode()
    assert "区受理" in html
    assert "更正" in html


def test_only_whose_turn_it_is_decides(one, clerk, reviewer, officer):
    submit(one, by=clerk)
    district = client_of(officer)
    district.post(reverse("portal:return_decide", args=[one.uuid]), {"act": "pass"})
    one.refresh_from_db()
    assert one.state == ReturnState.SUBMITTED  # the street has not checked it
    assert client_of(clerk).post(reverse("portal:return_decide", args=[one.uuid]), {"act": "pass"}).status_code == 403


def test_a_neighbour_sees_nothing_of_it(one):
    neighbour = signed_in(Role.STREET_CLERK, HUSHU)
    for name in ("return_form", "return_check", "return_review"):
        assert page(neighbour, name, one.uuid).status_code == 404


def test_the_district_sees_progress_by_street_and_accepts_the_unchanged_in_bulk(one, clerk, reviewer, officer):
    submit(one, by=clerk)
    flow.pass_on(one=one, by=reviewer, now=NOW)
    district = client_of(officer)
    html = page(district, "returns").content.decode()
    assert "各街道进度" in html
    assert "100 %" in html
    answer = district.post(reverse("portal:returns_decide"), {"uuid": [str(one.uuid), "x"]}, follow=True)
    assert "1 份无变化的已受理" in answer.content.decode()


def address(name: str, *args) -> str:
    return reverse(f"portal:{name}", args=args)


@pytest.mark.parametrize("number", [1, 3, 300])
def test_pages_take_twelve_queries_whatever_the_number_of_rows(one, facility, desk, number):
    for index in range(number):
        make.space(facility, facility.sites.get(), f"房间 {index}", "12")
    names = ("return_form", "return_check", "return_review")
    assert {name: queries(desk, address(name, one.uuid)) for name in names} == {
        "return_form": 10, "return_check": 7, "return_review": 10,
    }  # fmt: skip


@pytest.mark.parametrize("number", [1, 3, 300])
def test_what_the_draft_changes_is_tried_in_three_more(one, facility, desk, number):
    """The rows to compare with, the write, and that it is taken back."""
    for index in range(number):
        make.space(facility, facility.sites.get(), f"房间 {index}", "12")
    save(one, *(edit(one, "space", f"房间 {index}", "usable_area_m2", "12.5") for index in range(min(number, 3))))
    names = ("return_form", "return_check", "return_review")
    assert {name: queries(desk, address(name, one.uuid)) for name in names} == {
        "return_form": 13, "return_check": 10, "return_review": 13,
    }  # fmt: skip


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_the_same_queries_whatever_the_number_of_returns(in_district, desk, number):
    for index in range(number):
        make.facility(index + 1, code=TAIZHOULU if index else QIAOXI)
    opening.open_quarter(district=GONGSHU, quarter=Q4, today=TODAY, now=NOW)
    assert queries(desk, address("returns")) == 9


# --- Excel ---


def test_the_list_exports_what_is_on_the_screen(one, facility, desk, officer):
    save(one, edit(one, "space", "1 号室", "name", "食堂"))
    answer = client_of(officer).get(address("returns"), {"state": "open", "sort": "changes", "export": "1"})
    book = load_workbook(BytesIO(answer.content))
    lines = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert lines[1][0].endswith("条件：2026 年第四季度，待填报。")
    assert lines[4][:7] == [
        facility.code,
        facility.name,
        "拱宸桥街道 · 台州路社区",
        "2026 年第四季度",
        "1",
        "待填报",
        "2026-12-21",
    ]
    assert lines[4][8] == "改了 1 行"
    none = client_of(officer).get(address("returns"), {"state": "accepted", "export": "1"})
    assert load_workbook(BytesIO(none.content)).active.max_row == 4


def workbook_of(desk, one):
    answer = desk.get(reverse("portal:returns_workbook"), {"return": str(one.uuid)})
    return load_workbook(BytesIO(b"".join(answer.streaming_content)))


def upload(desk, book):
    buffer = BytesIO()
    book.save(buffer)
    file = SimpleUploadedFile("填报.xlsx", buffer.getvalue())
    return desk.post(reverse("portal:returns_upload"), {"file": file}).content.decode()


def put(book, sheet, name, title, text):
    """Write into the cell of a row, both found by what stands there."""
    sheet = book[sheet]
    heads = {cell.value: cell.column for cell in sheet[1]}
    row = next(row[0].row for row in sheet.iter_rows(min_row=2) if name in [cell.value for cell in row])
    sheet.cell(row, heads[title]).value = text


def test_a_workbook_that_comes_back_as_it_went_changes_nothing(one, desk, clerk):
    save(one, edit(one, "space", "1 号室", "name", "食堂"), by=clerk)
    before = list(ReturnRow.objects.values_list("cells", flat=True))
    html = upload(desk, workbook_of(desk, one))
    assert "表里和网上的一样，没有要改的" in html
    assert "没有用上的" not in html
    assert list(ReturnRow.objects.values_list("cells", flat=True)) == before


def test_changes_made_offline_become_draft_changes(one, desk):
    book = workbook_of(desk, one)
    put(book, "空间", "1 号室", "可用面积(㎡)", 305.5)
    put(book, "点位", "主点位", "地址", "桥弄街 1 号")
    book["空间"].append([one.facility.code, "主点位", "书房", None, 20, "公共", "否", "是", "2026-11-01"])
    assert "改了 9 格" in upload(desk, book)
    assert "表里和网上的一样" in upload(desk, book)
    said = {row.sheet: row.cells for row in ReturnRow.objects.exclude(row_key__startswith="n")}
    assert said == {"space": {"usable_area_m2": "305.5"}, "site": {"address": "桥弄街 1 号"}}
    assert line_named(one, "space", "书房").cells["starts_on"] == "2026-11-01"


def test_a_row_changed_on_both_sides_is_shown_and_chosen(one, desk, clerk, reviewer):
    book = workbook_of(desk, one)
    put(book, "空间", "1 号室", "可用面积(㎡)", 305)
    put(book, "空间", "2 号室", "可用面积(㎡)", 302)
    save(one, edit(one, "space", "1 号室", "usable_area_m2", "310"), by=reviewer)
    html = upload(desk, book)
    assert "两边都改了的 1 行" in html
    assert "改了 1 格" in html
    key = line_named(one, "space", "1 号室").key
    chosen = {"rows": "1", "return-0": str(one.uuid), "use-0": "file",
              "edits-0": json.dumps([["space", key, "usable_area_m2", "310", "305"]])}  # fmt: skip
    desk.post(reverse("portal:returns_choose"), chosen)
    assert line_named(one, "space", "1 号室").cells["usable_area_m2"] == "305"


def test_a_row_changed_online_only_stays_as_it_is_online(one, desk, reviewer):
    book = workbook_of(desk, one)
    save(one, edit(one, "space", "1 号室", "usable_area_m2", "310"), by=reviewer)
    html = upload(desk, book)
    assert "两边都改了" not in html
    assert line_named(one, "space", "1 号室").cells["usable_area_m2"] == "310"


def test_what_is_already_submitted_is_named_and_left_alone(one, desk, clerk, reviewer, officer):
    book = workbook_of(desk, one)
    put(book, "空间", "1 号室", "可用面积(㎡)", 305)
    through(one, clerk=clerk, reviewer=reviewer, officer=officer)
    html = upload(desk, book)
    assert "没有正在填的填报" in html
    assert not ReturnRow.objects.exists()


def test_a_file_that_is_no_workbook_is_refused(one, desk):
    answer = desk.post(reverse("portal:returns_upload"), {"file": SimpleUploadedFile("a.xlsx", b"x")})
    assert answer.status_code == 422


def test_one_facility_of_the_neighbour_is_not_written_to(one, desk):
    neighbour = signed_in(Role.STREET_CLERK, HUSHU)
    book = workbook_of(desk, one)
    put(book, "空间", "1 号室", "可用面积(㎡)", 305)
    assert "没有正在填的填报" in upload(neighbour, book)

    assert not ReturnRow.objects.exists()
