"""Facts from the maintained rows: one pass over one narrow table instead of one over every ledger."""

# ruff: noqa: S608 (the statements are put together from names of these modules and parameters only)

from datetime import date
from zlib import crc32

import numpy as np
from django.db import connection

from assessments.queries.catalogue import function_catalogue
from assessments.queries.facts.collectors import LAYOUT
from assessments.queries.facts.columns import integers, only_row, packed
from assessments.queries.facts.ledgers import LIFECYCLES
from assessments.queries.facts.reading import Collected, Unread, collect, collect_some, reason
from assessments.rules.packing import FactTable, NarrowColumns, in_order, joined
from facilities.models import Lifecycle
from tenants.rules import CodeRange

_OPEN = LIFECYCLES.index(Lifecycle.OPEN)
_FEW = 5000  # so many stale facilities are read by their ids; above that the whole range is
_INSIDE = "division_code >= %(lo)s::bigint AND division_code < %(hi)s::bigint"
_USABLE = f"""is_clean AND layout = %(layout)s::bigint AND valid_from <= %(day)s AND valid_until > %(day)s
    AND octet_length("values") = {LAYOUT.narrow_bytes}"""
_COUNT = f"SELECT count(*) FROM facilities_facility WHERE {_INSIDE}"
_STALE = f"SELECT {packed('facility_id')} FROM assessments_facilityfact WHERE {_INSIDE} AND NOT ({_USABLE})"
# construction and lifecycle are −1 to 6: three bits each
_KEPT = f"""SELECT {packed("facility_id * 64 + (construction + 1) * 8 + lifecycle + 1")}, {packed("division_code")},
    string_agg("values", NULL) FROM assessments_facilityfact WHERE {_INSIDE} AND {_USABLE}"""


def fact_layout(day: date) -> int:
    """A checksum of what the packed values mean: metrics, widths and the catalogue in force on a day."""
    return crc32(repr((_MEANING, LAYOUT.texts, function_catalogue(day))).encode())


_MEANING = "a ledger whose rows have all ended is empty"  # another sentence makes every stored row stale


def collect_maintained(codes: CodeRange, day: date) -> tuple[Collected, int]:
    """The facts of a range of codes, and how many of them came from maintained rows.

    Rows that are stale, hold on other days or are stored wide are read from the ledgers, with the same result. Several
    statements: call it in one snapshot.
    """
    parameters = {"lo": codes.lo, "hi": codes.hi, "day": day, "layout": fact_layout(day)}
    kept = _read(parameters)
    held = len(kept.table) + len(kept.unread)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, parameters)
        everything = cursor.fetchone()[0]
    if held == everything:
        return kept, held
    if everything - held > _FEW:
        return collect(codes, day), 0
    stale = integers(only_row(_STALE, parameters)[0])
    if held + len(stale) != everything:  # a facility without a row: the ledgers know it
        return collect(codes, day), 0
    fresh = collect_some(stale.tolist(), day)
    return Collected(joined([kept.table, fresh.table]), kept.unread + fresh.unread), held


def _read(parameters: dict) -> Collected:
    keys, codes, values = only_row(_KEPT, parameters)
    key, division_codes = integers(keys), integers(codes)
    rows = np.frombuffer(values or b"", LAYOUT.narrow)
    order = np.argsort(key, kind="stable")
    is_open = (key & 7)[order] - 1 == _OPEN
    closed = order[~is_open]
    unread = [
        Unread(pk, code, reason(lifecycle))
        for pk, code, lifecycle in zip(
            (key[closed] >> 6).tolist(), division_codes[closed].tolist(), ((key[closed] & 7) - 1).tolist(), strict=True
        )
    ]
    key, division_codes, rows = key[order[is_open]], division_codes[order[is_open]], in_order(rows, order[is_open])
    ids, construction = key >> 6, ((key >> 3 & 7) - 1).astype(np.int8)
    return Collected(FactTable(ids, division_codes, construction, NarrowColumns(rows)), unread)
