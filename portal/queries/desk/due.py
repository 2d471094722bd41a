"""What is due, by deadline. Whoever keeps deadlines adds a source to SOURCES: a function of an appointment and a day."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from assessments.models import EvaluationState, SelfEvaluation
from assessments.queries.evaluations.overview import OPEN
from assessments.queries.waiting import waiting_for
from assessments.rules.evaluation import label as period
from engagement.models import Activity
from engagement.queries.service import lacking_soon, service_sheet
from facilities.models import Lifecycle, Operator, ReturnState
from facilities.queries.listing import facilities_on
from facilities.returns.queries import OPEN_STATES, due_returns
from partners.models import ResidentProject
from portal.queries.desk import follow, partners, plans
from portal.queries.desk.checks import LATELY, SOON, tab
from portal.queries.places import Place, places
from portal.wording import quarter_text
from standards.queries.liveliness import service_standard
from standards.rules.service import Slot
from tenants.models import Act, Appointment, Division
from tenants.quarters import Quarter
from tenants.rules import Permission, may
from tenants.together import together

Rows = list[dict[str, Any]]
URGED = "催办"
_KINDS = dict(Operator._meta.get_field("kind").choices or ())
MOST = 300  # facilities whose frequencies are looked through; a city sees them street by street
SOON_SLOT = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do until the end of a day. key: names it for good, so that a reminder of it is sent once a day.

    What concerns a whole street has its name in place of a facility's, and no uuid.
    """

    key: str
    source: str
    deadline: date
    title: str
    detail: str
    url: str
    action: str
    facility_name: str
    facility_uuid: str
    division_code: int
    day: date

    @property
    def days_left(self) -> int:
        return (self.deadline - self.day).days

    @property
    def overdue_days(self) -> int:
        return -self.days_left

    @property
    def is_overdue(self) -> bool:
        return self.deadline < self.day


@dataclass(frozen=True, slots=True)
class Source:
    """Where deadlines come from. `find` answers what waits in the scope of an appointment, in any order.

    read: what it asks the database, as one `values()`: those of all sources are one statement, and `find` gets its rows.
    """

    key: str
    label: str
    find: Callable[[Appointment, date, Rows], Iterable[Due]]
    read: Callable[[Appointment, date], QuerySet] | None = None


_FACILITY = ("facility_id", "facility__name", "facility__uuid", "division_code")


def _agreements(appointment: Appointment, day: date) -> QuerySet:
    seen = Operator.objects.visible_to(appointment)
    held = seen.in_force(day)
    lasting = held.exclude(ends_on__lte=day + SOON).values("facility_id")
    ending = seen.filter(ends_on__gt=day - LATELY, ends_on__lte=day + SOON).exclude(facility_id__in=lasting)
    latest = ending.order_by("facility_id", "-ends_on").distinct("facility_id")
    return latest.values("pk", "kind", "name", "ends_on", *_FACILITY)


def agreements(_appointment: Appointment, day: date, rows: Rows) -> Iterable[Due]:
    """Agreements with whoever runs a facility: those that end soon, and those that have ended without a successor."""
    for row in rows:
        yield _of_row(
            f"agreement:{row['pk']}", row, _last(row), "综合运营协议到期",
            f"{_KINDS[row['kind']]}“{row['name']}”", tab(row["facility__uuid"], "projects"), "去续签登记", day,
        )  # fmt: skip


def _projects(appointment: Appointment, day: date) -> QuerySet:
    ending = ResidentProject.objects.visible_to(appointment).in_force(day).filter(ends_on__lte=day + SOON)
    return ending.values("ends_on", *_FACILITY).annotate(number=Count("pk"), first=Min("name"), one=Min("pk"))


def projects(_appointment: Appointment, day: date, rows: Rows) -> Iterable[Due]:
    """Projects that end soon, together where they end on one day."""
    for row in rows:
        others = f"等 {row['number']} 个" if row["number"] > 1 else ""
        yield _of_row(
            f"project:{row['one']}", row, _last(row), "入驻项目到期", f"“{row['first']}”{others}",
            tab(row["facility__uuid"], "projects"), "去续签登记", day,
        )  # fmt: skip


def _any_activity(appointment: Appointment, day: date) -> QuerySet:
    return Activity.objects.visible_to(appointment).filter(held_on__gte=date(day.year, 1, 1)).values("pk")[:1]


def frequencies(appointment: Appointment, day: date, rows: Rows) -> Iterable[Due]:
    """Slots of the service standard that end soon and still lack something (杭州 4+5+X annex)."""
    if not rows:
        return  # nobody keeps these records yet
    open_now = facilities_on(day).visible_to(appointment).filter(lifecycle=Lifecycle.OPEN).order_by("pk")[:MOST]
    by_id = {facility.pk: facility for facility in open_now}
    standard = service_standard(appointment.division_code, day) if by_id else None
    if standard is None:
        return
    sheet = service_sheet(
        standard, np.array(list(by_id), np.int64), day, day_is_over=False, slots=(Slot.YEAR, Slot.MONTH)
    )
    for row, slot, duty, lacking in lacking_soon(sheet, SOON_SLOT):
        facility = by_id[int(sheet.facility_ids[row])]
        yield _due(
            f"frequency:{duty.key}", facility.pk, facility, slot.last, duty.title,
            f"还差 {lacking} {duty.criterion.unit}，{duty.advice}", tab(facility.uuid, "service"), "去登记", day,
        )  # fmt: skip


def _filings(appointment: Appointment, day: date) -> QuerySet:
    waiting = due_returns(appointment, day)
    return waiting.values("pk", "uuid", "quarter", "state", "due_on", "row_count", "change_count", *_FACILITY)


def filings(_appointment: Appointment, day: date, rows: Rows) -> Iterable[Due]:
    """Quarterly returns that wait for whoever holds this appointment: to be filled in, checked at the street, or accepted."""
    for row in rows:
        filled_in = row["state"] in OPEN_STATES
        page = "portal:return_form" if filled_in else "portal:return_review"
        changed = row["row_count"] if filled_in else row["change_count"]
        changes = f"改了 {changed} 行" if filled_in else f"报送了 {changed} 处改动"
        yield _of_row(
            f"return:{row['quarter']}:{row['state']}:{row['pk']}", row, date.fromisoformat(row["due_on"]),
            f"{quarter_text(row['quarter'])}填报",
            f"{ReturnState(row['state']).label}，{changes if changed else '没有改动'}",
            reverse(page, args=[row["uuid"]]), "去填报" if filled_in else "去审核", day,
        )  # fmt: skip


def checks(appointment: Appointment, day: date, _rows: Rows) -> Iterable[Due]:
    """The year's end: discrepancies to answer or rule on, objections and appeals to decide."""
    for one in waiting_for(appointment, day):
        yield _due(
            "check:" + one.key,
            one.facility.pk,
            one.facility,
            one.deadline,
            one.title,
            one.detail,
            one.url,
            one.action,
            day,
        )


def _self_evaluations(appointment: Appointment, day: date) -> QuerySet:
    """Those that wait for this role: to fill in and sign, to receive and register; the district also sees what is late."""
    fills, decides = (
        may(appointment.role, one) for one in (Permission.FILL_EVALUATIONS, Permission.REGISTER_EVALUATIONS)
    )
    wanted = Q(state__in=OPEN) if fills else Q(state__in=OPEN, due_on__lt=day) if decides else Q(pk=-1)
    if decides:
        wanted |= Q(state__in=(EvaluationState.FILED, EvaluationState.RECEIVED))
    street = Division.objects.filter(code=OuterRef("division_code")).order_by("-valid_from").values("name")[:1]
    rows = (
        SelfEvaluation.objects.visible_to(appointment).filter(wanted).order_by("pk").annotate(street=Subquery(street))
    )
    return rows.values("pk", "uuid", "quarter", "frequency", "state", "due_on", "division_code", "street")


def self_evaluations(_appointment: Appointment, day: date, rows: Rows) -> Iterable[Due]:
    for row in rows:
        state, due_on = EvaluationState(row["state"]), date.fromisoformat(row["due_on"])
        action = (
            "去受理" if state == EvaluationState.FILED else "去备案" if state == EvaluationState.RECEIVED else "去自评"
        )
        yield Due(
            f"evaluation:{state}:{row['pk']}:{due_on}", "evaluation", due_on,
            f"{period(row['frequency'], Quarter.parse(row['quarter']))}热活度自评", state.label,
            reverse("assessments:evaluation", args=[row["uuid"]]), action, row["street"] or str(row["division_code"]), "",
            row["division_code"], day,
        )  # fmt: skip


def _made_of(entries: Callable[[Appointment, date, Rows], Iterable[follow.Entry]]):
    """A source whose entries are the arguments of `_of_row`."""
    return lambda appointment, day, rows: (_of_row(*entry, day) for entry in entries(appointment, day, rows))


def _due(
    source: str, pk: int, facility, deadline: date, title: str, detail: str, url: str, action: str, day: date
) -> Due:
    return Due(
        f"{source}:{pk}:{deadline}", source.partition(":")[0], deadline, title, detail, url, action, facility.name, str(facility.uuid),
        facility.division_code, day,
    )  # fmt: skip


def _of_row(
    key: str, row: dict[str, Any], deadline: date, title: str, detail: str, url: str, action: str, day: date
) -> Due:
    return Due(
        f"{key}:{deadline}", key.partition(":")[0], deadline, title, detail, url, action, row["facility__name"],
        str(row["facility__uuid"]), row["division_code"], day,
    )  # fmt: skip


def _last(row: dict[str, Any]) -> date:
    """The last day of what ends on the day after."""
    return date.fromisoformat(row["ends_on"]) - timedelta(days=1)


SOURCES: list[Source] = [
    Source("return", "季度填报", filings, _filings),
    Source("evaluation", "街道自评", self_evaluations, _self_evaluations),
    Source("check", "抽检与名录", checks),
    Source("agreement", "综合运营协议", agreements, _agreements),
    Source("project", "入驻项目", projects, _projects),
    Source("frequency", "服务频次", frequencies, _any_activity),
    Source("rectification", "满意度整改", _made_of(follow.orders), follow.read_orders),
    Source("item-decision", "项目去留", _made_of(follow.item_decisions), follow.read_item_decisions),
    Source("follow-up", "半年核查", _made_of(follow.follow_ups), follow.read_follow_ups),
    Source("agreement-step", "合伙协议办理", _made_of(partners.steps), partners.read_steps),
    Source("agreement-end", "合伙协议到期", _made_of(partners.endings), partners.read_endings),
    Source("application", "入驻申请", _made_of(partners.applications), partners.read_applications),
    Source("exchange-end", "空间协议", _made_of(partners.exchanges_ending), partners.read_exchanges),
    Source("exchange-balance", "空间换服务", _made_of(partners.balances), partners.read_balances),
    Source("panel", "入驻评审", _made_of(partners.scores), partners.read_scores),
    Source("licence", "合伙人证照", _made_of(partners.licences), partners.read_licences),
    Source("plan", "年度计划", _made_of(plans.items), plans.read_plans),
]


def reads(appointment: Appointment, day: date) -> dict[str, QuerySet]:
    """What the sources ask, by their keys, for one statement."""
    return {source.key: source.read(appointment, day) for source in SOURCES if source.read}


def due_items(
    appointment: Appointment, day: date, *, read: Mapping[str, Rows] | None = None, live: set[str] | None = None
) -> list[Due]:
    """Everything that waits in scope, the earliest deadline first. Closed facilities have nothing due.

    read: the rows of `reads`; live: the UUIDs of all facilities in scope that are not closed; if the caller has them already.
    """
    read = together(reads(appointment, day)) if read is None else read
    found = [item for source in SOURCES for item in source.find(appointment, day, read.get(source.key, []))]
    kept = (
        _live({item.facility_uuid for item in found if item.facility_uuid}, appointment, day) if live is None else live
    )
    return sorted(
        (item for item in found if not item.facility_uuid or item.facility_uuid in kept),
        key=lambda i: (i.deadline, i.facility_name, i.key),
    )


def _live(uuids: set[str], appointment: Appointment, day: date) -> set[str]:
    live = facilities_on(day).visible_to(appointment).filter(
        uuid__in=uuids, lifecycle__in=[Lifecycle.PLANNED, Lifecycle.OPEN, Lifecycle.SUSPENDED]
    )  # fmt: skip
    return {str(uuid) for uuid in live.values_list("uuid", flat=True)} if uuids else set()


def where(items: Iterable[Due]) -> dict[int, Place]:
    return places(item.division_code for item in items)


def urged(items: Iterable[Due]) -> dict[str, Act]:
    """The latest reminder of each thing that is due, by its key: who sent it, and when."""
    wanted = {item.key for item in items}
    acts = Act.objects.filter(verb=URGED, details__due__in=sorted(wanted)).select_related("actor").order_by("pk")
    return {act.details["due"]: act for act in acts} if wanted else {}
