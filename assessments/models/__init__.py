"""Judgements: runs and what they found, the maintained facts, self-evaluations, spot checks and the directory."""

from assessments.models.check_round import Assessor, CheckRound, Commission, Interest
from assessments.models.directory import (
    Appeal,
    AppealKind,
    Directory,
    DirectoryEntry,
    DirectoryState,
    DocumentKind,
    Movement,
    PublishedDocument,
)
from assessments.models.discrepancy import Discrepancy, Ruling
from assessments.models.facts import FacilityFact
from assessments.models.follow_up import FollowUp, FollowUpRules, FollowUpState
from assessments.models.rectification import (
    LIVE,
    ItemDecision,
    ItemDecisionState,
    Rectification,
    RectificationState,
    RectificationStep,
    StepKind,
)
from assessments.models.run import Run, RunKind, RunState
from assessments.models.sample import Sample, SampledFacility
from assessments.models.self_evaluation import (
    Correction,
    EvaluatedFacility,
    EvaluationEvent,
    EvaluationRules,
    EvaluationState,
    EvaluationStep,
    EvaluationVersion,
    Filing,
    Frequency,
    SelfEvaluation,
)
from assessments.models.summary import ScopeSummary
from assessments.models.verdict import NO_TIER, Unjudged, UnjudgedReason, Verdict
from assessments.models.visit import (
    OperationKind,
    OperationState,
    Visit,
    VisitFinding,
    VisitOperation,
    VisitState,
)
from assessments.models.vitality import VitalityRun, VitalityScore

__all__ = [
    "LIVE",
    "NO_TIER",
    "Appeal",
    "AppealKind",
    "Assessor",
    "CheckRound",
    "Commission",
    "Correction",
    "Directory",
    "DirectoryEntry",
    "DirectoryState",
    "Discrepancy",
    "DocumentKind",
    "EvaluatedFacility",
    "EvaluationEvent",
    "EvaluationRules",
    "EvaluationState",
    "EvaluationStep",
    "EvaluationVersion",
    "FacilityFact",
    "Filing",
    "FollowUp",
    "FollowUpRules",
    "FollowUpState",
    "Frequency",
    "Interest",
    "ItemDecision",
    "ItemDecisionState",
    "Movement",
    "OperationKind",
    "OperationState",
    "PublishedDocument",
    "Rectification",
    "RectificationState",
    "RectificationStep",
    "Ruling",
    "Run",
    "RunKind",
    "RunState",
    "Sample",
    "SampledFacility",
    "ScopeSummary",
    "SelfEvaluation",
    "StepKind",
    "Unjudged",
    "UnjudgedReason",
    "Verdict",
    "Visit",
    "VisitFinding",
    "VisitOperation",
    "VisitState",
    "VitalityRun",
    "VitalityScore",
]
