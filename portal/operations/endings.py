"""Telling street and district, 90, 60 and 30 days before, what ends with an agreement. Each span is told once."""

from datetime import date

from django.urls import reverse

from portal.queries.endings import Ending, endings
from tenants.message_models import MessageKind
from tenants.models import Appointment
from tenants.operations.messages import send_to_roles
from tenants.rules import Role

TOLD = (Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER, Role.STREET_CLERK, Role.STREET_REVIEWER)


def tell(*, district: int, today: date) -> int:
    """In the scope of the district: who is in office there is told of each ending that came within a span."""
    everybody = Appointment(role=Role.DISTRICT_ADMIN, division_code=district)
    return sum(_tell(one, today) for one in endings(everybody, today) if one.threshold(today) is not None)


def _tell(one: Ending, today: date) -> int:
    agreement = one.agreement
    others = f"同期还有 {len(one.together)} 份协议到期，合在一起算。" if one.together else ""
    text = (
        f"{agreement.partner.name}的协议 {agreement.number}（{agreement.service}），最后服务日 {one.last_day}。"
        f"按今天的台账测算：{one.effect.words}。{others}测算不等于认定。"
    )
    return send_to_roles(
        roles=TOLD, about=agreement.division_code, day=today, kind=MessageKind.CHANGE if one.effect.falls else MessageKind.DUE,
        title=f"{one.sentence}（还有 {one.days_left(today)} 天）", text=text, link=reverse("portal:ending", args=[agreement.uuid]),
        key=f"ending:{agreement.uuid}:{one.last_day}:{one.threshold(today)}",
    )  # fmt: skip
