"""One transaction that makes a computed run visible: verdicts, unjudged facilities, summaries and the run's hashes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.utils import timezone

from assessments.models import NO_TIER, Run, RunState
from assessments.operations.copying import stage
from assessments.operations.runs.start import lock_runs
from assessments.queries.facts import LAYOUT, Collected
from assessments.queries.facts.columns import Places, read_columns
from assessments.queries.runs import predecessor_runs, previous_runs
from assessments.rules.packing import FactTable, stored_hash
from assessments.rules.summaries import COUNTS, summarise
from assessments.rules.verdicts import Judged
from tenants.rules import DISTRICT_WIDTH

DISTRICTS = 10**6  # six-digit numbers of districts
_VERDICTS = (
    "run_id",
    "facility_id",
    "division_code",
    "failed",
    "unknown",
    "tier",
    "prev_tier",
    "construction",
    "flags",
)
_FINISH = """UPDATE assessments_run r SET state = %s, step = '', error = '', finished_at = %s, touched_at = %s,
        facilities_total = n.total, facilities_done = n.total, from_maintained = n.held, layout = %s,
        compared_with_id = nullif(n.previous, 0), fact_hash = n.facts, result_hash = n.results
    FROM unnest(%s::bigint[], %s::integer[], %s::integer[], %s::bigint[], %s::text[], %s::text[])
        AS n (id, total, held, previous, facts, results)
    WHERE r.id = n.id"""


def publish(runs: list[Run], collected: Collected, judged: Judged, from_maintained: int) -> None:
    """Write everything in the caller's transaction. A run that somebody else has published meanwhile is left alone."""
    lock_runs(quarter=runs[0].period, districts=[run.division_code for run in runs])
    open_ids = set(
        Run.objects.select_for_update(no_key=True)
        .filter(pk__in=[run.pk for run in runs], state=RunState.RUNNING)
        .values_list("pk", flat=True)
    )
    if open_ids != {run.pk for run in runs}:
        if not open_ids:
            return
        raise RuntimeError("另一个任务正在发布这一批中的一部分，请稍后重试")
    run_of = {run.division_code: run.pk for run in runs}
    before = previous_runs(list(run_of), runs[0].period)
    elsewhere = predecessor_runs(list(run_of), runs[0].period.previous)
    previous = _previous_tiers(collected.table.facility_ids, [*elsewhere, *before.values()])
    found = _by_run(collected.table, judged, previous, run_of)
    with _many_rows(len(runs) > 1):
        _store(found)
        _list_unjudged(collected, run_of)
        _summarise(runs, found, collected, run_of)
        _finish(runs, found, collected, before, from_maintained)


@dataclass(frozen=True)
class _Found:
    """What is published, run by run and in each by ascending facility: columns of shape (n,)."""

    run_ids: np.ndarray
    table: FactTable
    judged: Judged
    previous: np.ndarray
    stored: np.ndarray | list[bytes]  # the facts as rows


def _by_run(table: FactTable, judged: Judged, previous: np.ndarray, run_of: dict[int, int]) -> _Found:
    run_ids = _run_ids(table.division_codes, run_of)
    if (run_ids[1:] < run_ids[:-1]).any():
        order = np.argsort(run_ids, kind="stable")
        run_ids, table, judged, previous = run_ids[order], table.take(order), judged.take(order), previous[order]
    return _Found(run_ids, table, judged, previous, table.stored(LAYOUT))


@contextmanager
def _many_rows(many: bool) -> Iterator[None]:
    """Hash joins where many runs are written at once: the policies hide from the planner how many rows there are."""
    with connection.cursor() as cursor:
        if many:
            cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '256MB'; SET LOCAL jit = off")
        yield
        if many:
            cursor.execute("SET LOCAL enable_nestloop = on")


def _store(found: _Found) -> None:
    table, judged = found.table, found.judged
    stage(
        "staged_verdict",
        {
            "run_id": found.run_ids,
            "facility_id": table.facility_ids,
            "division_code": table.division_codes,
            "failed": judged.failed,
            "unknown": judged.unknown,
            "tier": judged.tier.astype(np.int16),
            "prev_tier": found.previous.astype(np.int16),
            "construction": table.construction.astype(np.int16),
            "flags": judged.flags.astype(np.int16),
            "values": found.stored,
        },
    )
    columns = ", ".join((*_VERDICTS, '"values"'))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO assessments_verdict ({columns}) SELECT {columns} FROM staged_verdict")  # noqa: S608
        cursor.execute("DROP TABLE staged_verdict")


def _run_ids(codes: np.ndarray, run_of: dict[int, int]) -> np.ndarray:
    """int64[n]: the run of the district that each code lies in."""
    by_number = np.zeros(DISTRICTS, np.int64)
    by_number[np.array(list(run_of), np.int64) // DISTRICT_WIDTH] = list(run_of.values())
    return by_number[codes // DISTRICT_WIDTH]


def _previous_tiers(facility_ids: np.ndarray, runs: list[int]) -> np.ndarray:
    """int8[n]: the tier of each facility in the given runs of the quarter before, NO_TIER where it was not judged."""
    tiers = np.full(len(facility_ids), NO_TIER, np.int8)
    if not runs or not len(facility_ids):
        return tiers
    ids, tier = read_columns(
        ("facility_id", "tier"), "FROM assessments_verdict WHERE run_id = ANY(%(runs)s::bigint[])", {"runs": runs}
    )
    places = Places(facility_ids).of(ids)
    tiers[places[places >= 0]] = tier[places >= 0]
    return tiers


def _list_unjudged(collected: Collected, run_of: dict[int, int]) -> None:
    unread = collected.unread
    if not unread:
        return
    codes = np.array([each.division_code for each in unread], np.int64)
    stage(
        "staged_unjudged",
        {
            "run_id": _run_ids(codes, run_of),
            "facility_id": np.array([each.facility_id for each in unread], np.int64),
            "division_code": codes,
            "reason": [each.reason.encode() for each in unread],
            "message": [each.message.encode() for each in unread],
        },
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO assessments_unjudged (run_id, facility_id, division_code, reason, message)
            SELECT run_id, facility_id, division_code, convert_from(reason, 'UTF8'), convert_from(message, 'UTF8')
            FROM staged_unjudged"""
        )
        cursor.execute("DROP TABLE staged_unjudged")


def _summarise(runs: list[Run], found: _Found, collected: Collected, run_of: dict[int, int]) -> None:
    unjudged = np.array([unread.division_code for unread in collected.unread], np.int64)
    criteria = max(len(run.criteria) for run in runs)
    made = summarise(found.table.division_codes, found.judged, found.previous, criteria, unjudged)
    if not len(made.codes):
        return
    columns = {"run_id": _run_ids(made.codes, run_of), "division_code": made.codes, **made.counts}
    arrays = {"failed_by_criterion": made.failed, "unknown_by_criterion": made.unknown}
    stage("staged_summary", columns | arrays)
    names = ", ".join(("run_id", "division_code", *COUNTS, *arrays))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO assessments_scopesummary ({names}) SELECT {names} FROM staged_summary")  # noqa: S608
        cursor.execute("DROP TABLE staged_summary")


def _finish(runs: list[Run], found: _Found, collected: Collected, before: dict[int, int], from_maintained: int) -> None:
    """The hashes of each run (facilities by ascending id) and its final state."""
    unread = Counter(u.division_code // DISTRICT_WIDTH * DISTRICT_WIDTH for u in collected.unread)
    ids = np.array([run.pk for run in runs], np.int64)
    firsts, ends = np.searchsorted(found.run_ids, ids), np.searchsorted(found.run_ids, ids, side="right")
    table, stored = found.table, found.stored
    rows = []
    for run, first, end in zip(runs, firsts.tolist(), ends.tolist(), strict=True):
        mine = slice(first, end)
        total = end - first + unread[run.division_code]
        held = from_maintained if len(runs) == 1 else min(from_maintained, end - first)
        facts = stored_hash(table.facility_ids[mine], table.construction[mine], stored[mine], LAYOUT)
        results = found.judged.take(mine).hash(table.facility_ids[mine])
        rows.append((run.pk, total, held, before.get(run.division_code, 0), facts, results))
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _FINISH, [RunState.COMPUTED, now, now, LAYOUT.texts, *(list(c) for c in zip(*rows, strict=True))]
        )
