"""Statements that nearly every page asks: planned once on each connection, and never built anew.

Building a query of the ORM costs the page more than the database takes to answer it, and planning it under row level
security costs the database more than running it (`python -m bench.pages`). These few are written down instead.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
_prepared: WeakKeyDictionary[psycopg.Connection, set[str]] = WeakKeyDictionary()


class Prepared:
    """One statement with its parameters `$1`, `$2` … and their types. Row level security holds as for any other."""

    def __init__(self, name: str, types: Sequence[str], text: str):
        self.name = f"happyhome_{name}"
        declared, given = (f" ({', '.join(parts)})" if types else "" for parts in (types, ["%s"] * len(types)))
        self._prepare = f"PREPARE {self.name}{declared} AS {text}"
        self._execute = f"EXECUTE {self.name}{given}"

    def rows(self, *values: Any) -> list[tuple]:
        with connection.cursor() as cursor:
            self._make_ready()
            cursor.execute(self._execute, values)
            return cursor.fetchall()

    def run(self, *values: Any) -> None:
        """For a statement that answers nothing."""
        with connection.cursor() as cursor:
            self._make_ready()
            cursor.execute(self._execute, values)

    def _make_ready(self) -> None:
        """What is prepared outlives the transaction, a rolled back one too."""
        link = connection.connection
        known = _prepared.setdefault(link, set())
        if self.name not in known:
            with connection.wrap_database_errors, link.cursor() as cursor:
                cursor.execute(self._prepare)
            known.add(self.name)


def in_one_trip(*asked: tuple[Prepared, Sequence[Any]]) -> list[list[tuple]]:
    """The rows of several statements, which run one after the other: each with its values, one trip for all of them."""
    with connection.cursor() as cursor:
        for statement, _ in asked:
            statement._make_ready()
        cursor.execute("; ".join(one._execute for one, _ in asked), [value for _, values in asked for value in values])
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        return found


# --- queries of the ORM ---

_TYPES: dict[type, str] = {bool: "boolean", int: "bigint", str: "text", date: "date", datetime: "timestamptz"}
_MOST_SHAPES = 64  # on one connection: a page that asks in ever new shapes is answered all the same


@contextmanager
def planned_once() -> Iterator[None]:
    """Queries of the ORM in the block are prepared too. For those whose text is the same each time but for its values.

    Planning a join of six tables under their policies takes the server longer than running it.
    """
    with connection.execute_wrapper(_planned):
        yield


def _planned(execute: Callable, sql: str, values: Any, many: bool, context: dict) -> Any:
    types = [next((_TYPES[kind] for kind in type(value).__mro__ if kind in _TYPES), None) for value in values or ()]
    if many or not sql.lstrip("(").startswith("SELECT") or None in types:
        return execute(sql, values, many, context)
    kinds = [kind for kind in types if kind]
    name = "shape_" + sha256(f"{sql} {kinds}".encode()).hexdigest()[:32]
    shape = Prepared(name, kinds, _numbered(sql))
    known = _prepared.get(context["connection"].connection, ())
    if shape.name not in known and sum("shape_" in one for one in known) >= _MOST_SHAPES:
        return execute(sql, values, many, context)
    shape._make_ready()
    return execute(shape._execute, values, many, context)


@lru_cache(maxsize=256)
def _numbered(sql: str) -> str:
    """`%s` → `$1`, `$2` …; `%%` → `%`."""
    places = count(1)
    return re.sub("%[s%]", lambda found: f"${next(places)}" if found[0] == "%s" else "%", sql)


# --- instances ---


def columns_of(model: type[models.Model]) -> list[str]:
    """The columns of a model in the order that `instances` wants."""
    return [str(field.column) for field in model._meta.concrete_fields]


def instances(model: type[Row], rows: Sequence[Sequence]) -> list[Row]:
    """Model instances of rows of `columns_of(model)`."""
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    converters = [(place, field.from_db_value) for place, field in enumerate(fields) if hasattr(field, "from_db_value")]
    found = []
    for row in rows:
        values = list(row)
        for place, converter in converters:
            values[place] = converter(values[place], None, connection)
        found.append(model.from_db(connection.alias, names, values))
    return found
