"""What the ledgers of a day give, and what they would give if something were mended: for lists and previews, nothing is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np

from assessments.queries.facts import collect_some
from assessments.queries.rule_sets import named_rules
from assessments.rules.packing import FactTable
from standards.queries import readings_in_force, versions_in_force
from standards.rules import Kind, Outcome, RuleSet, Tier, Verdicts, classify
from tenants.rules import district_of


@dataclass(frozen=True, slots=True)
class Change:
    """A fact of one facility that would be otherwise. sets: metric → value; copies: metric → metric it is taken from."""

    facility_id: int
    sets: Mapping[str, int] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """A result of a day. tier None: facts are missing that decide it. undetermined: a missing fact could raise it.

    waiting: metrics that are missing and that a gate of the next tier asks for.
    """

    tier: int | None
    undetermined: bool
    waiting: frozenset[str]


def rules_on(district: int, day: date) -> RuleSet | None:
    """The rules that would judge a district on a day; None without a standard that knows tiers."""
    versions = versions_in_force(district, day)
    if not versions:
        return None
    readings = tuple(sorted(readings_in_force(district, day).items()))
    rules = _rules("+".join(map(str, versions)), readings, tuple(version.content_sha256 for version in versions))
    return rules if any(criterion.tiers for criterion in rules.criteria) else None


@lru_cache(maxsize=64)
def _rules(standard: str, readings: tuple[tuple[str, str], ...], _contents: tuple[str, ...]) -> RuleSet:
    return named_rules(standard, dict(readings))


def facts_on(facility_ids: Iterable[int], day: date) -> FactTable:
    """The facts of single facilities that are open on a day."""
    return collect_some(sorted(set(facility_ids)), day).table


def standings(table: FactTable, day: date) -> dict[int, Standing]:
    """What a table of facts gives, by facility; those of districts without rules are left out."""
    found: dict[int, Standing] = {}
    for rules, part in _by_rules(table, day):
        found.update(zip(part.facility_ids.tolist(), _standings(rules, part), strict=True))
    return found


def effects(table: FactTable, changes: Sequence[Change], day: date) -> dict[int, Standing]:
    """Position of a change → what it alone would give. Changes of facilities that the table does not hold are left out."""
    found: dict[int, Standing] = {}
    for rules, part in _by_rules(table, day):
        row_of = {facility_id: row for row, facility_id in enumerate(part.facility_ids.tolist())}
        mine = [place for place, change in enumerate(changes) if change.facility_id in row_of]
        rows = np.array([row_of[changes[place].facility_id] for place in mine], np.intp)
        tried = part.take(rows)
        for row, place in enumerate(mine):
            for metric, source in changes[place].copies.items():
                tried.columns[metric][row] = tried.columns[source][row]
            for metric, value in changes[place].sets.items():
                tried.columns[metric][row] = value
        found.update(zip(mine, _standings(rules, tried), strict=True))
    return found


def _by_rules(table: FactTable, day: date) -> Iterable[tuple[RuleSet, FactTable]]:
    codes = table.division_codes // 10**6
    for district in sorted({district_of(code) for code in table.division_codes.tolist()}):
        if rules := rules_on(district, day):
            yield rules, table.take(np.flatnonzero(codes == district // 10**6))


def _standings(rules: RuleSet, table: FactTable) -> list[Standing]:
    judged = classify(rules, table.columns, table.construction)
    return [_standing(rules, judged, row) for row in range(len(table))]


def _standing(rules: RuleSet, judged: Verdicts, row: int) -> Standing:
    tier, undetermined = Tier(int(judged.tier[row])), bool(judged.undetermined[row])
    gates = () if tier == Tier.DEMONSTRATION else rules.gates(Tier(tier + 1))
    unknown = [rules.criteria[gate] for gate in gates if judged.outcomes[row, gate] == Outcome.UNKNOWN]
    return Standing(
        tier=None if tier == Tier.UNRATED and undetermined else int(tier),
        undetermined=undetermined,
        waiting=frozenset(
            metric for one in unknown if one.kind is Kind.GATE for metric in (*one.metrics, *one.denominators)
        ),
    )
