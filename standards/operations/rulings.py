"""A district says how an ambiguous sentence is read, from a day on."""

from datetime import date

from django.db import transaction

from standards.models import InterpretationRuling
from standards.queries import interpretations, readings_in_force
from tenants.models import User
from tenants.operations import record_act
from tenants.rules import CITY_WIDTH, district_of


class RulingRefused(ValueError):
    """A ruling cannot be made. The message, in Chinese, says why and what to do."""


@transaction.atomic
def rule_on_reading(
    *, by: User, district_code: int, interpretation: str, option: str, effective_from: date, reason: str
) -> InterpretationRuling:
    """Rule that from `effective_from` on an ambiguous sentence is read as `option`. Leaves an act; nothing is edited.

    The default may be ruled too: then it is the district's own reading and no longer waits for confirmation.

    Past results stay as they are; runs of days from then on follow the ruling. Raises RulingRefused.
    """
    if district_code != district_of(district_code) or district_code % CITY_WIDTH == 0:
        raise RulingRefused("读法由区里裁定，请用区级账号。")
    entry = next((each for each in interpretations(effective_from) if each.key == interpretation), None)
    if entry is None or not entry.is_open:
        raise RulingRefused(f"读法登记中没有可以裁定的 {interpretation}。")
    if option not in {each.key for each in entry.options}:
        raise RulingRefused(f"{interpretation} 没有这个选项，请从列出的选项中选一个。")
    if not reason.strip():
        raise RulingRefused("请写明理由，例如会议纪要的名称和日期。")
    present = readings_in_force(district_code, effective_from).get(interpretation)
    if option == present:
        raise RulingRefused(f"{effective_from} 起已经是「{entry.option(option).label}」，不用再裁定。")
    ruling = InterpretationRuling.objects.create(
        division_code=district_code,
        interpretation=interpretation,
        option=option,
        effective_from=effective_from,
        reason=reason.strip(),
        ruled_by=by,
    )
    record_act(
        verb="裁定读法",
        by=by,
        division_code=district_code,
        subject=f"{interpretation} {entry.title}：{entry.option(option).label}，自 {effective_from} 起",
        reason=ruling.reason,
    )
    return ruling
