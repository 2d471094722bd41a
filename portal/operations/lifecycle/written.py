"""What a decision writes, noted row by row, and how it is taken back."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from facilities.models import Facility
from facilities.operations.facility import RecordRefused


@dataclass
class Written:
    """added: rows that came to be; changed: rows with the columns that they had before; left: columns as they were left,
    which must still be so for it to be taken back; told: what becomes of agreements, in words. today: the day of writing."""

    today: date
    added: list[tuple[str, int]] = field(default_factory=list)
    changed: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    left: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def add(self, row: models.Model) -> models.Model:
        self.added.append((row._meta.label, row.pk))
        return row

    def change(self, row: models.Model, **values) -> None:
        before = {name: _plain(getattr(row, name)) for name in values}
        self.changed.append((row._meta.label, row.pk, before))
        type(row)._base_manager.filter(pk=row.pk).update(**values)

    def leave(self, row: models.Model, **values) -> None:
        self.left.append((row._meta.label, row.pk, {name: _plain(value) for name, value in values.items()}))

    def end(self, row: models.Model, on: date) -> None:
        """The first day without the row. One that would begin only then or later never was in force: refuse."""
        if row.starts_on >= on:
            raise RecordRefused(f"“{row}”从 {row.starts_on} 才开始，不能在 {on} 之前结束。请换一个生效日。")
        self.change(row, ends_on=on)

    def as_json(self) -> dict[str, Any]:
        return {"added": self.added, "changed": self.changed, "left": self.left}


def take_back(written: dict[str, Any]) -> None:
    """Undo in reverse. Refused where somebody has gone on with a row that would go: a file, another version."""
    for label, pk, values in written.get("left", []):
        if not apps.get_model(label)._base_manager.filter(pk=pk, **_asked(values)).exists():
            raise RecordRefused("之后有人接着办了协议（如结清、办结准出），不能整体撤回。请逐项修改。")
    try:
        with transaction.atomic():
            for label, pk in reversed(written.get("added", [])):
                _remove(label, pk)
            for label, pk, before in reversed(written.get("changed", [])):
                apps.get_model(label)._base_manager.filter(pk=pk).update(**before)
    except (ProtectedError, IntegrityError) as error:
        raise RecordRefused("之后有人在新记录上接着办了事（如上传了资料），不能整体撤回。请逐项修改。") from error


def _asked(values: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{name}__isnull" if value is None else name: True if value is None else value for name, value in values.items()
    }


def _remove(label: str, pk: int) -> None:
    model = apps.get_model(label)
    row = model._base_manager.filter(pk=pk).first()
    if row is None:
        return
    if model is not Facility and getattr(row, "version", 1) > 1:
        raise RecordRefused("之后有人改过新登记的内容，不能整体撤回。请逐项修改。")
    row.delete()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def columns_of(row: models.Model, **other) -> dict[str, Any]:
    """The columns of a row for a copy of it, but keys and what the database counts up."""
    left_out = {"id", "uuid", "version"}
    found = {
        f.attname: getattr(row, f.attname)
        for f in row._meta.concrete_fields
        if f.name not in left_out and not f.generated
    }
    for name in other:
        try:
            found.pop(row._meta.get_field(name).attname, None)
        except FieldDoesNotExist:
            continue
    return {**found, **other}
