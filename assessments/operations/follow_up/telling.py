"""Who is told of a step: whoever has to act next, the street of the end, and the district of what is overdue."""

from datetime import date

from django.urls import reverse

from assessments.models import FollowUp, ItemDecision, Rectification, StepKind
from assessments.rules.follow_up import deadline_words
from assessments.rules.half_year import HalfYear
from standards.queries import function_names
from tenants.models import MessageKind
from tenants.operations.messages import send_to_roles
from tenants.rules import Role

STREET = (Role.STREET_CLERK, Role.STREET_REVIEWER)
DISTRICT = (Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER)
WHOLE_NAME = "整个设施"

# Step → who is told, what kind of message it is, and how its title begins.
_OF_A_STEP: dict[StepKind, tuple[tuple[Role, ...], MessageKind, str]] = {
    StepKind.OPENED: (STREET, MessageKind.REVIEW, "整改单，请报措施"),
    StepKind.FURTHER: (STREET, MessageKind.CHANGE, "整改中，又一次低于线"),
    StepKind.PLANNED: (DISTRICT, MessageKind.NOTICE, "已报整改措施"),
    StepKind.REPORTED: (DISTRICT, MessageKind.REVIEW, "待复核"),
    StepKind.RETURNED: (STREET, MessageKind.REVIEW, "整改单已退回"),
    StepKind.EXTENDED: (STREET, MessageKind.CHANGE, "整改期限已延长"),
    StepKind.CLOSED: (STREET, MessageKind.NOTICE, "整改已销号"),
    StepKind.ITEM_WITHDRAWN: (STREET, MessageKind.CHANGE, "服务项目退出，整改单结束"),
    StepKind.VOIDED: (STREET, MessageKind.CHANGE, "整改单已撤销"),
}


def item_name(number: int, day: date) -> str:
    return function_names(day).get(number, f"{number} 号功能") if number else WHOLE_NAME


def name_of(order: Rectification, day: date) -> str:
    return f"{order.facility.name}“{item_name(order.item_number, day)}”"


def tell(order: Rectification, kind: StepKind, *, day: date, text: str = "") -> int:
    """Send what a step asks for; how many. The same step of the same state and deadline tells nobody twice."""
    roles, message, begins = _OF_A_STEP[kind]
    return send_to_roles(
        roles=roles, about=order.division_code, day=day, kind=message, title=f"{begins}：{name_of(order, day)}",
        text=text, link=reverse("assessments:rectification", args=[order.uuid]),
        key=f"rectification:{order.uuid}:{kind}:{order.steps.count()}",
    )  # fmt: skip


def remind(order: Rectification, *, day: date, mark: str, escalated: bool) -> int:
    """A deadline is near or past: whoever has to act is told; once escalated, the district is told of a street's."""
    waits_for_district = order.state == "reported"
    roles = DISTRICT if waits_for_district or escalated else STREET
    begins = "逾期未办" if escalated else "整改单到期提醒"
    return send_to_roles(
        roles=roles, about=order.division_code, day=day, kind=MessageKind.URGE if escalated else MessageKind.DUE,
        title=f"{begins}：{name_of(order, day)}，{order.get_state_display()}", text=deadline_words(order.due_on, day),
        link=reverse("assessments:rectification", args=[order.uuid]), key=f"rectification:{order.uuid}:{mark}",
    )  # fmt: skip


def remind_of_follow_ups(found: list[FollowUp], *, division_code: int, day: date, mark: str, escalated: bool) -> int:
    """One message for all follow-ups of a district with one deadline; escalated, to its administrators."""
    first = found[0]
    half = HalfYear.parse(first.half)
    return send_to_roles(
        roles=(Role.DISTRICT_ADMIN,) if escalated else DISTRICT, about=division_code, day=day,
        kind=MessageKind.URGE if escalated else MessageKind.DUE,
        title=f"{'逾期未核查' if escalated else '半年核查到期提醒'}：{half.label}还有 {len(found)} 座",
        text=deadline_words(first.due_on, day), link=f"{reverse('assessments:follow_ups')}?half={half}&state=open",
        key=f"follow-up:{half}:{mark}",
    )  # fmt: skip


def tell_of_proposal(decision: ItemDecision, *, day: date) -> int:
    name = item_name(decision.item_number, day)
    return send_to_roles(
        roles=DISTRICT, about=decision.division_code, day=day, kind=MessageKind.REVIEW,
        title=f"请决定项目去留：{decision.facility.name}“{name}”", text=decision.grounds,
        link=reverse("assessments:item_decision", args=[decision.uuid]), key=f"item-decision:{decision.uuid}",
    )  # fmt: skip


def tell_of_decision(decision: ItemDecision, *, day: date) -> int:
    name = item_name(decision.item_number, day)
    return send_to_roles(
        roles=STREET, about=decision.division_code, day=day, kind=MessageKind.CHANGE,
        title=f"项目{decision.get_state_display()}：{decision.facility.name}“{name}”", text=decision.reason,
        link=reverse("assessments:item_decision", args=[decision.uuid]),
        key=f"item-decision:{decision.uuid}:{decision.state}",
    )  # fmt: skip
