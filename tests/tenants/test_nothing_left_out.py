"""No file leaves out rows in silence: what is long is written by a task, or the page says why there is no file."""

from importlib import import_module
from io import BytesIO

import pytest
from openpyxl import load_workbook

from assessments.models import FollowUp
from engagement.models import Complaint
from facilities.exports import Column, TooLong, response
from facilities.models import Decision, Facility
from partners.models import Agreement, Partner
from tenants import tasks
from tenants.export_models import Export, ExportState
from tenants.models import MessageKind
from tenants.operations.messages import send
from tenants.rules import Role
from tenants.scope import country_scope, division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person
from tests.structure.rows import facility_in, make_row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def short(settings, tmp_path, monkeypatch):
    """Three rows are many."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("tenants.exports.AT_ONCE", 2)
    monkeypatch.setattr(import_module("facilities.exports.workbook"), "MAX_ROWS", 2)
    monkeypatch.setattr("engagement.views.MAX_ROWS", 2)


def file_of(client, address: str) -> list[list]:
    """What the task writes for a list that is too long for the request, beginning with the page that the link leads to."""
    offered = client.get(address)
    assert offered.status_code == 302
    assert "<dd>3</dd>" in client.get(offered.url).content.decode()
    assert client.post(offered.url)["Location"] == "/exports/"
    with opened_scope(country_scope()):
        export = Export.objects.get()
    tasks.make_export.run(export_id=export.pk, division_code=export.division_code)
    with opened_scope(country_scope()):
        export.refresh_from_db()
    assert (export.state, export.rows_done, export.rows_total) == (ExportState.DONE, 3, 3)
    sheet = load_workbook(BytesIO(client.get(f"/exports/{export.uuid}/").content)).active
    return [[cell.value for cell in row] for row in sheet]


def test_all_accounts_are_in_the_file():
    admin = person(Role.DISTRICT_ADMIN, GONGSHU, display_name="管理员甲")
    for name in ("李四", "王五"):
        person(Role.STREET_CLERK, GONGCHENQIAO, display_name=name)
    rows = file_of(client_of(admin), "/staff/export/?sort=name")
    assert [row[0] for row in rows] == ["姓名", "李四", "王五", "管理员甲"]


def test_all_messages_are_in_the_file():
    clerk = person(Role.STREET_CLERK, GONGCHENQIAO)
    with opened_scope(division_scope(GONGCHENQIAO)):
        for number in range(3):
            send(to=[clerk.pk], kind=MessageKind.DUE, title=f"第 {number} 条", division_code=GONGCHENQIAO)
    rows = file_of(client_of(clerk), "/inbox/export/?sort=old")
    assert [row[2] for row in rows] == ["标题", "第 0 条", "第 1 条", "第 2 条"]


def test_all_records_of_a_ledger_are_in_the_file():
    clerk = person(Role.STREET_CLERK, GONGCHENQIAO)
    with opened_scope(division_scope(GONGCHENQIAO)):
        facility = facility_in(GONGCHENQIAO, name="拱宸桥幸福家园")
        for number in range(3):
            make_row(Complaint, GONGCHENQIAO, facility=facility, subject=f"第 {number} 件")
    rows = file_of(client_of(clerk), "/lively/complaints/export/?sort=oldest")
    assert [row[:2] for row in rows[1:]] == [[facility.code, "拱宸桥幸福家园"]] * 3
    assert "".join(str(row) for row in rows).count("件") == 3


@pytest.mark.parametrize(("model", "page"), [(Partner, "/partners/"), (Agreement, "/partners/agreements/")])
def test_all_partners_and_agreements_are_in_the_file(model, page):
    with opened_scope(division_scope(GONGCHENQIAO)):
        for number in range(3):
            parents = {(Facility, GONGCHENQIAO): facility_in(GONGCHENQIAO, name=f"第 {number} 座")}
            make_row(model, GONGCHENQIAO, parents)
    rows = file_of(client_of(person(Role.DISTRICT_ADMIN, GONGSHU)), f"{page}?export=1&sort=new")
    with opened_scope(division_scope(GONGCHENQIAO)):
        first = "name" if model is Partner else "number"
        wanted = list(model.objects.order_by("-pk").values_list(first, flat=True))
    assert [row[0] for row in rows][-3:] == wanted


@pytest.mark.parametrize("page", ["/workbench/due/", "/vitality/"])
def test_a_list_that_is_put_together_in_the_request_says_why_there_is_no_file(page, monkeypatch):
    """Those lists are counted from all ledgers: 5,000 lines are the most, and a filter makes them fewer."""
    refused = []

    def too_long(rows, *arguments, **more):
        refused.append(len(list(rows)))
        raise TooLong(5001)

    for module in ("portal.views.desk", "portal.views.vitality"):
        monkeypatch.setattr(f"{module}.response", too_long)
    client = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    answer = client.get(f"{page}export/" if page == "/vitality/" else f"{page}?export=1", follow=True)
    assert (answer.status_code, len(refused)) == (200, 1)
    assert "没有导出：清单有 5001 行，一份文件最多" in answer.content.decode()


@pytest.mark.parametrize(
    ("model", "page", "address"),
    [
        (FollowUp, "/follow-ups/", "/follow-ups/export/"),
        (Decision, "/facilities/decisions/", "/facilities/decisions/?export=1"),
    ],
)
def test_a_list_that_is_too_long_for_its_page_says_so_and_is_not_cut(model, page, address):
    with opened_scope(division_scope(GONGCHENQIAO)):
        for number in range(3):
            parents = {(Facility, GONGCHENQIAO): facility_in(GONGCHENQIAO, name=f"第 {number} 座")}
            make_row(model, GONGCHENQIAO, parents)
    client = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    answer = client.get(address, follow=True)
    assert [url.partition("?")[0] for url, _ in answer.redirect_chain] == [page]
    assert "没有导出：清单有 3 行，一份文件最多 2 行" in answer.content.decode()


def test_more_rows_than_a_file_takes_are_refused_and_not_cut():
    columns = [Column("数", lambda row: row)]
    with pytest.raises(TooLong, match="清单有 3 行，一份文件最多 2 行"):
        response(range(3), columns, file_name="x.xlsx")
    answer = response(range(2), columns, file_name="x.xlsx")
    assert load_workbook(BytesIO(answer.content)).active.max_row == 3
