"""One transaction that makes a computed run visible: verdicts, unjudged facilities, summaries and the run's hashes."""

from collections import Counter

import numpy as np
from django.db import connection
from django.utils import timezone

from assessments.models import NO_TIER, Run, RunState, Unjudged
from assessments.operations.copying import stage
from assessments.operations.runs.start import lock_runs
from assessments.queries.facts import LAYOUT, Collected
from assessments.queries.facts.columns import read_columns
from assessments.queries.runs import predecessor_runs, previous_runs
from assessments.rules.packing import fact_hash
from assessments.rules.summaries import COUNTS, summarise
from assessments.rules.verdicts import Judged
from tenants.rules import DISTRICT_WIDTH

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
    table = collected.table
    run_of = {run.division_code: run.pk for run in runs}
    run_ids = _run_ids(table.division_codes, run_of)
    before = previous_runs(list(run_of), runs[0].period)
    elsewhere = predecessor_runs(list(run_of), runs[0].period.previous)
    previous = _previous_tiers(table.facility_ids, [*elsewhere, *before.values()])
    stage(
        "staged_verdict",
        {
            "run_id": run_ids,
            "facility_id": table.facility_ids,
            "division_code": table.division_codes,
            "failed": judged.failed,
            "unknown": judged.unknown,
            "tier": judged.tier.astype(np.int16),
            "prev_tier": previous.astype(np.int16),
            "construction": table.construction.astype(np.int16),
            "flags": judged.flags.astype(np.int16),
            "values": table.stored(LAYOUT),
        },
    )
    columns = ", ".join((*_VERDICTS, '"values"'))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO assessments_verdict ({columns}) SELECT {columns} FROM staged_verdict")  # noqa: S608
        cursor.execute("DROP TABLE staged_verdict")
    _list_unjudged(collected, run_of)
    _summarise(runs, run_ids, collected, judged, previous)
    _finish(runs, run_ids, collected, judged, before, from_maintained)


def _run_ids(codes: np.ndarray, run_of: dict[int, int]) -> np.ndarray:
    districts = np.array(sorted(run_of), np.int64)
    runs = np.array([run_of[code] for code in sorted(run_of)], np.int64)
    return runs[np.searchsorted(districts, codes // DISTRICT_WIDTH * DISTRICT_WIDTH)]


def _previous_tiers(facility_ids: np.ndarray, runs: list[int]) -> np.ndarray:
    """int8[n]: the tier of each facility in the given runs of the quarter before, NO_TIER where it was not judged."""
    tiers = np.full(len(facility_ids), NO_TIER, np.int8)
    if not runs or not len(facility_ids):
        return tiers
    listed = ",".join(str(int(run)) for run in runs)
    read, _ = read_columns(
        f"SELECT facility_id, tier::bigint FROM assessments_verdict WHERE run_id IN ({listed})",  # noqa: S608 (integers)
        ("facility_id", "tier"),
    )
    places = np.minimum(np.searchsorted(facility_ids, read["facility_id"]), len(facility_ids) - 1)
    same = facility_ids[places] == read["facility_id"]
    tiers[places[same]] = read["tier"][same]
    return tiers


def _list_unjudged(collected: Collected, run_of: dict[int, int]) -> None:
    Unjudged.objects.bulk_create(
        [
            Unjudged(
                run_id=run_of[unread.division_code // DISTRICT_WIDTH * DISTRICT_WIDTH],
                facility_id=unread.facility_id,
                division_code=unread.division_code,
                reason=unread.reason,
                message=unread.message,
            )
            for unread in collected.unread
        ],
        batch_size=2000,
    )


def _summarise(
    runs: list[Run], run_ids: np.ndarray, collected: Collected, judged: Judged, previous: np.ndarray
) -> None:
    unjudged = np.array([unread.division_code for unread in collected.unread], np.int64)
    criteria = max(len(run.criteria) for run in runs)
    found = summarise(collected.table.division_codes, judged, previous, criteria, unjudged)
    if not len(found.codes):
        return
    run_of = {run.division_code: run.pk for run in runs}
    columns = {"run_id": _run_ids(found.codes, run_of), "division_code": found.codes, **found.counts}
    arrays = {"failed_by_criterion": found.failed, "unknown_by_criterion": found.unknown}
    stage("staged_summary", columns | arrays)
    names = ", ".join(("run_id", "division_code", *COUNTS, *arrays))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO assessments_scopesummary ({names}) SELECT {names} FROM staged_summary")  # noqa: S608
        cursor.execute("DROP TABLE staged_summary")


def _finish(
    runs: list[Run],
    run_ids: np.ndarray,
    collected: Collected,
    judged: Judged,
    before: dict[int, int],
    from_maintained: int,
) -> None:
    """The hashes of each run (facilities by ascending id) and its final state."""
    table = collected.table
    order = np.argsort(run_ids, kind="stable")
    sorted_runs = run_ids[order]
    unread = Counter(u.division_code // DISTRICT_WIDTH * DISTRICT_WIDTH for u in collected.unread)
    rows = []
    for run in runs:
        first, last = np.searchsorted(sorted_runs, [run.pk, run.pk + 1])
        mine = order[first:last]
        own = table if len(mine) == len(table) else table.take(mine)
        unjudged = unread[run.division_code]
        held = from_maintained if len(runs) == 1 else min(from_maintained, len(mine))
        facts = fact_hash(own, LAYOUT)
        rows.append(
            (run.pk, len(mine) + unjudged, held, before.get(run.division_code, 0), facts, judged.hash(own, mine))
        )
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _FINISH, [RunState.COMPUTED, now, now, LAYOUT.texts, *(list(c) for c in zip(*rows, strict=True))]
        )
