"""Conflicts of interest: at which facilities a firm, or one of its people, must not be sent, and why."""

import re

from django.db.models import Q

from assessments.models import Assessor, Commission
from facilities.models import Operator
from partners.models import PartnerContact, ResidentProject
from tenants.rules import code_range


def conflicts(commission: Commission, assessor: Assessor | None, day) -> dict[int, str]:
    """Facility id → why it is barred on a day: the firm or the person runs it, runs a project there, speaks for a partner that
    does, or declared one of these. Names are compared without spaces and brackets' width; credit codes exactly."""
    parties = {_plain(commission.firm_name): f"{commission.firm_name}就是这家机构"}
    if assessor is not None:
        parties[_plain(assessor.user.display_name)] = f"与评估员{assessor.user.display_name}同名"
    mine = Q(assessor=None) | Q(assessor=assessor) if assessor else Q(assessor=None)
    for interest in commission.interests.filter(mine):
        parties[_plain(interest.party)] = f"已申报：{interest.party}，{interest.note}"
    codes = code_range(commission.division_code)
    found: dict[int, str] = {}
    for facility_id, name in Operator.objects.within(codes).in_force(day).values_list("facility_id", "name"):
        if reason := parties.get(_plain(name)):
            found[facility_id] = f"综合运营方{name}，{reason}"
    projects = ResidentProject.objects.within(codes).in_force(day).exclude(partner=None)
    rows = list(projects.values_list("facility_id", "partner_id", "partner__name", "partner__uscc"))
    spoken_for = _contacts({partner for _, partner, _, _ in rows}, parties)
    for facility_id, partner, name, uscc in rows:
        same = uscc and uscc == commission.firm_uscc
        reason = parties.get(_plain(name)) or spoken_for.get(partner) or ("统一社会信用代码相同" if same else "")
        if reason:
            found[facility_id] = f"合伙人{name}，{reason}"
    return found


def _contacts(partners: set[int], parties: dict[str, str]) -> dict[int, str]:
    """Partner → why, where a contact person of it is one of the parties. Names are stored encrypted, so they are compared here."""
    found: dict[int, str] = {}
    for contact in PartnerContact.objects.filter(partner_id__in=partners):
        if contact.name and (reason := parties.get(_plain(str(contact.name)))):
            found[contact.partner_id] = f"它的联系人{reason}"
    return found


def _plain(name: str) -> str:
    return re.sub(r"\s", "", name).replace("（", "(").replace("）", ")").casefold()
