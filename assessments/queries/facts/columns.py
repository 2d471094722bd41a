"""Columns of bigint from PostgreSQL into NumPy: the server strings the values of each column together, one row comes back.

`string_agg(int8send(x), NULL)` costs the server about as much as `max(x)`, and the client one copy; rows by COPY cost both
sides several times that, grouping in the server more again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection
from psycopg import Cursor

DENSE = 8  # ids up to so many times their number are looked up in a table, others by bisection


def packed(expression: str) -> str:
    """SQL of a whole column of a bigint expression (never NULL) as one bytea; NULL where there are no rows."""
    return f"string_agg(int8send({expression}), NULL)"


def integers(value: bytes | None) -> np.ndarray:
    """int64[n] of what `packed` gave."""
    return np.frombuffer(value or b"", ">i8").astype(np.int64)


def only_row(query: str, parameters: Mapping[str, Any] | None = None) -> tuple:
    """The single row of a SELECT, in binary, with server-side parameters. Database errors are raised as Django's."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        Cursor(cursor.connection) as binary,  # Django's own binds at the client, in text
    ):
        return binary.execute(query, parameters, binary=True).fetchone()


def read_columns(columns: Sequence[str], rest: str, parameters: Mapping[str, Any] | None = None) -> list[np.ndarray]:
    """int64[n] for each bigint expression of `SELECT columns rest`; the order of rows is any, but the same for all."""
    return [integers(each) for each in only_row(f"SELECT {', '.join(map(packed, columns))} {rest}", parameters)]


@dataclass(frozen=True)
class Places:
    """From ids to their places in an ascending array of different ids."""

    ids: np.ndarray

    def of(self, wanted: np.ndarray) -> np.ndarray:
        """int64[m]: the place of each id, -1 where it is not there. Ids are not negative."""
        if not len(self.ids) or not len(wanted):
            return np.full(len(wanted), -1, np.int64)
        if self._table is not None:
            last = len(self._table) - 1
            return self._table[wanted if int(wanted.max()) <= last else np.minimum(wanted, last)]
        places = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[places] == wanted, places, -1)

    @cached_property
    def _table(self) -> np.ndarray | None:
        """The place of every id up to the largest, then -1; None where ids are so sparse that bisection is better."""
        top = int(self.ids[-1])
        if top > DENSE * len(self.ids):
            return None
        table = np.full(top + 2, -1, np.int64)
        table[self.ids] = np.arange(len(self.ids))
        return table


def counted(at: np.ndarray, size: int) -> np.ndarray:
    """int64[size]: how many rows stand at each place."""
    return np.bincount(at, minlength=size)


def counted_by_code(
    at: np.ndarray, code: np.ndarray, wanted: Mapping[str, np.ndarray], size: int
) -> dict[str, np.ndarray]:
    """int64[size] for each name: how many rows at each place have a code for which `wanted[name]` (bool[codes]) is true.

    Several counters share one integer, each wide enough for the most rows that a place has.
    """
    width = max(1, int(counted(at, size).max(initial=0)).bit_length())
    names, at_once = list(wanted), 62 // width
    found = {}
    for start in range(0, len(names), at_once):
        some = names[start : start + at_once]
        steps = sum(wanted[name].astype(np.int64) << place * width for place, name in enumerate(some))
        totals = np.zeros(size, np.int64)
        np.add.at(totals, at, steps[code])
        for place, name in enumerate(some):
            found[name] = totals >> place * width & (1 << width) - 1
    return found


def counted_distinct(at: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """int64[size]: how many different values ≥ 0 stand at each place. (`np.unique` hashes: many times slower for millions.)

    Raises OverflowError where place and value do not fit into 64 bits together.
    """
    width = int(values.max(initial=0)).bit_length()
    if size.bit_length() + width > 63:
        raise OverflowError("values are too large to be paired with places in 64 bits")
    keys = at << width | values
    keys.sort()
    first = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    return counted(keys[first] >> width, size)


def summed(at: np.ndarray, values: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Exact int64 sums of values ≥ 0 by place; and bool[size]: where 64 bits do not hold the sum (it is 0 there).

    Doubles add integers exactly up to 2**53; places whose sum is larger are added up one by one.
    """
    totals = np.bincount(at, weights=values, minlength=size)
    large = np.flatnonzero(totals >= 2**53)
    exact = np.where(totals < 2**53, totals, 0).astype(np.int64)
    out_of_range = np.zeros(size, np.bool_)
    for place in large.tolist():
        total = sum(values[at == place].tolist())
        out_of_range[place] = total > np.iinfo(np.int64).max
        exact[place] = 0 if out_of_range[place] else total
    return exact, out_of_range


def bit_sets(at: np.ndarray, code: np.ndarray, first: int, codes: int, size: int) -> np.ndarray:
    """int64[size]: the set of the codes first + 1 to first + 62 that stand at each place; bit n is code first + n."""
    bits = np.zeros(codes, np.int64)
    bits[first + 1 : first + 63] = np.int64(1) << np.arange(1, 63)
    found = np.zeros(size, np.int64)
    np.bitwise_or.at(found, at, bits[code])
    return found
