"""Rows of a statement as integer columns, aligned to an ascending array of facilities."""

from datetime import date

import numpy as np
from django.db import connection

_MANY = 2000  # above this the range of codes finds the rows, not the single ids


def columns(query: str, count: int, facility_ids: np.ndarray, **values) -> list[np.ndarray]:
    """Run a SELECT of `count` bigint columns, the first a facility's id; `{inside}` in it names the facilities.

    Returns int64 columns, the first one the row in `facility_ids`; rows of other facilities are left out.
    """
    inside = "r.facility_id = ANY(%(ids)s)"
    given = {"ids": facility_ids.tolist(), **values}
    if len(facility_ids) > _MANY:
        inside, given = "r.facility_id BETWEEN %(lo)s AND %(hi)s", {**values, **_bounds(facility_ids)}
    with connection.cursor() as cursor:
        cursor.execute(query.format(inside=inside), given)
        found = np.array(cursor.fetchall(), np.int64).reshape(-1, count)
    if not len(facility_ids):
        return [np.empty(0, np.int64) for _ in range(count)]
    places = np.minimum(np.searchsorted(facility_ids, found[:, 0]), len(facility_ids) - 1)
    known = facility_ids[places] == found[:, 0]
    return [places[known], *(found[known, column] for column in range(1, count))]


def _bounds(facility_ids: np.ndarray) -> dict[str, int]:
    return {"lo": int(facility_ids[0]), "hi": int(facility_ids[-1])}


def ordinal(column: str) -> str:
    """SQL for a date as Python counts days (`date.toordinal`)."""
    return f"({column} - DATE '0001-01-01' + 1)::bigint"


FOREVER = date.max.toordinal()
