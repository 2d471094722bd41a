"""What a partner still owes, or is owed, before it may leave. Whoever keeps accounts adds a source."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from partners.models import Agreement


@dataclass(frozen=True, slots=True)
class Debt:
    """One thing to settle. amount_fen: in 分; None where it is no money."""

    label: str
    amount_fen: int | None
    text: str
    href: str = ""


Source = Callable[[Agreement, date], Iterable[Debt]]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def open_debts(agreement: Agreement, day: date) -> list[Debt]:
    """Everything that is not settled on a day; an agreement with any of it does not end."""
    return [debt for source in _sources for debt in source(agreement, day)]
