"""What is due of the half-yearly follow-up: follow-ups for the district, orders for whoever acts next.

`read_…` say what each asks of the database (see `desk.due.Source`), the others make entries of the rows.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from assessments.models import LIVE, FollowUp, FollowUpState, ItemDecision, ItemDecisionState, Rectification
from assessments.queries.follow_up.rows import item_text
from assessments.rules.follow_up import percent_text
from assessments.rules.half_year import HalfYear
from standards.queries import function_names
from tenants.models import Appointment
from tenants.rules import Permission, may

_SOON = timedelta(days=60)
_FACILITY = ("facility_id", "facility__name", "facility__uuid", "division_code")
_ACTIONS = {"open": "去报措施", "mending": "去报复测", "reported": "去复核"}

Rows = list[dict[str, Any]]
Entry = tuple[str, dict[str, Any], date, str, str, str, str]  # key, row, deadline, title, detail, address, action


def read_orders(appointment: Appointment, day: date) -> QuerySet:
    """Streets: measures and re-surveys. The district: closing checks, and what its streets are late with."""
    street, district = (may(appointment.role, each) for each in (Permission.RECTIFY, Permission.MANAGE_FOLLOW_UP))
    rows = Rectification.objects.visible_to(appointment).filter(state__in=LIVE, due_on__lte=day + _SOON)
    if street:
        rows = rows.exclude(state="reported")
    elif district:
        rows = rows.filter(Q(state="reported") | Q(due_on__lt=day))
    else:
        rows = rows.none()
    return rows.order_by("due_on", "pk").values(
        "pk", "uuid", "state", "item_number", "satisfied", "valid", "due_on", *_FACILITY
    )


def orders(appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    names = function_names(day) if rows else {}
    street = may(appointment.role, Permission.RECTIFY)
    for row in rows:
        state = row["state"]
        share = percent_text(row["satisfied"], row["valid"])
        yield (
            f"rectification:{state}:{row['pk']}", row, date.fromisoformat(row["due_on"]), "满意度整改",
            f"“{item_text(row['item_number'], names)}”{share}，{Rectification(state=state).get_state_display()}",
            reverse("assessments:rectification", args=[row["uuid"]]),
            _ACTIONS[state] if street or state == "reported" else "去看",
        )  # fmt: skip


def read_follow_ups(appointment: Appointment, day: date) -> QuerySet:
    """The district's own: facilities that are still to be followed up."""
    rows = FollowUp.objects.visible_to(appointment).filter(state=FollowUpState.OPEN)
    if not may(appointment.role, Permission.MANAGE_FOLLOW_UP):
        rows = rows.none()
    return rows.order_by("due_on", "pk").values("pk", "uuid", "half", "due_on", *_FACILITY)


def follow_ups(_appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    for row in rows:
        yield (
            f"follow-up:{row['half']}:{row['pk']}", row, date.fromisoformat(row["due_on"]),
            f"{HalfYear.parse(row['half']).label}核查", "使用率、满意度、问题整改",
            reverse("assessments:follow_up", args=[row["uuid"]]), "去核查",
        )  # fmt: skip


def read_item_decisions(appointment: Appointment, day: date) -> QuerySet:
    """Items that wait for a decision. No document sets a deadline: they stand at the day itself."""
    rows = ItemDecision.objects.visible_to(appointment).filter(state=ItemDecisionState.PROPOSED)
    if not may(appointment.role, Permission.MANAGE_FOLLOW_UP):
        rows = rows.none()
    return rows.order_by("proposed_on", "pk").values("pk", "uuid", "grounds", *_FACILITY)


def item_decisions(_appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    for row in rows:
        yield (
            f"item-decision:{row['pk']}", row, day, "项目去留", row["grounds"],
            reverse("assessments:item_decision", args=[row["uuid"]]), "去决定",
        )  # fmt: skip
