"""The second hand of strict separation: what a system administrator prepares, a security administrator releases.

An invitation's link stays with whoever made it, the code goes to the person from the security administrator: nobody who
holds one of the two opens the account. A subject of an outside login is compared by a second pair of eyes.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from tenants import account_queries
from tenants.account_models import ExternalIdentity, Invitation
from tenants.message_models import MessageKind
from tenants.models import Appointment, User
from tenants.operations.acts import record_act
from tenants.operations.messages import send_to_roles
from tenants.rules import Permission, Role, code_range, may, token_digest

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another
_LENGTH, _GROUP = 12, 4  # 60 random bits
NOT_YOURS = "要由本人管辖范围内的安全管理员办理，签发人自己和本人都不能放行。"


def release_invitation(*, user: User, by: Appointment, reason: str, now: datetime) -> str:
    """The code without which the newest link of an account opens nothing; a code given before it ends.

    PermissionDenied for whoever may not, for the account's owner and for whoever made the link. LookupError if no
    invitation waits.
    """
    held = _require_second_hand(by, user)
    with transaction.atomic():
        waiting = account_queries.invitation_that_waits(user, now)
        if waiting is None:
            raise LookupError("no invitation waits to be released")
        if waiting.created_by_id == by.user_id:
            raise PermissionDenied(NOT_YOURS)
        code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        Invitation.objects.filter(pk=waiting.pk).update(
            release_digest=token_digest(code), released_at=now, released_by=by.user
        )
        _record("放行邀请", user, held, by, reason)
        return "-".join(code[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def opens(invitation: Invitation, typed: str) -> bool:
    """Whether what somebody typed is the code of an invitation; dashes, spaces and small letters do not matter."""
    code = "".join(letter for letter in typed.upper() if letter in _LETTERS)
    return bool(invitation.release_digest) and secrets.compare_digest(invitation.release_digest, token_digest(code))


def check_identity(*, user: User, provider: str, by: Appointment, reason: str, now: datetime) -> bool:
    """Somebody has made sure that the subject is the person's own; from now on it lets them in. False if nothing waits."""
    held = _require_second_hand(by, user)
    with transaction.atomic():
        waiting = ExternalIdentity.objects.filter(user=user, provider=provider, checked_at=None)
        if not waiting.update(checked_at=now, checked_by=by.user):
            return False
        _record("核对统一身份", user, held, by, reason)
        return True


def tell_who_releases(*, users: Sequence[User], code: int) -> None:
    """The security administrators hear that accounts wait for them."""
    if not settings.STRICT_SEPARATION or not users:
        return
    one, names = users[0], "、".join(f"{user.display_name}（{user.username}）" for user in users)
    send_to_roles(
        roles=[Role.SECURITY_ADMIN],
        about=code,
        day=timezone.localdate(),
        kind=MessageKind.REVIEW,
        title=f"{one.display_name}的账号等你放行" if len(users) == 1 else f"{len(users)} 个账号等你放行",
        text=f"核对确有此人、确要此角色以后放行，把放行码直接交给本人：{names}。",
        link=f"/staff/{one.uuid}/" if len(users) == 1 else "/staff/?state=invited",
    )


def _require_second_hand(by: Appointment, user: User) -> Appointment:
    held = account_queries.latest_appointment(user)
    inside = held is not None and held.division_code in code_range(by.division_code)
    if not inside or user.pk == by.user_id or not may(by.role, Permission.UNLOCK_ACCOUNTS):
        raise PermissionDenied(NOT_YOURS)
    return held


def _record(verb: str, user: User, held: Appointment, by: Appointment, reason: str) -> None:
    subject = f"{user.display_name} {user.username}"
    record_act(
        verb=verb,
        by=by.user,
        division_code=held.division_code,
        subject=subject,
        subject_uuid=user.uuid,
        reason=reason,
    )
