"""How long a login lasts, where it is listed, who ends it, and where people come back to."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from tenants.account_models import AccountSession, SecurityRules
from tenants.account_queries import browser_name
from tenants.models import Act, User
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person

PASSWORD = "Kao-yun-he-2026"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0 Safari/537.36 Edg/119.0"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clerk() -> User:
    user = person(Role.STREET_CLERK, GONGCHENQIAO, username="zhang")
    user.set_password(PASSWORD)
    user.password_changed_at = timezone.now()
    user.save()
    return user


def browser(**more) -> Client:
    client = Client(headers={"user-agent": EDGE}, **more)
    assert client.post("/login/", {"username": "zhang", "password": PASSWORD}).status_code == 302
    return client


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (15, 302)])
def test_fifteen_minutes_without_a_request_end_a_session(clerk, minutes, status):
    now = timezone.now()
    with freeze_time(now):
        client = browser()
    with freeze_time(now + timedelta(minutes=minutes)):
        answer = client.get("/account/logins/")
    assert answer.status_code == status
    if status == 302:
        assert answer["Location"] == "/login/?next=/account/logins/&why=idle"
        assert AccountSession.objects.count() == 0


def test_twelve_hours_end_it_whatever_is_done_meanwhile(clerk):
    now = timezone.now()
    with freeze_time(now):
        client = browser()
    for minutes in range(10, 12 * 60, 10):
        with freeze_time(now + timedelta(minutes=minutes)):
            assert client.get("/account/logins/").status_code == 200
    with freeze_time(now + timedelta(hours=12)):
        assert client.get("/account/logins/")["Location"].startswith("/login/")


def test_stricter_rules_of_the_district_hold_from_the_next_login(clerk):
    with opened_scope(division_scope(GONGSHU)):
        SecurityRules.objects.create(
            division_code=GONGSHU, starts_on="2026-01-01", password_max_age_days=60, idle_minutes=5
        )
    now = timezone.now()
    with freeze_time(now):
        client = browser()
    with freeze_time(now + timedelta(minutes=5)):
        assert client.get("/account/logins/").status_code == 302


def test_a_fragment_is_answered_with_a_redirect_of_the_whole_page(clerk):
    now = timezone.now()
    with freeze_time(now):
        client = browser()
    with freeze_time(now + timedelta(hours=1)):
        headers = {"hx-request": "true", "hx-current-url": "http://testserver/account/logins/?page=2"}
        answer = client.get("/account/logins/", headers=headers)
    assert answer.status_code == 204
    target = answer["HX-Redirect"]
    assert target == "/login/?next=http%3A//testserver/account/logins/%3Fpage%3D2&why=idle"
    assert "有一段时间没有操作" in client.get(target).content.decode()
    again = client.post(
        "/login/", {"username": "zhang", "password": PASSWORD, "next": "http://testserver/account/logins/?page=2"}
    )
    assert again["Location"] == "http://testserver/account/logins/?page=2"


def test_a_form_sent_too_late_leads_back_to_the_page_with_the_form(clerk):
    answer = Client().post("/account/sessions/end/", headers={"referer": "http://testserver/account/"})
    assert answer["Location"] == "/login/?next=http%3A//testserver/account/"


def test_the_session_key_changes_at_the_login_and_the_old_one_is_worthless(clerk):
    client = Client()
    client.session["before"] = 1
    client.session.save()
    planted = client.session.session_key
    client.post("/login/", {"username": "zhang", "password": PASSWORD})
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/account/").status_code == 302


def test_people_see_where_they_are_signed_in_and_end_it(clerk):
    here, there = browser(REMOTE_ADDR="10.1.1.1"), browser(REMOTE_ADDR="10.1.1.2")
    page = here.get("/account/").content.decode()
    assert (page.count("Edge，Windows"), page.count("这一处")) == (3, 1)  # once more in the name of the button
    other = AccountSession.objects.get(address="10.1.1.2")
    assert here.post(f"/account/sessions/{other.uuid}/end/")["Location"] == "/account/"
    assert there.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200


def test_all_others_at_once(clerk):
    here, *others = [browser() for _ in range(3)]
    here.post("/account/sessions/end/")
    assert [client.get("/account/").status_code for client in (here, *others)] == [200, 302, 302]


def test_nobody_ends_the_session_of_somebody_else(clerk):
    browser()
    row = AccountSession.objects.get()
    stranger = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    assert stranger.post(f"/account/sessions/{row.uuid}/end/").status_code == 404
    assert AccountSession.objects.filter(pk=row.pk).exists()


def test_signing_out_takes_the_entry_along(clerk):
    browser().post("/logout/")
    assert AccountSession.objects.count() == 0


def test_the_page_of_logins_shows_failures_too_and_only_ones_own(clerk):
    client = browser(REMOTE_ADDR="10.1.1.1")
    Client(REMOTE_ADDR="10.9.9.9").post("/login/", {"username": "zhang", "password": "wrong"})
    page = client.get("/account/logins/").content.decode()
    assert ("10.1.1.1" in page, "10.9.9.9" in page, "登录失败" in page) == (True, True, True)
    stranger = client_of(person(Role.STREET_CLERK, GONGCHENQIAO)).get("/account/logins/").content.decode()
    assert "10.9.9.9" not in stranger
    with opened_scope(division_scope(GONGSHU)):
        assert set(Act.objects.values_list("subject_uuid", flat=True)) == {clerk.uuid}


@pytest.mark.parametrize("more", [0, 2])
def test_the_page_costs_the_same_whatever_the_number_of_sessions(clerk, more, django_assert_num_queries):
    here, *_ = [browser() for _ in range(1 + more)]
    with django_assert_num_queries(14):
        here.get("/account/")


@pytest.mark.parametrize(
    ("agent", "name"),
    [(EDGE, "Edge，Windows"), ("curl/8", "未知的浏览器"), ("Mozilla (iPhone) Safari/600", "Safari，苹果手机或平板")],
)
def test_browsers_have_names_that_people_know(agent, name):
    assert browser_name(agent) == name
