"""Reading columns of bigint and lists of bigint from PostgreSQL into NumPy, by one binary COPY."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection

_HEADER, _TRAILER = 19, b"\xff\xff"
_ARRAY_HEADER = 24  # length, dimensions, flags, element type, size, lower bound
_ELEMENT = np.dtype([("#", ">i4"), ("value", ">i8")])


@dataclass(frozen=True)
class Ragged:
    """Lists of different lengths, end to end: `values` int64[sum of counts], `counts` int64[n]."""

    values: np.ndarray
    counts: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """int64[len(values)]: the row that each value belongs to."""
        return np.repeat(np.arange(len(self.counts), dtype=np.int64), self.counts)

    @property
    def span(self) -> int:
        return int(self.values.max(initial=0)) + 1


def pairs(rows: np.ndarray, values: np.ndarray, span: int) -> np.ndarray:
    """`row * span + value`, refused where 64 bits would not hold it."""
    if len(rows) and (int(rows.max()) + 1) * span > np.iinfo(np.int64).max:
        raise OverflowError("ids are too large to be paired with rows in 64 bits")
    return rows * span + values


def distinct(keys: np.ndarray) -> np.ndarray:
    """The different values, ascending. (`np.unique` hashes integers, which is many times slower for millions.)"""
    ordered = np.sort(keys)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def read_columns(
    query: str, names: Sequence[str], lists: Mapping[str, str] | None = None
) -> tuple[dict[str, np.ndarray], dict[str, Ragged]]:
    """Run a SELECT of non-null bigint columns `names`, then bigint[] columns `lists` (each → the column of its length).

    An empty list is NULL. Returns int64[n] by name, and the lists, ordered by the first column.
    """
    rows = copied_rows(query)
    stride = np.dtype([("fields", ">i2")] + [part for name in names for part in ((f"{name}#", ">i4"), (name, ">i8"))])
    fixed = np.frombuffer(b"".join([row[: stride.itemsize] for row in rows]), stride)
    if (fixed[names[0]][1:] < fixed[names[0]][:-1]).any():
        order = np.argsort(fixed[names[0]], kind="stable")
        fixed, rows = fixed[order], [rows[place] for place in order.tolist()]
    columns = {name: fixed[name].astype(np.int64) for name in names}
    found: dict[str, Ragged] = {}
    at = np.full(len(rows), stride.itemsize, np.int64)
    for name, length in (lists or {}).items():
        counts = columns[length]
        start = at + np.where(counts > 0, _ARRAY_HEADER, 4)
        at = start + counts * _ELEMENT.itemsize
        cut = b"".join([row[a:b] for row, a, b in zip(rows, start.tolist(), at.tolist(), strict=True)])
        found[name] = Ragged(np.frombuffer(cut, _ELEMENT)["value"].astype(np.int64), counts)
    if rows and (at != [len(row) for row in rows]).any():
        raise ValueError(f"a column is NULL, or not of the type that was announced: {query}")
    return columns, found


def copied_rows(query: str) -> list[bytes]:
    """The tuples of a SELECT as binary COPY sends them. Database errors are raised as Django's."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy,
    ):
        rows = [bytes(row) for row in copy]  # not views: the garbage collector would walk through them again and again
    rows[0] = rows[0][_HEADER:]  # the server sends the header with the first tuple and the trailer alone
    return rows[:-1] if rows[-1] == _TRAILER else rows
