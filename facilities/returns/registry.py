"""The shelves of this app: facility, sites, spaces, functions, operators, notice and service figures."""

from collections import Counter
from datetime import date

from django.db.models import Count, QuerySet

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
from facilities.returns.shelves import Carried, Cells, Read, Shelf, add_shelf, in_quarter, written
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


def places(facility: Facility, _quarter: Quarter) -> dict[str, QuerySet]:
    """All sites and spaces that a facility has ever had: rows refer to those that have ended too."""
    mine = {"facility": facility}
    return {"sites": Site.objects.filter(**mine), "spaces": Space.objects.filter(**mine)}


def space_names(read: Read) -> dict[int | None, str]:
    """Each space by name, or as 点位/空间 where another site has one of that name."""
    sites = {site.pk: site.name for site in read["sites"]}
    often = Counter(name for _, name in {(space.site_id, space.name) for space in read["spaces"]})
    return {
        space.pk: f"{sites[space.site_id]}/{space.name}" if often[space.name] > 1 else space.name
        for space in read["spaces"]
    }


def _basics_read(facility: Facility, quarter: Quarter) -> dict[str, QuerySet]:
    covered = Coverage.objects.in_force(quarter.last_day).filter(facility=facility)
    district = code_range(district_of(facility.division_code))
    communities = Division.objects.filter(
        level=DivisionLevel.COMMUNITY, valid_to=None, code__gte=district.lo, code__lt=district.hi
    )
    often = communities.order_by().values("name").annotate(number=Count("pk")).filter(number__gt=1)
    its_own = communities.filter(code__in=covered.order_by().values("community_code"))
    return {
        "covered": covered.order_by("community_code").values("community_code"),
        "communities": its_own.order_by().values("code", "name"),
        "names_twice": often.values("name"),
    }


def _basics(read: Read, facility: Facility, _quarter: Quarter) -> list[Carried]:
    shows = dict.fromkeys(("street", "community", "construction_type", "lifecycle", "since"), lambda _: "")
    shows["covered"] = lambda _: _covered(read)
    return [Carried(str(facility.pk), written("facility", facility, shows))]


def _covered(read: Read) -> str:
    """Covered communities by name; by code where the district has two of that name."""
    names = {row["code"]: row["name"] for row in read["communities"]}
    twice = {row["name"] for row in read["names_twice"]}
    codes = [row["community_code"] for row in read["covered"]]
    return "、".join(names[c] if c in names and names[c] not in twice else str(c) for c in codes)


def _sites(read: Read, _facility: Facility, quarter: Quarter) -> list[Carried]:
    return [Carried(str(s.pk), written("site", s)) for s in in_quarter(read["sites"], quarter)]


def _spaces(read: Read, _facility: Facility, quarter: Quarter) -> list[Carried]:
    sites = {site.pk: site.name for site in read["sites"]}
    shows = {"site": lambda one: sites[one.site_id]}
    return [Carried(str(s.pk), written("space", s, shows)) for s in in_quarter(read["spaces"], quarter)]


def _functions_read(facility: Facility, quarter: Quarter) -> dict[str, QuerySet]:
    return places(facility, quarter) | {"functions": OfferedFunction.objects.filter(facility=facility)}


def _functions(read: Read, _facility: Facility, quarter: Quarter) -> list[Carried]:
    names = space_names(read)
    shows = {"item": lambda one: str(one.item_number or ""), "space": lambda one: names.get(one.space_id, "")}
    found = in_quarter(read["functions"], quarter)
    return [Carried(str(one.pk), written("function", one, shows)) for one in found]


def _operators(read: Read, _facility: Facility, quarter: Quarter) -> list[Carried]:
    return [Carried(str(one.pk), written("operator", one)) for one in in_quarter(read["operators"], quarter)]


def _notices(read: Read, _facility: Facility, quarter: Quarter) -> list[Carried]:
    return [Carried(str(one.pk), written("notice", one)) for one in in_quarter(read["notices"], quarter)[-1:]]


def _figures_read(facility: Facility, quarter: Quarter) -> dict[str, QuerySet]:
    both = [str(quarter), str(quarter.previous)]
    return {"figures": ServiceFigures.objects.filter(facility=facility, quarter__in=both)}


def _figures(read: Read, _facility: Facility, quarter: Quarter) -> list[Carried]:
    return [Carried(str(one.pk), written("service", one)) for one in read["figures"] if one.quarter == str(quarter)]


def _figures_before(read: Read, facility: Facility, quarter: Quarter) -> Cells:
    return next((row.cells for row in _figures(read, facility, quarter.previous)), {})


_DATES = ("starts_on", "ends_on")
_COUNTED = (
    "visits", "elder_visits", "child_visits", "activities", "health_talks", "job_events", "sport_events", "clinic_days",
    "culture_hours", "volunteer_hours", "surveyed", "satisfied",
)  # fmt: skip


def add_shelves() -> None:
    add_shelf(
        Shelf(
            "facility", "basics", _BASICS, _basics_read, _basics, lambda *_: {}, fixed=frozenset({"code"}), single=True, partial=True,
            identifying=("name",),
        ),
        Shelf(
            "site", "places",
            ("name", "address", "floor_area_m2", "area_document", "longitude", "latitude", *_DATES),
            places, _sites, first_day, watched=frozenset({"floor_area_m2"}), identifying=("name",), add_label="加一个点位",
        ),
        Shelf(
            "space", "places",
            ("site", "name", "floor_area_m2", "usable_area_m2", "used_by", "is_open_24h", "is_multifunction", *_DATES),
            places, _spaces, first_day, watched=frozenset({"usable_area_m2", "floor_area_m2"}),
            identifying=("name",), add_label="加一个房间",
        ),
        Shelf(
            "function", "functions", ("item", "local_name", "space", "evidence", *_DATES), _functions_read, _functions, first_day,
            kept=frozenset({"item", "local_name"}), identifying=("item", "local_name"), add_label="加一项个性化功能",
        ),
        Shelf(
            "operator", "operation", ("kind", "name", "agreement", *_DATES),
            lambda facility, _: {"operators": Operator.objects.filter(facility=facility)}, _operators, first_day,
            identifying=("name",), ends_matter=True, add_label="加一个综合运营方",
        ),
        Shelf(
            "notice", "notice", ("content", "hours", "responsible", "hotline", "board"),
            lambda facility, _: {"notices": PublicNotice.objects.filter(facility=facility)}, _notices, first_day,
            single=True,
        ),
        Shelf(
            "service", "service", _COUNTED, _figures_read, _figures, lambda _f, quarter, _d: {"quarter": str(quarter)},
            watched=frozenset(_COUNTED), single=True, earlier=_figures_before,
        ),
    )  # fmt: skip
