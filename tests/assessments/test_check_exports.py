"""The lists of the spot check as Excel files: the lines of the page, of the same scope and conditions."""

from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from assessments import operations
from assessments.models import Discrepancy
from tenants.rules import Role, street_of
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.people import GONGSHU, client_of, signed_in


def lines(client, address):
    """(what stands above the head, the lines below it)"""
    answer = client.get(address)
    assert answer.status_code == 200
    rows = [[cell or "" for cell in row] for row in load_workbook(BytesIO(answer.content)).active.values]
    head = next(number for number, row in enumerate(rows) if row[1] in ("设施", "年度"))
    return rows[head], rows[:head], rows[head + 1 :]


@pytest.fixture
def found_otherwise(standards):
    """Two facilities of different streets where less area was found; the district has ruled on the first."""
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU, readings=False)
        visits = [visit for visit in year.to_assigned() if not visit.is_second]
        first = visits[0]
        second = next(
            v for v in visits if street_of(v.facility.division_code) != street_of(first.facility.division_code)
        )
        for visit in (first, second):
            y.send(visit, y.records(visit, {"floor_area_documented": 60_000}))
        operations.discrepancies.close_visits(round=year.round, by=year.admin, now=y.RECEIVED)
        row = Discrepancy.objects.get(facility=first.facility)
        operations.discrepancies.rule(
            discrepancy=row, ruling="found", reason="=期满未答复", by=year.admin, now=row.due_at + timedelta(seconds=1)
        )
    return year, first.facility, second.facility


def test_findings_go_out_as_the_page_lists_them(found_otherwise):
    year, ruled, waiting = found_otherwise
    district = client_of(year.admin)
    head, above, rows = lines(district, "/findings/export/")
    assert "全部" in above[1][0]
    by_name = {row[1]: dict(zip(head, row, strict=True)) for row in rows}
    assert set(by_name) == {ruled.name, waiting.name}
    line = by_name[ruled.name]
    assert (line["填报"], line["查得"], line["裁定理由"]) == ("1,200 ㎡", "600 ㎡", "=期满未答复")
    assert [row[1] for row in lines(district, "/findings/export/?state=open")[2]] == [waiting.name]
    street = signed_in(Role.STREET_CLERK, street_of(waiting.division_code))
    assert [row[1] for row in lines(street, "/findings/export/")[2]] == [waiting.name]
    page = district.get("/findings/?state=open").content.decode()
    assert 'href="/findings/export/?state=open"' in page
    assert '<h2 class="vh" id="differences">' in page, "the empty list has a heading below one"
    assert signed_in(Role.ASSESSOR, GONGSHU).get("/findings/export/").status_code == 403


def test_rounds_go_out_with_how_far_each_has_come(found_otherwise):
    year, *_ = found_otherwise
    head, _, [row] = lines(client_of(year.admin), "/checks/export/")
    line = dict(zip(head, row, strict=True))
    assert (line["区"], str(line["年度"]), line["抽检比例"], line["名录"]) == ("拱墅区", "2026", "40%", "还没有拟定")
    assert (int(line["已汇总（座）"]), int(line["抽中（座）"])) == (2, year.sample.facilities.count())
    assert 'href="/checks/export/"' in client_of(year.admin).get("/checks/").content.decode()
    assert signed_in(Role.STREET_CLERK, 330105005000).get("/checks/export/").status_code == 403
