"""Partners over the API: the own range, filters, order, no personal data, and no query more for more rows."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from partners.models import Agreement, Application
from partners.operations import brands, exchanges, register_partner
from partners.operations.exchanges import Service
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.partners import life as tale
from tests.partners import money
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, signed_in
from tests.portal.test_queries import queries

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PAR-1")]
LISTS = ("partners", "brands", "calls", "applications", "agreements", "selections", "exemplars", "exchange-entries")


@pytest.fixture
def street():
    """`rows(n)`: n partners from call to running service in 拱宸桥, in one brand."""

    def rows(number: int) -> None:
        today = timezone.localdate()
        with opened_scope(division_scope(GONGSHU)):
            clerk, reviewer = tale.post(Role.STREET_CLERK), tale.post(Role.STREET_REVIEWER)
            brand = brands.register_brand(division_code=GONGSHU, name="橹声", by=None)
            for each in range(number):
                where = tale.facility(f"家园{each}")
                call, need = tale.opened_call(where, clerk)
                one = tale.applied(call, need, kind="resident", uscc="", name=f"居民{each}", phone=f"1381234000{each}")
                made = tale.running(
                    tale.scored(one, clerk, tale.MARCH), clerk, reviewer, tale.MARCH, ends_on=today + timedelta(days=40)
                )
                brands.join(brand=brand, partner=made.partner, starts_on=tale.MARCH, by=None)

    return rows


def got(client, address: str) -> dict:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_lists_say_what_the_pages_say_and_nothing_personal(street):
    street(1)
    clerk = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    with opened_scope(division_scope(GONGSHU)):
        agreement, application = Agreement.objects.select_related("facility").get(), Application.objects.get()
    (one,) = got(clerk, f"agreements/?state=running&facility={agreement.facility.uuid}")["results"]
    assert (one["number"], one["state_label"], one["partner_name"], [price["price_fen"] for price in one["prices"]]) == (
        agreement.number, "服务中", "居民0", [3000, 0],
    )  # fmt: skip
    (asked,) = got(clerk, "applications/?state=agreed")["results"]
    assert asked["number"] == application.number
    assert {"name", "contact_name", "contact_phone", "proposal", "findings"} & asked.keys() == set()
    assert [(b["name"], b["partners_now"], b["facilities_now"]) for b in got(clerk, "brands/")["results"]] == [
        ("橹声", 1, 1)
    ]
    assert [p["brand"] for p in got(clerk, "partners/?kind=resident")["results"]] == ["橹声"]
    assert len(got(clerk, "calls/?q=助老")["results"][0]["needs"]) == 1
    far = signed_in(Role.STREET_CLERK, HUSHU)
    assert {name: got(far, f"{name}/")["count"] for name in LISTS if name != "brands"} == dict.fromkeys(
        (name for name in LISTS if name != "brands"), 0
    )
    assert got(far, "brands/")["results"][0]["partners_now"] == 0
    assert signed_in(Role.COMMUNITY_REPORTER, tale.COMMUNITY).get("/api/v1/applications/").status_code == 403


@pytest.mark.parametrize(
    "address",
    ["partners/?kind=odd", "agreements/?sort=odd", "agreements/?facility=odd", "calls/?closes_to=odd", "brands/?odd=1"],
)
def test_what_cannot_be_read_is_refused(address):
    assert signed_in(Role.STREET_CLERK, GONGCHENQIAO).get(f"/api/v1/{address}").status_code == 400


def test_the_ledger_of_an_exchange_is_read_in_its_order():
    with opened_scope(division_scope(GONGSHU)):
        where, space = money.place()
        partner = register_partner(name="橹声", kind="market", division_code=GONGSHU, by=None)
        one = money.agreement(where, partner, [space])
        for day in (date(2026, 5, 9), date(2026, 5, 8)):
            exchanges.record_service(exchange=one, service=Service(day, f"助餐 {day}", heads=2), by=None)
    officer = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    found = got(officer, f"exchange-entries/?exchange={one.uuid}&kind=service&sort=-day")["results"]
    assert [(row["day"], row["amount_fen"]) for row in found] == [("2026-05-09", -3000), ("2026-05-08", -3000)]
    assert got(officer, "exchange-entries/?from=2026-05-09")["count"] == 1


def test_no_list_takes_a_query_more_for_more_rows(street):
    street(3)
    officer = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    taken = {name: queries(officer, f"/api/v1/{name}/") for name in LISTS}
    assert {name: number for name, number in taken.items() if number > 9} == {}
    assert taken == {name: queries(officer, f"/api/v1/{name}/?page_size=1") for name in LISTS}
