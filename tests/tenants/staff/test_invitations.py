"""Invitations: one by one, the first of all by a command; the link that works once."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from tenants.account_models import Invitation
from tenants.models import User
from tenants.rules import Role
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person
from tests.tenants.staff.acting import held_by, invite, verbs

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-12")]


def test_an_invitation_is_shown_once_and_works_once(admin):
    answer = invite(client_of(admin))
    [(user, link)] = answer.context["links"]
    assert link in answer.content.decode()
    assert Invitation.objects.get().digest not in link
    guest = Client()
    assert "王五" in guest.get(link).content.decode()
    assert guest.post(link, {"new": "short", "again": "short"}).status_code == 422
    assert guest.post(link, {"new": "Xin-mi-ma-2026", "again": "Xin-mi-ma-2026"})["Location"] == "/login/?why=chosen"
    assert guest.get(link).status_code == 404
    assert guest.post("/login/", {"username": "wangwu", "password": "Xin-mi-ma-2026"})["Location"] == "/"
    assert guest.get("/account/").status_code == 200
    assert held_by(user).division_code == GONGCHENQIAO
    assert verbs()[:3] == ["任职", "邀请账号", "设密码"]


def test_links_that_are_over_and_links_that_never_were_look_the_same(admin):
    with freeze_time(timezone.now() - timedelta(hours=73)):
        [(_, link)] = invite(client_of(admin)).context["links"]
    expired, never = Client().get(link), Client().get("/invitation/xyz/")
    assert (expired.status_code, expired.content) == (never.status_code, never.content)
    assert expired.status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"username": "LISI"}, "username"),
        ({"username": "a b"}, "username"),
        ({"role": "system_admin"}, "role"),
        ({"role": "city_observer"}, "role"),
        ({"division": "330102901000"}, "division"),
        ({"division": "330100000000"}, "division"),
        ({"last_day": "2025-12-31"}, "last_day"),
    ],
)
def test_invitations_that_are_refused(admin, clerk, sent, field):
    answer = invite(client_of(admin), **sent)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert User.objects.filter(username="wangwu").count() == 0


def test_a_system_administrator_appoints_the_auditor():
    client = client_of(person(Role.SYSTEM_ADMIN, GONGSHU))
    assert invite(client, role="audit_admin", division=str(GONGSHU)).status_code == 200


def test_the_first_administrator_is_made_by_a_command_and_invites_the_others(capsys):
    call_command("invite_administrator", "first", "周一", str(GONGSHU))
    link = re.search(r"/invitation/\S+/", capsys.readouterr().out)[0]
    assert Client().post(link, {"new": "Xin-mi-ma-2026", "again": "Xin-mi-ma-2026"}).status_code == 302
    user = User.objects.get(username="first")
    assert (held_by(user).role, held_by(user).division_code) == ("system_admin", GONGSHU)
    assert invite(client_of(user)).status_code == 200
    for wrong in [("FIRST", "x", str(GONGSHU)), ("second", "x", "330199000000")]:
        with pytest.raises(CommandError):
            call_command("invite_administrator", *wrong)
