"""Steps that one facility alone can take: its registered spaces put to use, and what nobody has recorded yet. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assessments.rules.explanation import Facts, MetricWords, missing_ledgers, threshold_text
from assessments.rules.gap import Option
from standards.rules import Criterion, Operator, Outcome, RuleSet, Threshold, judge

_MOST_SPACES = 4  # of each kind, the largest: a path of more steps is no advice
_WHOLE = 10_000  # base units that stand for a whole nobody recorded, when only a share of it matters


@dataclass(frozen=True, slots=True)
class SpaceStep:
    """A way to put a registered space to use, from the data file. `{space}` in the title is its name.

    metric: what its usable area is added to. state: which spaces it is open to: `closed_24h`, `single` (not 多功能) or
    `own` (used by the public side or as an office).
    """

    key: str
    title: str
    detail: str
    effort: int
    metric: str
    state: str


@dataclass(frozen=True, slots=True)
class RecordStep:
    """Recording what is missing in one ledger."""

    ledger: str
    title: str
    detail: str
    effort: int


@dataclass(frozen=True, slots=True)
class KnownSpace:
    """A registered space in force. usable_area: 0.01 ㎡, None where nobody measured it."""

    key: int
    name: str
    usable_area: int | None
    used_by: str
    is_open_24h: bool
    is_multifunction: bool

    def is_in(self, state: str) -> bool:
        match state:
            case "closed_24h":
                return not self.is_open_24h
            case "single":
                return not self.is_multifunction
            case "own":
                return self.used_by in {"public", "office"}
        raise ValueError(state)


def opening(steps: Iterable[SpaceStep], spaces: Sequence[KnownSpace]) -> tuple[Option, ...]:
    """One option for each registered space that a step is open to; what a space is given to, it is given to once."""
    options = []
    for step in steps:
        fit = [space for space in spaces if space.usable_area and space.is_in(step.state)]
        for space in sorted(fit, key=lambda one: (-(one.usable_area or 0), one.key))[:_MOST_SPACES]:
            adds = {step.metric: space.usable_area or 0}
            if step.state == "own" and space.used_by == "office":
                adds["office_area"] = -(space.usable_area or 0)
            options.append(
                Option(
                    key=f"{step.key}:{space.key}",
                    title=step.title.format(space=space.name),
                    detail=step.detail,
                    effort=step.effort,
                    adds=adds,
                    claims=f"space:{space.key}" if step.state == "own" else "",
                )
            )
    return tuple(options)


def recording(
    steps: Iterable[RecordStep],
    rules: RuleSet,
    facts: Facts,
    wanted: Sequence[int],
    words: Mapping[str, MetricWords],
    known: Sequence[Option] = (),
) -> tuple[Option, ...]:
    """One option for each ledger whose gaps leave a wanted criterion undecided, with what it would take to meet it.

    wanted: positions of criteria. A step supposes the least that meets them, and says so; the engine confirms that this
    least is enough. Metrics that one of the `known` options supplies are left to it.
    """
    supplied = {metric for option in known for metric in _supplied(option, facts)}
    by_ledger = {step.ledger: step for step in steps}
    options = []
    for ledger, criteria in _undecided(rules, facts, wanted, words).items():
        missing = {m for c in criteria for m in _metrics(c) if facts.values.get(m) is None and _of(m, words) == ledger}
        if ledger not in by_ledger or missing & supplied:
            continue
        least = _least(criteria, facts, missing)
        met = [
            criterion for criterion in criteria if _is_met(criterion, replace(facts, values={**facts.values, **least}))
        ]
        if met:
            step = by_ledger[ledger]
            asked = "、".join(dict.fromkeys(f"{_short(c)} {threshold_text(c, facts.construction)}" for c in met))
            options.append(
                Option(
                    key=f"record:{ledger}",
                    title=step.title,
                    detail=f"{step.detail}；登记出来的数要达到：{asked}",
                    effort=step.effort,
                    sets=least,
                    documents=True,
                )
            )
    return tuple(options)


def _undecided(
    rules: RuleSet, facts: Facts, wanted: Sequence[int], words: Mapping[str, MetricWords]
) -> dict[str, list[Criterion]]:
    """Ledger → the wanted criteria that its gaps leave undecided."""
    found: dict[str, list[Criterion]] = {}
    for position in wanted:
        criterion = rules.criteria[position]
        for ledger in missing_ledgers(criterion, facts, words):
            found.setdefault(ledger, []).append(criterion)
    return found


def _least(criteria: Sequence[Criterion], facts: Facts, missing: set[str]) -> dict[str, int]:
    """The least values of the missing metrics that meet every criterion: amounts first, since shares are of them."""
    least = dict.fromkeys(sorted(missing), 0)
    for criterion in sorted(criteria, key=lambda one: one.operator is Operator.SHARE_AT_LEAST):
        limit = criterion.threshold_for(facts.construction) or Threshold(1)
        counted = [metric for metric in criterion.metrics if metric in missing]
        known = facts.total(tuple(metric for metric in criterion.metrics if metric not in missing)) or 0
        if criterion.operator is Operator.SHARE_AT_LEAST:
            parts = [metric for metric in criterion.denominators if metric in missing]
            whole = known + sum(least[metric] for metric in counted) or _WHOLE
            if parts:
                least[parts[0]] = max(least[parts[0]], whole)
            whole = (facts.total(criterion.denominators) or 0) if not parts else least[parts[0]]
            need = -(-whole * limit.value // limit.parts)
        else:
            need = limit.value
        if counted:
            least[counted[0]] = max(least[counted[0]], need - known)
    return least


def _metrics(criterion: Criterion) -> tuple[str, ...]:
    return (*criterion.metrics, *criterion.denominators)


def _of(metric: str, words: Mapping[str, MetricWords]) -> str:
    return words[metric].ledger if metric in words else ""


def _supplied(option: Option, facts: Facts) -> set[str]:
    """The metrics that an option makes known whatever they are."""
    copied = {metric for metric, source in option.copies.items() if facts.values.get(source) is not None}
    return {*option.sets, *copied}


def _is_met(criterion: Criterion, facts: Facts) -> bool:
    return judge(criterion, facts.columns(), np.array([facts.construction], np.int8))[0] == Outcome.MET


def _short(criterion: Criterion) -> str:
    return criterion.title.rpartition("：")[2]
