"""Reading columns of bigint from PostgreSQL into NumPy: a binary COPY has a constant stride when nothing is NULL."""

from collections.abc import Sequence

import numpy as np
from django.db import connection

_HEADER, _TRAILER = 19, 2


def read_columns(query: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Run a SELECT whose columns are all non-null bigint, in the order of `names`; returns int64[n] each."""
    stride = np.dtype([("fields", ">i2")] + [part for name in names for part in ((f"{name}#", ">i4"), (name, ">i8"))])
    body = copied_rows(query)
    if len(body) % stride.itemsize:
        raise ValueError(f"a column is NULL or not bigint in: {query}")
    rows = np.frombuffer(body, stride)
    return {name: rows[name].astype(np.int64) for name in names}


def copied_rows(query: str) -> memoryview:
    """The tuples of a SELECT as binary COPY sends them. Database errors are raised as Django's."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy,
    ):
        data = b"".join(copy)
    return memoryview(data)[_HEADER:-_TRAILER]
