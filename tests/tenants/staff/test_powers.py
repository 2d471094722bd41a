"""User administration of a district: who may do what to whom."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tenants.models import Appointment, User
from tenants.operations import accounts
from tenants.rules import SEPARATED, Role, may_appoint
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, SHANGCHENG, client_of, person
from tests.tenants.staff.acting import TODAY, held_by, url

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-12")]


def test_nobody_appoints_beyond_their_scope_or_into_the_separated_roles():
    given = {(holder, role) for holder in Role for role in Role if may_appoint(holder, GONGSHU, role, GONGCHENQIAO)}
    assert {holder for holder, _ in given} == {Role.DISTRICT_ADMIN, Role.SYSTEM_ADMIN}
    assert not any(role in SEPARATED for holder, role in given if holder is Role.DISTRICT_ADMIN)
    for role in Role:
        assert not may_appoint(Role.DISTRICT_ADMIN, GONGSHU, role, SHANGCHENG)
        assert not may_appoint(Role.SYSTEM_ADMIN, GONGSHU, role, 330100000000)


@pytest.mark.parametrize(
    ("role", "staff", "invite", "acts", "security", "logins"),
    [
        (Role.DISTRICT_ADMIN, 200, 200, 200, 403, 200),
        (Role.SYSTEM_ADMIN, 200, 200, 403, 403, 403),
        (Role.SECURITY_ADMIN, 200, 403, 403, 200, 403),
        (Role.AUDIT_ADMIN, 403, 403, 200, 403, 200),
        (Role.STREET_CLERK, 403, 403, 403, 403, 403),
    ],
)
def test_three_administrators_with_separated_pages(role, staff, invite, acts, security, logins):
    client = client_of(person(role, GONGSHU))
    pages = ("/staff/", "/staff/invite/", "/acts/", "/security/", "/logins/")
    assert [client.get(page).status_code for page in pages] == [staff, invite, acts, security, logins]


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_the_start_page_of_the_separated_administrators_is_open_to_them(role):
    assert client_of(person(role, GONGSHU)).get("/", follow=True).status_code == 200


@pytest.mark.parametrize(
    "act",
    [
        lambda user, by: accounts.set_active(user=user, active=False, by=by, reason="测试"),
        lambda user, by: accounts.new_link(user=user, by=by, reason="测试", now=timezone.now()),
        lambda user, by: accounts.unlock(user=user, by=by, reason="测试"),
        lambda user, by: accounts.reset_second_factor(user=user, by=by, reason="测试"),
        lambda user, by: accounts.register_identity(user=user, by=by, provider="x", subject="y"),
        lambda user, by: accounts.change_appointment(
            user=user, by=by, role=Role.STREET_CLERK, division_code=GONGCHENQIAO, starts_on=TODAY, ends_on=None
        ),
    ],
)
def test_no_operation_touches_oneself_or_anybody_outside(admin, act):
    by = held_by(admin)
    with opened_scope(division_scope(GONGSHU)):
        for user in (admin, person(Role.STREET_CLERK, SHANGCHENG), person(Role.CITY_OBSERVER, 330100000000)):
            with pytest.raises(PermissionDenied):
                act(user, by)


def test_a_district_admin_does_not_touch_the_separated_administrators(admin):
    auditor = person(Role.AUDIT_ADMIN, GONGSHU)
    assert client_of(admin).post(url(auditor, "state/"), {"reason": "试一试看"}).status_code == 403
    assert User.objects.get(pk=auditor.pk).is_active


def test_somebody_who_has_left_for_another_district_is_theirs(admin, clerk):
    with opened_scope(division_scope(330100000000)):
        Appointment.objects.filter(user=clerk).update(ends_on=TODAY)
        Appointment.objects.create(user=clerk, role=Role.STREET_CLERK, division_code=330102901000, starts_on=TODAY)
    client = client_of(admin)
    assert client.get(url(clerk)).status_code == 200
    assert client.post(url(clerk, "state/"), {"reason": "试一试看"}).status_code == 403
