"""Passwords: chosen by the person, kept as hashes with those of before, reset by a link that works once."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tenants.models import User
from tenants.operations.acts import record_act
from tenants.operations.sessions import end_sessions


def set_password(*, user: User, password: str) -> None:
    """Store a password that has passed the rules; the one before joins those that may not be taken again."""
    with transaction.atomic():
        if user.has_usable_password():
            user.former_passwords.create(encoded=user.password)
            kept = user.former_passwords.values_list("pk", flat=True)[: settings.PASSWORD_HISTORY]
            user.former_passwords.exclude(pk__in=list(kept)).delete()
        user.set_password(password)
        user.password_changed_at, user.must_change_password = timezone.now(), False
        user.save(update_fields=["password", "password_changed_at", "must_change_password"])


def change_password(*, user: User, password: str, division_code: int, session_key: str | None) -> None:
    """Somebody's own change. Their other sessions end; the one named stays (its view renews its hash)."""
    with transaction.atomic():
        set_password(user=user, password=password)
        end_sessions(user=user, but=session_key)
        record_act(verb="修改密码", by=user, division_code=division_code, subject=user.username, subject_uuid=user.uuid)
