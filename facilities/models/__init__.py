"""What exists: facilities, their sites and spaces, the functions they offer and who operates them.

Whatever can change carries dates (`starts_on`, `ends_on` exclusive), so the facts of any past day can be read again.
"""

from facilities.models.attachment import Attachment, AttachmentKind
from facilities.models.contact import ContactPerson
from facilities.models.decision import Decision, DecisionKind, DecisionState
from facilities.models.facility import ConstructionType, Facility, Ledger, Lifecycle
from facilities.models.import_batch import BatchState, ImportBatch, ImportRow, Outcome
from facilities.models.offer import OfferedFunction, Operator
from facilities.models.place import Site, Space, SpaceUse
from facilities.models.returns import (
    EventKind,
    QuarterlyReturn,
    ReturnComment,
    ReturnEvent,
    ReturnRoute,
    ReturnRow,
    ReturnRules,
    ReturnState,
)
from facilities.models.service import PublicNotice, ServiceFigures
from facilities.models.state import Coverage, FacilityLineage, FacilityState

__all__ = [
    "Attachment",
    "AttachmentKind",
    "BatchState",
    "ConstructionType",
    "ContactPerson",
    "Coverage",
    "Decision",
    "DecisionKind",
    "DecisionState",
    "EventKind",
    "Facility",
    "FacilityLineage",
    "FacilityState",
    "ImportBatch",
    "ImportRow",
    "Ledger",
    "Lifecycle",
    "OfferedFunction",
    "Operator",
    "Outcome",
    "PublicNotice",
    "QuarterlyReturn",
    "ReturnComment",
    "ReturnEvent",
    "ReturnRoute",
    "ReturnRow",
    "ReturnRules",
    "ReturnState",
    "ServiceFigures",
    "Site",
    "Space",
    "SpaceUse",
]
