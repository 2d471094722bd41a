"""Partners over an area: counted by kind, place and function, each number with the list behind it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from partners.models import Credential
from partners.queries.overview import overview
from standards.operations import load
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, client_of, person
from tests.portal.test_queries import queries

pytestmark = pytest.mark.django_db
CITY, HERE, THERE, AWAY = 330100000000, 330105005052, 330105002051, 330102901001


def running(facility, partner, name, item, ends_on=None):
    return make.project(facility, name, partner=partner.name, item_number=item, ends_on=ends_on)


@pytest.fixture
def divisions():
    call_command("load_divisions", verbosity=0)
    load()


@pytest.fixture
def area(divisions):
    """Two partners in two streets of one district, one in the next district."""
    with opened_scope(division_scope(CITY)):
        here, there = make.facility(1, code=HERE), make.facility(2, code=THERE)
        market, benefit = (
            make.partner(here, name="助餐公司"),
            make.partner(there, name="邻里中心", kind="public_benefit"),
        )
        running(here, market, "老年食堂", 14)
        running(here, benefit, "日间照料", 13)
        running(there, market, "助餐点", 14)
        running(there, market, "停了的", 14, ends_on=timezone.localdate())
        away = make.facility(3, code=AWAY)
        running(away, make.partner(away, name="别区的"), "食堂", 14)
        Credential.objects.create(
            division_code=GONGSHU, partner=market, kind="permit", title="食品经营许可证", issuer="市场监管局",
            issued_on=timezone.localdate() - timedelta(days=300), valid_until=timezone.localdate() + timedelta(days=20),
        )  # fmt: skip
    return here, there


def told_to(role, code):
    with opened_scope(division_scope(code)):
        return overview(person(role, code).appointments.get(), timezone.localdate())


def numbers(lines):
    return {line.label: (line.partners, line.facilities, line.projects) for line in lines}


def test_counts_by_kind_place_and_function(area):
    told = told_to(Role.DISTRICT_ADMIN, GONGSHU)
    assert numbers(told.kinds) == {"市场合伙人": (1, 2, 2), "公益合伙人": (1, 1, 1), "居民合伙人": (0, 0, 0)}
    assert numbers(told.places) == {"拱宸桥街道": (2, 1, 2), "湖墅街道": (1, 1, 1)}
    assert sorted(numbers(told.functions).values()) == [(1, 1, 1), (1, 2, 2)]
    assert (told.registered, told.licences_in_all) == ({"market": 1, "public_benefit": 1}, 1)


def test_a_city_sees_districts_and_a_street_its_own(area):
    assert {line.key: line.projects for line in told_to(Role.CITY_OBSERVER, CITY).places} == {
        str(GONGSHU): 3, str(SHANGCHENG): 1
    }  # fmt: skip
    street = told_to(Role.STREET_CLERK, HUSHU)
    assert [line.projects for line in street.places] == [1]


def test_each_number_leads_to_the_partners_behind_it(area):
    officer = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    page = officer.get("/partners/overview/").content.decode()
    for address, names in (
        ("?kind=market", {"助餐公司"}),
        (f"?place={GONGCHENQIAO}", {"助餐公司", "邻里中心"}),
        (f"?place={HUSHU}", {"助餐公司"}),
        ("?item=13", {"邻里中心"}),
        ("?licence=soon", {"助餐公司"}),
    ):
        assert f'/partners/{address}"' in page, address
        shown = officer.get(f"/partners/{address}").context["page"].object_list
        assert {one.name for one in shown} == names, address
    assert officer.get(f"/partners/?place={SHANGCHENG}").context["page"].object_list == []
    for nonsense in ("?place=x", "?item=99", "?place=1", "?item=²"):
        assert len(officer.get(f"/partners/{nonsense}").context["page"].object_list) == 2


def test_an_empty_area_says_what_to_do(divisions):
    page = client_of(person(Role.DISTRICT_ADMIN, GONGSHU)).get("/partners/overview/").content.decode()
    assert ("还没有在运行的项目" in page, "90 天内没有协议到期" in page, "没有快到期的证照" in page) == (
        True,
        True,
        True,
    )


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_at_most_twelve_queries(area, number):
    with opened_scope(division_scope(CITY)):
        for one in range(number):
            running(area[0], make.partner(area[0], name=f"伙伴{one}"), f"项目{one}", 20 + one)
    assert queries(client_of(person(Role.DISTRICT_ADMIN, GONGSHU)), "/partners/overview/") <= 12
