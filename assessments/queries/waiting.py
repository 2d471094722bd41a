"""What of the year's end waits for somebody, with its deadline: answers, rulings, objections, visits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone

from assessments.models import Appeal, DirectoryState, Discrepancy, Visit, VisitState
from facilities.models import Facility
from tenants.models import Appointment
from tenants.rules import CodeRange, Permission, may

RULING_DAYS = 3  # a habit of the portal, no deadline of a document: how soon a ruling is asked for


@dataclass(frozen=True, slots=True)
class Waiting:
    """deadline: the last day. key: names it for good."""

    key: str
    facility: Facility
    deadline: date
    title: str
    detail: str
    url: str
    action: str


def waiting_for(appointment: Appointment, day: date) -> Iterator[Waiting]:
    """For a street: discrepancies to answer. For a district: those to rule on, and objections and appeals to decide."""
    answers, rules = (
        may(appointment.role, permission) for permission in (Permission.ANSWER_FINDINGS, Permission.MANAGE_CHECKS)
    )
    if answers or rules:
        rows = Discrepancy.objects.visible_to(appointment).filter(ruling="").exclude(accepts=True)
        for row in rows.select_related("facility").order_by("due_at", "pk"):
            is_open = row.answered_at is None and day <= _day(row.due_at)
            if is_open or rules:
                yield _answer(row) if is_open else _ruling(row)
    if may(appointment.role, Permission.DECIDE_DIRECTORY):
        rows = Appeal.objects.visible_to(appointment).filter(decided_at=None)
        for row in rows.filter(directory__state=DirectoryState.NOTICE).select_related("facility", "directory"):
            yield _appeal(row)


def _answer(row: Discrepancy) -> Waiting:
    return Waiting(
        f"{row.pk}:answer", row.facility, _day(row.due_at), "抽检核实差异待街道答复",
        f"截止 {timezone.localtime(row.due_at):%H:%M:%S}，{'影响等级' if row.changes_tier else '不影响等级'}",
        reverse("assessments:finding", args=[row.uuid]), "去答复",
    )  # fmt: skip


def _ruling(row: Discrepancy) -> Waiting:
    since = row.answered_at or row.due_at
    return Waiting(
        f"{row.pk}:rule", row.facility, _day(since) + timedelta(days=RULING_DAYS), "抽检核实差异待裁定",
        "街道有异议" if row.answered_at else "街道期满没有答复", reverse("assessments:finding", args=[row.uuid]), "去裁定",
    )  # fmt: skip


def _appeal(row: Appeal) -> Waiting:
    return Waiting(
        f"{row.pk}:appeal", row.facility, _day(row.directory.notice_until), f"{row.get_kind_display()}待处理",
        f"{row.party}：{row.point}", reverse("assessments:directory", args=[row.directory.uuid]), "去处理",
    )  # fmt: skip


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()


def answers_due(codes: CodeRange, day: date) -> list[Discrepancy]:
    """Discrepancies that a street has not answered and whose time is over on `day` or the day after."""
    last = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.max))
    first = timezone.make_aware(datetime.combine(day, time.min))
    rows = Discrepancy.objects.within(codes).filter(ruling="", answered_at=None, due_at__range=(first, last))
    return list(rows.select_related("facility").order_by("due_at", "pk"))


def visits_on(codes: CodeRange, day: date) -> list[Visit]:
    """Visits that somebody is to make on a day, in the order of the routes."""
    rows = Visit.objects.within(codes).filter(day=day, state=VisitState.PLANNED).select_related("facility")
    return list(rows.order_by("user_id", "position", "pk"))


def visits_missed(codes: CodeRange, day: date) -> list[Visit]:
    """Visits planned for the day before that nobody handed in."""
    return visits_on(codes, day - timedelta(days=1))
