"""What can be done with personal data: show one value, erase a person, bring all keys up to date."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from tenants import crypto, vault
from tenants.contacts import Contact
from tenants.fields import PersonalField
from tenants.key_models import DataKey, KeyPurpose
from tenants.keys import provider
from tenants.models import User
from tenants.operations.acts import record_act
from tenants.personal import PersonalModel
from tenants.rules import CodeRange, district_of
from tenants.scope import Scope, opened_scope, set_reason
from tenants.scoped import ScopedModel

SHORTEST_REASON = 4  # characters
EVERYWHERE = CodeRange(10**11, 10**12)
_CHUNK = 200  # rows a transaction


class ReasonMissing(ValueError):
    """Personal data is shown and erased for a stated reason only."""


class NothingToShow(ValueError):
    """The value is empty, or its key was shredded."""


@transaction.atomic
def add_contact(
    *, contact: Contact, owner: ScopedModel, by: User | None, name: str, phone: str, position: str
) -> Contact:
    """Save a contact person of `owner`, in its division. Raises ValueError for a telephone that is none."""
    contact.division_code = owner.division_code
    contact.name, contact.phone, contact.position = name, phone, position.strip()  # type: ignore[assignment]
    contact.save()
    record_act(
        verb="登记联系人",
        by=by,
        division_code=owner.division_code,
        subject=str(owner),
        subject_uuid=contact.uuid,
    )
    return contact


@transaction.atomic
def reveal(*, row: PersonalModel, field: str, by: User, reason: str) -> str:
    """The text of one personal value, with an entry in the log of acts that says who asked and why (never the text)."""
    _demand(reason)
    value = getattr(row, field)
    if row.erased_at or value is None:
        raise NothingToShow("这项信息已删除或没有填写。")
    try:
        text = value.plain()
    except (vault.KeyOutOfReach, crypto.Unreadable) as error:
        raise NothingToShow("这项信息读不出来，请联系系统管理员核对密钥。") from error
    record_act(
        verb="查看个人信息",
        by=by,
        division_code=row.division_code,
        subject=f"{row._meta.verbose_name} {_named(row, field).verbose_name}",
        subject_uuid=row.uuid,
        reason=reason.strip(),
    )
    return text


@transaction.atomic
def erase_person(*, row: PersonalModel, by: User | None, reason: str) -> None:
    """Shred the key of a row: its values become unreadable in the table and in all its history. Cannot be undone."""
    _demand(reason)
    set_reason(reason.strip())
    row.row_key, row.erased_at = None, timezone.now()
    for field in row.personal_fields():
        setattr(row, field.name, None)
        if field.index:
            setattr(row, field.index, None)
    row.save()
    record_act(
        verb="删除个人信息",
        by=by,
        division_code=row.division_code,
        subject=str(row._meta.verbose_name),
        subject_uuid=row.uuid,
        reason=reason.strip(),
    )


def _named(row: PersonalModel, name: str) -> PersonalField:
    return next(field for field in row.personal_fields() if field.name == name)


def _demand(reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing(f"请写明理由，至少 {SHORTEST_REASON} 个字。")


# --- rotation ---------------------------------------------------------------------------------------------------------


@dataclass
class Rotation:
    data_keys: int = 0  # put under the current master key
    retired: int = 0
    rows: int = 0  # row keys put under the current key of their district
    indexes: int = 0


def rotate_keys(*, new_data_keys: bool = False) -> Rotation:
    """Bring everything under the current keys, in small transactions; what was done stays done, so it can be run again.

    new_data_keys: first retire the data keys of all districts, so that each gets new ones.
    """
    done = Rotation()
    if new_data_keys:
        done.retired = _retire_all()
    done.data_keys = sum(_rewrap_data_keys())
    for model in personal_models():
        for rows, indexes in _renew_rows(model):
            done.rows += rows
            done.indexes += indexes
    return done


def personal_models() -> list[type[PersonalModel]]:
    return [model for model in apps.get_models() if issubclass(model, PersonalModel)]


def _everywhere():
    return opened_scope(Scope(codes=EVERYWHERE, source="rotate_keys"))


def _retire_all() -> int:
    with _everywhere():
        old = list(DataKey.objects.filter(retired_at=None).select_for_update())
        DataKey.objects.filter(pk__in=[key.pk for key in old]).update(retired_at=timezone.now())
        DataKey.objects.bulk_create([vault.new_data_key(key.division_code, KeyPurpose(key.purpose)) for key in old])
        return len(old)


def _rewrap_data_keys() -> Iterator[int]:
    while True:
        with _everywhere():
            stale = DataKey.objects.exclude(master_key=provider().current).select_for_update(skip_locked=True)
            keys = list(stale.order_by("pk")[:_CHUNK])
            for key in keys:
                vault.rewrap_data_key(key)
            DataKey.objects.bulk_update(keys, ["master_key", "wrapped"])
        if not keys:
            return
        yield len(keys)


def _renew_rows(model: type[PersonalModel]) -> Iterator[tuple[int, int]]:
    """Chunks of rows in the order of their ids; yields how many row keys and how many indexes were renewed."""
    last = 0
    while True:
        with _everywhere():
            rows = list(
                model._base_manager.filter(~Q(row_key=None), pk__gt=last).order_by("pk").select_for_update()[:_CHUNK]
            )
            current = _current_keys()
            yield sum(_renew_key(row, current) for row in rows), sum(_renew_indexes(row, current) for row in rows)
        if not rows:
            return
        last = rows[-1].pk


def _current_keys() -> set[tuple[int, object]]:
    return set(DataKey.objects.filter(retired_at=None).values_list("division_code", "uuid"))


def _stale(stored: bytes | memoryview | None, row: PersonalModel, current: set) -> bool:
    return stored is not None and (district_of(row.division_code), vault.data_key_of(stored)) not in current


def _renew_key(row: PersonalModel, current: set) -> bool:
    if row.row_key is None or not _stale(row.row_key, row, current):
        return False
    key = vault.unwrap_row_key(row.row_key, subject=row.uuid)
    row.row_key = vault.wrap_row_key(key, subject=row.uuid, division_code=row.division_code)
    _write(row, "row_key")
    return True


def _renew_indexes(row: PersonalModel, current: set) -> int:
    renewed = 0
    for field in row.personal_fields():
        if field.index and _stale(getattr(row, field.index), row, current):
            text = getattr(row, field.name).plain()
            index = vault.blind_index(text, division_code=row.division_code, label=field.label)
            setattr(row, field.index, index)
            _write(row, field.index)
            renewed += 1
    return renewed


def _write(row: models.Model, column: str) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**{column: getattr(row, column)})
