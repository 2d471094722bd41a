"""The picker of functions in a return: the district's items by category, found by name, number or pinyin, and what each asks."""

from dataclasses import dataclass
from datetime import date

from facilities.models import Facility
from facilities.returns.content import Content, Line
from facilities.rules import name_sort
from portal.queries.functions import catalogue_in_force
from standards.models import CrosswalkLink
from tenants.digits import whole_number


@dataclass(frozen=True, slots=True)
class Pick:
    """An item. `key`: its row in the return, or the key that a new row gets. `asks`: what the city's standard asks of it."""

    number: int
    name: str
    city: str
    search: str
    key: str
    is_on: bool
    is_registered: bool
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PickGroup:
    category: str
    domain: str
    items: tuple[Pick, ...]

    @property
    def count(self) -> int:
        return sum(item.is_on for item in self.items)


@dataclass(frozen=True, slots=True)
class Picker:
    groups: tuple[PickGroup, ...]
    city: tuple[Pick, ...]

    @property
    def domains(self) -> list[tuple[str, bool]]:
        found: dict[str, bool] = {}
        for group in self.groups:
            if group.domain:
                found[group.domain] = found.get(group.domain, False) or group.count > 0
        return list(found.items())

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups)

    @property
    def total(self) -> int:
        return sum(len(group.items) for group in self.groups)


def picker(facility: Facility, content: Content, day: date) -> Picker:
    """The catalogue with what the draft offers on a day. Three queries."""
    ours, theirs, crosswalk = catalogue_in_force(facility, day)
    cities = {item.number: item for item in theirs}
    linked: dict[int, list[int]] = {}
    for link in CrosswalkLink.objects.filter(version__in=crosswalk):
        linked.setdefault(link.item_number, []).append(link.city_number)
    lines = _lines(content, day)
    duties = _duties(theirs)
    groups: dict[tuple[str, str], list[Pick]] = {}
    for item in ours:
        numbers = linked.get(item.number, [])
        names = "、".join(cities[n].name for n in numbers if n in cities) or "X（拓展功能）"
        asks = tuple(dict.fromkeys(text for n in numbers for text in duties.get(n, ())))
        groups.setdefault((item.category, item.domain), []).append(_pick(item, names, asks, lines.get(item.number)))
    return Picker(
        tuple(PickGroup(category, domain, tuple(items)) for (category, domain), items in groups.items()),
        tuple(_pick(item, item.category, duties.get(item.number, ()), lines.get(item.number)) for item in theirs),
    )


def _lines(content: Content, day: date) -> dict[int, tuple[Line, bool]]:
    """Item number → its row, and whether it is offered on the day: begun, and its last day not before it."""
    found: dict[int, tuple[Line, bool]] = {}
    for line in content.lines["function"]:
        number, last = whole_number(line.text("item")), line.text("ends_on")
        if number is not None:
            is_on = not last or last >= day.isoformat()
            if number not in found or is_on:
                found[number] = (line, is_on)
    return found


def _duties(items) -> dict[int, tuple[str, ...]]:
    """City number → what its clause asks: the services it consists of, and how often, quoted."""
    texts: dict[int, tuple[str, ...]] = {}
    for version in {item.version_id: item.version for item in items}.values():
        for entry in version.data.get("item", []):
            parts = entry.get("parts", [])
            found = [f"包括{'、'.join(parts)}（{entry['clause']}）"] if parts else []
            if often := entry.get("frequency"):
                found.append(f"“{often['quote']}”（{entry['clause']}）")
            texts[entry["number"]] = tuple(found)
    return texts


def _pick(item, city: str, asks: tuple[str, ...], found: tuple[Line, bool] | None) -> Pick:
    line, is_on = found or (None, False)
    pinyin = name_sort(item.name)
    initials = "".join(part[0] for part in pinyin.split())
    return Pick(
        item.number, item.name, city, f"{item.number} {item.name} {pinyin.replace(' ', '')} {initials} {city}",
        line.key if line else f"nitem{item.number}", is_on, line is not None and line.registered is not None, asks,
    )  # fmt: skip
