"""The import in the browser's terms: upload, progress, result, corrections, confirm, undo; and a broker that is away."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from facilities import tasks
from facilities.models import BatchState, Facility, ImportBatch
from facilities.operations import import_batch, import_queue
from tenants.models import OutboxEntry
from tenants.operations import outbox
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.facilities.conftest import GONGCHENQIAO, GONGSHU, a_facility, book, bring, bring_in, rows
from tests.facilities.test_planted_errors import PLANTED
from tests.people import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(registry, officer):
    return client_of(officer)


@pytest.fixture
def planted(registry, officer):
    with opened_scope(division_scope(GONGSHU)):
        return bring(book(PLANTED), by=officer, name="自己的台账.xlsx")


def upload(client, content: bytes, name="台账.xlsx"):
    return client.post("/imports/", {"file": SimpleUploadedFile(name, content)})


def latest() -> ImportBatch:
    with opened_scope(division_scope(GONGSHU)):
        return ImportBatch.objects.first()


def address(batch: ImportBatch, rest="") -> str:
    return f"/imports/{batch.uuid}/{rest}"


def work(batch: ImportBatch) -> None:
    """What the worker would do with the step that the batch waits for."""
    step = {BatchState.APPLYING: tasks.apply_import, BatchState.UNDOING: tasks.undo_import}.get(
        batch.state, tasks.check_import
    )
    step(batch_id=batch.pk, division_code=batch.division_code)


def test_from_upload_to_undo(client):
    answer = upload(client, book({"设施": rows("facility", a_facility())}))
    batch = latest()
    assert (answer.status_code, answer["Location"]) == (302, address(batch))
    assert "等待检查" in client.get(address(batch)).text
    work(batch)
    page = client.get(address(batch)).text
    assert "还没有写入任何数据。" in page
    assert "入库 1 行" in page
    client.post(address(batch, "confirm/"))
    work(latest())
    assert "已入库 1 行" in client.get(address(batch)).text
    with opened_scope(division_scope(GONGSHU)):
        assert Facility.objects.get().name == "云橹幸福家园"
    client.post(address(batch, "undo/"))
    work(latest())
    assert "已整批撤销" in client.get(address(batch)).text
    with opened_scope(division_scope(GONGSHU)):
        assert Facility.objects.count() == 0


def test_a_refused_upload_says_why_beside_the_field(client):
    answer = upload(client, b"MZ", "a.xlsx")
    assert answer.status_code == 422
    assert "扩展名是 .xlsx，内容却不是 Excel 表。用 Excel 或 WPS 打开，另存为 .xlsx 再上传。" in answer.text
    assert upload(client, b"", "a.xlsx").status_code == 422
    assert "先选一份填好的表" in client.post("/imports/").text


def test_the_result_names_sheet_cell_problem_and_offers_a_correction(client, planted):
    page = client.get(address(planted)).text
    assert "工作表“项目与合伙人”" in page
    assert "C2 “企业”不在可选值里。" in page
    assert "改成“市场主体”" in page
    row = planted.rows.filter(sheet="project", number=2)
    with opened_scope(division_scope(GONGSHU)):
        pk = row.get().pk
    client.post(address(planted, "correct/"), {"fix": f"{pk}:run_by", "tab": "error"})
    page = client.get(address(planted) + "?tab=corrected").text
    assert "C2 已改好。" in page
    client.post(address(planted, "correct/"), {"revert": f"{pk}:run_by"})
    assert "改成“市场主体”" in client.get(address(planted)).text


def test_typed_corrections_are_checked_again(client, planted):
    with opened_scope(division_scope(GONGSHU)):
        pk = planted.rows.get(sheet="site", number=3).pk
    answer = client.post(address(planted, "correct/"), {f"cell-{pk}-floor_area_m2": "120", "tab": "error"}, follow=True)
    assert "已重新检查，改了 1 行。还没有写入任何数据。" in answer.text
    assert "D3 “1,20”不是数字" not in answer.text
    assert "没有改动" in client.post(address(planted, "correct/"), {}, follow=True).text


def test_foreign_rows_and_columns_cannot_be_corrected(client, planted):
    with opened_scope(division_scope(GONGSHU)):
        other = bring(book({"设施": rows("facility", a_facility())}), by=planted.uploaded_by)
        pk = other.rows.get().pk
    client.post(address(planted, "correct/"), {f"cell-{pk}-name": "改名"})
    assert client.post(address(planted, "correct/"), {"fix": f"{pk}:name"}).status_code == 404
    with opened_scope(division_scope(GONGSHU)):
        assert other.rows.get().corrections == {}


@pytest.mark.parametrize("tab", ["error", "new", "update", "same", "all", "corrected", "nonsense"])
def test_every_tab_opens_under_a_bounded_number_of_queries(client, planted, tab, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        assert client.get(address(planted) + f"?tab={tab}").status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_imports_asks_the_same_number_of_queries(client, officer, number, django_assert_max_num_queries):
    with opened_scope(division_scope(GONGSHU)):
        for _ in range(number):
            bring(book({"设施": rows("facility", a_facility())}), by=officer)
    with django_assert_max_num_queries(10):
        page = client.get("/imports/").text
    assert page.count("台账.xlsx") == number


def test_past_imports_are_filtered(client, planted):
    assert "自己的台账.xlsx" in client.get("/imports/?q=自己&state=checked").text
    answer = client.get("/imports/?state=applied").text
    assert "自己的台账.xlsx" not in answer
    assert "没有符合条件的导入" in answer


def test_the_annotated_workbook_carries_comments_and_colours_in_the_user_s_own_cells(client, planted):
    answer = client.get(address(planted, "annotated/"))
    assert "%E6%A0%87%E6%B3%A8" in answer["Content-Disposition"]
    annotated = load_workbook(io.BytesIO(answer.content))
    cell = annotated["项目与合伙人"]["C2"]
    assert cell.value == "企业"
    assert cell.comment.text == "“企业”不在可选值里。可填：市场主体、社会组织、居民、自营或公办。建议填：市场主体"
    assert cell.fill.fgColor.rgb == "FFF6D5D0"
    assert annotated["项目与合伙人"]["A2"].comment is None


def test_the_annotated_workbook_of_a_csv_comes_in_the_shape_of_the_template(client, officer):
    head = "设施编号,设施名称,街道,社区,建设类型,状态起始日\n"
    with opened_scope(division_scope(GONGSHU)):
        batch = bring(
            (head + "330105005-01,=1+1,拱宸桥,桥西,天书,2025-03-01").encode("gb18030"), by=officer, name="台账.csv"
        )
    page = load_workbook(io.BytesIO(client.get(address(batch, "annotated/")).content))["设施"]
    assert (page["B2"].value, page["B2"].data_type) == ("=1+1", "s")
    assert page["F2"].comment.text.startswith("“天书”不在可选值里")


def test_the_template_has_drop_down_lists_notes_and_an_example_that_is_not_imported(client):
    template = load_workbook(io.BytesIO(client.get("/imports/template/").content))
    assert template.sheetnames == [
        "填写说明",
        "设施",
        "状态变更",
        "点位",
        "空间",
        "功能",
        "综合运营",
        "项目与合伙人",
        "公益创投",
        "公示信息",
        "服务与满意度",
        "活动",
        "到访人次",
        "月度数据",
        "运营收支",
    ]
    page = template["设施"]
    assert page["A2"].value.startswith("示例")
    assert "集成式、片区化或街区化" in page["F1"].comment.text
    assert any('"集成式,片区化,街区化"' in rule.formula1 for rule in page.data_validations.dataValidation)


def test_the_original_comes_back_byte_for_byte_as_an_attachment(client, planted):
    answer = client.get(address(planted, "original/"))
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content) == book_bytes(planted)


def book_bytes(batch) -> bytes:
    return batch.path.read_bytes()


def test_progress_is_polled_and_reloads_when_done(client, officer):
    with opened_scope(division_scope(GONGSHU)):
        upload(client, book({"设施": rows("facility", a_facility())}))
    batch = latest()
    waiting = client.get(address(batch) + "?poll=1", headers={"HX-Request": "true"})
    assert ("HX-Refresh" in waiting, "<html" in waiting.text) == (False, False)
    work(batch)
    assert client.get(address(batch) + "?poll=1", headers={"HX-Request": "true"})["HX-Refresh"] == "true"


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_page_says_so_and_the_step_is_sent_when_it_is_back(client, broker, broker_away):
    with broker_away():
        upload(client, book({"设施": rows("facility", a_facility())}))
    batch = latest()
    page = client.get(address(batch)).text
    assert "后台服务暂时没有响应，还没有开始。" in page
    assert 'hx-trigger="every 1s"' in page  # it will start by itself
    assert (outbox.sweep(), broker.llen("celery"), outbox.sweep()) == (1, 1, 0)
    assert "后台服务暂时没有响应" not in client.get(address(batch)).text


@pytest.mark.django_db(transaction=True)
def test_a_step_that_the_broker_forgot_is_queued_again(client, broker):
    upload(client, book({"设施": rows("facility", a_facility())}))
    batch = latest()
    assert broker.llen("celery") == 1
    broker.flushdb()
    later = batch.uploaded_at + timedelta(minutes=6)
    with opened_scope(division_scope(GONGSHU)):
        OutboxEntry.objects.update(created_at=batch.uploaded_at)
    assert [import_queue.requeue_stuck(now=later - timedelta(minutes=3)), broker.llen("celery")] == [0, 0]
    assert [import_queue.requeue_stuck(now=later), broker.llen("celery")] == [1, 1]
    work(batch)
    assert import_queue.requeue_stuck(now=later + timedelta(hours=1)) == 0  # checked: nothing is at work any more


def test_a_step_that_fails_says_so_and_can_be_done_again(client, officer):
    with opened_scope(division_scope(GONGSHU)):
        batch = bring(book({"设施": rows("facility", a_facility())}), by=officer)
        batch.path.write_bytes(b"")
        import_batch.request_apply(batch=batch, by=officer)
        batch.rows.all().delete()
    work(latest())
    after = latest()
    assert (after.state, after.applied_count) == (BatchState.CHECKED, 0)
    assert after.error


def test_somebody_else_s_import_is_not_there(registry, make_officer, planted):
    street = client_of(make_officer(GONGCHENQIAO, Role.STREET_CLERK))
    paths = ["", "annotated/", "original/"]
    assert [street.get(address(planted, path)).status_code for path in paths] == [404, 404, 404]
    posts = ["correct/", "confirm/", "undo/", "abandon/", "retry/"]
    assert [street.post(address(planted, path)).status_code for path in posts] == [404] * 5


@pytest.mark.parametrize(
    "role", [Role.DISTRICT_REVIEWER, Role.CITY_OBSERVER, Role.ASSESSOR, Role.OPERATOR, Role.DEPARTMENT_LIAISON]
)
def test_who_may_not_import_gets_no_page(make_officer, role):
    assert client_of(make_officer(GONGSHU, role)).get("/imports/").status_code == 403


def test_an_update_shows_old_and_new(client, officer):
    with opened_scope(division_scope(GONGSHU)):
        bring_in(book({"设施": rows("facility", a_facility())}), by=officer)
        batch = bring(book({"设施": rows("facility", {"code": "330105005-01", "name": "云橹里幸福家园"})}), by=officer)
    page = client.get(address(batch) + "?tab=update").text
    assert "<del>云橹幸福家园</del> → <ins>云橹里幸福家园</ins>" in page
