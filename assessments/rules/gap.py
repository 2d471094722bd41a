"""The cheapest way to the next tier: a search over counted steps whose effect the engine confirms. Pure."""

import heapq
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from assessments.rules.explanation import Facts
from standards.rules import Outcome, RuleSet, Tier, judge

_MOST_STATES = 20_000
OWN_PROJECTS = "projects_own"  # not a metric: running projects that neither market nor social organisations run


@dataclass(frozen=True, slots=True)
class Option:
    """One kind of step. adds, sets: what one step does to metrics (base units); copies: metric → metric taken over.

    uses: what one step uses up. claims: what can be taken by one step only, whichever. documents: it supplies data.
    effort: relative points, source as the file says (工作口径).
    """

    key: str
    title: str
    detail: str
    effort: int
    adds: Mapping[str, int] = field(default_factory=dict)
    sets: Mapping[str, int] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    uses: Mapping[str, int] = field(default_factory=dict)
    at_most: int = 1
    documents: bool = False
    claims: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Steps of one kind in a path, `times` over, and the tier that the engine gives after them."""

    option: Option
    times: int
    tier_after: Tier

    @property
    def effort(self) -> int:
        return self.option.effort * self.times


@dataclass(frozen=True, slots=True)
class Path:
    """The cheapest path found. `blocked`: keys of gates that no step can change (structural, or a missing fact)."""

    target: Tier
    steps: tuple[Step, ...]
    blocked: tuple[str, ...]

    @property
    def reachable(self) -> bool:
        return not self.blocked

    @property
    def effort(self) -> int:
        return sum(step.effort for step in self.steps)


def version_on(text: str, day: date) -> dict[str, Any]:
    """The version of the data file that is in force on a day; an empty one before the first."""
    versions = [v for v in tomllib.loads(text)["version"] if v["effective_from"] <= day]
    return max(versions, key=lambda v: v["effective_from"], default={"step": [], "space": [], "record": []})


def options_on(text: str, day: date) -> tuple[Option, ...]:
    """The steps that any facility can take, in force on a day."""
    return tuple(Option(**step) for step in version_on(text, day)["step"])


def take(option: Option, facts: Facts, times: int = 1) -> Facts | None:
    """The facts after a step taken `times` over; None where it cannot be taken: a metric is unknown or used up."""
    values = dict(facts.values)
    if any(_own(values) < amount * times for amount in option.uses.values()):
        return None
    for metric, amount in option.adds.items():
        known = values.get(metric)
        if known is not None:
            values[metric] = known + amount * times
    values.update(option.sets)
    for metric, source in option.copies.items():
        if values.get(source) is None or values.get(metric) is not None:
            return None
        values[metric] = values[source]
    return replace(facts, values=values)


def _own(values: Mapping[str, int | None]) -> int:
    whole, ours = values.get("projects_all"), values.get("projects_market_social")
    return 0 if whole is None or ours is None else whole - ours


def cheapest_path(rules: RuleSet, facts: Facts, options: tuple[Option, ...], target: Tier) -> Path:
    """The steps of least total effort after which the engine gives `target`.

    Uniform cost search over how often each option is taken, best first, so the first state that meets every gate is the
    cheapest. Only options that touch an unmet gate are tried, and only as long as gates are unmet.
    Gates that no allowed number of steps can meet block the path; then the steps to all the others are still given.
    """
    steps, blocked = cheapest_steps(rules, facts, options, rules.gates(target))
    return Path(target, steps, blocked)


def cheapest_steps(
    rules: RuleSet, facts: Facts, options: tuple[Option, ...], gates: tuple[int, ...]
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The same for any criteria, by their positions: the steps, and the keys of the criteria that no step meets."""
    unmet = _unmet(rules, facts, gates)
    useful = [option for option in options if _touches(option, rules, unmet)]
    blocked: list[int] = [gate for gate in unmet if not any(_touches(option, rules, (gate,)) for option in useful)]
    taken: list[tuple[Option, int]] = []
    for group, own in _independent(useful, rules, gates):
        wanted = tuple(gate for gate in own if gate not in blocked)
        stuck = [gate for gate in wanted if _search(rules, facts, group, (gate,)) is None]
        blocked += stuck
        counts = _search(rules, facts, group, tuple(gate for gate in wanted if gate not in stuck))
        taken += [pair for pair in zip(group, counts or (), strict=False) if pair[1]]
    return _steps(rules, facts, taken), tuple(rules.criteria[gate].key for gate in sorted(blocked))


def _independent(
    options: list[Option], rules: RuleSet, gates: tuple[int, ...]
) -> list[tuple[list[Option], tuple[int, ...]]]:
    """Options that touch a common gate or claim the same thing belong together. Groups are searched one by one, so that the
    search stays small."""
    groups: list[tuple[list[Option], set[int | str]]] = []
    for option in options:
        shared: set[int | str] = {gate for gate in gates if _touches(option, rules, (gate,))}
        members, touched = [option], shared | ({option.claims} if option.claims else set())
        for other in [group for group in groups if group[1] & touched]:
            groups.remove(other)
            members, touched = other[0] + members, touched | other[1]
        groups.append((members, touched))
    return [(members, tuple(gate for gate in gates if gate in touched)) for members, touched in groups]


def _search(rules: RuleSet, facts: Facts, options: list[Option], gates: tuple[int, ...]) -> tuple[int, ...] | None:
    start = (0,) * len(options)
    queue, seen = [(0, start)], {start}
    while queue and len(seen) < _MOST_STATES:
        effort, counts = heapq.heappop(queue)
        after = _after(facts, options, counts)
        if after is None:
            continue
        unmet = _unmet(rules, after, gates)
        if not unmet:
            return counts
        for place, option in enumerate(options):
            if counts[place] < option.at_most and _touches(option, rules, unmet):
                more = (*counts[:place], counts[place] + 1, *counts[place + 1 :])
                if more not in seen:
                    seen.add(more)
                    heapq.heappush(queue, (effort + option.effort, more))
    return None


def _after(facts: Facts, options: list[Option], counts: tuple[int, ...]) -> Facts | None:
    """The facts after all steps; those that use something up come first, as nothing that is added can be handed over."""
    claims = [option.claims for option, times in zip(options, counts, strict=True) if times and option.claims]
    if len(claims) != len(set(claims)):
        return None
    after: Facts | None = facts
    for option, times in sorted(zip(options, counts, strict=True), key=lambda pair: not pair[0].uses):
        if times and after is not None:
            after = take(option, after, times)
    return after


def _unmet(rules: RuleSet, facts: Facts, gates: tuple[int, ...]) -> tuple[int, ...]:
    columns, construction = facts.columns(), np.array([facts.construction], np.int8)
    return tuple(gate for gate in gates if judge(rules.criteria[gate], columns, construction)[0] != Outcome.MET)


def _touches(option: Option, rules: RuleSet, gates: tuple[int, ...]) -> bool:
    changed = {*option.adds, *option.sets, *option.copies}
    return any(changed & {*rules.criteria[g].metrics, *rules.criteria[g].denominators} for g in gates)


def _steps(rules: RuleSet, facts: Facts, taken: list[tuple[Option, int]]) -> tuple[Step, ...]:
    """The steps, handing over first and then by effort, with the tier that the engine gives after each."""
    steps, after = [], facts
    for option, times in sorted(taken, key=lambda pair: (not pair[0].uses, pair[0].effort)):
        after = take(option, after, times) or after
        steps.append(Step(option, times, Tier(int(after.judge(rules).tier[0]))))
    return tuple(steps)
