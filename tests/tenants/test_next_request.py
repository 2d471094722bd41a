"""New rules reach people who are signed in already: with their next request, not with their next login."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from tenants.models import Division, User
from tenants.operations import appoint
from tenants.operations.passwords import set_password
from tenants.operations.second_factor import begin_setup, confirm_setup
from tenants.operations.tokens import issue_token
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person
from tests.tenants.test_second_factor import code_of

PASSWORD, NEW = "Kao-yun-he-2026", "Xin-de-mi-ma-77"
EVENING = datetime(2026, 11, 22, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
FACTOR, CHANGE = "/account/second-factor/", "/account/password/"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clerk() -> User:
    parent = None
    for code, name, level in [(GONGSHU, "拱墅区", "district"), (GONGCHENQIAO, "拱宸桥街道", "street")]:
        parent = Division.objects.create(code=code, name=name, level=level, parent=parent)
    with freeze_time(EVENING):
        user = person(Role.STREET_CLERK, GONGCHENQIAO, username="zhang")
        set_password(user=user, password=PASSWORD)
    return user


def signed_in() -> Client:
    client = Client()
    assert client.post("/login/", {"username": "zhang", "password": PASSWORD}).status_code == 302
    return client


def set_rules(**more):
    values = {"roles": [], "max_age_days": 90, "idle_minutes": 15, "reason": "年度要求", **more}
    values.setdefault("starts_on", timezone.localdate())
    client = client_of(person(Role.SECURITY_ADMIN, GONGSHU))
    assert client.post("/security/", values).status_code == 302


def leads(client: Client, address: str = "/facilities/") -> str | None:
    return client.get(address).get("Location")


def test_a_second_factor_newly_demanded_is_set_up_before_the_next_page(clerk):
    with freeze_time(EVENING):
        client = signed_in()
        assert leads(client) is None
        set_rules(roles=["street_clerk"])
        assert leads(client) == FACTOR
        assert client.get("/facilities/", headers={"hx-request": "true"})["HX-Redirect"] == FACTOR
        assert client.post("/staff/").status_code == 302
        assert client.get("/api/v1/me/").status_code == 403
        client.get(FACTOR)
        assert client.post(FACTOR, {"code": code_of(clerk)}).status_code == 200
        assert leads(client) is None


def test_a_district_that_demands_it_of_others_leaves_people_alone(clerk):
    with freeze_time(EVENING):
        client = signed_in()
        set_rules(roles=["district_admin"])
        assert leads(client) is None


def test_a_new_role_brings_its_demands_along(clerk, settings):
    settings.SECOND_FACTOR_ROLES = ["district_reviewer"]
    with freeze_time(EVENING):
        client = signed_in()
        assert leads(client) is None
        with opened_scope(division_scope(GONGSHU)):
            appoint(
                user=clerk, role=Role.DISTRICT_REVIEWER, division_code=GONGSHU,
                starts_on=timezone.localdate(), by=None,
            )  # fmt: skip
        assert leads(client) == FACTOR


def test_rules_for_tomorrow_hold_from_midnight_on_in_a_session_of_today(clerk):
    with freeze_time(EVENING):
        set_rules(roles=["street_clerk"], starts_on=timezone.localdate() + timedelta(days=1))
    with freeze_time(EVENING.replace(hour=23, minute=50)):
        client = signed_in()
        assert leads(client) is None
    with freeze_time(EVENING.replace(hour=23, minute=59, second=59)):
        assert leads(client) is None
    with freeze_time(EVENING + timedelta(hours=4)):
        assert leads(client) == FACTOR


def test_a_password_that_grows_too_old_meanwhile_is_changed_before_the_next_page(clerk):
    begun = EVENING + timedelta(days=90) - timedelta(minutes=10)
    with freeze_time(begun):
        client = signed_in()
        assert leads(client) is None
    with freeze_time(begun + timedelta(minutes=9)):
        assert leads(client) is None
    with freeze_time(begun + timedelta(minutes=10)):
        assert leads(client) == CHANGE
        assert "请先换一个新密码" in client.get(CHANGE).content.decode()
        sent = {"current": PASSWORD, "new": NEW, "again": NEW}
        assert client.post(CHANGE, sent).status_code == 302
        assert leads(client) is None


def test_a_shorter_age_demanded_today_is_kept_with_the_next_request(clerk):
    with freeze_time(EVENING + timedelta(days=40)):
        client = signed_in()
        assert leads(client) is None
        set_rules(max_age_days=30)
        assert leads(client) == CHANGE


@pytest.mark.parametrize(("minutes", "stays"), [(4, True), (5, False)])
def test_a_shorter_idle_time_holds_for_sessions_that_idle_already(clerk, minutes, stays):
    with freeze_time(EVENING):
        client = signed_in()
    with freeze_time(EVENING + timedelta(minutes=1)):
        set_rules(idle_minutes=5)
    with freeze_time(EVENING + timedelta(minutes=minutes)):
        answer = client.get("/facilities/")
    assert (answer.status_code == 200) is stays
    assert stays or "why=idle" in answer["Location"]


def test_a_key_is_not_given_before_what_is_demanded_is_done(clerk):
    sent = {"username": "zhang", "password": PASSWORD}
    with freeze_time(EVENING):
        set_rules(roles=["street_clerk"])
        refused = Client().post("/api/v1/token/", sent, "application/json")
        assert (refused.status_code, "请先在网页上登录" in refused.content.decode()) == (403, True)
        begin_setup(user=clerk)
        confirm_setup(user=clerk, code=code_of(clerk), division_code=GONGCHENQIAO, session_key=None)
    with freeze_time(EVENING + timedelta(minutes=1)):
        given = Client().post("/api/v1/token/", {**sent, "code": code_of(clerk)}, "application/json")
        assert given.status_code == 201
    with freeze_time(EVENING + timedelta(days=91)):
        late = Client().post("/api/v1/token/", {**sent, "code": code_of(clerk)}, "application/json")
        assert late.status_code == 403


def test_the_look_costs_a_request_nothing_while_nothing_has_changed(clerk, django_assert_num_queries):
    with freeze_time(EVENING):
        client, plain = signed_in(), client_of(clerk)
        client.get("/account/logins/")
        plain.get("/account/logins/")
        with django_assert_num_queries(7):
            plain.get("/account/logins/")
        with django_assert_num_queries(7):
            client.get("/account/logins/")


def test_a_key_given_before_lives_on_until_it_expires(clerk):
    """Keys are for programs, which can set nothing up; whoever must not act any more is disabled, which ends them."""
    with freeze_time(EVENING):
        key, _ = issue_token(user=clerk, now=timezone.now())
        set_rules(roles=["street_clerk"])
        headers = {"authorization": f"Token {key}"}
        assert Client(headers=headers).get("/api/v1/me/").status_code == 200


def test_settings_of_the_installation_reach_people_who_are_signed_in(clerk, settings):
    """The portal is started again with other values: the next request of a session of before keeps to them."""
    settings.SECOND_FACTOR_ROLES = []
    with freeze_time(EVENING) as clock:
        client = signed_in()
        assert leads(client) is None
        settings.SECOND_FACTOR_ROLES = ["street_clerk"]
        assert leads(client) == FACTOR
        settings.SECOND_FACTOR_ROLES = []
        assert leads(client) is None
        settings.PASSWORD_MAX_AGE_DAYS = 0
        assert leads(client) == CHANGE
        settings.PASSWORD_MAX_AGE_DAYS = 90
        assert leads(client) is None
        settings.SESSION_IDLE_MINUTES = 5
        clock.tick(timedelta(minutes=6))
        assert leads(client) == "/login/?next=/facilities/&why=idle"
