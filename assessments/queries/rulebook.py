"""Everything that judging one facility of a district on a day needs to know of the standards, from one statement.

A published version never changes. So one statement asks which versions there are and how the district reads them, and what
follows from that is kept in this process: rules, words, catalogue and documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from assessments.queries.catalogue import function_catalogue
from assessments.queries.rule_sets import named_rules, standard_in_force, versions_named
from assessments.queries.words import Words, words_on
from assessments.rules.catalogue import FunctionCatalogue
from standards.models import StandardVersion
from standards.queries.readings import rulings
from standards.rules import RuleSet
from tenants.rules import district_of
from tenants.together import together


@dataclass(frozen=True)
class Rulebook:
    """standard: as a run names it. ruled: interpretation → option, of those that the district has ruled on."""

    standard: str
    ruled: Mapping[str, str]
    rules: RuleSet
    words: Words
    versions: tuple[StandardVersion, ...]
    catalogue: FunctionCatalogue


def rulebook(district: int, day: date) -> Rulebook:
    """What a district judges by on a day. Raises NoStandardError. One statement; some more for what this process has not seen."""
    read = together(
        {
            "versions": StandardVersion.objects.order_by("pk").values("pk", "content_sha256"),
            "rulings": rulings(district).filter(effective_from__lte=day).select_related(None).values("interpretation", "option"),
        }
    )  # fmt: skip
    ruled: dict[str, str] = {}
    for ruling in read["rulings"]:  # the newest first
        ruled.setdefault(ruling["interpretation"], ruling["option"])
    loaded = tuple(tuple(version.values()) for version in read["versions"])
    return _rulebook(district_of(district), day, tuple(sorted(ruled.items())), loaded)


@lru_cache(maxsize=64)
def _rulebook(district: int, day: date, ruled: tuple[tuple[str, str], ...], _loaded: tuple) -> Rulebook:
    standard, readings = standard_in_force(district, day), dict(ruled)
    return Rulebook(
        standard, readings, named_rules(standard, readings), words_on(day), tuple(versions_named(standard)),
        function_catalogue(day),
    )  # fmt: skip
