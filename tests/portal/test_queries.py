"""No page takes more queries when there is more to show: 1, 3 and 300 facilities, of which one has changed its tier."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.lines import facility_lines
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGSHU, signed_in
from tests.portal.conftest import MISHI, run_quarter

pytestmark = pytest.mark.django_db
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")


def queries(client, address: str) -> int:
    """Statements of the second answer, without those that only open and close the transaction."""
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return sum(not query["sql"].startswith(TRANSACTION) for query in captured)


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_no_page_takes_more_than_ten_queries_whatever_the_rows(district, rows):
    with opened_scope(division_scope(GONGSHU)):
        first = make.demonstration(1, code=MISHI)
        for number in range(2, min(rows, 3) + 1):
            make.demonstration(number, code=MISHI)
        for number in range(4, rows + 1):
            make.facility(number, code=MISHI)
        for number in range(rows):
            make.project(first, f"另一个项目 {number}")
        first.sites.update(floor_area_m2="999.99")
    run_quarter("2026-Q2")
    with opened_scope(division_scope(GONGSHU)):
        first.sites.update(floor_area_m2="1000")
    run_quarter("2026-Q3")
    officer = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    taken = {
        address: queries(officer, address)
        for address in (
            "/facilities/",
            "/facilities/?tier=demonstration&sort=lacking",
            "/dashboard/",
            "/dashboard/map.json",
            f"/facilities/{first.uuid}/",
            f"/facilities/{first.uuid}/projects/",
        )
    }
    of_the_street = queries(signed_in(Role.STREET_CLERK, MISHI // 1000 * 1000), "/dashboard/")
    of_the_community = queries(signed_in(Role.COMMUNITY_REPORTER, MISHI), "/dashboard/")
    assert (of_the_street, of_the_community) == (10, 9)
    assert taken == {
        "/facilities/": 5,
        "/facilities/?tier=demonstration&sort=lacking": 6,
        "/dashboard/": 9,
        "/dashboard/map.json": 5,
        f"/facilities/{first.uuid}/": 10,
        f"/facilities/{first.uuid}/projects/": 9,
    }


def test_the_line_of_a_list_leads_to_the_page_of_the_facility_and_escapes_its_name(four):
    with opened_scope(division_scope(GONGSHU)):
        four["risen"].name = "<b>升级</b>"
        four["risen"].save()
    page = signed_in(Role.DISTRICT_ADMIN, GONGSHU).get("/facilities/")
    assert (
        f'<a class="b" href="/facilities/{four["risen"].uuid}/" hx-boost="false">&lt;b&gt;升级&lt;/b&gt;</a>'
        in page.text
    )
    assert page.context["lines"] == facility_lines(page.context["page"].object_list)
