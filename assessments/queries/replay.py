"""Judging stored facts again: a run must come out as it was stored; and what another version or reading would have given."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assessments.models import Run, Verdict
from assessments.queries.facts import collect
from assessments.queries.rule_sets import named_rules
from assessments.rules.packing import FactTable, Layout, fact_hash
from assessments.rules.verdicts import Judged, judge_all
from standards.rules import MISSING


@dataclass(frozen=True)
class Stored:
    """A run's verdicts as columns, facilities in ascending order."""

    table: FactTable
    judged: Judged
    layout: Layout


@dataclass(frozen=True, slots=True)
class TierDifference:
    facility_id: int
    stored: int
    replayed: int


@dataclass(frozen=True, slots=True)
class Drift:
    """A stored fact that the ledgers of that day give otherwise now; None where a value is missing."""

    facility_id: int
    metric: str
    stored: int | None
    now: int | None


def stored_run(run: Run) -> Stored:
    """Read the verdicts of a run back."""
    rows = list(
        Verdict.objects.filter(run=run)
        .order_by("facility_id")
        .values_list("facility_id", "division_code", "construction", "tier", "failed", "unknown", "flags", "values")
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    layout = Layout.parse(run.layout)
    ids, codes, construction, tier, failed, unknown, flags = (np.array(column, np.int64) for column in columns[:7])
    facts = layout.unpack([bytes(packed) for packed in columns[7]])
    table = FactTable(ids, codes, construction.astype(np.int8), facts)
    return Stored(table, Judged(tier.astype(np.int8), failed, unknown, flags.astype(np.int8)), layout)


def replay(run: Run) -> list[str]:
    """What differs when a run is computed again from its stored facts, versions and readings; empty when nothing does."""
    stored, rules = stored_run(run), named_rules(run.standard, run.readings)
    wrong = []
    if rules.content_hash != run.standard_hash:
        wrong.append(f"标准哈希不同：存 {run.standard_hash[:12]}，现 {rules.content_hash[:12]}")
    if [criterion.key for criterion in rules.criteria] != run.criteria:
        wrong.append("准则的次序与存档不同")
    if (now := fact_hash(stored.table, stored.layout)) != run.fact_hash:
        wrong.append(f"事实哈希不同：存 {run.fact_hash[:12]}，现 {now[:12]}")
    again = judge_all(rules, stored.table)
    if (now := again.hash(stored.table.facility_ids)) != run.result_hash:
        wrong.append(f"结果哈希不同：存 {run.result_hash[:12]}，重算 {now[:12]}")
    for name in ("tier", "failed", "unknown", "flags"):
        before, after = getattr(stored.judged, name), getattr(again, name)
        for row in np.flatnonzero(before != after):
            wrong.append(f"设施 {stored.table.facility_ids[row]} 的 {name}:存 {before[row]}，重算 {after[row]}")
    return wrong


def counterfactual(run: Run, *, standard: str = "", readings: Mapping[str, str] | None = None) -> list[TierDifference]:
    """The tiers that stored facts would have under another standard (`gongshu@2027`) or other readings."""
    stored = stored_run(run)
    rules = named_rules(standard or run.standard, {**run.readings, **(readings or {})})
    tiers = judge_all(rules, stored.table).tier
    return [
        TierDifference(int(stored.table.facility_ids[row]), int(stored.judged.tier[row]), int(tiers[row]))
        for row in np.flatnonzero(tiers != stored.judged.tier)
    ]


def drift(run: Run) -> list[Drift]:
    """Stored facts that differ from what the ledgers say today about that day: rows were corrected afterwards."""
    stored, now = stored_run(run), collect(run.codes, run.period.last_day).table
    common, mine, theirs = np.intersect1d(stored.table.facility_ids, now.facility_ids, return_indices=True)
    found = []
    for metric, column in stored.table.columns.items():
        if metric not in now.columns:
            continue
        before, after = column[mine], now.columns[metric][theirs]
        for row in np.flatnonzero(before != after):
            found.append(Drift(int(common[row]), metric, _known(before[row]), _known(after[row])))
    return found


def _known(value: np.int64) -> int | None:
    return None if value == MISSING else int(value)
