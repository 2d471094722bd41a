"""Appointments and the fictional staff of the demonstration."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from freezegun import freeze_time

from tenants.demo import DEMO_STAFF, demo_accounts
from tenants.models import Appointment, Division, User
from tenants.operations import appoint, demo_staff, grant_facilities, load_divisions
from tenants.queries import current_appointment, scope_of
from tenants.rules import CodeRange, Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGSHU, HUSHU, person
from tests.tenants.test_divisions import FOLDER

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings):
    settings.DEMO = True
    load_divisions(folder=FOLDER)
    return {account.username: account for account in demo_staff()}


def appointment_of(user: User) -> Appointment | None:
    with transaction.atomic():
        return current_appointment(user)


@pytest.mark.requirement("ORG-12")
def test_the_demonstration_has_every_role_and_two_districts(demo):
    assert {account.role for account in demo.values()} == set(Role)
    assert {account.division_code for account in demo.values() if account.role is Role.DISTRICT_ADMIN} == {
        330105000000,
        330102000000,
    }
    for account in demo.values():
        user = User.objects.get(username=account.username)
        assert user.is_demo
        assert user.check_password(account.password)
        assert "（演示）" in user.display_name
        held = appointment_of(user)
        assert (held.role, held.division_code) == (account.role, account.division_code)


def test_a_second_time_changes_nothing(demo):
    before = list(User.objects.order_by("pk").values_list("pk", "password"))
    demo_staff()
    assert list(User.objects.order_by("pk").values_list("pk", "password")) == before
    with opened_scope(division_scope(330100000000)):
        assert Appointment.objects.count() == len(DEMO_STAFF)


def test_the_second_district_is_marked_as_fictional(demo):
    invented = Division.objects.filter(is_demo=True)
    assert invented.filter(level="street").count() == 2
    assert invented.filter(level="community").count() == 6
    assert all(division.name.startswith("演示") for division in invented)
    assert load_divisions(folder=FOLDER).changed == 0


def test_without_the_demonstration_there_are_no_demo_accounts(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="HAPPYHOME_DEMO"):
        call_command("load_demo_staff")
    assert User.objects.count() == 0


def test_a_real_account_is_never_taken_over(settings):
    settings.DEMO = True
    load_divisions(folder=FOLDER)
    User.objects.create(username="city", display_name="真人", password="!")
    with pytest.raises(RuntimeError, match="is no account of the demonstration"):
        demo_staff()


def test_the_list_to_show_names_role_and_scope():
    first = demo_accounts()[0]
    assert (first.username, first.role_label, first.scope_name) == ("gongshu-admin", "区民政管理员", "拱墅区")


def test_a_new_appointment_ends_the_one_before():
    user = person(Role.STREET_CLERK, HUSHU)
    with opened_scope(division_scope(GONGSHU)):
        appoint(user=user, role=Role.DISTRICT_REVIEWER, division_code=GONGSHU, starts_on=date(2026, 9, 1), by=None)
        dates = list(Appointment.objects.filter(user=user).order_by("pk").values_list("starts_on", "ends_on"))
    assert dates == [(date(2026, 1, 1), date(2026, 9, 1)), (date(2026, 9, 1), None)]
    for day, role in [("2026-08-31", Role.STREET_CLERK), ("2026-09-01", Role.DISTRICT_REVIEWER)]:
        with freeze_time(f"{day} 04:00:00"):
            assert appointment_of(user).role == role
    with freeze_time("2025-12-31 04:00:00"):
        assert appointment_of(user) is None


def test_a_day_begins_at_midnight_in_shanghai():
    user = person(Role.STREET_CLERK, HUSHU)
    with freeze_time("2025-12-31 15:59:59"):  # UTC
        assert appointment_of(user) is None
    with freeze_time("2025-12-31 16:00:00"):
        assert appointment_of(user).role == Role.STREET_CLERK


@pytest.mark.requirement("ORG-12")
def test_assessors_and_operators_see_granted_facilities_and_no_division(demo):
    with opened_scope(division_scope(GONGSHU)):
        grant_facilities(username="assessor", facility_ids=[9, 7], by=None)
    scope = scope_of(appointment_of(User.objects.get(username="assessor")))
    assert (scope.codes, scope.grants) == (None, (7, 9))
    scope = scope_of(appointment_of(User.objects.get(username="hushu")))
    assert (scope.codes, scope.grants) == (CodeRange(330105002000, 330105003000), ())
