"""Partners in the world of the matrix: how they come, serve and leave, in each place."""

from facilities.models import Facility
from partners.models import (
    Agreement,
    AgreementCheck,
    AgreementPrice,
    Application,
    Brand,
    BrandMember,
    Call,
    Credential,
    EntryRules,
    Exemplar,
    Need,
    Nomination,
    PanelMember,
    Partner,
    PartnerContact,
    PartnerFile,
    PartnerMerge,
    PriorityUse,
    Score,
    SelectionRound,
)
from tenants.models import User
from tests.structure.rows import make_row

OF_A_PLACE = (
    PartnerFile,
    Credential,
    Brand,
    BrandMember,
    PartnerMerge,
    Call,
    PanelMember,
    Need,
    Application,
    Score,
    Agreement,
    AgreementPrice,
    AgreementCheck,
    SelectionRound,
    Nomination,
    PriorityUse,
    Exemplar,
)


def of_place(code: int, facility: Facility, user: User) -> None:
    partner = PartnerContact.objects.get(division_code=code).partner
    parents: dict = {(Facility, code): facility, (User, code): user, (Partner, code): partner}
    for model in OF_A_PLACE:
        parents[model, code] = make_row(model, code, parents)
    Partner.objects.filter(pk=parents[PartnerMerge, code].gone_id).update(merged_into=partner)
    Application.objects.filter(division_code=code).update(partner=partner)
    Exemplar.objects.filter(division_code=code).update(partner=partner)
    make_row(EntryRules, code)
