"""Rows of several models in one statement: a page that reads a dozen small tables asks the database once.

    read = together({"sites": Site.objects.filter(facility=one), "spaces": Space.objects.filter(facility=one)})
    read["sites"]  # a list of Site, in the order of its queryset

Each queryset is one column of the answer, as JSON of its rows; row level security and the order of each hold as ever. Made for
small reads (some hundred rows each). Not for `select_related`: what belongs together is joined in Python. Annotations, and the
columns of `values()`, come as JSON has them: numbers and texts, dates as 2026-11-22.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import QuerySet

_AS_IT_IS: Callable[[Any], Any] = lambda value: value  # noqa: E731
_KINDS: dict[str, Callable[[Any], Any]] = {
    "DateField": date.fromisoformat,
    "DateTimeField": datetime.fromisoformat,
    "DecimalField": Decimal,
    "UUIDField": UUID,
}
_UNREADABLE = {"BinaryField", "DurationField", "TimeField"}


def together(wanted: Mapping[str, QuerySet]) -> dict[str, list[Any]]:
    """Name → the rows of each queryset: instances, or dictionaries where it is a `values()`."""
    found: dict[str, list[Any]] = {name: [] for name in wanted}
    parts: list[str] = []
    parameters: list[Any] = []
    asked = []
    for name, queryset in wanted.items():
        try:
            sql, values = queryset.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            continue
        asked.append((name, queryset))
        parts.append(f"(SELECT json_agg(row_to_json(t))::text FROM ({sql}) t)")  # noqa: S608 compiled by the ORM
        parameters += values
    if not parts:
        return found
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        answer = cursor.fetchone()
    for (name, queryset), text in zip(asked, answer, strict=True):
        if text is not None:
            rows = json.loads(text, parse_float=Decimal)
            found[name] = rows if getattr(queryset, "_fields", None) is not None else _instances(queryset.model, rows)
    return found


def _instances(model: type[models.Model], rows: list[dict[str, Any]]) -> list[models.Model]:
    columns = [entry for entry in _columns(model) if entry[0] in rows[0]]
    names = [attname for _, attname, _ in columns]
    extras = rows[0].keys() - {column for column, _, _ in columns}
    found = []
    for row in rows:
        values = [None if (value := row[column]) is None else read(value) for column, _, read in columns]
        instance = model.from_db(connection.alias, names, values)
        for name in extras:
            setattr(instance, name, row[name])
        found.append(instance)
    return found


@cache
def _columns(model: type[models.Model]) -> list[tuple[str, str, Callable[[Any], Any]]]:
    """Column, attribute, and how its JSON is read, for each column of a model."""
    return [(field.column or field.attname, field.attname, _reader(field)) for field in model._meta.concrete_fields]


def _reader(field: models.Field) -> Callable[[Any], Any]:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    kind = target.get_internal_type()
    if kind in _UNREADABLE or (hasattr(target, "from_db_value") and not isinstance(target, models.JSONField)):

        def refuse(_value: Any):
            raise TypeError(f"{field} cannot be read together with others.")

        return refuse
    return _KINDS.get(kind, _AS_IT_IS)
