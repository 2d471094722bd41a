"""What partners do in an area, by kind, place and function, and what ends soon: counted in the database."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from partners.models import Agreement, Partner, PartnerKind, ResidentProject
from partners.queries.partner import AT_WORK, registered, running_out
from standards.queries import function_names
from tenants.queries import division_names
from tenants.rules import CITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH

WITHIN = (30, 60, 90)  # days, as agreements that end are told of
MOST_SHOWN = 8


@dataclass(frozen=True)
class Line:
    """One kind, place or function: what runs there on the day. key: for the address of the partners behind it."""

    key: str
    label: str
    partners: int
    facilities: int
    projects: int
    agreements: int | None = None


@dataclass(frozen=True)
class Overview:
    """registered: kind → partners on the register, at work or not. ending: days → agreements that end within them."""

    registered: dict[str, int]
    kinds: list[Line]
    places: list[Line]
    functions: list[Line]
    ending: dict[int, int]
    next_to_end: list[Agreement]
    licences: list
    licences_in_all: int


def overview(appointment, day: date) -> Overview:
    """A city's people see districts as places, everybody else streets."""
    running = projects_at_work(appointment, day)
    width = DISTRICT_WIDTH if appointment.division_code % CITY_WIDTH == 0 else STREET_WIDTH
    by_place = _counted(running.annotate(key=F("division_code") / width * width))
    by_item = _counted(running.exclude(item_number=None).annotate(key=F("item_number")))
    by_kind = _counted(running.annotate(key=F("partner__kind")))
    agreements = Agreement.objects.visible_to(appointment).filter(state__in=AT_WORK)
    ends = {f"d{days}": Q(ends_on__lte=day + timedelta(days=days)) for days in WITHIN}
    of_kind = {kind.value: Q(partner__kind=kind) for kind in PartnerKind}
    agreed = agreements.aggregate(**{name: Count("pk", filter=one) for name, one in (ends | of_kind).items()})
    soon = agreements.filter(ends[f"d{WITHIN[-1]}"]).select_related("partner", "facility")
    out = list(running_out(day, appointment).select_related("partner"))
    places, items = division_names(by_place), function_names(day)
    return Overview(
        registered=dict(registered(appointment).values_list("kind").annotate(n=Count("pk")).order_by()),
        kinds=[
            Line(kind.value, kind.label, *by_kind.get(kind.value, (0, 0, 0)), agreements=agreed[kind.value])
            for kind in PartnerKind
        ],
        places=_most_first(Line(str(code), places.get(code, str(code)), *told) for code, told in by_place.items()),
        functions=_most_first(Line(str(item), items.get(item, f"{item} 号"), *told) for item, told in by_item.items()),
        ending={days: agreed[f"d{days}"] for days in WITHIN},
        next_to_end=list(soon.order_by("ends_on", "pk")[:MOST_SHOWN]),
        licences=out[:MOST_SHOWN], licences_in_all=len(out),
    )  # fmt: skip


def projects_at_work(appointment, day: date) -> QuerySet[ResidentProject]:
    """Projects that a registered partner runs on the day, as far as an appointment sees."""
    return ResidentProject.objects.visible_to(appointment).in_force(day).exclude(partner=None)


def partners_at_work(rows: QuerySet[Partner], appointment, day: date, **where) -> QuerySet[Partner]:
    """Those of the rows that run a project on the day which fits `where`."""
    return rows.filter(pk__in=projects_at_work(appointment, day).filter(**where).order_by().values("partner_id"))


def _counted(rows: QuerySet) -> dict[Any, tuple[int, int, int]]:
    """`key` → partners, facilities, projects."""
    counted = (
        rows.order_by()
        .values("key")
        .annotate(who=Count("partner", distinct=True), where=Count("facility", distinct=True), n=Count("pk"))
    )
    return {one["key"]: (one["who"], one["where"], one["n"]) for one in counted}


def _most_first(lines) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.partners, -line.projects, line.key))
