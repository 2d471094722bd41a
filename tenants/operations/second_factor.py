"""The second factor: set up with an authenticator app, asked for at each login, replaced once by a recovery code."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tenants import totp
from tenants.account_models import Authenticator, CodeFailures, RecoveryCode
from tenants.keys import provider
from tenants.models import User
from tenants.operations.acts import record_act
from tenants.operations.sessions import end_sessions
from tenants.rules import token_digest

RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
_CODE_LENGTH = 16
# Wrong codes in a quarter of an hour: of one account from one address, and of one account from anywhere. Only somebody
# who knows the password gets as far as this.
_WINDOW = timedelta(minutes=15)
_FROM_ONE_ADDRESS, _FROM_ANYWHERE = 5, 50


@dataclass(frozen=True, slots=True)
class Setup:
    """What the page of setting up shows."""

    secret: str
    address: str


def begin_setup(*, user: User) -> Setup:
    """A secret that is not in use yet; asking again shows the same one, so that a reload does not break a scan."""
    found = Authenticator.objects.filter(user=user).first()
    if found is None:
        name, sealed = provider().wrap(totp.new_secret(), bound_to=_binding(user))
        found = Authenticator.objects.create(user=user, master_key=name, sealed=sealed)
    secret = _secret(found)
    return Setup(totp.as_text(secret), totp.address(secret, user.username))


def confirm_setup(*, user: User, code: str, division_code: int, session_key: str | None) -> list[str] | None:
    """Take the second factor into use if the code fits: the recovery codes, to be shown once. Other sessions end."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(user=user, confirmed_at=None)
        step = totp.step_of(code, _secret(row), at=timezone.now().timestamp(), after=row.last_step)
        if step is None:
            return None
        row.last_step, row.confirmed_at = step, timezone.now()
        row.save(update_fields=["last_step", "confirmed_at"])
        end_sessions(user=user, but=session_key)
        record_act(
            verb="启用两步验证", by=user, division_code=division_code, subject=user.username, subject_uuid=user.uuid
        )
        return new_recovery_codes(user=user)


def new_recovery_codes(*, user: User) -> list[str]:
    """Codes that each work once; those of before work no more. Their digests stay, they themselves do not."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        user.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=token_digest(code)) for code in codes)
    return ["-".join(code[i : i + 4] for i in range(0, _CODE_LENGTH, 4)) for code in codes]


def check_code(*, user: User, code: str, address: str) -> bool:
    """Whether a code of the app or a recovery code is right and new. To be called outside any transaction.

    A code works once. After too many wrong ones nothing is accepted until the window has passed; see `is_blocked`.
    """
    now = timezone.now()
    if is_blocked(user=user, address=address, now=now):
        return False
    text = "".join(code.lower().replace("-", "").split())
    right = (
        _use_totp(user, text, now) if text.isdigit() and len(text) == totp.DIGITS else _use_recovery(user, text, now)
    )
    if right:
        CodeFailures.objects.filter(key__in=_keys(user, address)).delete()
    else:
        _count(user, address, now)
    return right


def is_blocked(*, user: User, address: str, now: datetime) -> bool:
    here, anywhere = _keys(user, address)
    counts = dict(
        CodeFailures.objects.filter(key__in=(here, anywhere), since__gt=now - _WINDOW).values_list("key", "count")
    )
    return counts.get(here, 0) >= _FROM_ONE_ADDRESS or counts.get(anywhere, 0) >= _FROM_ANYWHERE


def remove(*, user: User, by: User, division_code: int, reason: str) -> None:
    """Take the second factor away from somebody who lost it. They are signed out and set up a new one."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        user.recovery_codes.all().delete()
        end_sessions(user=user)
        record_act(
            verb="重置两步验证",
            by=by,
            division_code=division_code,
            subject=user.username,
            subject_uuid=user.uuid,
            reason=reason,
        )


def rewrap_secrets() -> int:
    """Seal all secrets under the current master key, after a rotation; how many were."""
    keys, count = provider(), 0
    for row in Authenticator.objects.exclude(master_key=keys.current).select_related("user"):
        row.master_key, row.sealed = keys.wrap(_secret(row), bound_to=_binding(row.user))
        row.save(update_fields=["master_key", "sealed"])
        count += 1
    return count


def _use_totp(user: User, code: str, now: datetime) -> bool:
    row = Authenticator.objects.exclude(confirmed_at=None).filter(user=user).first()
    if row is None:
        return False
    step = totp.step_of(code, _secret(row), at=now.timestamp(), after=row.last_step)
    # Of two requests with one code at the same time the database lets one through.
    return step is not None and Authenticator.objects.filter(pk=row.pk, last_step__lt=step).update(last_step=step) == 1


def _use_recovery(user: User, code: str, now: datetime) -> bool:
    return user.recovery_codes.filter(digest=token_digest(code), used_at=None).update(used_at=now) == 1


def _count(user: User, address: str, now: datetime) -> None:
    for key in _keys(user, address):
        CodeFailures.objects.get_or_create(key=key, defaults={"since": now})
        old = CodeFailures.objects.filter(key=key, since__lte=now - _WINDOW).update(count=1, since=now)
        if not old:
            CodeFailures.objects.filter(key=key).update(count=F("count") + 1)


def _keys(user: User, address: str) -> tuple[str, str]:
    return f"code {user.pk} {address}", f"code {user.pk}"


def _secret(row: Authenticator) -> bytes:
    return provider().unwrap(row.master_key, bytes(row.sealed), bound_to=_binding(row.user))


def _binding(user: User) -> bytes:
    return b"second factor " + user.uuid.bytes
