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
from partners.models.brand import Brand, BrandMember
from partners.models.charity import CharityProject, CharityReceipt
from partners.models.columns import district_of_row
from partners.models.contact import PartnerContact
from partners.models.credential import Credential, CredentialKind, PartnerFile
from partners.models.disbursement import (
    Fundraiser,
    FundraiserKind,
    Payment,
    PaymentState,
    Subsidy,
    SubsidyBasis,
    SubsidyState,
)
from partners.models.entry import (
    Application,
    ApplicationState,
    Call,
    CallState,
    Channel,
    EntryRules,
    Need,
    PanelMember,
    Score,
)
from partners.models.exchange import (
    Exchange,
    ExchangedSpace,
    ExchangeEntry,
    ExchangeEntryKind,
    ReferenceRent,
    Terms,
)
from partners.models.exemplar import Exemplar, ExemplarState
from partners.models.fund import EntryKind, Fund, FundEntry, FundKind, FundLine, Source
from partners.models.money_rules import MoneyFile, MoneyRules
from partners.models.operating import OperatingFigure, Price
from partners.models.partner import Partner, PartnerKind, PartnerMerge
from partners.models.plan import Measure, Plan, PlanItem, PlanRecord, PlanState
from partners.models.project import FeeNature, ResidentProject, RunBy
from partners.models.selection import Nomination, PriorityKind, PriorityUse, RoundState, SelectionRound

__all__ = [
    "Agreement",
    "AgreementCheck",
    "AgreementPrice",
    "AgreementState",
    "Application",
    "ApplicationState",
    "Brand",
    "BrandMember",
    "Call",
    "CallState",
    "Channel",
    "CharityProject",
    "CharityReceipt",
    "CheckKind",
    "Credential",
    "CredentialKind",
    "EntryKind",
    "EntryRules",
    "Exchange",
    "ExchangeEntry",
    "ExchangeEntryKind",
    "ExchangedSpace",
    "Exemplar",
    "ExemplarState",
    "FeeNature",
    "Fund",
    "FundEntry",
    "FundKind",
    "FundLine",
    "Fundraiser",
    "FundraiserKind",
    "Measure",
    "MoneyFile",
    "MoneyRules",
    "MovesIn",
    "Need",
    "Nomination",
    "OperatingFigure",
    "PanelMember",
    "Partner",
    "PartnerContact",
    "PartnerFile",
    "PartnerKind",
    "PartnerMerge",
    "Payment",
    "PaymentState",
    "Plan",
    "PlanItem",
    "PlanRecord",
    "PlanState",
    "Price",
    "PriorityKind",
    "PriorityUse",
    "ReferenceRent",
    "ResidentProject",
    "RoundState",
    "RunAs",
    "RunBy",
    "Score",
    "SelectionRound",
    "Source",
    "Subsidy",
    "SubsidyBasis",
    "SubsidyState",
    "Terms",
    "district_of_row",
]
