"""Keys for the API. The key itself is shown once; the database keeps its digest."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings

from tenants.models import ApiToken, User
from tenants.rules import token_digest

_KEY_BYTES = 32


def issue_token(*, user: User, now: datetime) -> tuple[str, datetime]:
    """A new key for the API and the instant at which it expires. The user's expired keys are removed."""
    user.api_tokens.filter(expires_at__lte=now).delete()
    key = secrets.token_urlsafe(_KEY_BYTES)
    expires_at = now + timedelta(hours=settings.API_TOKEN_HOURS)
    ApiToken.objects.create(user=user, digest=token_digest(key), expires_at=expires_at)
    return key, expires_at


def revoke_tokens(*, user: User) -> int:
    """End all keys of a user; how many there were."""
    removed, _ = user.api_tokens.all().delete()
    return removed
