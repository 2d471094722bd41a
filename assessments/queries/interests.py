"""Conflicts of interest: at which facilities a firm, or one of its people, must not be sent, and why."""

import re

from django.db.models import Q

from assessments.models import Assessor, Commission
from facilities.models import Operator
from partners.models import ResidentProject
from tenants.rules import code_range


def conflicts(commission: Commission, assessor: Assessor | None, day) -> dict[int, str]:
    """Facility id → why it is barred on a day: the firm or the person runs it, runs a project there, or declared somebody who
    does. Names are compared without spaces and brackets' width; credit codes exactly."""
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
    for facility_id, name, uscc in projects.values_list("facility_id", "partner__name", "partner__uscc"):
        same = uscc and uscc == commission.firm_uscc
        if reason := parties.get(_plain(name)) or ("统一社会信用代码相同" if same else ""):
            found[facility_id] = f"合伙人{name}，{reason}"
    return found


def _plain(name: str) -> str:
    return re.sub(r"\s", "", name).replace("（", "(").replace("）", ")").casefold()
