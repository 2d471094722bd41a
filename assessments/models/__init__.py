"""Judgements: quarterly runs and what they found, and the maintained facts."""

from assessments.models.facts import FacilityFact
from assessments.models.run import Run, RunKind, RunState
from assessments.models.summary import ScopeSummary
from assessments.models.verdict import NO_TIER, Unjudged, UnjudgedReason, Verdict
from assessments.models.vitality import VitalityRun, VitalityScore

__all__ = [
    "NO_TIER",
    "FacilityFact",
    "Run",
    "RunKind",
    "RunState",
    "ScopeSummary",
    "Unjudged",
    "UnjudgedReason",
    "Verdict",
    "VitalityRun",
    "VitalityScore",
]
