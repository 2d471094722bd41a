"""Names and units of metrics, titles of readings and documents, as they stood on a day. Read once per version."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from assessments.rules.explanation import MetricWords
from standards.models import StandardVersion
from standards.queries import METRICS, REGISTER, Interpretation, interpretations, metrics


@dataclass(frozen=True)
class Words:
    """metrics: key → how it is written. readings: interpretation key → its register entry."""

    metrics: dict[str, MetricWords]
    readings: dict[str, Interpretation]


def words_on(day: date) -> Words:
    """The words in force on a day; those of the first version for earlier days."""
    versions = StandardVersion.objects.filter(standard__key__in=(METRICS, REGISTER)).order_by("effective_from")
    listed = list(versions.values_list("pk", "effective_from"))
    first = max((since for _, since in listed), default=day)
    return _words(tuple(listed), max(day, first))


@lru_cache(maxsize=32)
def _words(versions: tuple, day: date) -> Words:
    known = {
        key: MetricWords(metric.name, metric.unit, metric.ledger, metric.is_structural)
        for key, metric in metrics(day).items()
    }
    return Words(known, {entry.key: entry for entry in interpretations(day)})
