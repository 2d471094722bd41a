"""Writes many rows at once and says what it changed, so that an import can be taken back."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from tenants.fields import PersonalValue

_BATCH = 1000
_BY_ITSELF = frozenset({"created_at", "updated_at", "version"})


def save_rows(model: type[models.Model], rows: Iterable[Any]) -> None:
    """Create the new targets of import rows and update the changed ones; each row notes its change."""
    rows = list(rows)
    create(model, [row for row in rows if row.is_new])
    update(model, [row for row in rows if not row.is_new and row.assign])


def create(model: type[models.Model], rows: list[Any]) -> None:
    for row in rows:
        for attribute, value in row.assign.items():
            setattr(row.target, attribute, value)  # objects that were new when checked have a key by now
        if "facility" in row.assign:
            row.target.division_code = row.assign["facility"].division_code  # the same import may have moved it
    create_objects(model, [(row, row.target) for row in rows])


def create_objects(model: type[models.Model], pairs: list[tuple[Any, models.Model]]) -> None:
    """Insert objects for the rows that bring them."""
    model.objects.bulk_create([instance for _, instance in pairs], batch_size=_BATCH)
    for row, instance in pairs:
        after = snapshot(instance)
        row.changes.append({"model": model._meta.label_lower, "id": instance.pk, "before": None, "after": after})


def update(model: type[models.Model], rows: list[Any]) -> None:
    update_objects(model, [(row, row.target, row.assign) for row in rows])


def update_objects(model: type[models.Model], triples: list[tuple[Any, models.Model, dict[str, Any]]]) -> None:
    """Set attributes of registered objects, in one statement for each set of attributes."""
    groups: dict[tuple[str, ...], list[models.Model]] = defaultdict(list)
    for row, instance, assign in triples:
        names = {attribute: instance._meta.get_field(attribute).attname for attribute in assign}
        before = {name: plain(getattr(instance, name)) for name in names.values()}
        for attribute, value in assign.items():
            setattr(instance, attribute, value)
        after = {name: plain(getattr(instance, name)) for name in names.values()}
        row.changes.append({"model": model._meta.label_lower, "id": instance.pk, "before": before, "after": after})
        groups[tuple(sorted(assign))].append(instance)
    for attributes, instances in groups.items():
        model.objects.bulk_update(instances, attributes, batch_size=_BATCH)


def snapshot(instance: models.Model) -> dict[str, Any]:
    """The stored values of an object, but for its key and what the database keeps by itself."""
    return {
        field.attname: plain(getattr(instance, field.attname))
        for field in instance._meta.concrete_fields
        if not (field.primary_key or field.generated or field.name in _BY_ITSELF)
    }


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, PersonalValue):
        value = value.stored
    if isinstance(
        value, bytes | memoryview
    ):  # sealed: whether it changed can be told, what it says is kept nowhere else
        return hashlib.sha256(bytes(value)).hexdigest()
    return value
