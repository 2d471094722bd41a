"""What somebody has begun and not finished. Apps above say what counts as work of theirs, from `AppConfig.ready`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tenants.models import User


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that waits for somebody: what it is, and the address of its page."""

    text: str
    url: str


_providers: list[Callable[[User], Iterable[Work]]] = []


def provides_open_work(provider: Callable[[User], Iterable[Work]]) -> None:
    """Ask `provider` too when the work of a person is listed. It runs in the scope of whoever asks."""
    if provider not in _providers:
        _providers.append(provider)


def open_work(user: User) -> list[Work]:
    return [work for provider in _providers for work in provider(user)]
