"""From facts to published verdicts. Everything is computed first; then one transaction publishes it or nothing.

A task may be killed anywhere and run again: before the publication nothing is visible, after it nothing is left to do.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import OperationalError, connection
from django.db.models import F
from django.utils import timezone

from assessments.models import Run, RunState
from assessments.operations.runs.publish import DISTRICTS, publish
from assessments.operations.runs.start import RunFailedError
from assessments.operations.scopes import snapshot
from assessments.operations.vitality import score_runs
from assessments.queries.facts import Collected
from assessments.queries.facts.maintained import collect_maintained
from assessments.queries.rule_sets import named_rules
from assessments.rules.packing import FactTable
from assessments.rules.verdicts import Judged, judge_all
from tenants.rules import DISTRICT_WIDTH, CodeRange, code_range
from tenants.scope import Scope, opened_scope

_SOURCE = "task compute_run"


@dataclass(frozen=True)
class Computed:
    """What will be published: the runs, the facts row by row, and their verdicts."""

    runs: list[Run]
    collected: Collected
    judged: Judged
    from_maintained: int


def compute_run(*, run_id: int, district: int) -> None:
    """Compute and publish one run. Opens its own transactions; repeating it changes nothing."""
    compute_many(run_ids=[run_id], codes=code_range(district))


def compute_many(*, run_ids: list[int], codes: CodeRange, with_vitality: bool = True) -> None:
    """Compute and publish the runs of several districts (all of one quarter) with one set of statements.

    with_vitality: score 热活度 in the same transaction; that goes district by district.
    An error ends them as FAILED with a message that says what to do; a lost database is raised for the task to retry.
    """
    scope = Scope(codes=codes, source=_SOURCE)
    with opened_scope(scope):
        runs = _begin(run_ids)
    if not runs:
        return
    try:
        computed = _compute(runs, codes, scope)
        with opened_scope(scope):
            _count(computed)
        with opened_scope(scope):
            publish(computed.runs, computed.collected, computed.judged, computed.from_maintained)
            if with_vitality:
                score_runs(computed.runs, computed.collected.table, computed.judged.tier)
    except OperationalError:
        with opened_scope(scope):
            _progress(run_ids, "数据库暂时没有应答，稍后自动重试")
        raise
    except Exception as error:
        with opened_scope(scope):
            _fail(run_ids, error)
        raise RunFailedError(str(error)) from error


def _begin(run_ids: list[int]) -> list[Run]:
    waiting = Run.objects.select_for_update(no_key=True).filter(
        pk__in=run_ids, state__in=[RunState.QUEUED, RunState.RUNNING]
    )
    found = list(waiting.order_by("division_code"))
    now = timezone.now()
    Run.objects.filter(pk__in=[run.pk for run in found]).update(
        state=RunState.RUNNING, step="读取台账", started_at=now, touched_at=now, attempts=F("attempts") + 1, error=""
    )
    return found


def _compute(runs: list[Run], codes: CodeRange, scope: Scope) -> Computed:
    day = _day_of(runs)
    with snapshot(scope):
        collected, held = collect_maintained(codes, day)
        bases = {_basis(run): run for run in runs}
        rule_sets = {basis: named_rules(run.standard, run.readings) for basis, run in bases.items()}
    collected = _of_districts(collected, {run.division_code for run in runs})
    judged = _judge(runs, rule_sets, collected.table)
    return Computed(runs, collected, judged, held)


def _basis(run: Run) -> tuple:
    """What decides the rules of a run: versions and readings."""
    return run.standard, tuple(sorted(run.readings.items()))


def _day_of(runs: list[Run]) -> date:
    quarters = {run.period for run in runs}
    if len(quarters) != 1:
        raise ValueError("runs of several quarters cannot be computed together")
    return quarters.pop().last_day


def _of_districts(collected: Collected, districts: set[int]) -> Collected:
    """Only the facilities of the districts that have a run here."""
    table = collected.table
    wanted = np.zeros(DISTRICTS, np.bool_)
    wanted[np.array(list(districts), np.int64) // DISTRICT_WIDTH] = True
    inside = wanted[table.division_codes // DISTRICT_WIDTH]
    unread = [u for u in collected.unread if u.division_code // DISTRICT_WIDTH * DISTRICT_WIDTH in districts]
    return Collected(table if inside.all() else table.take(inside), unread)


def _judge(runs: list[Run], rule_sets: dict, table: FactTable) -> Judged:
    """Districts that share versions and readings are judged together; in one go where all do."""
    if len(rule_sets) == 1:
        return judge_all(next(iter(rule_sets.values())), table)
    whole = Judged(*(np.zeros(len(table), kind) for kind in (np.int8, np.int64, np.int64, np.int8)))
    districts = table.division_codes // DISTRICT_WIDTH * DISTRICT_WIDTH
    for basis, rules in rule_sets.items():
        share = [run.division_code for run in runs if _basis(run) == basis]
        rows = np.flatnonzero(np.isin(districts, share))
        part = judge_all(rules, table.take(rows))
        for mine, theirs in zip((whole.tier, whole.failed, whole.unknown, whole.flags),
                                (part.tier, part.failed, part.unknown, part.flags), strict=True):  # fmt: skip
            mine[rows] = theirs
    return whole


def _progress(run_ids: list[int], step: str) -> None:
    Run.objects.filter(pk__in=run_ids, state=RunState.RUNNING).update(step=step, touched_at=timezone.now())


_COUNTED = """UPDATE assessments_run r SET step = '写入结论', touched_at = %s, facilities_total = n.total,
        facilities_done = n.done
    FROM unnest(%s::bigint[], %s::integer[], %s::integer[]) AS n (district, total, done)
    WHERE r.id = ANY(%s) AND r.division_code = n.district AND r.state = 'running'"""


def _count(computed: Computed) -> None:
    """How many facilities each run has found and judged, told before they are published. One statement for all runs."""
    codes, judged = np.unique(
        computed.collected.table.division_codes // DISTRICT_WIDTH * DISTRICT_WIDTH, return_counts=True
    )
    done = dict(zip(codes.tolist(), judged.tolist(), strict=True))
    unread = Counter(one.division_code // DISTRICT_WIDTH * DISTRICT_WIDTH for one in computed.collected.unread)
    districts = sorted(done.keys() | unread.keys() | {run.division_code for run in computed.runs})
    totals = [done.get(code, 0) + unread[code] for code in districts]
    values = [timezone.now(), districts, totals, [done.get(code, 0) for code in districts]]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [*values, [run.pk for run in computed.runs]])


def _fail(run_ids: list[int], error: Exception) -> None:
    text = (
        f"测算没有完成：{type(error).__name__}: {error}。"
        "上一次的结果仍然有效，没有任何改动。请先查看“未测算的设施”里列出的数据，改正后重新测算；仍然不行，请把这段文字发给系统管理员。"
    )
    Run.objects.filter(pk__in=run_ids, state=RunState.RUNNING).update(
        state=RunState.FAILED, step="", error=text, finished_at=timezone.now(), facilities_done=0
    )
