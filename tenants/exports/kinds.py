from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.http import QueryDict

from tenants.models import Appointment
from tenants.rules import Permission

AT_ONCE = 1000  # rows that are written while somebody waits
MOST = 100_000  # rows of one file


@dataclass(frozen=True)
class Table:
    """A list before its rows are read: `keys` name all of them in order, `lines` reads some. Cells are texts.

    preface: lines above the head. more: there are more rows than MOST, and `keys` holds the first of them.
    writer: writes the file itself, where it is no table (a PDF): a context manager of a path, whose value takes what `lines`
    gives. chunk: so many keys are read in one transaction, then the progress moves. is_large: whether a task makes it,
    where the number of keys does not say so.
    """

    title: str
    head: Sequence[str]
    keys: Sequence[Any]
    lines: Callable[[Sequence[Any]], Iterable[Sequence[object]]]
    preface: Sequence[str] = ()
    widths: Sequence[int] = ()
    more: bool = False
    writer: Callable[[Path], AbstractContextManager] | None = None
    chunk: int | None = None
    is_large: bool | None = None


@dataclass(frozen=True)
class Kind:
    """What can be exported: who may, and how the list of an appointment is found for the query of a page on a day."""

    key: str
    title: str
    permission: Permission
    table: Callable[[Appointment, QueryDict, date], Table]
    formats: Sequence[str] = field(default=("xlsx",))

    def format_in(self, query: QueryDict) -> str:
        wanted = query.get("format", "")
        return wanted if wanted in self.formats else self.formats[0]


_kinds: dict[str, Kind] = {}


def provides_export(kind: Kind) -> None:
    _kinds[kind.key] = kind


def kind_of(key: str) -> Kind | None:
    return _kinds.get(key)
