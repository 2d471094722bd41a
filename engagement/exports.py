"""Each ledger as an export: a long one is written by a task."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from uuid import UUID

from django.http import QueryDict
from django.utils.dateparse import parse_date

from engagement.queries.ledgers import BOOKS, Book, item_names, listed
from facilities.models import Facility
from tenants.exports import MOST, Kind, Table
from tenants.models import Appointment
from tenants.rules import Permission


def asked(appointment: Appointment, query: QueryDict, book: Book) -> dict:
    """What the address of a list asks for; what cannot be read filters nothing."""
    facility = None
    with suppress(ValueError):
        wanted = UUID(query.get("facility", ""))
        facility = Facility.objects.visible_to(appointment).filter(uuid=wanted).first()
    return {
        "text": query.get("q", "").strip()[:60],
        "facility": facility,
        "kind": query.get("kind", ""),
        "first": _day(query.get("from", "")),
        "last": _day(query.get("to", "")),
        "oldest_first": query.get("sort") == "oldest",
    }


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def head_of(book: Book) -> list[str]:
    return [*(("设施编号", "设施") if book.of_facility else ()), *(column.title for column in book.columns)]


def cells_of(book: Book, row, names: Mapping[int, str]) -> list:
    """The cells of a row. names: item number → name."""
    about = (row.facility.code, row.facility.name) if book.of_facility else ()
    return [*about, *(column.text(row, names) for column in book.columns)]


def _table(appointment: Appointment, query: QueryDict, day: date, *, book: Book) -> Table:
    found = listed(book, appointment, **asked(appointment, query, book))
    keys = list(found.values_list("pk", flat=True)[: MOST + 1])
    names = item_names(book, day)

    def lines(some):
        rows = found.filter(pk__in=list(some))
        return [["" if cell is None else cell for cell in cells_of(book, row, names)] for row in rows]

    return Table(book.title, head_of(book), keys[:MOST], lines, more=len(keys) > MOST)


def key_of(book: Book) -> str:
    return f"lively-{book.slug}"


def kinds() -> list[Kind]:
    return [
        Kind(key_of(book), book.title, Permission.VIEW_FACILITIES, partial(_table, book=book))
        for book in BOOKS.values()
    ]
