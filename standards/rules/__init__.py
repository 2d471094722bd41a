"""The law as arithmetic: criteria, readings and the engine that judges arrays of facts. No Django, no clock, no floats."""

from standards.rules.building import RuleError, build
from standards.rules.criteria import (
    MISSING,
    Construction,
    Criterion,
    Kind,
    Operator,
    Outcome,
    Reading,
    RuleSet,
    Source,
    Threshold,
    Tier,
)
from standards.rules.judging import Facts, Verdicts, classify, fingerprint, judge, values
from standards.rules.shortfall import Shortfall, shortfall

__all__ = [
    "MISSING",
    "Construction",
    "Criterion",
    "Facts",
    "Kind",
    "Operator",
    "Outcome",
    "Reading",
    "RuleError",
    "RuleSet",
    "Shortfall",
    "Source",
    "Threshold",
    "Tier",
    "Verdicts",
    "build",
    "classify",
    "fingerprint",
    "judge",
    "shortfall",
    "values",
]
