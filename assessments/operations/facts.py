"""Keeping `FacilityFact` rows ready for the next run."""

from datetime import date

import numpy as np
from django.db import connection

from assessments.models import FacilityFact
from assessments.queries.facts import LAYOUT, collect_some
from assessments.queries.facts.boundaries import validity
from assessments.queries.facts.ledgers import LIFECYCLES
from assessments.queries.facts.maintained import fact_layout
from assessments.rules.packing import MISSING
from facilities.models import Lifecycle
from tenants.rules import CodeRange, code_range
from tenants.scope import division_scope, opened_scope

_LOCK = """SELECT facility_id FROM assessments_facilityfact
    WHERE division_code >= %s AND division_code < %s
      AND NOT (is_clean AND layout = %s AND valid_from <= %s AND valid_until > %s)
    ORDER BY facility_id LIMIT %s FOR UPDATE SKIP LOCKED"""
_STORE = """UPDATE assessments_facilityfact f SET valid_from = n.valid_from, valid_until = n.valid_until, layout = %s,
        construction = n.construction, lifecycle = n.lifecycle, "values" = n.packed, is_clean = true
    FROM unnest(%s::bigint[], %s::date[], %s::date[], %s::smallint[], %s::smallint[], %s::bytea[])
        AS n (facility_id, valid_from, valid_until, construction, lifecycle, packed)
    WHERE f.facility_id = n.facility_id"""
_NOTHING = LAYOUT.pack({metric: np.array([MISSING]) for metric in LAYOUT.metrics})[0]


def refresh(*, codes: CodeRange, day: date, limit: int = 1000) -> int:
    """Compute stale rows (or rows that do not hold on `day`) again; returns how many.

    The rows are locked before the ledgers are read: an edit that is not yet committed keeps its facility out (skipped),
    and one that comes later waits and makes the row stale again. Call it in READ COMMITTED, inside an open scope. A
    facility whose data cannot be read stays stale: the run will name it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [codes.lo, codes.hi, fact_layout(day), day, day, limit])
        facility_ids = [row[0] for row in cursor.fetchall()]
        if not facility_ids:
            return 0
        collected = collect_some(facility_ids, day)
        spans = validity(facility_ids, day)
        table = collected.table
        is_open = LIFECYCLES.index(Lifecycle.OPEN)
        rows = [
            (pk, is_open, construction, packed)
            for pk, construction, packed in zip(
                table.facility_ids.tolist(), table.construction.tolist(), LAYOUT.pack(table.columns), strict=True
            )
        ]
        rows += [(u.facility_id, _lifecycle(u.reason), -1, _NOTHING) for u in collected.unread if u.reason != "error"]
        ids, lifecycles, constructions, packed = (
            (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 4
        )
        since = [spans[pk][0] or FacilityFact.ALWAYS for pk in ids]
        until = [spans[pk][1] or FacilityFact.NEVER for pk in ids]
        cursor.execute(_STORE, [fact_layout(day), ids, since, until, constructions, lifecycles, packed])
    return len(ids)


def refresh_all(*, codes: CodeRange, day: date, batch: int = 1000) -> int:
    """Refresh until nothing more can be; all in the caller's transaction. For commands, tests and the bench."""
    done = 0
    while fresh := refresh(codes=codes, day=day, limit=batch):
        done += fresh
    return done


def refresh_district(*, district: int, day: date, batch: int = 500) -> int:
    """Refresh a district in short transactions of its own, so that an edit never waits long. For the nightly task."""
    done = 0
    while True:
        with opened_scope(division_scope(district, source="task refresh_facts")):
            fresh = refresh(codes=code_range(district), day=day, limit=batch)
        done += fresh
        if not fresh:
            return done


def _lifecycle(reason: str) -> int:
    return LIFECYCLES.index(reason) if reason in LIFECYCLES else -1
