"""What a month's bulletin (月报) of a district or street says: visits, activities, frequencies, 热活度, rectification."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Count, Q, Sum

from assessments.models import Rectification, RectificationState
from assessments.rules.follow_up import LIVE, percent_text
from assessments.rules.quarters import Quarter
from engagement.models import Activity, ActivityKind, CountPeriod, VisitCount
from engagement.queries.service import service_sheet
from facilities.models import Lifecycle
from facilities.queries.listing import facilities_on
from portal.queries.places import surroundings
from portal.queries.runs import runs_for
from portal.queries.vitality_board import Trend, trend, unused
from standards.queries import function_names
from standards.queries.liveliness import service_standard
from standards.rules.service import SlotState
from tenants.models import Appointment
from tenants.rules import CodeRange, code_range, street_of

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A street, or a facility where the bulletin is a street's. before: the month before; None where nobody counted."""

    name: str
    facilities: int
    visits: int | None
    before: int | None
    sessions: int
    heads: int

    @property
    def change(self) -> str:
        if self.visits is None or not self.before:
            return "没有可比"
        tenths = (self.visits - self.before) * 1000 // self.before
        return f"{tenths / 10:+.1f}%".replace("-", "−")


@dataclass(frozen=True)
class Bulletin:
    """month: its first day. duties: (title, met, missed, waiting) on the last day; orders: (facility, item, result, state)."""

    name: str
    month: date
    is_street: bool
    facilities: int
    places: list[Place]
    quiet: list[tuple[str, int]]
    kinds: list[tuple[str, int, int]]
    duties: list[tuple[str, int, int, int]]
    quarters: list[str]
    trend: list[Trend]
    opened: int
    closed: int
    live: int
    overdue: int
    orders: list[tuple[str, str, str, str]]
    idle: list[tuple[str, int]]

    @property
    def visits(self) -> int:
        return sum(place.visits or 0 for place in self.places)

    @property
    def before(self) -> int:
        return sum(place.before or 0 for place in self.places)

    @property
    def sessions(self) -> int:
        return sum(place.sessions for place in self.places)

    @property
    def heads(self) -> int:
        return sum(place.heads for place in self.places)


def last_of(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def months(today: date) -> list[date]:
    """The twelve months that are over, the newest first."""
    found, month = [], today.replace(day=1)
    for _ in range(12):
        month = (month - timedelta(days=1)).replace(day=1)
        found.append(month)
    return found


def bulletin(appointment: Appointment, codes: CodeRange, month: date, today: date) -> Bulletin:
    """The bulletin of a division within an appointment's scope, for a month that is over.

    Orders at work and those overdue are of today, the day on which it is made: deadlines move with each step of an order.
    """
    last = last_of(month)
    names = surroundings(codes.lo, [])
    is_street = street_of(codes.lo) == codes.lo and not names.inside
    open_then = list(
        facilities_on(last).visible_to(appointment).within(codes).filter(lifecycle=Lifecycle.OPEN).order_by("pk")
    )
    visits = _visits(codes, month, last)
    runs = runs_for(appointment)
    until = {text: found for text, found in runs.by_quarter.items() if Quarter.parse(text).last_day <= last}
    quarters, lines = trend(until, codes) if until else ([], [])
    items = function_names(last)
    orders = Rectification.objects.visible_to(appointment).within(codes)
    counted = orders.aggregate(
        opened=Count("pk", filter=Q(opened_on__range=(month, last))),
        closed=Count("pk", filter=Q(state=RectificationState.CLOSED, ended_at__date__range=(month, last))),
        live=Count("pk", filter=Q(state__in=LIVE)),
        overdue=Count("pk", filter=Q(state__in=LIVE, due_on__lt=today)),
    )
    return Bulletin(
        name=names.name, month=month, is_street=is_street, facilities=len(open_then),
        places=_places(open_then, visits, _held(codes, month, last), names.inside),
        quiet=_quiet(open_then, visits), kinds=_kinds(codes, month, last), duties=_duties(open_then, codes, last),
        quarters=quarters, trend=lines, orders=_orders(orders, items),
        idle=[(items.get(item, str(item)), count) for item, count in unused(codes, month, 10)], **counted,
    )  # fmt: skip


def _visits(codes: CodeRange, month: date, last: date) -> dict[tuple[int, bool], int]:
    """(facility, whether it is this month) → visits counted by day; of two sources of a day the more reliable one."""
    before = (month - timedelta(days=1)).replace(day=1)
    rows = (
        VisitCount.objects.within(codes).filter(starts_on__range=(before, last), period=CountPeriod.DAY)
        .order_by("facility_id", "starts_on", "source").distinct("facility_id", "starts_on")
        .values_list("facility_id", "starts_on", "visits")
    )  # fmt: skip
    found: dict[tuple[int, bool], int] = defaultdict(int)
    for facility, day, visits in rows:
        found[facility, day >= month] += visits
    return dict(found)


def _held(codes: CodeRange, month: date, last: date) -> dict[int, tuple[int, int]]:
    rows = Activity.objects.within(codes).filter(held_on__range=(month, last)).order_by().values("facility_id")
    return {
        row["facility_id"]: (row["sessions"], row["heads"] or 0)
        for row in rows.annotate(sessions=Sum("sessions"), heads=Sum("head_count"))
    }


def _kinds(codes: CodeRange, month: date, last: date) -> list[tuple[str, int, int]]:
    rows = Activity.objects.within(codes).filter(held_on__range=(month, last)).order_by().values("kind")
    found = rows.annotate(sessions_sum=Sum("sessions"), heads=Sum("head_count")).order_by("-sessions_sum", "kind")
    return [(ActivityKind(row["kind"]).label, row["sessions_sum"], row["heads"] or 0) for row in found]


def _places(facilities, visits, held, streets: dict[int, str]) -> list[Place]:
    """Street by street, or facility by facility where there are no streets below; the most visited first."""
    groups: dict[str, list[int]] = defaultdict(list)
    for one in facilities:
        groups[streets.get(street_of(one.division_code), one.name) if streets else one.name].append(one.pk)
    return sorted(
        (_place(name, ids, visits, held) for name, ids in groups.items()), key=lambda place: (-(place.visits or 0), place.name)
    )  # fmt: skip


def _place(name: str, ids: list[int], visits, held) -> Place:
    now = [visits[pk, True] for pk in ids if (pk, True) in visits]
    before = [visits[pk, False] for pk in ids if (pk, False) in visits]
    activities = [held.get(pk, (0, 0)) for pk in ids]
    return Place(
        name, len(ids), sum(now) if now else None, sum(before) if before else None,
        sum(sessions for sessions, _ in activities), sum(heads for _, heads in activities),
    )  # fmt: skip


def _quiet(facilities, visits) -> list[tuple[str, int]]:
    """Facilities with the fewest visits of those that count; those that do not count are no quiet ones."""
    known = [(one.name, visits[one.pk, True]) for one in facilities if (one.pk, True) in visits]
    return sorted(known, key=lambda row: (row[1], row[0]))[:5]


def _duties(facilities, codes: CodeRange, last: date) -> list[tuple[str, int, int, int]]:
    standard = service_standard(codes.lo, last)
    if standard is None or not facilities:
        return []
    sheet = service_sheet(standard, np.array([one.pk for one in facilities], np.int64), last, day_is_over=True)
    found = []
    for duty in sheet.duties:
        states = duty.standing.tolist()
        waiting = states.count(SlotState.UNKNOWN) + states.count(SlotState.POSSIBLE)
        found.append((duty.duty.title, states.count(SlotState.MET), states.count(SlotState.MISSED), waiting))
    return sorted(found, key=lambda row: (-row[2], -row[3]))


def _orders(orders, items: dict[int, str]) -> list[tuple[str, str, str, str]]:
    live = orders.filter(state__in=LIVE).select_related("facility").order_by("due_on", "pk")[:_SHOWN]
    return [
        (
            one.facility.name, items.get(one.item_number, "整个设施"), percent_text(one.satisfied, one.valid),
            f"{one.get_state_display()}，期限 {one.due_on}",
        )
        for one in live
    ]  # fmt: skip


def range_asked(appointment: Appointment, street: str) -> CodeRange:
    """The division that a bulletin is asked for: a street inside the appointment's range, else all of it."""
    own = code_range(appointment.division_code)
    code = int(street) if street.isascii() and street.isdigit() and len(street) == 12 else own.lo
    wanted = code_range(code)
    return wanted if own.covers(wanted) and street_of(code) == code else own
