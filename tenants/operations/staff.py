"""Accounts and appointments, and the fictional staff of the demonstration."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from tenants.demo import DEMO_DIVISIONS, DEMO_PASSWORD, DEMO_STAFF, DemoAccount
from tenants.models import Appointment, Division, User
from tenants.operations.acts import record_act
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope

_DEMO_SINCE = date(2026, 1, 1)


def appoint(
    *, user: User, role: Role, division_code: int, starts_on: date, by: User | None, facility_ids: Iterable[int] = ()
) -> Appointment:
    """Give a user a role for a division; the appointments they held until then end on the first day of the new one.

    Assessors and operators see the facilities of `facility_ids` and nothing else.
    """
    with transaction.atomic():
        current = Appointment.objects.filter(user=user, ends_on=None, starts_on__lt=starts_on)
        current.update(ends_on=starts_on)
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
    return appointment


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
