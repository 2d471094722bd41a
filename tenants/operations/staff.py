"""Accounts and appointments, and the fictional staff of the demonstration."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from tenants import account_queries
from tenants.demo import DEMO_DIVISIONS, DEMO_PASSWORD, DEMO_STAFF, DemoAccount
from tenants.models import Appointment, Division, User
from tenants.operations.acts import record_act
from tenants.rules import Role, hand
from tenants.scope import division_scope, opened_scope

_DEMO_SINCE = date(2026, 1, 1)
TWO_HANDS = "系统、安全、审计三种管理员和业务岗位不能由同一个账号担任。请另开账号。"


def appoint(
    *, user: User, role: Role, division_code: int, starts_on: date, by: User | None, facility_ids: Iterable[int] = ()
) -> Appointment:
    """Give a user a role for a division; the appointments they held until then end on the first day of the new one.

    Assessors and operators see the facilities of `facility_ids` and nothing else. PermissionDenied where one account
    would be two of the three separated administrators, or one of them and somebody who does business.
    """
    with transaction.atomic():
        current = Appointment.objects.filter(user=user, ends_on=None, starts_on__lt=starts_on)
        current.update(ends_on=starts_on)
        _refuse_two_hands(user, role, starts_on)
        appointment = Appointment.objects.create(
            user=user,
            role=role,
            division_code=division_code,
            granted_facility_ids=sorted(facility_ids),
            starts_on=starts_on,
        )
        record_act(
            verb="任职",
            by=by,
            division_code=division_code,
            subject=f"{user.display_name} {appointment.get_role_display()}",
            subject_uuid=user.uuid,
        )
        ask_again([user.pk])
    return appointment


def _refuse_two_hands(user: User, role: Role, starts_on: date) -> None:
    """Never at the same time (the database refuses that too); where separation is strict, not one after the other either."""
    for other, ends_on in account_queries.roles_of(user):
        overlaps = ends_on is None or ends_on > starts_on
        if hand(other) is not hand(role) and (overlaps or settings.STRICT_SEPARATION):
            raise PermissionDenied(TWO_HANDS)


def ask_again(user_ids: Iterable[int]) -> None:
    """What is demanded of these accounts may have changed: their sessions look again with the next request."""
    User.objects.filter(pk__in=list(user_ids)).update(demands_version=F("demands_version") + 1)


def grant_facilities(*, username: str, facility_ids: Iterable[int], by: User | None) -> None:
    """Let an assessor or operator see these facilities instead of those granted so far."""
    ids = sorted(facility_ids)
    with transaction.atomic():
        appointment = Appointment.objects.select_related("user").get(user__username=username, ends_on=None)
        if appointment.granted_facility_ids == ids:
            return
        appointment.granted_facility_ids = ids
        appointment.save(update_fields=["granted_facility_ids"])
        record_act(
            verb="授权查看设施",
            by=by,
            division_code=appointment.division_code,
            subject=appointment.user.display_name,
            subject_uuid=appointment.user.uuid,
            details={"facility_ids": ids},
        )


def demo_staff() -> list[DemoAccount]:
    """Create the fictional divisions, accounts and appointments of the demonstration. A second time changes nothing.

    Raises RuntimeError where the demonstration is off: its passwords are known to everybody.
    """
    if not settings.DEMO:
        raise RuntimeError("The demonstration is off (HAPPYHOME_DEMO): its accounts have public passwords.")
    encoded = make_password(DEMO_PASSWORD)  # one hash for all: hashing is slow on purpose
    city = DEMO_STAFF[0].division_code // 10**8 * 10**8
    with opened_scope(division_scope(city, source="demo_staff")):
        _demo_divisions()
        for account in DEMO_STAFF:
            _demo_account(account, encoded)
    return list(DEMO_STAFF)


def _demo_divisions() -> None:
    for code, name, level, parent_code in DEMO_DIVISIONS:
        parent = Division.objects.in_force().get(code=parent_code)
        Division.objects.get_or_create(
            code=code, valid_to=None, defaults={"name": name, "level": level, "parent": parent, "is_demo": True}
        )


def _demo_account(account: DemoAccount, encoded: str) -> None:
    user, created = User.objects.get_or_create(
        username=account.username,
        defaults={"display_name": account.display_name, "is_demo": True, "password": encoded},
    )
    if not created and not user.is_demo:
        raise RuntimeError(f"The account {account.username} exists and is no account of the demonstration.")
    role, code = account.role, account.division_code
    if not Appointment.objects.filter(user=user, role=role, division_code=code, ends_on=None).exists():
        appoint(user=user, role=role, division_code=code, starts_on=_DEMO_SINCE, by=None)
