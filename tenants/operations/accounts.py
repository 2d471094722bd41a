"""Accounts of a district: invited, appointed, disabled, handed over. Nobody acts on themselves or beyond their scope.

Every operation asks `require_power` first, whatever the page has already asked.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from axes.utils import reset as lift_lock
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from tenants import account_queries
from tenants.account_models import CodeFailures, ExternalIdentity, Invitation, SecurityRules
from tenants.models import Appointment, User
from tenants.open_work import open_work
from tenants.operations.acts import record_act
from tenants.operations.passwords import set_password
from tenants.operations.release import tell_who_releases
from tenants.operations.second_factor import remove
from tenants.operations.sessions import end_sessions
from tenants.operations.staff import appoint, ask_again
from tenants.rules import Permission, Role, appointable, code_range, may, may_appoint, token_digest
from tenants.scope import Scope, division_scope, opened_scope

_KEY_BYTES = 24
NOT_ONESELF = "不能给自己任职、停用自己或重置自己的两步验证，请由另一位管理员办理。"
NOT_BEYOND = "只能办理自己管辖范围内、自己有权任命的角色。"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be invited. `ends_on` is the first day without the role."""

    username: str
    display_name: str
    role: Role
    division_code: int
    starts_on: date
    ends_on: date | None = None


def require_power(
    by: Appointment, *, user: User | None = None, role: Role | None = None, code: int | None = None
) -> None:
    """Whoever holds the appointment `by` may act on `user` and give `role` for `code`; PermissionDenied if not."""
    if not may(by.role, Permission.MANAGE_ACCOUNTS):
        raise PermissionDenied(NOT_BEYOND)
    if user is not None:
        if user.pk == by.user_id:
            raise PermissionDenied(NOT_ONESELF)
        latest = account_queries.latest_appointment(user)
        inside = latest is not None and latest.division_code in code_range(by.division_code)
        if not inside or latest.role not in appointable(Role(by.role)):
            raise PermissionDenied(NOT_BEYOND)
    if role is not None and code is not None and not may_appoint(Role(by.role), by.division_code, role, code):
        raise PermissionDenied(NOT_BEYOND)


def invite(*, newcomer: Newcomer, by: Appointment, now: datetime) -> tuple[User, str]:
    """A new account without a password, appointed, and the key of the link with which its owner chooses one."""
    [made] = invite_all(newcomers=[newcomer], by=by, now=now)
    return made


def invite_all(*, newcomers: Iterable[Newcomer], by: Appointment, now: datetime) -> list[tuple[User, str]]:
    with transaction.atomic():
        made = [_invite(newcomer, by, now) for newcomer in newcomers]
        tell_who_releases(users=[user for user, _ in made], code=by.division_code)
        return made


def _invite(newcomer: Newcomer, by: Appointment, now: datetime) -> tuple[User, str]:
    require_power(by, role=newcomer.role, code=newcomer.division_code)
    with transaction.atomic():
        user = User(username=newcomer.username, display_name=newcomer.display_name)
        user.set_unusable_password()
        user.save()
        row = appoint(
            user=user,
            role=newcomer.role,
            division_code=newcomer.division_code,
            starts_on=newcomer.starts_on,
            by=by.user,
        )
        if newcomer.ends_on:
            row.ends_on = newcomer.ends_on
            row.save(update_fields=["ends_on"])
        _record("邀请账号", user, by)
        return user, _new_key(user, by, now)


def new_link(*, user: User, by: Appointment, reason: str, now: datetime) -> str:
    """Instead of a forgotten password: the old one ends now, the link lets its owner choose another."""
    require_power(by, user=user)
    with transaction.atomic():
        if user.has_usable_password():
            user.former_passwords.create(encoded=user.password)
        user.set_unusable_password()
        user.save(update_fields=["password"])
        _sign_out(user)
        _record("重置密码", user, by, reason)
        tell_who_releases(users=[user], code=_code_of(user, by))
        return _new_key(user, by, now)


def _new_key(user: User, by: Appointment, now: datetime) -> str:
    key = secrets.token_urlsafe(_KEY_BYTES)
    user.invitations.filter(used_at=None).delete()  # the newest link alone works
    expires_at = now + timedelta(hours=settings.INVITATION_HOURS)
    Invitation.objects.create(user=user, digest=token_digest(key), created_by=by.user, expires_at=expires_at)
    return key


def accept(*, invitation: Invitation, password: str, now: datetime) -> bool:
    """The invited person chooses their password. False if somebody used the link a moment ago."""
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=now):
            return False
        set_password(user=invitation.user, password=password)
        _record_chosen(invitation)
        return True


def _record_chosen(invitation: Invitation) -> None:
    """The last step of an invitation, by its owner: that the two hands before it belong to this one is for the auditor to see."""
    user = invitation.user
    held = user.appointments.order_by("-starts_on", "-pk").first()
    record_act(
        verb="设密码", by=user, division_code=held.division_code if held else None,
        subject=f"{user.display_name} {user.username}", subject_uuid=user.uuid,
    )  # fmt: skip


def change_appointment(
    *, user: User, role: Role, division_code: int, starts_on: date, ends_on: date | None, by: Appointment
) -> None:
    """Another role, scope or term. A term that begins on the same day is changed in place."""
    require_power(by, user=user, role=role, code=division_code)
    with transaction.atomic():
        held = Appointment.objects.filter(user=user, starts_on=starts_on).order_by("-pk").first()
        Appointment.objects.filter(user=user, starts_on__gt=starts_on).delete()
        kept = held.granted_facility_ids if held and held.role == role else []
        if held is not None:
            held.delete()
        ending = Appointment.objects.filter(user=user, starts_on__lt=starts_on, ends_on__gt=starts_on)
        ending.update(ends_on=starts_on)
        row = appoint(
            user=user, role=role, division_code=division_code, starts_on=starts_on, by=by.user, facility_ids=kept
        )
        if ends_on:
            row.ends_on = ends_on
            row.save(update_fields=["ends_on"])


def set_active(*, user: User, active: bool, by: Appointment, reason: str) -> None:
    """Disable an account (acts on the next request, sessions and tokens end) or enable it again."""
    require_power(by, user=user)
    with transaction.atomic():
        user.is_active = active
        user.save(update_fields=["is_active"])
        if not active:
            _sign_out(user)
        _record("启用账号" if active else "停用账号", user, by, reason)


def hand_over(*, user: User, successor: User, on: date, by: Appointment, reason: str) -> int:
    """What somebody holds passes to another person on a day: role, scope, facilities. How many things were left open."""
    require_power(by, user=user)
    require_power(by, user=successor)
    if user.pk == successor.pk:
        raise PermissionDenied(NOT_BEYOND)
    with transaction.atomic():
        held = account_queries.latest_appointment(user)
        require_power(by, role=Role(held.role), code=held.division_code)
        left = open_work(user)
        Appointment.objects.filter(user=user, starts_on__gte=on).delete()
        Appointment.objects.filter(user=user, ends_on=None).update(ends_on=on)
        Appointment.objects.filter(user=successor, starts_on=on).delete()
        appoint(
            user=successor,
            role=Role(held.role),
            division_code=held.division_code,
            starts_on=on,
            by=by.user,
            facility_ids=held.granted_facility_ids,
        )
        details = {"successor": successor.username, "on": on.isoformat(), "open": [work.text for work in left]}
        _record("移交", user, by, reason, details=details)
        return len(left)


def register_identity(*, user: User, provider: str, subject: str, by: Appointment) -> bool:
    """Who the person is for an outside login; an empty subject takes it away. False if the subject is somebody else's."""
    require_power(by, user=user)
    with transaction.atomic():
        taken = ExternalIdentity.objects.filter(provider=provider, subject=subject).exclude(user=user)
        if subject and taken.exists():
            return False
        user.external_identities.filter(provider=provider).delete()
        if subject:
            user.external_identities.create(provider=provider, subject=subject)
        _record("登记统一身份" if subject else "去掉统一身份", user, by, details={"provider": provider})
        return True


def reset_second_factor(*, user: User, by: Appointment, reason: str) -> None:
    """For somebody who lost telephone and recovery codes. For those who may unlock, within their scope, not themselves."""
    _require_unlocking(by, user)
    remove(user=user, by=by.user, division_code=_code_of(user, by), reason=reason)


def unlock(*, user: User, by: Appointment, reason: str) -> None:
    """Lift the locks after wrong passwords and wrong codes, from every address."""
    _require_unlocking(by, user)
    with transaction.atomic():
        lift_lock(username=user.username)
        CodeFailures.objects.filter(key=f"code {user.pk}").delete()
        CodeFailures.objects.filter(key__startswith=f"code {user.pk} ").delete()
        _record("解除登录锁定", user, by, reason)


def _require_unlocking(by: Appointment, user: User) -> None:
    latest = account_queries.latest_appointment(user)
    if user.pk == by.user_id:
        raise PermissionDenied(NOT_ONESELF)
    inside = latest is not None and latest.division_code in code_range(by.division_code)
    if not inside or not may(by.role, Permission.UNLOCK_ACCOUNTS):
        raise PermissionDenied(NOT_BEYOND)


def set_security_rules(
    *, roles: Iterable[str], max_age_days: int, idle_minutes: int, starts_on: date, by: Appointment, reason: str
) -> SecurityRules:
    """What the district demands of its accounts from a day on; the rules until then end on it."""
    if not may(by.role, Permission.SET_SECURITY_RULES):
        raise PermissionDenied(NOT_BEYOND)
    code = by.division_code
    with transaction.atomic():
        own = SecurityRules.objects.filter(division_code=code)
        own.filter(starts_on__gte=starts_on).delete()
        own.filter(ends_on=None).update(ends_on=starts_on)
        row = SecurityRules.objects.create(
            division_code=code,
            starts_on=starts_on,
            second_factor_roles=sorted(roles),
            password_max_age_days=max_age_days,
            idle_minutes=idle_minutes,
            set_by=by.user,
        )
        codes = code_range(code)
        people = Appointment.objects.filter(division_code__gte=codes.lo, division_code__lt=codes.hi)
        ask_again(people.values_list("user_id", flat=True).distinct())
        record_act(verb="设定安全规则", by=by.user, division_code=code, subject=f"{starts_on} 起", reason=reason)
        return row


def _sign_out(user: User) -> None:
    end_sessions(user=user)
    user.api_tokens.all().delete()


def _code_of(user: User, by: Appointment) -> int:
    latest = account_queries.latest_appointment(user)
    return latest.division_code if latest else by.division_code


def _record(verb: str, user: User, by: Appointment, reason: str = "", details: dict | None = None) -> None:
    record_act(
        verb=verb,
        by=by.user,
        division_code=_code_of(user, by),
        subject=f"{user.display_name} {user.username}",
        subject_uuid=user.uuid,
        reason=reason,
        details=details,
    )


def retire(*, user: User, reason: str) -> None:
    """An administrator leaves; done on the server, where the three are appointed too. The account ends with it."""
    held = account_queries.latest_appointment(user)
    scope = division_scope(held.division_code, source="retire_administrator", reason=reason) if held else Scope()
    with opened_scope(scope):
        user.is_active = False
        user.save(update_fields=["is_active"])
        _sign_out(user)
        code = held.division_code if held else None
        subject = f"{user.display_name} {user.username}"
        record_act(verb="停用账号", by=None, division_code=code, subject=subject, subject_uuid=user.uuid, reason=reason)


def found(*, newcomer: Newcomer, now: datetime) -> tuple[User, str]:
    """The first administrator of a district, made on the server where nobody can be invited by anybody yet."""
    with opened_scope(division_scope(newcomer.division_code, source="invite_administrator")):
        user = User(username=newcomer.username, display_name=newcomer.display_name)
        user.set_unusable_password()
        user.save()
        appoint(
            user=user,
            role=newcomer.role,
            division_code=newcomer.division_code,
            starts_on=newcomer.starts_on,
            by=None,
        )
        key = secrets.token_urlsafe(_KEY_BYTES)
        expires_at = now + timedelta(hours=settings.INVITATION_HOURS)
        Invitation.objects.create(user=user, digest=token_digest(key), expires_at=expires_at)
        return user, key
