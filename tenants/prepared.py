"""Statements that nearly every page asks: planned once on each connection, and never built anew.

Building a query of the ORM costs the page more than the database takes to answer it, and planning it under row level
security costs the database more than running it (`python -m bench.pages`). These few are written down instead.
"""

from collections.abc import Sequence
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
        self._prepare = f"PREPARE {self.name} ({', '.join(types)}) AS {text}"
        self._execute = f"EXECUTE {self.name} ({', '.join(['%s'] * len(types))})"

    def rows(self, *values: Any) -> list[tuple]:
        with connection.cursor() as cursor:
            self._make_ready()
            cursor.execute(self._execute, values)
            return cursor.fetchall()

    def _make_ready(self) -> None:
        """What is prepared outlives the transaction, a rolled back one too."""
        link = connection.connection
        known = _prepared.setdefault(link, set())
        if self.name not in known:
            with connection.wrap_database_errors, link.cursor() as cursor:
                cursor.execute(self._prepare)
            known.add(self.name)


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
