"""What every channel shares."""

from dataclasses import dataclass
from typing import Protocol

from tenants.models import User


class Undelivered(Exception):
    """The other side did not take a notice. The text is for the log; the messages wait for the next day's digest."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What goes out: a title, lines of text without personal data, and where to read on. `number` names it for good."""

    number: str
    title: str
    lines: tuple[str, ...]
    url: str

    @property
    def body(self) -> str:
        return "\n".join((*self.lines, "", f"登录平台查看：{self.url}"))


class Channel(Protocol):
    def address_of(self, user: User) -> str:
        """Where a person is reached this way; empty where they are not."""

    def deliver(self, *, address: str, notice: Notice) -> None:
        """Hand a notice over. Raises Undelivered."""
