"""Notices that stand above the next page: the same words once, however often they were said before it was shown."""

from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.fallback import FallbackStorage


class SaidOnce(FallbackStorage):
    """A second click ends in the answer of the first; where that one was never shown, its notice already waits."""

    def add(self, level: int, message: str, extra_tags: str | None = "") -> None:
        if Message(level, str(message)) not in self:
            super().add(level, message, extra_tags)
