"""三权分立: system, security and audit administrators are three people, none of whom does business or appoints themselves."""

import re
from datetime import date, timedelta
from itertools import permutations

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from happyhome import access_table
from tenants.models import Appointment, User
from tenants.operations import accounts, appoint
from tenants.operations.staff import TWO_HANDS
from tenants.rules import ADMINISTRATIVE, PERMISSIONS, SEPARATED, Permission, Role, appointable, may, permissions_of
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person
from tests.structure.routes import all_routes
from tests.tenants.staff.acting import held_by, invite, url, verbs

FREE = {Permission.PUBLIC, Permission.SIGNED_IN}
BUSINESS = [row for row in access_table.read() if Permission(row.permission) not in ADMINISTRATIVE | FREE]
HANDS = [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.STREET_CLERK]
START, TOMORROW = date(2026, 1, 1), timezone.localdate() + timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-12")]


@pytest.fixture
def strict(settings):
    settings.STRICT_SEPARATION = True


def give(user: User, role: Role, starts_on: date):
    with opened_scope(division_scope(GONGSHU)):
        return appoint(user=user, role=role, division_code=GONGSHU, starts_on=starts_on, by=None)


# --- what each may do --------------------------------------------------------------------------------------------------


def test_none_of_the_three_has_a_permission_of_business():
    assert {role: PERMISSIONS[role] - ADMINISTRATIVE for role in SEPARATED} == dict.fromkeys(SEPARATED, frozenset())


def test_strictly_what_is_theirs_is_nobody_elses(strict):
    holders = {what: {role for role in Role if may(role, what)} for what in ADMINISTRATIVE}
    assert holders == {
        Permission.VIEW_ACCOUNTS: {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
        Permission.MANAGE_ACCOUNTS: {Role.SYSTEM_ADMIN},
        Permission.UNLOCK_ACCOUNTS: {Role.SECURITY_ADMIN},
        Permission.SET_SECURITY_RULES: {Role.SECURITY_ADMIN},
        Permission.VIEW_ACTS: {Role.AUDIT_ADMIN},
    }


def test_without_the_setting_a_district_too_small_for_three_is_looked_after_by_its_administrator():
    assert permissions_of(Role.DISTRICT_ADMIN) == PERMISSIONS[Role.DISTRICT_ADMIN]
    assert may(Role.DISTRICT_ADMIN, Permission.MANAGE_ACCOUNTS)


def test_strictly_the_district_administrator_finds_neither_accounts_nor_logs(strict, admin):
    client = client_of(admin)
    pages = ["/staff/", "/staff/invite/", "/acts/", "/logins/", "/audit/", "/facilities/"]
    assert [client.get(page).status_code for page in pages] == [403] * 5 + [200]
    menu = client.get("/facilities/").content.decode()
    assert ("账号与权限" in menu, "操作日志" in menu, "设施台账" in menu) == (False, False, True)


def _asked(client, path: str) -> int:
    """The status of a page, or of sending to a route that is only sent to."""
    status = client.get(path).status_code
    return client.post(path).status_code if status == 405 else status


@pytest.mark.parametrize("role", sorted(SEPARATED))
def test_every_route_of_business_is_closed_to_the_three(role):
    client = client_of(person(role, GONGSHU))
    routes = {route.key: route for route in all_routes() if not route.arguments}
    asked = {row.path: _asked(client, "/" + row.path.replace("\\Z", "")) for row in BUSINESS if row.route in routes}
    assert len(asked) > 15
    assert asked == dict.fromkeys(asked, 403)
    assert not any(role.value in row.roles.split() for row in BUSINESS)


# --- in one hand -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("held", "more"), list(permutations(HANDS, 2)))
def test_the_database_refuses_two_hands_at_a_time(held, more):
    user = person(held, GONGSHU)
    with pytest.raises(IntegrityError, match="one_hand"), transaction.atomic(), opened_scope(division_scope(GONGSHU)):
        Appointment.objects.create(user=user, role=more, division_code=GONGSHU, starts_on=TOMORROW)


def test_two_posts_of_business_may_overlap():
    user = person(Role.STREET_CLERK, GONGCHENQIAO)
    with opened_scope(division_scope(GONGSHU)):
        Appointment.objects.create(user=user, role=Role.STREET_REVIEWER, division_code=GONGSHU, starts_on=TOMORROW)
    assert held_by(user).role == Role.STREET_REVIEWER


@pytest.mark.parametrize(("held", "more"), list(permutations(HANDS, 2)))
def test_strictly_an_account_never_changes_hands(strict, held, more):
    user = person(held, GONGSHU)
    with pytest.raises(PermissionDenied, match=TWO_HANDS):
        give(user, more, TOMORROW)
    assert held_by(user).role == held
    assert held_by(user).ends_on is None


def test_without_the_setting_one_post_may_follow_the_other_and_never_overlap():
    user = person(Role.STREET_CLERK, GONGCHENQIAO)
    assert give(user, Role.AUDIT_ADMIN, TOMORROW).role == Role.AUDIT_ADMIN
    with opened_scope(division_scope(GONGSHU)):
        Appointment.objects.filter(user=user, ends_on=None).update(ends_on=TOMORROW + timedelta(days=30))
    with pytest.raises(PermissionDenied, match=TWO_HANDS):
        give(user, Role.STREET_CLERK, TOMORROW + timedelta(days=10))


def test_the_page_says_why_an_account_does_not_change_hands(strict, clerk):
    system = client_of(person(Role.SYSTEM_ADMIN, GONGSHU))
    auditor = person(Role.AUDIT_ADMIN, GONGSHU)
    sent = {"successor": str(clerk.uuid), "on": START, "reason": "岗位调整"}
    assert system.post(url(auditor, "hand-over/"), sent).status_code == 403
    answer = system.post(url(clerk, "appointment/"), {"role": "audit_admin", "division": GONGSHU, "starts_on": START})
    assert (answer.status_code, list(answer.context["term_form"].errors)) == (422, ["role"])


# --- granting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(SEPARATED))
def test_nobody_of_the_three_grants_themselves_anything(strict, role):
    user = person(role, GONGSHU)
    for wanted in Role:
        with pytest.raises(PermissionDenied):
            accounts.change_appointment(
                user=user, role=wanted, division_code=GONGSHU, starts_on=START, ends_on=None, by=held_by(user)
            )
    assert client_of(user).post(url(user, "appointment/"), {"role": "district_admin"}).status_code in {403, 422}


@pytest.mark.parametrize("role", sorted(SEPARATED))
def test_strictly_nobody_makes_a_second_administrator_with_a_link_in_their_own_hand(strict, role):
    system = person(Role.SYSTEM_ADMIN, GONGSHU)
    assert invite(client_of(system), role=role.value, division=str(GONGSHU)).status_code == 422
    one_of_them = person(role, GONGSHU)
    for act in ("link/", "state/"):
        assert client_of(system).post(url(one_of_them, act), {"reason": "试一试看"}).status_code == 403
    assert appointable(Role.SYSTEM_ADMIN) == frozenset(Role) - SEPARATED
    assert {holder for holder in Role if appointable(holder)} == {Role.SYSTEM_ADMIN}


@pytest.mark.parametrize("role", sorted(SEPARATED))
def test_strictly_the_three_are_appointed_and_retired_on_the_server(strict, capsys, role):
    call_command("invite_administrator", "first", "周一", str(GONGSHU), "--role", role.value)
    link = re.search(r"/invitation/\S+/", capsys.readouterr().out)[0]
    assert Client().post(link, {"new": "Xin-mi-ma-2026", "again": "Xin-mi-ma-2026"}).status_code == 302
    user = User.objects.get(username="first")
    assert held_by(user).role == role
    theirs = client_of(user)
    assert theirs.get("/account/").status_code == 200
    call_command("retire_administrator", "first", "调离岗位")
    assert theirs.get("/account/").status_code == 302
    assert verbs()[-1] == "停用账号"
    for wrong in [("first", "调离岗位"), ("nobody", "调离岗位")]:
        with pytest.raises(CommandError):
            call_command("retire_administrator", *wrong)
