"""Who runs it: partners (幸福合伙人), how they come, serve and leave, their projects, charity projects with their money."""

from partners.models.agreement import (
    Agreement,
    AgreementCheck,
    AgreementPrice,
    AgreementState,
    CheckKind,
    MovesIn,
    RunAs,
)
from partners.models.charity import CharityProject, CharityReceipt
from partners.models.columns import district_of_row
from partners.models.contact import PartnerContact
from partners.models.credential import Credential, CredentialKind, PartnerFile
from partners.models.entry import Application, ApplicationState, Call, CallState, Channel, EntryRules, Need, Score
from partners.models.exemplar import Exemplar, ExemplarState
from partners.models.partner import Partner, PartnerKind, PartnerMerge
from partners.models.project import FeeNature, ResidentProject, RunBy
from partners.models.selection import Nomination, PriorityKind, PriorityUse, RoundState, SelectionRound

__all__ = [
    "Agreement",
    "AgreementCheck",
    "AgreementPrice",
    "AgreementState",
    "Application",
    "ApplicationState",
    "Call",
    "CallState",
    "Channel",
    "CharityProject",
    "CharityReceipt",
    "CheckKind",
    "Credential",
    "CredentialKind",
    "EntryRules",
    "Exemplar",
    "ExemplarState",
    "FeeNature",
    "MovesIn",
    "Need",
    "Nomination",
    "Partner",
    "PartnerContact",
    "PartnerFile",
    "PartnerKind",
    "PartnerMerge",
    "PriorityKind",
    "PriorityUse",
    "ResidentProject",
    "RoundState",
    "RunAs",
    "RunBy",
    "Score",
    "SelectionRound",
    "district_of_row",
]
