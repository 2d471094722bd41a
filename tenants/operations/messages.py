"""Messages to people: sent within the transaction of what they are about, read, and forgotten after a year."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from tenants.message_models import Message, MessageKind
from tenants.models import Appointment
from tenants.rules import Role, code_range, district_of
from tenants.scope import division_scope, opened_scope

# No ORM: ON CONFLICT without RETURNING, since a sender may not read what others receive; and the count of new rows.
_INSERT = """
INSERT INTO tenants_message (uuid, user_id, division_code, kind, title, text, link, key, created_at)
SELECT gen_random_uuid(), reader, %s, %s, %s, %s, %s, %s, %s FROM unnest(%s::bigint[]) AS reader
ON CONFLICT DO NOTHING"""
_TITLE = 120


def send(
    *,
    to: Iterable[int],
    kind: MessageKind,
    title: str,
    division_code: int,
    text: str = "",
    link: str = "",
    key: str = "",
    at: datetime | None = None,
) -> int:
    """Send one message to people by their ids, in the running transaction; how many got it now.

    division_code: what it is about, within the sender's scope and the readers'. link: a path of this portal.
    key: the occasion. Who has had a message with this key gets no second one.
    """
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"{link}: a message leads to a page of this portal")
    readers = sorted(set(to))
    if not readers:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [division_code, str(kind), title[:_TITLE], text, link, key, at or timezone.now(), readers],
        )
        return cursor.rowcount


def send_to_roles(*, roles: Iterable[Role], about: int, day: date, **message) -> int:
    """Send a message to everybody who holds one of the roles on a day for a division that covers `about`."""
    return send(to=holders(roles=roles, about=about, day=day), division_code=about, **message)


def holders(*, roles: Iterable[Role], about: int, day: date) -> list[int]:
    """The accounts in office on a day for a division or one above it, up to the district.

    Posts above one's own scope are not readable by the sender, so they are looked up in the scope of the whole district:
    nothing but the ids of those who are to be told leaves it.
    """
    codes = [about, *code_range(about).ancestors]
    with opened_scope(division_scope(district_of(about), source="who is to be told")):
        held = Appointment.objects.filter(role__in=[str(role) for role in roles], division_code__in=codes)
        held = held.filter(starts_on__lte=day, user__is_active=True).exclude(ends_on__lte=day)
        return sorted(set(held.values_list("user_id", flat=True)))


def mark_read(*, message: Message, now: datetime) -> None:
    """Note when its reader opened it; the first time counts."""
    Message.objects.filter(pk=message.pk, read_at=None).update(read_at=now)


def mark_all_read(*, messages, now: datetime) -> int:
    """Mark all unread messages of a query as read."""
    return messages.unread().order_by().update(read_at=now)


def forget_old_messages(*, now: datetime) -> int:
    """Drop what is older than `MESSAGE_DAYS`, in the scope of the running transaction."""
    deleted, _ = Message.objects.filter(created_at__lt=now - timedelta(days=settings.MESSAGE_DAYS)).delete()
    return deleted
