"""Why a facility has the tier it has: the stored masks and values of a verdict, put into words when somebody reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache

from assessments.models import Run, Verdict
from assessments.queries.rule_sets import named_rules, versions_named
from assessments.queries.words import Words, words_on
from assessments.rules.explanation import Facts, Line, headline, lines
from assessments.rules.labels import tier_label
from assessments.rules.packing import Layout
from standards.models import StandardVersion
from standards.rules import Kind, RuleSet, Tier, Verdicts


@dataclass(frozen=True, slots=True)
class OtherReading:
    """Another option of an interpretation, taken alone, and the tier it would give."""

    option: str
    label: str
    tier: Tier
    tier_label: str
    changes: bool
    lacks_facts: bool  # under this option a fact is missing, so it cannot be said whether the tier would change


@dataclass(frozen=True, slots=True)
class ReadingEffect:
    """An interpretation that this run rests on: the option chosen, and what each of the others would give."""

    key: str
    title: str
    question: str
    chosen: str
    is_ruled: bool  # by the district; else it is the default reading, which the district has yet to confirm
    others: tuple[OtherReading, ...]

    @property
    def changes(self) -> bool:
        return any(other.changes for other in self.others)


@dataclass(frozen=True)
class Told:
    """What the engine makes of the facts of one facility, in words. `day` is the day of the facts."""

    day: date
    tier: Tier
    tier_label: str
    best_tier: Tier
    sensitive: bool
    undetermined: bool
    headline: str
    gates: tuple[Line, ...]
    duties: tuple[Line, ...]
    definitions: tuple[Line, ...]
    city: tuple[Line, ...]
    readings: tuple[ReadingEffect, ...]
    versions: tuple[StandardVersion, ...]

    @property
    def based_on_draft(self) -> bool:
        """Whether the tier rests on a 征求意见稿 (DOC-1): say so wherever the result is shown."""
        return any(version.status == "draft" for version in self.versions)


@dataclass(frozen=True)
class Explanation(Told):
    """Everything a page or the API says about one stored verdict."""

    run: Run
    facility_id: int
    prev_tier: int
    prev_label: str


def facts_of(verdict: Verdict) -> Facts:
    """The facts as they were judged, from the stored row."""
    columns = Layout.parse(verdict.run.layout).unpack([bytes(verdict.values)])
    return Facts.of_row(columns, 0, verdict.construction)


def rules_of(run: Run) -> RuleSet:
    """The rule set that judged a run. What is published is never edited, so lists do not read it again row by row."""
    return _rules(run.standard, tuple(sorted(run.readings.items())), run.standard_hash)


@lru_cache(maxsize=64)
def _rules(standard: str, readings: tuple[tuple[str, str], ...], _hash: str) -> RuleSet:
    return named_rules(standard, dict(readings))


def explain(verdict: Verdict, words: Words | None = None) -> Explanation:
    """The explanation of one verdict (load it with `select_related("run")`). A handful of queries, about a millisecond.

    words: of the last day of its quarter, where the caller has read them already.
    """
    run = verdict.run
    told = tell(rules_of(run), facts_of(verdict), run.period.last_day, run.standard, run.readings, words)
    stored = {
        "tier": Tier(verdict.tier),
        "tier_label": tier_label(verdict.tier),
        "sensitive": bool(verdict.flags & Verdict.SENSITIVE),
        "undetermined": bool(verdict.flags & Verdict.UNDETERMINED),
    }
    return Explanation(
        **{one.name: getattr(told, one.name) for one in fields(told)} | stored,
        run=run,
        facility_id=verdict.facility_id,
        prev_tier=verdict.prev_tier,
        prev_label=tier_label(verdict.prev_tier),
    )


def tell(
    rules: RuleSet, facts: Facts, day: date, standard: str, ruled: Mapping[str, str], words: Words | None = None,
    versions: Sequence[StandardVersion] | None = None,
) -> Told:  # fmt: skip
    """Judge the facts of one facility and say what was found. ruled: the district's own readings, key → option.

    words, versions: of that day and that standard, where the caller has read them already.
    """
    words = words or words_on(day)
    versions = versions or versions_named(standard)
    documents = {version.document.key: version.document.title for version in versions if version.document}
    judged = facts.judge(rules)
    matrix = lines(rules, facts, words.metrics, documents)
    tier, best = Tier(int(judged.tier[0])), Tier(int(judged.best_tier[0]))
    of_kind = {kind: tuple(line for line in matrix if line.kind is kind) for kind in Kind}
    return Told(
        day=day,
        tier=tier,
        tier_label=tier_label(tier),
        best_tier=best,
        sensitive=bool(judged.sensitive[0]),
        undetermined=bool(judged.undetermined[0]),
        headline=headline(tier, best, matrix),
        gates=of_kind[Kind.GATE],
        duties=of_kind[Kind.DUTY],
        definitions=of_kind[Kind.DEFINITION],
        city=of_kind[Kind.CITY],
        readings=_readings(rules, judged, words, ruled),
        versions=tuple(versions),
    )


def _readings(rules: RuleSet, judged: Verdicts, words: Words, ruled: Mapping[str, str]) -> tuple[ReadingEffect, ...]:
    """Only interpretations with an alternative that is compared; those that change the tier first."""
    effects = []
    for reading in rules.readings:
        entry = words.readings.get(reading.interpretation)
        others = tuple(
            _other(
                entry.option(other.option).label,
                other.option,
                (int(tiers[0]), int(judged.best_by_reading[other][0])),
                int(judged.tier[0]),
            )
            for other, tiers in judged.tiers_by_reading.items()
            if entry and other.interpretation == reading.interpretation
        )
        if entry and others:
            chosen = entry.option(reading.option).label
            own = reading.interpretation in ruled
            effects.append(ReadingEffect(entry.key, entry.title, entry.question, chosen, own, others))
    return tuple(sorted(effects, key=lambda effect: not effect.changes))


def _other(label: str, option: str, tiers: tuple[int, int], present: int) -> OtherReading:
    least, best = tiers
    if least <= present <= best:
        return OtherReading(option, label, Tier(present), tier_label(present), False, least < best)
    return OtherReading(option, label, Tier(least), tier_label(least), True, False)
