"""The conditional update: it writes only the version that its author has read."""

from typing import Any

from django.db import IntegrityError, transaction

from tenants.editing.rows import Editable
from tenants.models import User
from tenants.operations.acts import record_act
from tenants.scope import set_reason


class EditConflict(Exception):
    """Somebody else has changed the row since `version`; nothing was written. `row` is as it stands now."""

    def __init__(self, row: Editable, version: int):
        super().__init__(f"{row._meta.label} {row.pk}: version {version} is not the current {row.version}")
        self.row, self.version = row, version


class EditRefused(ValueError):
    """Why something cannot be saved, in words for the user."""


def write_row(
    *,
    row: Editable,
    version: int,
    values: dict[str, Any],
    by: User | None,
    verb: str,
    subject: str,
    subject_uuid,
    reason: str = "",
    refusals: dict[str, str] | None = None,
) -> dict[str, tuple[Any, Any]]:
    """Set `values` on a row if it still is at `version`; what changed, as {attribute: (before, after)}, perhaps nothing.

    One transaction, one act. `refusals`: words for the constraints of the table that a person can run into, by name.
    Raises EditConflict and EditRefused.
    """
    model = type(row)
    with transaction.atomic():
        current = model._base_manager.get(pk=row.pk)
        if current.version != version:
            raise EditConflict(current, version)
        changed = {
            name: (getattr(current, name), value) for name, value in values.items() if getattr(current, name) != value
        }
        if not changed:
            return {}
        set_reason(reason)
        if not _update(model, current, version, {name: after for name, (_, after) in changed.items()}, refusals or {}):
            raise EditConflict(model._base_manager.get(pk=row.pk), version)
        record_act(
            verb=verb, by=by, division_code=current.division_code, subject=subject, subject_uuid=subject_uuid,
            reason=reason, details={"fields": sorted(changed), "version": version + 1},
        )  # fmt: skip
    return changed


def _update(model, row, version: int, values: dict[str, Any], refusals: dict[str, str]) -> int:
    """UPDATE … WHERE version = …: a writer who waited for another one's commit finds no row any more."""
    try:
        with transaction.atomic():
            return model._base_manager.filter(pk=row.pk, version=version).update(**values)
    except IntegrityError as error:
        raise refused(error, refusals) from error


def refused(error: IntegrityError, refusals: dict[str, str]) -> Exception:
    """The words for a broken constraint, or the error itself where there are none."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return EditRefused(refusals[name]) if name in refusals else error
