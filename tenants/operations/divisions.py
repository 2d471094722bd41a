"""Bring divisions and their successions in from CSV files; a second time changes nothing."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction

from tenants.models import Division, DivisionLevel, DivisionSuccession

_DIVISION_FILES = ("divisions.csv", "ended.csv")
_SUCCESSION_FILE = "successions.csv"
_WIDTHS = {
    DivisionLevel.CITY: 10**8,
    DivisionLevel.DISTRICT: 10**6,
    DivisionLevel.STREET: 10**3,
    DivisionLevel.COMMUNITY: 1,
}


class DivisionFileError(Exception):
    """Rows that cannot be loaded, each as `file:line: what is wrong and what is expected`."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class LoadReport:
    new: int
    changed: int
    unchanged: int
    new_successions: int


@dataclass(frozen=True, slots=True)
class _Row:
    place: str  # file:line
    code: int
    name: str
    level: str
    parent: int | None
    valid_from: date | None
    valid_to: date | None
    is_quasi: bool

    @property
    def key(self) -> tuple[int, date | None]:
        return self.code, self.valid_from


@transaction.atomic
def load_divisions(*, folder: Path) -> LoadReport:
    """Load `divisions.csv`, `ended.csv` and `successions.csv` of a folder. Raises DivisionFileError, and then loads nothing.

    A division is found again by its code and first day. Divisions that the files do not name stay as they are.
    """
    problems: list[str] = []
    rows = [row for name in _DIVISION_FILES for row in _read_divisions(folder / name, problems)]
    for row, other in _repeated(rows):
        problems.append(f"{row.place}: {row.code} with this first day is in {other.place} already")
    if problems:
        raise DivisionFileError(problems)

    known = {(division.code, division.valid_from): division for division in Division.objects.select_related("parent")}
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    for row in sorted(rows, key=lambda row: -_WIDTHS[DivisionLevel(row.level)]):  # parents before children
        parent = _parent(row, known.values(), problems)
        if not problems:
            counts[_save(row, parent, known)] += 1
    edges = [] if problems else list(_read_successions(folder / _SUCCESSION_FILE, known.values(), problems))
    if problems:
        raise DivisionFileError(problems)
    created = sum(_save_edge(*edge) for edge in edges)
    return LoadReport(**counts, new_successions=created)


def _lines(path: Path, columns: tuple[str, ...], problems: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != columns:
            problems.append(f"{path.name}:1: the columns must be {','.join(columns)}")
            return
        for values in reader:
            place = f"{path.name}:{reader.line_num}"
            if None in values or None in values.values():
                problems.append(f"{place}: expected {len(columns)} columns")
            else:
                yield place, {key: value.strip() for key, value in values.items()}


def _read_divisions(path: Path, problems: list[str]) -> Iterator[_Row]:
    columns = ("code", "name", "level", "parent", "valid_from", "valid_to", "is_quasi")
    for place, values in _lines(path, columns, problems):
        try:
            yield _division(place, values)
        except ValueError as error:
            problems.append(f"{place}: {error}")


def _division(place: str, values: dict[str, str]) -> _Row:
    level, code = values["level"], _code(values["code"])
    if level not in DivisionLevel.values:
        raise ValueError(f"level {level!r} is none of {', '.join(DivisionLevel.values)}")
    if level != _level_of(code):
        raise ValueError(f"{code} is no code of a {level}")
    parent = _code(values["parent"]) if values["parent"] else None
    if (parent is None) != (level == DivisionLevel.CITY):
        raise ValueError("a city has no parent, every other division has one")
    if parent is not None and not parent < code < parent + 10**8:
        raise ValueError(f"{code} does not lie below {parent}")
    if not values["name"]:
        raise ValueError("the name is missing")
    if values["is_quasi"] not in {"", "1"}:
        raise ValueError("is_quasi is 1 or empty")
    valid_from, valid_to = _day(values["valid_from"]), _day(values["valid_to"])
    if valid_from and valid_to and valid_to <= valid_from:
        raise ValueError("valid_to must be later than valid_from")
    return _Row(place, code, values["name"], level, parent, valid_from, valid_to, values["is_quasi"] == "1")


def _level_of(code: int) -> DivisionLevel:
    """A code's level shows in its trailing zeros."""
    return next(level for level, width in _WIDTHS.items() if code % width == 0)


def _code(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 12 and text[0] != "0"):
        raise ValueError(f"{text!r} is not a 12-digit code")
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"{text!r} is not a date like 2021-04-09") from None


def _repeated(rows: list[_Row]) -> Iterator[tuple[_Row, _Row]]:
    first: dict[tuple[int, date | None], _Row] = {}
    for row in rows:
        if first.setdefault(row.key, row) is not row:
            yield row, first[row.key]


def _parent(row: _Row, known, problems: list[str]) -> Division | None:
    """The division with the parent's code that existed on the row's last day (today's one, if the row has not ended)."""
    if row.parent is None:
        return None
    for division in known:
        lasts = (division.valid_to or date.max) >= (row.valid_to or date.max)
        begun = row.valid_to is None or division.valid_from is None or division.valid_from < row.valid_to
        if division.code == row.parent and lasts and begun:
            return division
    problems.append(f"{row.place}: there is no division {row.parent} that could be the parent")
    return None


def _save(row: _Row, parent: Division | None, known: dict) -> str:
    values = {
        "name": row.name,
        "level": row.level,
        "parent": parent,
        "valid_to": row.valid_to,
        "is_quasi": row.is_quasi,
        "is_demo": False,
    }
    division = known.get(row.key)
    if division is None:
        known[row.key] = Division.objects.create(code=row.code, valid_from=row.valid_from, **values)
        return "new"
    if all(getattr(division, name) == value for name, value in values.items()):
        return "unchanged"
    for name, value in values.items():
        setattr(division, name, value)
    division.save()
    return "changed"


def _read_successions(path: Path, known, problems: list[str]):
    ended = {(division.code, division.valid_to): division for division in known if division.valid_to}
    for place, values in _lines(path, ("predecessor", "successor", "effective_on", "source"), problems):
        try:
            day = _day(values["effective_on"])
            predecessor, successor = _code(values["predecessor"]), _code(values["successor"])
            if day is None or not values["source"]:
                raise ValueError("effective_on and source are required")
            if (predecessor, day) not in ended:
                raise ValueError(f"no division {predecessor} ended on {day}")
            yield ended[predecessor, day], _existing(successor, day, known), day, values["source"]
        except ValueError as error:
            problems.append(f"{place}: {error}")


def _existing(code: int, day: date, known) -> Division:
    for division in known:
        if division.code == code and (division.valid_from or day) <= day < (division.valid_to or date.max):
            return division
    raise ValueError(f"there is no division {code} on {day}")


def _save_edge(predecessor: Division, successor: Division, day: date, source: str) -> bool:
    _, created = DivisionSuccession.objects.update_or_create(
        predecessor=predecessor, successor=successor, defaults={"effective_on": day, "source": source}
    )
    return created
