"""What is due of the plan in force: items of this year that are not done and whose last day is near or past."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from partners.models import Plan, PlanState
from partners.queries.plans import Contents, Line, YearOf, contents_of, goal_of, lines
from partners.rules.plan import Light
from portal.queries.desk.follow import Entry, Rows
from tenants.models import Appointment
from tenants.rules import Permission, may


def in_force(appointment: Appointment, day: date) -> QuerySet[Plan]:
    found = Plan.objects.visible_to(appointment).filter(state=PlanState.PUBLISHED)
    return found.filter(first_year__lte=day.year, last_year__gte=day.year).order_by("pk")


def due_lines(plan: Plan, appointment: Appointment, day: date) -> list[tuple[Line, YearOf]]:
    """Two statements; one where nothing is near its last day."""
    held = contents_of(plan, day)
    near = [item for item in held.items if _is_near(held, item, day)]
    found = [(line, line.years[day.year]) for line in lines(held, near, [day.year], day, appointment=appointment)]
    return [(line, of) for line, of in found if of.progress and of.progress.light is not Light.DONE]


def _is_near(held: Contents, item, day: date) -> bool:
    goal = goal_of(item, held.plan, day.year)
    return goal is not None and goal.due_on - timedelta(days=held.settings["remind_days"]) <= day


def read_plans(appointment: Appointment, day: date) -> QuerySet:
    """For those who keep or release money; a city reads its plans district by district."""
    rows = in_force(appointment, day)
    kept = any(may(appointment.role, one) for one in (Permission.KEEP_MONEY, Permission.RELEASE_MONEY))
    return (rows if kept else rows.none()).values("pk")


def items(appointment: Appointment, day: date, rows: Rows) -> Iterator[Entry]:
    for plan in Plan.objects.filter(pk__in=[row["pk"] for row in rows]) if rows else ():
        for line, of in due_lines(plan, appointment, day):
            told = {"facility__name": line.who or "全区", "facility__uuid": "", "division_code": line.item.area}
            yield (
                f"plan:{line.item.line}:{day.year}", told, of.goal.due_on, "年度计划事项",
                f"{line.item.title}，{words(line, of)}", reverse("partners:plan_item", args=[line.item.uuid]), "去看进度",
            )  # fmt: skip


def words(line: Line, of: YearOf) -> str:
    """How far it is."""
    unit = line.item.unit
    return f"目标 {line.amount(of.goal.target)} {unit}，完成 {line.amount(of.progress.done)} {unit}，{of.label}"
