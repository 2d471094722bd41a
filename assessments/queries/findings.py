"""A verdict criterion by criterion, with the numbers beside the words that the facility page shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from assessments.models import Verdict
from assessments.queries.explain import facts_of, rules_of
from assessments.queries.words import words_on
from assessments.rules.explanation import (
    Facts,
    MetricWords,
    shortfall_text,
    threshold_text,
    value_of,
    value_text,
)
from standards.models import StandardVersion
from standards.rules import Construction, Criterion, Operator, Outcome, Threshold
from standards.rules.amounts import BASE_UNITS


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion. `value`, `whole` (what a share is divided by) in `unit`, None where nobody recorded a value.

    applies: whether the clause speaks of the facility's construction type. sources: the ledgers counted from.
    """

    criterion: Criterion
    outcome: Outcome
    applies: bool
    unit: str
    value: Decimal | None
    whole: Decimal | None
    limit: Threshold | None
    value_text: str
    threshold_text: str
    shortfall_text: str
    document: str
    sources: tuple[str, ...]


def findings(verdict: Verdict, versions: Iterable[StandardVersion]) -> list[Finding]:
    """All criteria of the rule set that judged, in its order; outcomes as stored, never judged anew.

    versions: those of the run, with their documents (`explain` has them).
    """
    rules, facts = rules_of(verdict.run), facts_of(verdict)
    words = words_on(verdict.run.period.last_day).metrics
    documents = {v.document.key: v.document.title for v in versions if v.document}
    return [
        _finding(criterion, _outcome(verdict, position), facts, words, documents)
        for position, criterion in enumerate(rules.criteria)
    ]


def _outcome(verdict: Verdict, position: int) -> Outcome:
    if verdict.unknown >> position & 1:
        return Outcome.UNKNOWN
    return Outcome.NOT_MET if verdict.failed >> position & 1 else Outcome.MET


def _finding(
    criterion: Criterion, outcome: Outcome, facts: Facts, words: dict[str, MetricWords], documents: dict[str, str]
) -> Finding:
    metrics = (*criterion.metrics, *criterion.denominators)
    unit = words[criterion.metrics[0]].unit if criterion.metrics[0] in words else ""
    is_share = criterion.operator is Operator.SHARE_AT_LEAST
    applies = facts.construction is Construction.UNKNOWN or criterion.applies_to(facts.construction)
    return Finding(
        criterion=criterion,
        outcome=outcome,
        applies=applies,
        unit=unit,
        value=_in_unit(value_of(criterion, facts), unit),
        whole=_in_unit(facts.total(criterion.denominators), unit) if is_share else None,
        limit=criterion.threshold_for(facts.construction),
        value_text=value_text(criterion, facts, words),
        threshold_text=threshold_text(criterion, facts.construction) if applies else "不适用",
        shortfall_text=shortfall_text(criterion, facts, outcome, words) if applies else "",
        document=documents.get(criterion.source.document, criterion.source.document),
        sources=tuple(dict.fromkeys(words[metric].ledger for metric in metrics if metric in words)),
    )


def _in_unit(value: int | None, unit: str) -> Decimal | None:
    """From base units (0.01 ㎡, 分) to the written unit, exactly."""
    return None if value is None else Decimal(value) / BASE_UNITS.get(unit, 1)
