"""Keys for the API: scoped, expiring, shown once, revocable, with the last use."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from tenants.models import ApiToken, Appointment
from tenants.rules import PERMISSION_LABELS, Permission, Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGSHU, client_of, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return person(Role.DISTRICT_ADMIN, GONGSHU)


def issue(client, *permissions, days=7):
    return client.post("/account/tokens/", {"name": "数据大屏", "days": days, "permissions": permissions})


def ask(key: str, address: str = "/api/v1/me/"):
    return Client().get(address, headers={"authorization": f"Token {key}"})


def test_every_permission_has_words():
    assert PERMISSION_LABELS.keys() == set(Permission) - {Permission.PUBLIC, Permission.SIGNED_IN}


def test_a_key_is_shown_once_and_kept_as_a_digest(admin):
    client = client_of(admin)
    key = issue(client, "view_facilities").context["key"]
    assert ask(key).status_code == 200
    assert key not in client.get("/account/tokens/").content.decode()
    token = ApiToken.objects.get()
    assert token.digest != key
    assert token.last_used_at is not None


def test_a_key_does_what_it_was_made_for_and_no_more(admin):
    key = issue(client_of(admin), "view_standards").context["key"]
    assert ask(key, "/api/v1/standards/").status_code == 200
    assert ask(key, "/api/v1/facilities/").status_code == 403


def test_nobody_gives_a_key_more_than_they_have(admin):
    client = client_of(person(Role.OPERATOR, GONGSHU))
    assert issue(client, "view_acts").status_code == 422
    assert issue(client).status_code == 422
    assert ApiToken.objects.count() == 0


def test_a_key_loses_what_its_owner_loses(admin):
    key = issue(client_of(admin), "view_facilities").context["key"]
    with opened_scope(division_scope(GONGSHU)):
        Appointment.objects.filter(user=admin).update(role=Role.AUDIT_ADMIN)
    assert ask(key, "/api/v1/facilities/").status_code == 403


def test_a_key_expires_and_is_revoked(admin):
    client = client_of(admin)
    key = issue(client, "view_facilities", days=1).context["key"]
    with freeze_time(timezone.now() + timedelta(days=1, minutes=1)):
        assert ask(key).status_code == 401
    row = ApiToken.objects.get()
    stranger = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    assert stranger.post(f"/account/tokens/{row.uuid}/end/").status_code == 404
    assert client.post(f"/account/tokens/{row.uuid}/end/").status_code == 302
    assert ask(key).status_code == 401


def test_the_last_use_is_kept_to_the_minute(admin):
    now = timezone.now()
    with freeze_time(now):
        key = issue(client_of(admin), "view_facilities").context["key"]
        ask(key)
    for seconds, kept in [(30, 0), (61, 61)]:
        with freeze_time(now + timedelta(seconds=seconds)):
            ask(key)
        assert ApiToken.objects.get().last_used_at == now + timedelta(seconds=kept)


def test_twenty_keys_are_enough(admin):
    client = client_of(admin)
    answers = [issue(client, "view_facilities").status_code for _ in range(21)]
    assert answers == [200] * 20 + [422]
