"""The functions of a facility beside the whole catalogue, and what they count for under the city's 4+5+X."""

from dataclasses import dataclass
from datetime import date

from facilities.models import Facility, OfferedFunction
from standards.models import CrosswalkLink, FunctionItem, StandardKind, StandardVersion
from tenants.rules import code_range, district_of


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the district's catalogue; `offered` is None where the facility does not offer it."""

    number: int
    name: str
    city: tuple[str, ...]
    offered: OfferedFunction | None


@dataclass(frozen=True, slots=True)
class Group:
    category: str
    domain: str
    items: tuple[Item, ...]

    @property
    def count(self) -> int:
        return sum(item.offered is not None for item in self.items)


@dataclass(frozen=True, slots=True)
class Functions:
    """groups: the district's catalogue by category; city: sub-items of 4+5+X registered by themselves; local: by name."""

    groups: tuple[Group, ...]
    city: tuple[tuple[str, OfferedFunction], ...]
    local: tuple[OfferedFunction, ...]

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups) + len(self.city) + len(self.local)

    @property
    def domains(self) -> list[tuple[str, bool]]:
        """The seven domains and whether the facility offers anything in them."""
        found: dict[str, bool] = {}
        for group in self.groups:
            if group.domain:
                found[group.domain] = found.get(group.domain, False) or group.count > 0
        return list(found.items())


def functions(facility: Facility, day: date) -> Functions:
    """What a facility offered on a day. Four queries."""
    offered = list(facility.functions.in_force(day).select_related("space").order_by("item_number", "local_name"))
    by_number = {row.item_number: row for row in offered if row.item_number is not None}
    ours, theirs = _catalogue(facility, day)
    city_names = {item.number: item.name for item in theirs}
    linked: dict[int, list[str]] = {}
    for link in CrosswalkLink.objects.filter(version__in=_in_force(StandardKind.CROSSWALK, facility, day)):
        linked.setdefault(link.item_number, []).append(city_names.get(link.city_number, str(link.city_number)))
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in ours:
        row = Item(item.number, item.name, tuple(linked.get(item.number, ())), by_number.get(item.number))
        groups.setdefault((item.category, item.domain), []).append(row)
    return Functions(
        groups=tuple(Group(category, domain, tuple(items)) for (category, domain), items in groups.items()),
        city=tuple((city_names[n], row) for n, row in by_number.items() if n in city_names),
        local=tuple(row for row in offered if row.item_number is None),
    )


def item_names(facility: Facility, day: date) -> dict[int, str]:
    ours, theirs = _catalogue(facility, day)
    return {item.number: item.name for item in (*ours, *theirs)}


def _catalogue(facility: Facility, day: date) -> tuple[list[FunctionItem], list[FunctionItem]]:
    """Items of the district's catalogue (below 100) and of the city's, in the versions in force."""
    found = FunctionItem.objects.filter(version__in=_in_force(StandardKind.CATALOGUE, facility, day)).order_by("number")
    items = list(found)
    return [i for i in items if i.number < 100], [i for i in items if i.number >= 100]


def catalogue_in_force(facility: Facility, day: date) -> tuple[list[FunctionItem], list[FunctionItem], object]:
    """The district's items, the city's sub-items (both with their version), and the versions of the crosswalk."""
    versions = _in_force(StandardKind.CATALOGUE, facility, day)
    items = list(FunctionItem.objects.filter(version__in=versions).select_related("version").order_by("number"))
    crosswalk = _in_force(StandardKind.CROSSWALK, facility, day)
    return [i for i in items if i.number < 100], [i for i in items if i.number >= 100], crosswalk


def _in_force(kind: StandardKind, facility: Facility, day: date):
    district = district_of(facility.division_code)
    codes = (district, *code_range(district).ancestors)
    return StandardVersion.objects.in_force(day).filter(standard__kind=kind, standard__division_code__in=codes)
