"""The engine: columns of facts in, outcomes and tiers out. One facility is an array of length one."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standards.rules.criteria import (
    MISSING,
    Construction,
    Criterion,
    Operator,
    Outcome,
    Reading,
    RuleSet,
    Tier,
)

Facts = Mapping[str, NDArray[np.int64]]
"""Metric name → int64 column of shape (n,), in base units, MISSING where nobody recorded a value."""

_LARGEST = int(np.iinfo(np.int64).max)
_UNKNOWN = np.int8(Outcome.UNKNOWN)
_BLOCK = 16_384  # facilities judged at a time: their columns stay in the processor's cache
_RATED = (Tier.DEMONSTRATION, Tier.INCLUSIVE)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What `classify` found for n facilities.

    tier, best_tier: int8 (n,). `best_tier` is what the missing facts could still make of it.
    outcomes: int8 (n, criteria), columns in the order of `RuleSet.criteria`.
    tiers_by_reading: for each alternative reading, taken alone, the tier int8 (n,); best_by_reading: what the missing
    facts could make of that. sensitive: bool (n,), some alternative certainly gives another tier (one that only lacks
    facts to say so does not). undetermined: bool (n,), a missing fact could raise the tier.
    """

    tier: NDArray[np.int8]
    best_tier: NDArray[np.int8]
    outcomes: NDArray[np.int8]
    tiers_by_reading: dict[Reading, NDArray[np.int8]]
    best_by_reading: dict[Reading, NDArray[np.int8]]
    sensitive: NDArray[np.bool_]
    undetermined: NDArray[np.bool_]


def judge(criterion: Criterion, facts: Facts, construction: NDArray[np.integer]) -> NDArray[np.int8]:
    """Compare facts with one clause, for all facilities at once.

    facts: int64 columns in base units, shape (n,); MISSING where nobody recorded a value; a metric that is not there at
    all is missing everywhere. construction: integers of `Construction`, shape (n,).
    Returns `Outcome` values, int8 (n,). A missing fact is UNKNOWN, never zero. A share of nothing (denominator 0) is
    NOT_MET: that there is nothing is known, and the clause asks for something.
    Raises ValueError for a negative amount, OverflowError where exact 64-bit arithmetic would not hold.
    """
    return _judge(criterion, _Sums(facts, len(construction)), construction)


def _judge(criterion: Criterion, sums: "_Sums", construction: NDArray[np.integer]) -> NDArray[np.int8]:
    low, upper, parts, given = _limits(criterion, construction)
    if criterion.operator is Operator.ANY:
        outcome = _judge_any(criterion, sums, low)
    elif not sums.hold(criterion):
        outcome = np.full(sums.size, _UNKNOWN)
    else:
        value, known = sums.of(criterion.metrics)
        met = _compare(criterion, sums, value, low, upper, parts)
        if criterion.operator is Operator.SHARE_AT_LEAST:
            known = known & sums.of(criterion.denominators)[1]
        outcome = np.where(known, met.view(np.int8), _UNKNOWN)
    if given is not None:
        outcome[~given] = Outcome.UNKNOWN
    for other in (kind for kind in Construction if kind >= 0 and not criterion.applies_to(kind)):
        outcome[construction == other] = Outcome.MET
    return outcome


def classify(rules: RuleSet, facts: Facts, construction: NDArray[np.integer]) -> Verdicts:
    """Judge every criterion and give each facility the highest tier whose gates it all meets.

    An UNKNOWN gate is not met, so a missing fact can only lower a tier; `undetermined` marks where it may have. A rule
    set without gates for a tier never gives it. Shapes as in `judge` and `Verdicts`.
    """
    size = len(construction)
    outcomes = np.empty((len(rules.criteria), size), dtype=np.int8)
    tier, best_tier = np.empty(size, dtype=np.int8), np.empty(size, dtype=np.int8)
    by_reading = {other.reading: np.empty(size, dtype=np.int8) for other in rules.alternatives}
    best_by_reading = {other.reading: np.empty(size, dtype=np.int8) for other in rules.alternatives}
    sensitive = np.zeros(size, dtype=np.bool_)
    for start in range(0, size, _BLOCK):
        rows = slice(start, start + _BLOCK)
        kinds = construction[rows]
        block = _Sums({metric: facts[metric][rows] for metric in rules.metrics if metric in facts}, len(kinds))
        for position, criterion in enumerate(rules.criteria):
            outcomes[position, rows] = _judge(criterion, block, kinds)
        found = outcomes[:, rows]
        gates = {rated: rules.gates(rated) for rated in _RATED}
        unmet = {rated: _count(found, gates[rated], lambda o: o != Outcome.MET) for rated in _RATED}
        failed = {rated: _count(found, gates[rated], lambda o: o == Outcome.NOT_MET) for rated in _RATED}
        tier[rows], best_tier[rows] = _tiers(unmet, gates), _tiers(failed, gates)
        for other in rules.alternatives:
            least, best = _alternative_tiers(rules, other.changed, found, unmet, failed, block, kinds)
            by_reading[other.reading][rows], best_by_reading[other.reading][rows] = least, best
            sensitive[rows] |= (least > tier[rows]) | (best < tier[rows])
    return Verdicts(tier, best_tier, outcomes.T, by_reading, best_by_reading, sensitive, best_tier > tier)


def values(metrics: tuple[str, ...], facts: Facts, size: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The sum of some metrics, int64 (n,), 0 where any of them is missing; and bool (n,): where all are recorded."""
    total = np.zeros(size, dtype=np.int64)
    known = np.ones(size, dtype=np.bool_)
    for metric in metrics:
        column = facts.get(metric)
        if column is None:
            return np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
        recorded = column != MISSING
        amount = np.where(recorded, column, 0)
        _refuse_inexact(metric, amount, len(metrics))
        total = amount if len(metrics) == 1 else total + amount
        known &= recorded
    if len(metrics) > 1:
        total[~known] = 0
    return total, known


class _Sums:
    """Facts of some facilities, each sum of metrics formed once however many criteria ask for it."""

    def __init__(self, facts: Facts, size: int):
        self.size = size
        self._facts = facts
        self._formed: dict[tuple[str, ...], tuple[NDArray[np.int64], NDArray[np.bool_]]] = {}

    def hold(self, criterion: Criterion) -> bool:
        """Whether all that a criterion asks for is there at all."""
        return all(metric in self._facts for metric in (*criterion.metrics, *criterion.denominators))

    def of(self, metrics: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """As `values`. Nobody may write into what comes back."""
        if metrics not in self._formed:
            self._formed[metrics] = values(metrics, self._facts, self.size)
        return self._formed[metrics]


def fingerprint(facts: Facts, construction: NDArray[np.integer]) -> str:
    """SHA-256 of the facts of n facilities in their order: the same on every machine, for stored runs and replays."""
    digest = hashlib.sha256(np.ascontiguousarray(construction, dtype="<i8").data)
    for metric in sorted(facts):
        digest.update(metric.encode() + b"\0")
        digest.update(np.ascontiguousarray(facts[metric], dtype="<i8").data)
    return digest.hexdigest()


def _limits(criterion: Criterion, construction: NDArray[np.integer]):
    """Threshold columns (or scalars, where the type plays no part) and bool (n,): where a threshold is given at all."""
    if criterion.is_same_for_all and (limit := criterion.thresholds[0]) is not None:
        return np.int64(limit.value), np.int64(limit.upper), np.int64(limit.parts), None
    rows = [(t.value, t.upper, t.parts, 1) if t else (0, 0, 1, 0) for t in criterion.thresholds]
    table = np.array([*rows, (0, 0, 1, 0)], dtype=np.int64)  # the last row answers for Construction.UNKNOWN (-1)
    low, upper, parts, given = (_by_type(table[:, column], construction) for column in range(4))
    return low, upper, parts, None if given.ndim == 0 and given else np.broadcast_to(given != 0, construction.shape)


def _by_type(limits: NDArray[np.int64], construction: NDArray[np.integer]):
    """The limit of each facility; a scalar where those of all types (but the unknown one) agree and none is unknown."""
    if (limits[:-1] == limits[0]).all() and (limits[-1] == limits[0] or construction.min(initial=0) >= 0):
        return limits[0]
    return limits[construction]


def _compare(criterion: Criterion, sums: _Sums, value, low, upper, parts) -> NDArray[np.bool_]:
    match criterion.operator:
        case Operator.AT_LEAST:
            return value >= low
        case Operator.AT_MOST:
            return value <= low
        case Operator.BETWEEN:
            return (value >= low) & (value <= upper)
        case Operator.SHARE_AT_LEAST:
            whole, _ = sums.of(criterion.denominators)
            largest = max(int(np.max(low)), int(np.max(parts)))
            _refuse_inexact(criterion.key, value, largest)
            _refuse_inexact(criterion.key, whole, largest)
            return (value * parts >= whole * low) & (whole > 0)
        case _:  # IS_TRUE
            return value > 0


def _judge_any(criterion: Criterion, sums: _Sums, low) -> NDArray[np.int8]:
    """MET if one metric reaches the threshold; NOT_MET only if all are known and none does."""
    met = np.zeros(sums.size, dtype=np.bool_)
    all_known = np.ones(sums.size, dtype=np.bool_)
    for metric in criterion.metrics:
        value, known = sums.of((metric,))
        met |= known & (value >= low)
        all_known &= known
    return np.where(met | all_known, met.view(np.int8), _UNKNOWN)


def _refuse_inexact(what: str, amount: NDArray[np.int64], factor: int) -> None:
    """Integers wrap round silently in NumPy; here nothing is judged that could not be compared exactly."""
    if not amount.size:
        return
    if int(amount.min()) < 0:
        raise ValueError(f"{what}: an amount below zero is not a fact of a facility")
    if int(amount.max()) > _LARGEST // factor:
        raise OverflowError(f"{what}: {int(amount.max())} × {factor} does not fit into 64 bits")


def _count(
    outcomes: NDArray[np.int8],
    positions: tuple[int, ...],
    which: Callable[[NDArray[np.int8]], NDArray[np.bool_]],
) -> NDArray[np.int8]:
    """How many of some criteria have an outcome of which something is true, int8 (n,)."""
    total = np.zeros(outcomes.shape[1], dtype=np.int8)
    for position in positions:
        total += which(outcomes[position])
    return total


def _tiers(unmet: dict[Tier, NDArray[np.int8]], gates: dict[Tier, tuple[int, ...]]) -> NDArray[np.int8]:
    result = np.zeros(len(unmet[Tier.INCLUSIVE]), dtype=np.int8)
    for tier in _RATED:
        if gates[tier]:
            np.maximum(result, (unmet[tier] == 0) * np.int8(tier), out=result)
    return result


def _alternative_tiers(
    rules: RuleSet,
    changed: tuple[tuple[int, Criterion], ...],
    outcomes: NDArray[np.int8],
    unmet: dict[Tier, NDArray[np.int8]],
    failed: dict[Tier, NDArray[np.int8]],
    sums: _Sums,
    construction: NDArray[np.integer],
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """The tiers when some criteria read otherwise, and what missing facts could make of them; only those are judged again."""
    unmet = {tier: count.copy() for tier, count in unmet.items()}
    failed = {tier: count.copy() for tier, count in failed.items()}
    criteria = list(rules.criteria)
    for row, criterion in changed:
        if not criterion.tiers and not criteria[row].tiers:
            continue
        again, before = _judge(criterion, sums, construction), outcomes[row]
        for tier in _RATED:
            if tier in criteria[row].tiers:
                unmet[tier] -= before != Outcome.MET
                failed[tier] -= before == Outcome.NOT_MET
            if tier in criterion.tiers:
                unmet[tier] += again != Outcome.MET
                failed[tier] += again == Outcome.NOT_MET
        criteria[row] = criterion
    gates = {tier: tuple(i for i, c in enumerate(criteria) if tier in c.tiers) for tier in _RATED}
    return _tiers(unmet, gates), _tiers(failed, gates)
