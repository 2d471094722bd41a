"""The shelves of this app: facility, sites, spaces, functions, operators, notice and service figures."""

from collections import Counter
from datetime import date

from facilities.models import (
    Coverage,
    Facility,
    OfferedFunction,
    Operator,
    PublicNotice,
    ServiceFigures,
    Site,
    Space,
)
from facilities.returns.shelves import Carried, Cells, Shelf, add_shelf, in_quarter, written
from tenants.models import Division, DivisionLevel
from tenants.quarters import Quarter
from tenants.rules import code_range, district_of

_BASICS = (
    "code", "name", "address", "premises_form", "covered", "hub_street", "city_type", "city_form", "region_type",
    "nil_ledgers",
)  # fmt: skip


def first_day(facility: Facility, quarter: Quarter, day: date) -> Cells:
    """A new row begins today, or with the quarter where today lies outside it."""
    inside = day if quarter.first_day <= day <= quarter.last_day else quarter.last_day
    return {"starts_on": inside.isoformat()}


def space_label(space: Space | None, twice: set[str]) -> str:
    """A space by name, or as 点位/空间 where another site has one of that name."""
    if space is None:
        return ""
    return f"{space.site.name}/{space.name}" if space.name in twice else space.name


def names_twice(facility: Facility) -> set[str]:
    """Names of spaces that more than one site of a facility has."""
    pairs = set(Space.objects.filter(facility=facility).values_list("site_id", "name"))
    return {name for name, number in Counter(name for _, name in pairs).items() if number > 1}


def _basics(facility: Facility, quarter: Quarter) -> list[Carried]:
    shows = dict.fromkeys(("street", "community", "construction_type", "lifecycle", "since"), lambda _: "")
    shows["covered"] = lambda one: _covered(one, quarter)
    return [Carried(str(facility.pk), written("facility", facility, shows))]


def _covered(facility: Facility, quarter: Quarter) -> str:
    """Covered communities by name; by code where the district has two of that name."""
    codes = list(
        Coverage.objects.in_force(quarter.last_day)
        .filter(facility=facility)
        .order_by("community_code")
        .values_list("community_code", flat=True)
    )
    if not codes:
        return ""
    district = code_range(district_of(facility.division_code))
    communities = Division.objects.filter(
        level=DivisionLevel.COMMUNITY, valid_to=None, code__gte=district.lo, code__lt=district.hi
    )
    names = dict(communities.values_list("code", "name"))
    often = Counter(names.values())
    return "、".join(names[c] if often[names.get(c, "")] == 1 else str(c) for c in codes)


def _sites(facility: Facility, quarter: Quarter) -> list[Carried]:
    return [Carried(str(s.pk), written("site", s)) for s in in_quarter(Site.objects.filter(facility=facility), quarter)]


def _spaces(facility: Facility, quarter: Quarter) -> list[Carried]:
    found = in_quarter(Space.objects.filter(facility=facility).select_related("site"), quarter)
    return [Carried(str(s.pk), written("space", s, {"site": lambda one: one.site.name})) for s in found]


def _functions(facility: Facility, quarter: Quarter) -> list[Carried]:
    found = list(in_quarter(OfferedFunction.objects.filter(facility=facility).select_related("space__site"), quarter))
    twice = names_twice(facility) if any(one.space_id for one in found) else set()
    shows = {
        "item": lambda one: str(one.item_number or ""),
        "space": lambda one: space_label(one.space, twice),
    }
    return [Carried(str(one.pk), written("function", one, shows)) for one in found]


def _operators(facility: Facility, quarter: Quarter) -> list[Carried]:
    found = in_quarter(Operator.objects.filter(facility=facility), quarter)
    return [Carried(str(one.pk), written("operator", one)) for one in found]


def _notices(facility: Facility, quarter: Quarter) -> list[Carried]:
    newest = in_quarter(PublicNotice.objects.filter(facility=facility), quarter).last()
    return [Carried(str(newest.pk), written("notice", newest))] if newest else []


def _figures(facility: Facility, quarter: Quarter) -> list[Carried]:
    found = ServiceFigures.objects.filter(facility=facility, quarter=str(quarter))
    return [Carried(str(one.pk), written("service", one)) for one in found]


def _figures_before(facility: Facility, quarter: Quarter) -> Cells:
    return next((row.cells for row in _figures(facility, quarter.previous)), {})


_DATES = ("starts_on", "ends_on")
_COUNTED = (
    "visits", "elder_visits", "child_visits", "activities", "health_talks", "job_events", "sport_events", "clinic_days",
    "culture_hours", "volunteer_hours", "surveyed", "satisfied",
)  # fmt: skip


def add_shelves() -> None:
    add_shelf(
        Shelf(
            "facility", "basics", _BASICS, _basics, lambda *_: {}, fixed=frozenset({"code"}), single=True, partial=True,
            identifying=("name",),
        ),
        Shelf(
            "site", "places",
            ("name", "address", "floor_area_m2", "area_document", "longitude", "latitude", *_DATES),
            _sites, first_day, watched=frozenset({"floor_area_m2"}), identifying=("name",), add_label="加一个点位",
        ),
        Shelf(
            "space", "places",
            ("site", "name", "floor_area_m2", "usable_area_m2", "used_by", "is_open_24h", "is_multifunction", *_DATES),
            _spaces, first_day, kept=frozenset({"site"}), watched=frozenset({"usable_area_m2", "floor_area_m2"}),
            identifying=("name",), add_label="加一个房间",
        ),
        Shelf(
            "function", "functions", ("item", "local_name", "space", "evidence", *_DATES), _functions, first_day,
            kept=frozenset({"item", "local_name"}), identifying=("item", "local_name"), add_label="加一项个性化功能",
        ),
        Shelf(
            "operator", "operation", ("kind", "name", "agreement", *_DATES), _operators, first_day,
            identifying=("name",), ends_matter=True, add_label="加一个综合运营方",
        ),
        Shelf(
            "notice", "notice", ("content", "hours", "responsible", "hotline", "board"), _notices, first_day,
            single=True,
        ),
        Shelf(
            "service", "service", _COUNTED, _figures, lambda _f, quarter, _d: {"quarter": str(quarter)},
            watched=frozenset(_COUNTED), single=True, earlier=_figures_before,
        ),
    )  # fmt: skip
