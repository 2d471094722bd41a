"""Signing in and out, by password and by key: locks, rotation, what the log keeps."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from tenants.models import Act, ApiToken, User
from tenants.operations import issue_token, revoke_tokens
from tenants.queries import token_of_key
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGSHU, client_of, person

PASSWORD = "kao-yun-he-2026"

pytestmark = pytest.mark.django_db(transaction=True)  # the failure count must survive a rollback


@pytest.fixture
def clerk() -> User:
    user = person(Role.STREET_CLERK, 330105005000, username="zhang")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, password: str = PASSWORD, **more):
    return client.post("/login/", {"username": "zhang", "password": password, **more})


def verbs() -> list[str]:
    with opened_scope(division_scope(GONGSHU)):
        return list(Act.objects.order_by("pk").values_list("verb", flat=True))


def test_the_right_password_opens_a_new_session(clerk):
    client = Client()
    client.get("/login/")
    client.session["before"] = 1
    client.session.save()
    key = client.session.session_key
    answer = sign_in(client, next="/facilities/?q=1")
    assert (answer.status_code, answer["Location"]) == (302, "/facilities/?q=1")
    assert client.session.session_key != key
    assert verbs() == ["登录"]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_a_foreign_next_leads_to_the_start_page(clerk, target):
    assert sign_in(Client(), next=target)["Location"] == "/"


def test_a_wrong_password_says_what_to_do_and_is_logged_without_an_actor(clerk):
    answer = sign_in(Client(), "wrong")
    assert answer.status_code == 422
    assert "账号或密码不对" in answer.content.decode()
    with opened_scope(division_scope(GONGSHU)):
        act = Act.objects.get()
    assert (act.verb, act.actor, act.subject, act.address) == ("登录失败", None, "zhang", "127.0.0.1")


def test_an_unknown_account_answers_like_a_wrong_password(clerk):
    client = Client()
    page = client.get("/login/")  # the form token stays the same within a session; only its mask changes
    assert page.status_code == 200
    known = sign_in(client, "wrong").context["form"].non_field_errors()
    unknown = client.post("/login/", {"username": "nobody", "password": "x"}).context["form"].non_field_errors()
    assert known == unknown == ["账号或密码不对。请核对大小写后重填；忘记密码请联系本区民政管理员重置。"]


def test_empty_fields_are_named(clerk):
    errors = Client().post("/login/", {}).context["form"].errors
    assert errors == {"username": ["请填写账号。"], "password": ["请填写密码。"]}


def test_five_failures_lock_the_account_for_this_address_and_nobody_else(clerk):
    here, elsewhere = Client(REMOTE_ADDR="10.0.0.1"), Client(REMOTE_ADDR="10.0.0.2")
    for _ in range(5):
        sign_in(here, "wrong")
    locked = sign_in(here)  # the right password, too late
    assert (locked.status_code, "15 分钟内不能再试" in locked.content.decode()) == (422, True)
    assert sign_in(elsewhere).status_code == 302
    assert verbs() == ["登录失败"] * 4 + ["登录被锁定"] * 2 + ["登录"]


def test_the_lock_lifts_by_itself(clerk):
    client = Client()
    now = timezone.now()
    with freeze_time(now):
        for _ in range(5):
            sign_in(client, "wrong")
        assert sign_in(client).status_code == 422
    with freeze_time(now + timedelta(minutes=16)):
        assert sign_in(client).status_code == 302


def test_a_disabled_account_ends_at_the_next_request(clerk):
    client = client_of(clerk)
    assert client.get("/acts/").status_code == 403
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    assert client.get("/acts/")["Location"] == "/login/?next=/acts/"
    assert sign_in(Client()).status_code == 422


def test_demo_accounts_sign_in_only_where_the_demonstration_is_on(clerk, settings):
    User.objects.filter(pk=clerk.pk).update(is_demo=True)
    settings.DEMO = False
    assert sign_in(Client()).status_code == 422
    settings.DEMO = True
    assert sign_in(Client()).status_code == 302


@pytest.mark.parametrize(("demo", "shown"), [(True, True), (False, False)])
def test_the_login_page_shows_demo_accounts_in_the_demonstration_alone(settings, demo, shown):
    settings.DEMO = demo
    assert ("gongshu-admin" in Client().get("/login/").content.decode()) is shown


def test_whoever_is_signed_in_is_led_on(clerk):
    assert client_of(clerk).get("/login/?next=/acts/")["Location"] == "/acts/"


def test_signing_out_ends_the_session_and_is_logged(clerk):
    client = client_of(clerk)
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/acts/").status_code == 302
    assert client.get("/logout/").status_code == 405
    assert verbs() == ["退出登录"]


def test_a_form_from_before_says_that_nothing_was_written(clerk):
    client = Client(enforce_csrf_checks=True)
    answer = sign_in(client)
    assert answer.status_code == 403
    assert "没有写入" in answer.content.decode()


# --- keys for the API ---------------------------------------------------------------------------------------------------


def test_password_against_a_key_that_expires(clerk):
    answer = Client().post("/api/v1/token/", {"username": "zhang", "password": PASSWORD}, "application/json")
    assert answer.status_code == 201
    token = ApiToken.objects.get()
    assert answer.json().keys() == {"token", "expires_at"}
    assert token.digest != answer.json()["token"]
    assert token.expires_at - token.created_at <= timedelta(hours=12, seconds=1)
    assert verbs() == ["签发接口令牌"]


def test_wrong_passwords_lock_the_key_service_too(clerk):
    client = Client()
    wrong = {"username": "zhang", "password": "x"}
    assert [client.post("/api/v1/token/", wrong, "application/json").status_code for _ in range(6)] == [401] * 4 + [
        429
    ] * 2
    right = {"username": "zhang", "password": PASSWORD}
    assert client.post("/api/v1/token/", right, "application/json").status_code == 429


def test_keys_expire_and_end_with_their_account(clerk):
    now = timezone.now()
    key, expires_at = issue_token(user=clerk, now=now)
    assert token_of_key(key, now).user == clerk
    assert token_of_key(key, expires_at) is None
    assert token_of_key("x", now) is None
    User.objects.filter(pk=clerk.pk).update(is_active=False)
    assert token_of_key(key, now) is None
    assert revoke_tokens(user=clerk) == 1


def test_old_keys_are_cleared_away_when_a_new_one_is_issued(clerk):
    now = timezone.now()
    issue_token(user=clerk, now=now - timedelta(days=2))
    issue_token(user=clerk, now=now)
    assert ApiToken.objects.count() == 1
