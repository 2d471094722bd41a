"""Who changed what in the records of a facility, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.apps import apps
from django.core.paginator import Page, Paginator
from django.db import models

from facilities.models import Facility
from tenants.models import RowChange

_UNTOLD = {"id", "uuid", "facility_id", "site_id", "space_id", "partner_id", "project_id", "division_code", "version",
           "created_at", "updated_at", "name_sort", "is_demo", "district_code", "starts_on", "ends_on"}  # fmt: skip
_TOLD_ON_CHANGE = {"starts_on", "ends_on", "division_code"}


@dataclass(frozen=True, slots=True)
class Change:
    """One row of a ledger that was added, changed or removed. `fields`: (name, before, after) in words."""

    at: datetime
    by: str
    source: str
    reason: str
    operation: str
    ledger: str
    name: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """What one person did in one go: added, as (ledger, names), and the other changes one by one."""

    at: datetime
    by: str
    source: str
    reason: str
    added: tuple[tuple[str, tuple[str, ...]], ...]
    others: tuple[Change, ...]


def changes(facility: Facility, page: int | str | None, size: int = 100) -> Page:
    """A page of changes, newest first, put together by transaction."""
    rows = RowChange.objects.filter(root_table=Facility._meta.db_table, root_id=facility.pk).select_related("user")
    found = Paginator(rows.order_by("-pk"), size).get_page(page)
    told = [_told(row) for row in found.object_list]
    found.deeds = [_deed(list(rows)) for _, rows in groupby(told, key=lambda c: (c.at, c.by, c.source, c.reason))]
    return found


def _deed(rows: list[Change]) -> Deed:
    added: dict[str, list[str]] = {}
    for row in reversed(rows):
        if row.operation == RowChange.Operation.INSERT.label:
            added.setdefault(row.ledger, []).append(row.name)
    return Deed(
        at=rows[0].at,
        by=rows[0].by,
        source=rows[0].source,
        reason=rows[0].reason,
        added=tuple((ledger, tuple(names)) for ledger, names in added.items()),
        others=tuple(row for row in rows if row.operation != RowChange.Operation.INSERT.label),
    )


def _told(row: RowChange) -> Change:
    model = _models().get(row.table_name)
    before, after = row.before or {}, row.after or {}
    whole = after or before
    names = [key for key in whole if key in _TOLD_ON_CHANGE or key not in _UNTOLD] if row.operation == "U" else []
    return Change(
        at=row.at,
        by=str(row.user) if row.user else "系统",
        source=row.source,
        reason=row.reason,
        operation=row.get_operation_display(),
        ledger=str(model._meta.verbose_name) if model else row.table_name,
        name=str(whole.get("name") or whole.get("local_name") or ""),
        fields=tuple(_field(model, key, before.get(key), after.get(key)) for key in names),
    )


def _field(model: type[models.Model] | None, key: str, before, after) -> tuple[str, str, str]:
    fields = {field.attname: field for field in model._meta.concrete_fields} if model else {}
    field = fields.get(key)
    label = str(field.verbose_name) if field else key
    return label, _value(field, before), _value(field, after)


def _value(field: models.Field | None, value) -> str:
    if value is None or value == "":
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value)) or "空"
    return str(dict(field.flatchoices).get(value, value)) if field else str(value)


def _models() -> dict[str, type[models.Model]]:
    found: Iterable[type[models.Model]] = apps.get_models()
    return {model._meta.db_table: model for model in found}
