"""Keys for the API. The key itself is shown once; the database keeps its digest."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from tenants.models import ApiToken, User
from tenants.rules import token_digest

_KEY_BYTES = 32
_NOTED_EVERY = timedelta(minutes=1)


def issue_token(
    *, user: User, now: datetime, name: str = "", hours: int | None = None, permissions: Iterable[str] | None = None
) -> tuple[str, datetime]:
    """A new key for the API and the instant at which it expires. The user's expired keys are removed.

    permissions: the key may do these alone, as far as its user may; None: all that the user may.
    """
    user.api_tokens.filter(expires_at__lte=now).delete()
    key = secrets.token_urlsafe(_KEY_BYTES)
    expires_at = now + timedelta(hours=hours or settings.API_TOKEN_HOURS)
    held = None if permissions is None else sorted(permissions)
    ApiToken.objects.create(user=user, name=name, permissions=held, digest=token_digest(key), expires_at=expires_at)
    return key, expires_at


def revoke_tokens(*, user: User) -> int:
    """End all keys of a user; how many there were."""
    removed, _ = user.api_tokens.all().delete()
    return removed


def note_use(*, token: ApiToken, now: datetime) -> None:
    """Keep when a key was last used, to the minute."""
    if token.last_used_at is None or now - token.last_used_at >= _NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
