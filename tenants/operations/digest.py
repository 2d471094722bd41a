"""The daily digest: whoever has unread messages is told once, outside the portal, how many and what about."""

import logging
from collections import Counter
from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tenants.message_models import Message, MessageKind
from tenants.models import User
from tenants.notices import Channel, Notice, Undelivered, channels
from tenants.scope import country_scope, opened_scope

_log = logging.getLogger(__name__)
_SHOWN = 5


def send_digests(*, now: datetime) -> int:
    """Tell everybody who has unread messages that no digest has named; how many people were told.

    One transaction a person, who is locked meanwhile, so two workers tell nobody twice. What no channel took waits until
    tomorrow. People without an address, or who want no digest, are passed over.
    """
    ways = list(channels().values())
    with opened_scope(country_scope("send_digests")):
        waiting = Message.objects.filter(read_at=None, told_at=None, user__wants_digest=True, user__is_active=True)
        readers = list(waiting.order_by("user_id").values_list("user_id", flat=True).distinct())
    return sum(_tell(reader, ways, now) for reader in readers)


def _tell(user_id: int, ways: list[Channel], now: datetime) -> bool:
    with opened_scope(country_scope("send_digests")):
        user = User.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=user_id).first()
        if user is None or not user.is_usable:
            return False
        untold = list(Message.objects.filter(user_id=user_id, read_at=None, told_at=None))
        addresses = [(way, address) for way in ways if (address := way.address_of(user))]
        if not untold or not addresses:
            return False
        notice = digest_of(untold, user=user, now=now)
        told = [_delivered(way, address, notice) for way, address in addresses]
        if any(told):
            Message.objects.filter(pk__in=[message.pk for message in untold]).update(told_at=now)
        return any(told)


def _delivered(way: Channel, address: str, notice: Notice) -> bool:
    try:
        way.deliver(address=address, notice=notice)
    except Undelivered as error:
        _log.warning("a digest was not taken: %s", error, extra={"notice": notice.number})
        return False
    return True


def digest_of(messages: list[Message], *, user: User, now: datetime) -> Notice:
    """Counts by kind and the newest titles. Texts stay in the portal: a mailbox is outside of its walls."""
    counts = Counter(message.kind for message in messages)
    kinds = "，".join(f"{MessageKind(kind).label} {counts[kind]} 条" for kind in MessageKind.values if counts[kind])
    newest = sorted(messages, key=lambda message: (message.created_at, message.pk), reverse=True)
    titles = [f"· {message.title}" for message in newest[:_SHOWN]]
    rest = len(messages) - len(titles)
    return Notice(
        number=f"digest-{user.uuid}-{timezone.localdate(now):%Y%m%d}",
        title=f"大运河幸福家园管理平台：{len(messages)} 条未读消息",
        lines=(f"{user}，你好。未读消息：{kinds}。", *titles, *([f"还有 {rest} 条。"] if rest else [])),
        url=urljoin(settings.PORTAL_URL, reverse("tenants:inbox")),
    )
