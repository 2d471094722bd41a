"""Telling street and district what of the year's plan is not done: once when its last day comes near, once when it has passed."""

from datetime import date

from django.urls import reverse

from partners.queries.plans import Line, YearOf
from portal.operations.endings import TOLD
from portal.queries.desk.plans import due_lines, in_force, words
from tenants.message_models import MessageKind
from tenants.models import Appointment
from tenants.operations.messages import send_to_roles
from tenants.rules import Role


def tell(*, district: int, today: date) -> int:
    """In the scope of the district: how many messages were new."""
    everybody = Appointment(role=Role.DISTRICT_ADMIN, division_code=district)
    return sum(
        _tell(line, of, today)
        for plan in in_force(everybody, today).filter(division_code=district)
        for line, of in due_lines(plan, everybody, today)
    )


def _tell(line: Line, of: YearOf, today: date) -> int:
    item, last = line.item, of.goal.due_on
    left = (last - today).days
    when = f"还有 {left} 天" if left >= 0 else f"已过 {-left} 天"
    return send_to_roles(
        roles=TOLD, about=item.area, day=today, kind=MessageKind.DUE,
        title=f"年度计划“{item.title}”{last:%m-%d} 截止（{when}）",
        text=f"{words(line, of)}。完成数{f'从{of.source}算' if of.source else '由负责的单位逐笔登记'}。",
        link=reverse("partners:plan_item", args=[item.uuid]), key=f"plan:{item.line}:{last}:{'late' if left < 0 else 'near'}",
    )  # fmt: skip
