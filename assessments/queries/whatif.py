"""What the ledgers of a day give, and what they would give if something were mended: for lists and previews, nothing is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from assessments.queries.facts import collect_some
from assessments.queries.rule_sets import NoStandardError
from assessments.queries.rulebook import Rulebook, rulebook
from assessments.rules.catalogue import FunctionCatalogue
from assessments.rules.packing import FactTable
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


Books = Mapping[int, Rulebook | None]  # district → what it judges by; None without a standard that knows tiers


def books_of(codes: Iterable[int], day: date) -> Books:
    """The rulebooks of the districts in which some divisions lie, one statement for each district."""
    return {district: _book(district, day) for district in sorted({district_of(code) for code in codes})}


def _book(district: int, day: date) -> Rulebook | None:
    try:
        book = rulebook(district, day)
    except NoStandardError:
        return None
    return book if any(criterion.tiers for criterion in book.rules.criteria) else None


def rules_on(district: int, day: date) -> RuleSet | None:
    """The rules that would judge a district on a day; None without a standard that knows tiers."""
    book = _book(district, day)
    return book and book.rules


def facts_on(facility_ids: Iterable[int], day: date, catalogue: FunctionCatalogue | None = None) -> FactTable:
    """The facts of single facilities that are open on a day. catalogue: of that day, where it has been read already."""
    return collect_some(sorted(set(facility_ids)), day, catalogue).table


def standings(table: FactTable, day: date, books: Books | None = None) -> dict[int, Standing]:
    """What a table of facts gives, by facility; those of districts without rules are left out. books: of all its districts."""
    found: dict[int, Standing] = {}
    for rules, part in _by_rules(table, day, books):
        found.update(zip(part.facility_ids.tolist(), _standings(rules, part), strict=True))
    return found


def effects(table: FactTable, changes: Sequence[Change], day: date, books: Books | None = None) -> dict[int, Standing]:
    """Position of a change → what it alone would give. Changes of facilities that the table does not hold are left out."""
    found: dict[int, Standing] = {}
    for rules, part in _by_rules(table, day, books):
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


def _by_rules(table: FactTable, day: date, books: Books | None) -> Iterable[tuple[RuleSet, FactTable]]:
    codes = table.division_codes // 10**6
    books = books_of(table.division_codes.tolist(), day) if books is None else books
    for district in sorted({district_of(code) for code in table.division_codes.tolist()}):
        if book := books.get(district):
            yield book.rules, table.take(np.flatnonzero(codes == district // 10**6))


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
