"""The auditor's pages: search, differences in words, exports without live formulas, verify now."""

import csv
import io
import json

import openpyxl
import pytest

from facilities.models import ContactPerson, Facility
from tenants.audit_export import as_csv
from tenants.audit_models import AuditCheck
from tenants.models import Act
from tenants.operations import record_act
from tenants.operations.audit import seal_audit
from tenants.operations.personal import add_contact
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope, set_reason
from tenants.tasks import seal_logs, verify_logs
from tests.people import GONGCHENQIAO, GONGSHU, SHANGCHENG, signed_in
from tests.structure.rows import facility_in

FORMULA = '=HYPERLINK("http://example.org","看")'


@pytest.fixture
def auditor():
    return signed_in(Role.DISTRICT_ADMIN, GONGSHU)


@pytest.fixture
def renamed():
    with opened_scope(division_scope(GONGCHENQIAO)):
        facility = facility_in(GONGCHENQIAO, name="旧名")
        set_reason("按民政局通知更名")
        facility.name = "新名"
        facility.save()
    return facility


@pytest.mark.django_db
def test_a_change_is_shown_value_by_value(auditor, renamed):
    address = f"/audit/changes/?table=facilities_facility&operation=U&row={renamed.pk}"
    text = auditor.get(address).content.decode()
    for word in ("修改 设施", "名称", "旧名", "新名", "理由：按民政局通知更名"):
        assert word in text
    assert "旧名" not in signed_in(Role.DISTRICT_ADMIN, SHANGCHENG).get(address).content.decode()
    assert signed_in(Role.STREET_CLERK, GONGCHENQIAO).get(address).status_code == 403


@pytest.mark.django_db
def test_filters_narrow_and_bad_dates_are_said(auditor, renamed):
    assert "没有符合条件的变动" in auditor.get("/audit/changes/?until=2020-01-01").content.decode()
    assert "请按 2026-11-23 的样子填写日期。" in auditor.get("/audit/changes/?since=2026-13-45").content.decode()
    assert "新名" in auditor.get("/audit/changes/?q=更名").content.decode()


@pytest.mark.django_db
def test_the_list_of_changes_takes_as_many_queries_for_three_rows_as_for_one(
    auditor, renamed, django_assert_max_num_queries
):
    with django_assert_max_num_queries(13):
        auditor.get("/audit/changes/?operation=U")
    with opened_scope(division_scope(GONGCHENQIAO)):
        Facility.objects.filter(pk=renamed.pk).update(name="三")
        Facility.objects.filter(pk=renamed.pk).update(name="四")
    with django_assert_max_num_queries(13):
        auditor.get("/audit/changes/?operation=U")


@pytest.mark.django_db
def test_personal_data_stays_sealed_in_the_history(auditor):
    with opened_scope(division_scope(GONGCHENQIAO)):
        facility = facility_in(GONGCHENQIAO)
        contact = ContactPerson(facility=facility)
        add_contact(contact=contact, owner=facility, by=None, name="张三", phone="13812345678", position="")
    text = auditor.get("/audit/changes/?table=facilities_contactperson").content.decode()
    assert "（密文）" in text
    assert "张三" not in text
    assert "13812345678" not in text


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["/acts/export/", "/audit/changes/export/"])
def test_exports_have_no_live_formula_and_are_acts_themselves(auditor, renamed, what):
    with opened_scope(division_scope(GONGSHU)):
        Facility.objects.filter(pk=renamed.pk).update(name=FORMULA)
        record_act(verb="登记", by=None, division_code=GONGSHU, subject=FORMULA)
    sheet = openpyxl.load_workbook(io.BytesIO(auditor.get(what).content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    lines = list(csv.reader(io.StringIO(auditor.get(f"{what}?format=csv").content.decode("utf-8-sig"))))
    assert [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))] == []
    with opened_scope(division_scope(GONGSHU)):
        assert Act.objects.filter(verb__startswith="导出").count() == 2


def test_a_cell_of_a_csv_that_looks_live_is_text():
    assert as_csv(["甲"], [["=1+1"], ["@x"], ["-3"], ["好"]]).decode("utf-8-sig").split() == [
        "甲",
        "'=1+1",
        "'@x",
        "'-3",
        "好",
    ]


@pytest.mark.django_db
def test_an_export_of_many_rows_is_left_to_a_task(auditor, renamed, monkeypatch):
    monkeypatch.setattr("tenants.exports.AT_ONCE", 0)
    answer = auditor.get("/audit/changes/export/?q=&format=csv&page=2")
    assert (answer.status_code, answer["Location"]) == (302, "/exports/new/changes/?format=csv")


@pytest.mark.django_db(transaction=True)
def test_verify_now(auditor, renamed, broker, settings, tmp_path):
    settings.AUDIT_ANCHORS_FILE = tmp_path / "heads.jsonl"
    seal_audit()
    assert auditor.post("/audit/check/").status_code == 302
    assert broker.llen("celery") == 1  # asked after the commit
    with opened_scope(division_scope(GONGSHU)):
        check = AuditCheck.objects.get()
    assert "等待中" in auditor.get("/audit/").content.decode()
    verify_logs.run(check_id=check.pk, division_code=check.division_code)
    verify_logs.run(check_id=check.pk, division_code=check.division_code)  # a second time changes nothing
    with opened_scope(division_scope(GONGSHU)):
        done = AuditCheck.objects.get()
    assert (done.state, done.findings) == ("sound", [])
    assert done.rows >= 2
    fragment = auditor.get("/audit/", headers={"HX-Request": "true"}).content.decode()
    assert "完好" in fragment
    assert "<html" not in fragment
    head = json.loads(auditor.get("/audit/head/").content)
    assert head["hash"] == json.loads(settings.AUDIT_ANCHORS_FILE.read_text().splitlines()[-1])["hash"]


@pytest.mark.django_db(transaction=True)
def test_a_check_that_the_broker_lost_is_done_with_the_next_sealing(auditor, renamed, broker, settings, tmp_path):
    settings.AUDIT_ANCHORS_FILE = tmp_path / "heads.jsonl"
    auditor.post("/audit/check/")
    broker.flushdb()
    with opened_scope(division_scope(GONGSHU)):
        AuditCheck.objects.update(requested_at="2026-01-01T00:00:00Z")
    seal_logs.run()
    with opened_scope(division_scope(GONGSHU)):
        assert AuditCheck.objects.get().state == "sound"
