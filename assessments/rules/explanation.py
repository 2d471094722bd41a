"""From masks and numbers to the words of a page: the criterion × tier matrix. Pure: facts and rules in, frozen text out."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from assessments.rules.labels import TIER_LABELS
from standards.rules import (
    MISSING,
    Construction,
    Criterion,
    Kind,
    Operator,
    Outcome,
    RuleSet,
    Shortfall,
    Tier,
    Verdicts,
    classify,
    shortfall,
)
from standards.rules.amounts import written, written_threshold

RATED = (Tier.INCLUSIVE, Tier.DEMONSTRATION)
NO_DATA, NOT_ASKED, NOT_APPLICABLE = "缺数据", "不要求", "不适用"


@dataclass(frozen=True, slots=True)
class MetricWords:
    """How a metric is written and where it is counted. Structural: only building or moving changes it."""

    name: str
    unit: str
    ledger: str
    structural: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """What one tier asks of one line, and whether it is there. `applies` is False where the clause asks for nothing.

    shortfall: "差 60 ㎡", "待补：点位台账"; empty when met. key: the criterion, for `lists.failing`.
    """

    tier: Tier
    tier_label: str
    key: str
    outcome: Outcome
    threshold: str
    shortfall: str
    applies: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the matrix: one thing that is counted, and what each tier asks of it (duties have one cell).

    value: "999.99 ㎡", "8 / 10 个（80 %）", "有", "缺数据". sources: the ledgers it was counted from. clause, quote, document:
    where it is written, the quote verbatim. readings: keys of the interpretations that concern it.
    """

    key: str
    title: str
    kind: Kind
    value: str
    sources: tuple[str, ...]
    cells: tuple[Cell, ...]
    clause: str
    quote: str
    document: str
    severity: str
    fixable: bool
    readings: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """Of a line with one cell; of a gate, that of the highest tier."""
        return self.cells[-1].outcome


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one facility: metric → value or None where nobody recorded one."""

    values: Mapping[str, int | None]
    construction: Construction

    @classmethod
    def of_row(cls, columns: Mapping[str, np.ndarray], row: int, construction: int) -> "Facts":
        values = {m: None if column[row] == MISSING else int(column[row]) for m, column in columns.items()}
        return cls(values, Construction(construction))

    def columns(self) -> dict[str, np.ndarray]:
        """Arrays of length one for the engine."""
        return {m: np.array([MISSING if v is None else v], np.int64) for m, v in self.values.items()}

    def total(self, metrics: tuple[str, ...]) -> int | None:
        """The sum of some metrics; None where any is missing."""
        found = [self.values.get(metric) for metric in metrics]
        known = [value for value in found if value is not None]
        return sum(known) if len(known) == len(found) else None

    def judge(self, rules: RuleSet) -> Verdicts:
        return classify(rules, self.columns(), np.array([self.construction], np.int8))


def value_of(criterion: Criterion, facts: Facts) -> int | None:
    """What was counted for a criterion; for ANY the largest of its metrics."""
    if criterion.operator is Operator.ANY:
        known = [v for m in criterion.metrics if (v := facts.values.get(m)) is not None]
        return max(known, default=None)
    return facts.total(criterion.metrics)


def lacking(criterion: Criterion, facts: Facts) -> Shortfall | None:
    """What is missing for a criterion, in base units; None where that cannot be said."""
    return shortfall(criterion, facts.construction, value_of(criterion, facts), facts.total(criterion.denominators))


def value_text(criterion: Criterion, facts: Facts, words: Mapping[str, MetricWords]) -> str:
    """The counted value with its unit; for a share both numbers and the percentage, rounded down to 0.01."""
    value, unit = value_of(criterion, facts), _unit(criterion, words)
    if value is None:
        return NO_DATA
    if criterion.operator is Operator.IS_TRUE and not unit:
        return "有" if value else "没有"
    if criterion.operator is not Operator.SHARE_AT_LEAST:
        return written(value, unit)
    whole = facts.total(criterion.denominators)
    if whole is None:
        return NO_DATA
    share = f"（{_percent(value, whole)}）" if whole else ""
    return f"{written(value, '') if not unit else written(value, unit).removesuffix(unit).strip()} / {written(whole, unit)}{share}"


def shortfall_text(criterion: Criterion, facts: Facts, outcome: Outcome, words: Mapping[str, MetricWords]) -> str:
    """What is missing, in words; empty when met."""
    if outcome == Outcome.MET:
        return ""
    lack = lacking(criterion, facts)
    if outcome == Outcome.UNKNOWN or lack is None:
        ledgers = missing_ledgers(criterion, facts, words)
        return f"待补：{'、'.join(ledgers)}台账" if ledgers else "待确认：文件没有给出数字"
    unit = _unit(criterion, words)
    if criterion.operator is Operator.IS_TRUE:
        return "没有"
    if criterion.operator is Operator.SHARE_AT_LEAST and lack.additional is not None and unit != "㎡":
        return f"差 {written(lack.amount, unit)}（改由市场主体或社会组织运营），或新增 {written(lack.additional, unit)}"
    if lack.excess:
        return f"多 {written(lack.excess, unit)}"
    return f"差 {written(lack.amount, unit)}"


def missing_ledgers(criterion: Criterion, facts: Facts, words: Mapping[str, MetricWords]) -> tuple[str, ...]:
    """The ledgers whose gaps leave a criterion undecided."""
    metrics = (*criterion.metrics, *criterion.denominators)
    return tuple(dict.fromkeys(words[m].ledger for m in metrics if m in words and facts.values.get(m) is None))


def line_key(criterion: Criterion) -> str:
    """What a criterion is about, whichever tier asks: `demonstration_area` and `inclusive_area` are one line."""
    for tier in RATED:
        criterion_key = criterion.key.removeprefix(f"{tier.name.lower()}_")
        if criterion_key != criterion.key:
            return criterion_key
    return criterion.key


def lines(rules: RuleSet, facts: Facts, words: Mapping[str, MetricWords], documents: Mapping[str, str]) -> list[Line]:
    """The matrix of one facility: gates by line with one cell a tier, everything else with a single cell."""
    outcomes = facts.judge(rules).outcomes[0]
    judged = [(criterion, Outcome(outcomes[i])) for i, criterion in enumerate(rules.criteria)]
    order = {key: place for place, key in enumerate(dict.fromkeys(line_key(c) for c, _ in judged))}
    judged.sort(key=lambda pair: order[line_key(pair[0])])
    return [
        _line(list(group), facts, words, documents) for _, group in groupby(judged, key=lambda pair: line_key(pair[0]))
    ]


def _line(
    group: list[tuple[Criterion, Outcome]], facts: Facts, words: Mapping[str, MetricWords], documents: Mapping[str, str]
) -> Line:
    first = group[0][0]
    cells = (
        tuple(_tier_cell(tier, group, facts, words) for tier in RATED)
        if first.kind is Kind.GATE
        else (_cell(Tier.UNRATED, *group[0], facts, words),)
    )
    sources = dict.fromkeys(words[m].ledger for m in (*first.metrics, *first.denominators) if m in words)
    return Line(
        key=line_key(first),
        title=first.title.rpartition("：")[2],
        kind=first.kind,
        value=value_text(first, facts, words),
        sources=tuple(sources),
        cells=cells,
        clause="、".join(dict.fromkeys(c.source.clause for c, _ in group)),
        quote=first.source.quote,
        document=documents.get(first.source.document, first.source.document),
        severity=first.source.severity,
        fixable=first.fixable,
        readings=tuple(dict.fromkeys(key for c, _ in group for key in c.interpretations)),
    )


def _tier_cell(
    tier: Tier, group: list[tuple[Criterion, Outcome]], facts: Facts, words: Mapping[str, MetricWords]
) -> Cell:
    for criterion, outcome in group:
        if tier in criterion.tiers:
            return _cell(tier, criterion, outcome, facts, words)
    return Cell(tier, TIER_LABELS[tier], "", Outcome.MET, NOT_ASKED, "", applies=False)


def _cell(tier: Tier, criterion: Criterion, outcome: Outcome, facts: Facts, words: Mapping[str, MetricWords]) -> Cell:
    label = TIER_LABELS[tier] if tier else ""
    if facts.construction is not Construction.UNKNOWN and not criterion.applies_to(facts.construction):
        return Cell(tier, label, criterion.key, Outcome.MET, NOT_APPLICABLE, "", applies=False)
    text = shortfall_text(criterion, facts, outcome, words)
    return Cell(tier, label, criterion.key, outcome, threshold_text(criterion, facts.construction), text, applies=True)


def threshold_text(criterion: Criterion, construction: Construction) -> str:
    """What the clause asks for: "≥ 1,000 ㎡", "≥ 80 %", "2–3 个", "有"."""
    limit = criterion.threshold_for(construction)
    if limit is None:
        return "没有给出数字" if construction is not Construction.UNKNOWN else "取决于建设类型"
    if criterion.operator is Operator.IS_TRUE:
        return "有"
    text = written_threshold(limit, criterion.unit)
    if criterion.operator is Operator.BETWEEN:
        return text
    return f"{'≤' if criterion.operator is Operator.AT_MOST else '≥'} {text}"


def headline(tier: Tier, best: Tier, matrix: list[Line]) -> str:
    """The conclusion first, then what is missing: "普惠型，升示范型还差 4 项"."""
    label = TIER_LABELS[tier]
    gates = [line for line in matrix if line.kind is Kind.GATE]
    if not gates:
        return "本区还没有等级标准，只对照市标"
    if tier is Tier.DEMONSTRATION:
        return f"{label}，各项门槛都已达到"
    target = Tier(tier + 1)
    cells = [cell for line in gates for cell in line.cells if cell.tier is target]
    failed = sum(cell.outcome == Outcome.NOT_MET for cell in cells)
    unknown = sum(cell.outcome == Outcome.UNKNOWN for cell in cells)
    verb = "升" if tier is Tier.INCLUSIVE else "到"
    parts = [f"{verb}{TIER_LABELS[target]}还差 {failed} 项"] if failed else []
    parts += [f"{unknown} 项缺数据"] if unknown else []
    if best > tier:
        parts.append(f"补齐数据后最高可到{TIER_LABELS[best]}")
    return "，".join([label, *parts])


def _unit(criterion: Criterion, words: Mapping[str, MetricWords]) -> str:
    """The unit of what was counted: a share of projects is counted in 个, a share of areas in ㎡."""
    if criterion.operator is Operator.SHARE_AT_LEAST or not criterion.unit:
        found = words.get(criterion.metrics[0])
        return found.unit if found else ""
    return criterion.unit


def _percent(value: int, whole: int) -> str:
    hundredths = value * 10_000 // whole
    return f"{hundredths // 100}{f'.{hundredths % 100:02d}'.rstrip('0') if hundredths % 100 else ''} %"
