"""Reads: versions in force, the rule set of a district on a day, clauses in their context, catalogues and readings."""

from standards.queries.catalogues import Metric, catalogue_items, crosswalk, function_names, metrics
from standards.queries.contents import version_contents
from standards.queries.documents import (
    AnnotatedClause,
    ClauseContext,
    annotated_clauses,
    clause_context,
    find_clause,
)
from standards.queries.readings import (
    Effect,
    Entry,
    Interpretation,
    Option,
    effects,
    interpretations,
    readings_in_force,
    readings_of,
    ruleset,
    ruleset_read_as,
    rulings,
    rulings_in_force,
)
from standards.queries.versions import (
    CATALOGUE_GONGSHU,
    CATALOGUE_HANGZHOU,
    CROSSWALK,
    METRICS,
    REGISTER,
    version_in_force,
    versions_in_force,
)

__all__ = [
    "CATALOGUE_GONGSHU",
    "CATALOGUE_HANGZHOU",
    "CROSSWALK",
    "METRICS",
    "REGISTER",
    "AnnotatedClause",
    "ClauseContext",
    "Effect",
    "Entry",
    "Interpretation",
    "Metric",
    "Option",
    "annotated_clauses",
    "catalogue_items",
    "clause_context",
    "crosswalk",
    "effects",
    "find_clause",
    "function_names",
    "interpretations",
    "metrics",
    "readings_in_force",
    "readings_of",
    "ruleset",
    "ruleset_read_as",
    "rulings",
    "rulings_in_force",
    "version_contents",
    "version_in_force",
    "versions_in_force",
]
