"""Who runs it: partners (幸福合伙人), the projects they run in facilities, and charity projects with money received."""

from partners.models.charity import CharityProject, CharityReceipt
from partners.models.columns import district_of_row
from partners.models.contact import PartnerContact
from partners.models.partner import Partner, PartnerKind
from partners.models.project import FeeNature, ResidentProject, RunBy

__all__ = [
    "CharityProject",
    "CharityReceipt",
    "FeeNature",
    "Partner",
    "PartnerContact",
    "PartnerKind",
    "ResidentProject",
    "RunBy",
    "district_of_row",
]
