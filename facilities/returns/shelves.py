"""How the rows of each sheet are taken into a return and out of it. Apps above add their own from `AppConfig.ready`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from facilities.imports import sheets
from facilities.imports.sheets import Column, Sheet
from facilities.models import Facility
from tenants.quarters import Quarter

Cells = dict[str, str]
Read = dict[str, list[Any]]  # the rows that were read, by the names of `Shelf.reads`


@dataclass(frozen=True, slots=True)
class Carried:
    """A registered row as texts of cells. `key`: its primary key, or what the shelf's own `about` reads again."""

    key: str
    cells: Cells


@dataclass(frozen=True)
class Shelf:
    """One sheet inside a return.

    reads(facility, quarter): what is to be read of the database, name → queryset; all shelves are read in one statement,
    and one name means the same rows everywhere. rows(read, facility, quarter): what is registered. columns: shown, in this
    order. fixed: shown, changed elsewhere. kept: fixed once registered (they say what the row is about). single: always
    exactly one row.
    beginning(facility, quarter, day): cells of a new row. watched: numbers whose jump asks for a sentence.
    partial: only changed cells are checked; else a whole row is. identifying: what a row is called by.
    ends_matter: an end inside the quarter is pointed out. earlier(read, facility, quarter): the single row of the quarter before,
    where each quarter has a row of its own; else a row's value of before is what was last approved, or is registered.
    """

    sheet_key: str
    section: str
    columns: tuple[str, ...]
    reads: Callable[[Facility, Quarter], dict[str, QuerySet]]
    rows: Callable[[Read, Facility, Quarter], list[Carried]]
    beginning: Callable[[Facility, Quarter, date], Cells]
    fixed: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()
    single: bool = False
    partial: bool = False
    identifying: tuple[str, ...] = ()
    ends_matter: bool = False
    earlier: Callable[[Read, Facility, Quarter], Cells] | None = None
    add_label: str = ""

    @property
    def sheet(self) -> Sheet:
        return sheets.sheet(self.sheet_key)

    @property
    def shown(self) -> tuple[Column, ...]:
        return tuple(self.sheet.by_key[key] for key in self.columns)

    def may_change(self, column: str, *, is_new: bool) -> bool:
        return column in self.columns and column not in self.fixed and (is_new or column not in self.kept)


_shelves: dict[str, Shelf] = {}


def add_shelf(*shelves: Shelf) -> None:
    for shelf in shelves:
        if _shelves.get(shelf.sheet_key, shelf) is not shelf:
            raise ValueError(f"Two shelves for the sheet {shelf.sheet_key}.")
        _shelves[shelf.sheet_key] = shelf


def all_shelves() -> list[Shelf]:
    return sorted(_shelves.values(), key=lambda shelf: shelf.sheet.order)


def shelf_of(sheet_key: str) -> Shelf:
    return _shelves[sheet_key]


def is_shelf(sheet_key: str) -> bool:
    return sheet_key in _shelves


def written(sheet_key: str, instance: Any, shows: dict[str, Callable[[Any], str]] | None = None) -> Cells:
    """The cells of a registered row: each column as its kind writes it; `shows` for those that are references."""
    shows = shows or {}
    found = {}
    for column in sheets.sheet(sheet_key).columns:
        if column.key == "facility":
            continue
        if column.key in shows:
            found[column.key] = shows[column.key](instance)
        else:
            found[column.key] = column.kind.show(getattr(instance, column.key))
    return found


def in_quarter(rows: list[Any], quarter: Quarter) -> list[Any]:
    """Dated rows that hold on some day of a quarter, or begin after it: what a return of the quarter may speak of."""
    found = [row for row in rows if row.ends_on is None or row.ends_on > quarter.first_day]
    return sorted(found, key=lambda row: (row.starts_on, row.pk))
