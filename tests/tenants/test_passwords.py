"""Rules for passwords, the page on which people change theirs, and what is demanded first."""

from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from tenants.models import User
from tenants.operations.passwords import set_password
from tenants.rules import Role
from tests.people import GONGCHENQIAO, client_of, person

OLD, NEW = "Kao-yun-he-2026", "Xin-de-mi-ma-77"

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> User:
    user = person(Role.STREET_CLERK, GONGCHENQIAO, username="zhangsan", display_name="曾小明（演示）")
    set_password(user=user, password=OLD)
    return user


def objections(password: str, user: User | None = None) -> list[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return error.messages
    return []


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Ab1-efghi", ["密码至少 10 位。"]),
        ("Ab1-efghij", []),
        ("qpwoeirut1y", ["大写字母、小写字母、数字、其他符号，至少用 3 类。"]),
        ("abcdefgh1-", []),
        ("Zhangsan-2026", ["密码里不能有账号或姓名（包括拼音）。"]),
        ("nasgnahZ-2026", ["密码里不能有账号或姓名（包括拼音）。"]),
        ("Cengxiaoming-1", ["密码里不能有账号或姓名（包括拼音）。"]),
        ("曾小明Ab-12345", ["密码里不能有账号或姓名（包括拼音）。"]),
    ],
)
def test_length_classes_and_names(clerk, password, words):
    assert objections(password, clerk) == words


def test_the_figures_are_settings(settings, clerk):
    settings.PASSWORD_MIN_LENGTH, settings.PASSWORD_MIN_CLASSES = 12, 4
    assert len(objections("abcdefgh1-", clerk)) == 2
    assert objections("Abcdefghij1-", clerk) == []


def test_the_last_five_are_not_taken_again_and_the_sixth_is(clerk):
    earlier = [OLD]
    for number in range(5):
        earlier.append(f"Xin-de-mi-ma-{number}")
        set_password(user=clerk, password=earlier[-1])
    assert [bool(objections(password, clerk)) for password in earlier] == [False, True, True, True, True, True]
    assert clerk.former_passwords.count() == 5


def change(client: Client, current=OLD, new=NEW, again=NEW):
    return client.post("/account/password/", {"current": current, "new": new, "again": again})


def test_people_change_their_password_and_stay_signed_in_here_alone(clerk):
    here, there = client_of(clerk), client_of(clerk)
    assert change(here)["Location"] == "/"
    assert (here.get("/account/").status_code, there.get("/account/").status_code) == (200, 302)
    clerk.refresh_from_db()
    assert clerk.check_password(NEW)
    assert here.get("/account/").content.decode().count("这一处") == 1


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"current": "wrong"}, "current", "现在的密码不对。"),
        ({"again": "other"}, "again", "两次填的不一样。"),
        ({"new": OLD, "again": OLD}, "new", "不能再用最近 5 次的密码。"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(clerk, sent, field, words):
    answer = change(client_of(clerk), **sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors[field] == [words]
    assert User.objects.get(pk=clerk.pk).check_password(OLD)


def sign_in(**more) -> Client:
    client = Client()
    client.post("/login/", {"username": "zhangsan", "password": OLD})
    return client


@pytest.mark.parametrize(("days", "leads"), [(89, None), (91, "/account/password/")])
def test_an_old_password_must_be_changed_before_anything_else(clerk, days, leads):
    User.objects.filter(pk=clerk.pk).update(password_changed_at=timezone.now() - timedelta(days=days))
    client = sign_in()
    answer = client.get("/account/logins/")
    assert answer.get("Location") == leads
    if leads:
        assert client.get("/account/logins/", headers={"hx-request": "true"})["HX-Redirect"] == leads
        assert client.get("/api/v1/me/").status_code == 403
        assert client.get(leads).status_code == 200
        change(client)
        assert client.get("/account/logins/").status_code == 200


def test_a_change_that_is_demanded_meanwhile_acts_on_the_next_request(clerk):
    client = sign_in()
    assert client.get("/account/").status_code == 200
    User.objects.filter(pk=clerk.pk).update(must_change_password=True)
    assert client.get("/account/")["Location"] == "/account/password/"


def test_demo_accounts_keep_their_public_password(clerk, settings):
    settings.DEMO = True
    User.objects.filter(pk=clerk.pk).update(is_demo=True, password_changed_at=None)
    client = sign_in()
    assert client.get("/account/").status_code == 200
    answer = change(client)
    assert (answer.status_code, "不能改" in answer.content.decode()) == (200, True)
    assert User.objects.get(pk=clerk.pk).check_password(OLD)
