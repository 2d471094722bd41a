"""What the hash of a batch covers, and the reading of batches."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tenants import crypto

START = "0" * 64  # the previous hash of the first batch
MARK_BYTES = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "number, sealed_at, log, form, row_ids, last_id, floor, row_count, snapshot_xmax, marks, digest,"
    " previous_hash, hash, mac, mac_key"
)
_BATCHES_AT_ONCE = 500


@dataclass(slots=True)
class Batch:
    """A row of `tenants_sealbatch`."""

    number: int
    sealed_at: datetime
    log: str
    form: int
    row_ids: str
    last_id: int
    floor: int
    row_count: int
    snapshot_xmax: int
    marks: bytes
    digest: str
    previous_hash: str
    hash: str = ""
    mac: str = ""
    mac_key: str = ""

    def computed_hash(self) -> str:
        covered = [
            self.number,
            microseconds(self.sealed_at),
            self.log,
            self.form,
            self.row_ids,
            self.last_id,
            self.floor,
            self.row_count,
            self.snapshot_xmax,
            crypto.sm3(self.marks).hex(),
            self.digest,
            self.previous_hash,
        ]
        return crypto.sm3(json.dumps(covered, separators=(",", ":")).encode()).hex()

    def ids(self) -> list[int]:
        return ids_of(self.row_ids)


def microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def multirange(ids: list[int]) -> str:
    """Ascending ids as PostgreSQL writes a multirange: [1, 2, 5] → {[1,3),[5,6)}."""
    runs: list[list[int]] = []
    for number in ids:
        if runs and runs[-1][1] == number:
            runs[-1][1] = number + 1
        else:
            runs.append([number, number + 1])
    return "{" + ",".join(f"[{lo},{hi})" for lo, hi in runs) + "}"


def ids_of(text: str) -> list[int]:
    """The ids of a multirange. Raises ValueError for anything that `multirange` would not write."""
    ids = [number for part in text[1:-1].replace("),", ")|").split("|") if part for number in _run(part)]
    if multirange(ids) != text:
        raise ValueError("not a multirange in its one written form")
    return ids


def _run(part: str) -> range:
    lo, hi = part.removeprefix("[").removesuffix(")").split(",")
    if int(hi) - int(lo) > 1_000_000:
        raise ValueError("longer than any batch")
    return range(int(lo), int(hi))


def batches(cursor) -> Iterator[Batch]:
    """All batches in the order of their numbers, a few hundred in memory at a time."""
    last: int | None = None
    while True:
        where = "" if last is None else f"WHERE number > {int(last)}"
        cursor.execute(f"SELECT {_COLUMNS} FROM tenants_sealbatch {where} ORDER BY number LIMIT {_BATCHES_AT_ONCE}")
        rows = cursor.fetchall()
        for row in rows:
            batch = Batch(*row)
            batch.marks = bytes(batch.marks)
            yield batch
        if len(rows) < _BATCHES_AT_ONCE:
            return
        last = rows[-1][0]


def last_batch(cursor) -> Batch | None:
    cursor.execute(f"SELECT {_COLUMNS} FROM tenants_sealbatch ORDER BY number DESC LIMIT 1")
    row = cursor.fetchone()
    return Batch(*row) if row else None


def insert(cursor, batch: Batch) -> None:
    names = _COLUMNS.split(", ")
    values = [getattr(batch, name.strip()) for name in names]
    cursor.execute(
        f"INSERT INTO tenants_sealbatch ({_COLUMNS}) VALUES ({', '.join(['%s'] * len(values))})",
        values,
    )


def allow(cursor) -> None:
    """Let this transaction read both logs whole, and seal: row level security asks for it (migration 0002)."""
    cursor.execute("SELECT set_config('app.sealing', 'on', true)")
