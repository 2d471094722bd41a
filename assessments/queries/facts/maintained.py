"""Facts from the maintained rows: one scan of fixed-width rows instead of a dozen grouped statements."""

# ruff: noqa: S608 (the statements are put together from names of these modules, integers and dates only)

from datetime import date
from zlib import crc32

import numpy as np
from django.db import connection

from assessments.queries.catalogue import function_catalogue
from assessments.queries.facts.collectors import LAYOUT
from assessments.queries.facts.columns import copied_rows
from assessments.queries.facts.reading import LIFECYCLES, Collected, Unread, collect, collect_surely
from assessments.rules.packing import FactTable, joined
from facilities.models import Lifecycle
from tenants.rules import CodeRange

_OPEN = LIFECYCLES.index(Lifecycle.OPEN)
_FEW = 5000  # so many stale facilities are read one by one; above that the whole range is grouped
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        *[part for name in ("id", "code") for part in ((f"{name}#", ">i4"), (name, ">i8"))],
        *[part for name in ("construction", "lifecycle") for part in ((f"{name}#", ">i4"), (name, ">i2"))],
        ("values#", ">i4"),
        ("values", LAYOUT.narrow),
    ]
)


def fact_layout(day: date) -> int:
    """A checksum of what the packed values mean: metrics, widths and the catalogue in force on a day."""
    return crc32(repr((LAYOUT.texts, function_catalogue(day))).encode())


def collect_maintained(codes: CodeRange, day: date) -> tuple[Collected, int]:
    """The facts of a range of codes, and how many of them came from maintained rows.

    Rows that are stale, hold on other days or are stored wide are read from the ledgers, with the same result.
    """
    inside = f"division_code >= {int(codes.lo)} AND division_code < {int(codes.hi)}"
    usable = (
        f'is_clean AND layout = {fact_layout(day)} AND octet_length("values") = {LAYOUT.narrow_bytes}'
        f" AND valid_from <= DATE '{day.isoformat()}' AND valid_until > DATE '{day.isoformat()}'"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM facilities_facility WHERE {inside}")
        everything = cursor.fetchone()[0]
        cursor.execute(f"SELECT facility_id FROM assessments_facilityfact WHERE {inside} AND NOT ({usable})")
        stale = [row[0] for row in cursor.fetchall()]
    if len(stale) > _FEW:
        return collect(codes, day), 0
    kept = _read(f"SELECT facility_id, division_code, construction, lifecycle, \"values\""
                 f" FROM assessments_facilityfact WHERE {inside} AND {usable}")  # fmt: skip
    held = len(kept.table) + len(kept.unread)
    if held + len(stale) != everything:  # a facility without a row: the ledgers know it
        return collect(codes, day), 0
    if not stale:
        return kept, held
    fresh = collect_surely(stale, day)
    return Collected(joined([kept.table, fresh.table]), kept.unread + fresh.unread), held


def _read(query: str) -> Collected:
    rows = np.frombuffer(b"".join(copied_rows(query)), _ROW)
    ids = rows["id"].astype(np.int64)
    if (ids[1:] < ids[:-1]).any():
        order = np.argsort(ids, kind="stable")
        rows, ids = rows[order], ids[order]
    lifecycle = rows["lifecycle"].astype(np.int8)
    table = FactTable(
        ids,
        rows["code"].astype(np.int64),
        rows["construction"].astype(np.int8),
        LAYOUT.unpack_narrow(rows["values"]),
        rows["values"],
    )
    is_open = lifecycle == _OPEN
    if is_open.all():
        return Collected(table)
    unread = [
        Unread(int(ids[i]), int(table.division_codes[i]), LIFECYCLES[lifecycle[i]] if lifecycle[i] >= 0 else "no_state")
        for i in np.flatnonzero(~is_open)
    ]
    return Collected(table.take(is_open), unread)
