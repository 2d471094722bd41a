"""Django's admin: for those who administer a division, within its scope, read only."""

import pytest

from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import COMMUNITY_OF, GONGSHU, SHANGCHENG, signed_in
from tests.structure.rows import facility_in

pytestmark = pytest.mark.django_db
LIST = "/admin/facilities/facility/"


@pytest.fixture
def facilities():
    with opened_scope(division_scope(330100000000)):
        return {code: facility_in(COMMUNITY_OF[code], name=f"某家园{code}") for code in (GONGSHU, SHANGCHENG)}


def test_a_district_looks_its_facilities_up(facilities):
    page = signed_in(Role.DISTRICT_ADMIN, GONGSHU).get(LIST).content.decode()
    assert f"某家园{GONGSHU}" in page
    assert f"某家园{SHANGCHENG}" not in page


def test_nothing_can_be_changed(facilities):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    own = f"{LIST}{facilities[GONGSHU].pk}/"
    assert client.get(f"{own}change/").status_code == 200
    assert client.post(f"{own}change/", {"name": "别的名字"}).status_code == 403
    assert client.post(f"{own}delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_a_foreign_facility_answers_like_one_that_does_not_exist(facilities):
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    foreign = client.get(f"{LIST}{facilities[SHANGCHENG].pk}/change/")
    assert foreign.status_code == 302  # the admin leads back to its index, with the id that was asked for
    assert "某家园" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DISTRICT_ADMIN])
def test_no_other_role_gets_in(role):
    assert signed_in(role, GONGSHU).get("/admin/").status_code == 403


def test_nobody_is_led_to_the_login_page(client):
    assert client.get("/admin/")["Location"] == "/login/?next=/admin/"
    assert client.get("/admin/login/")["Location"] == "/login/"
