"""Seals and opens personal data: master key → key of the district → key of the row → value.

Shredding the key of a row makes its values unreadable wherever they lie: in the table, in the row history, in exports
of the database made from then on. Who may see a row at all is row level security's business, as for every other row.
"""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from tenants import crypto
from tenants.key_models import DataKey, KeyPurpose
from tenants.keys import provider
from tenants.rules import district_of
from tenants.scope import division_scope, opened_scope

_UUID_BYTES = 16


class KeyOutOfReach(Exception):
    """The key of the district is outside the scope (somebody who sees single facilities only)."""


# --- keys of a district -----------------------------------------------------------------------------------------------


def current_data_key(division_code: int, purpose: KeyPurpose) -> DataKey:
    """The key in use in the district of a division; made when it is first needed."""
    district = district_of(division_code)
    wanted = DataKey.objects.filter(division_code=district, purpose=purpose, retired_at=None)
    if (found := wanted.first()) is not None:
        return found
    with opened_scope(division_scope(district, source="vault")):  # a street writes none of its district's rows
        DataKey.objects.bulk_create([new_data_key(district, purpose)], ignore_conflicts=True)
        return wanted.get()


def new_data_key(district: int, purpose: KeyPurpose) -> DataKey:
    row = DataKey(division_code=district, purpose=purpose)
    row.master_key, row.wrapped = provider().wrap(crypto.new_key(), bound_to=_binding(row))
    return row


def rewrap_data_key(row: DataKey) -> None:
    """Put a data key under the current master key (not saved)."""
    row.master_key, row.wrapped = provider().wrap(opened_data_key(row), bound_to=_binding(row))


def opened_data_key(row: DataKey) -> bytes:
    return provider().unwrap(row.master_key, bytes(row.wrapped), bound_to=_binding(row))


def _binding(row: DataKey) -> bytes:
    return b"data key " + row.uuid.bytes + str(row.purpose).encode()


@lru_cache(maxsize=256)
def _key_named(uuid: UUID) -> bytes:
    """A data key never changes, so a process opens each once. Whether its rows may be seen was decided when they were read."""
    row = DataKey.objects.filter(uuid=uuid).first()
    if row is None:
        raise KeyOutOfReach(str(uuid))
    return opened_data_key(row)


# --- the key of a row -------------------------------------------------------------------------------------------------


def wrap_row_key(key: bytes, *, subject: UUID, division_code: int) -> bytes:
    """uuid of the data key, then the row's key sealed under it."""
    outer = current_data_key(division_code, KeyPurpose.ROW)
    return outer.uuid.bytes + crypto.seal(opened_data_key(outer), key, bound_to=_row_binding(subject))


def unwrap_row_key(wrapped: bytes | memoryview, *, subject: UUID) -> bytes:
    """Raises KeyOutOfReach or crypto.Unreadable."""
    wrapped = bytes(wrapped)
    outer = _key_named(UUID(bytes=wrapped[:_UUID_BYTES]))
    return crypto.unseal(outer, wrapped[_UUID_BYTES:], bound_to=_row_binding(subject))


def _row_binding(subject: UUID) -> bytes:
    return b"row key " + subject.bytes


# --- values and blind indexes -----------------------------------------------------------------------------------------


def seal_value(text: str, *, key: bytes, subject: UUID, label: str) -> bytes:
    """`label` (model and field) and subject are bound in: a value moved to another column or person does not open."""
    return crypto.seal(key, text.encode(), bound_to=_value_binding(subject, label))


def open_value(sealed: bytes, *, key: bytes, subject: UUID, label: str) -> str:
    return crypto.unseal(key, bytes(sealed), bound_to=_value_binding(subject, label)).decode()


def _value_binding(subject: UUID, label: str) -> bytes:
    return b"value " + subject.bytes + label.encode()


def blind_index(text: str, *, division_code: int, label: str) -> bytes:
    """uuid of the district's index key, then HMAC-SM3: equal texts of a district are equal here, and say nothing else."""
    return _blind(current_data_key(division_code, KeyPurpose.INDEX), text, label)


def blind_indexes(text: str, *, label: str) -> list[bytes]:
    """The text's index under every index key in sight, retired ones too: what an equality look-up compares with."""
    return [_blind(key, text, label) for key in DataKey.objects.filter(purpose=KeyPurpose.INDEX)]


def blind_indexes_of(texts: Iterable[str], *, label: str) -> dict[bytes, str]:
    """The index of each text under every index key in sight → the text: many looked up by one query for the keys."""
    texts = list(texts)
    keys = list(DataKey.objects.filter(purpose=KeyPurpose.INDEX)) if texts else []
    return {_blind(key, text, label): text for key in keys for text in texts}


def _blind(key: DataKey, text: str, label: str) -> bytes:
    return key.uuid.bytes + crypto.hmac_sm3(opened_data_key(key), f"{label}\0{text}".encode())


def data_key_of(stored: bytes | memoryview) -> UUID:
    """Which data key a wrapped row key or a blind index stands under."""
    return UUID(bytes=bytes(stored)[:_UUID_BYTES])
