"""Many rows into a temporary table by binary COPY, built from NumPy columns without a loop.

`COPY … FROM` is refused on tables under row level security, so rows go to a temporary table and from there by
`INSERT … SELECT`, which the policies check.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from django.db import connection

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_INT4_OID = 23
_BLOCK = 16_384  # rows at a time: what is laid out for them stays in the processor's cache
_TYPES = {"i2": "smallint", "i4": "integer", "i8": "bigint"}


def stage(table: str, columns: Mapping[str, np.ndarray | list[bytes]]) -> None:
    """Create a temporary table (gone at the end of the transaction) and fill it.

    columns: int16/32/64 arrays of shape (n,) for smallint/integer/bigint; int32 of shape (n, k) for integer[]; a
    structured array (n,), or a list of bytes, for bytea. Nothing is NULL.
    """
    types = ", ".join(f'"{name}" {_type(column)}' for name, column in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({types}) ON COMMIT DROP")
        with connection.wrap_database_errors, cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
            copy.write(_HEADER)
            for part in _parts(columns):
                copy.write(part)
            copy.write(_TRAILER)


def _type(column: np.ndarray | list[bytes]) -> str:
    if isinstance(column, list) or column.dtype.names:
        return "bytea"
    return "integer[]" if column.ndim == 2 else _TYPES[column.dtype.str[1:]]


def _parts(columns: Mapping[str, np.ndarray | list[bytes]]) -> Iterator[memoryview | bytes]:
    """The rows as the server reads them, some thousand at a time."""
    if any(isinstance(column, list) for column in columns.values()):
        yield _uneven(columns)
        return
    whole = {name: _whole(np.asarray(column)) for name, column in columns.items()}
    for start in range(0, len(next(iter(whole.values()))), _BLOCK):
        yield _even({name: column[start : start + _BLOCK] for name, column in whole.items()})


def _whole(column: np.ndarray) -> np.ndarray:
    """A structured column as bytes that are moved in one go and not field by field."""
    return column.view(f"V{column.dtype.itemsize}") if column.dtype.names else column


def _even(columns: Mapping[str, np.ndarray]) -> memoryview:
    """Rows of constant length, laid out in one structured array."""
    parts: list[tuple] = [("#", ">i2")]
    for name, column in columns.items():
        parts.append((f"{name}#", ">i4"))
        if column.ndim == 2:
            parts += [(f"{name}@", ">i4", (5,)), (name, [("size", ">i4"), ("value", ">i4")], (column.shape[1],))]
        else:
            parts.append((name, column.dtype.newbyteorder(">")))
    rows = np.empty(len(next(iter(columns.values()))), np.dtype(parts))
    rows["#"] = len(columns)
    for name, column in columns.items():
        if column.ndim == 2:
            rows[f"{name}#"] = 20 + 8 * column.shape[1]
            rows[f"{name}@"] = (1, 0, _INT4_OID, column.shape[1], 1)
            rows[name]["size"] = 4
            rows[name]["value"] = column
        else:
            rows[f"{name}#"] = column.dtype.itemsize
            rows[name] = column
    return memoryview(rows.view(np.uint8)).cast("B")


def _uneven(columns: Mapping[str, np.ndarray | list[bytes]]) -> bytes:
    """The same where one column varies in length: fields are joined row by row."""
    fields = []
    for column in columns.values():
        if isinstance(column, list):
            fields.append([len(value).to_bytes(4, "big") + value for value in column])
            continue
        size = column.dtype.itemsize
        raw = np.ascontiguousarray(column, column.dtype.newbyteorder(">")).tobytes()
        prefix = size.to_bytes(4, "big")
        fields.append([prefix + raw[at : at + size] for at in range(0, len(raw), size)])
    count = len(columns).to_bytes(2, "big")
    return b"".join(count + b"".join(row) for row in zip(*fields, strict=True))
