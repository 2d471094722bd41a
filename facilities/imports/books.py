"""What the check looks things up in: divisions by code or name, facilities by code or name, functions by number or name."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from facilities.imports import cells
from facilities.imports.cells import BadCell
from facilities.imports.rows import Row
from facilities.models import Facility, FacilityState, Site, Space
from tenants.models import Division, DivisionLevel
from tenants.rules import STREET_WIDTH, CodeRange, code_range

_GUESSES = 300  # nearest matches are looked for this often in one check; a file that is wrong throughout stays fast


def district_of(code: int) -> int:
    return code // 10**6 * 10**6


def street_of(code: int) -> int:
    return code // STREET_WIDTH * STREET_WIDTH


@dataclass
class Guesser:
    """Nearest matches, remembered by text and bounded in number."""

    seen: dict[tuple[str, int], str | None] = field(default_factory=dict)

    def nearest(self, text: str, among: list[str]) -> str | None:
        key = (text, id(among))
        if key not in self.seen:
            if len(self.seen) >= _GUESSES:
                return None
            self.seen[key] = next(iter(get_close_matches(text, among, n=1, cutoff=0.6)), None)
        return self.seen[key]


@dataclass(frozen=True)
class Stock:
    """What is registered, to be looked up: by facility the states in order of time, sites and spaces by first day."""

    facilities: Iterable[Facility]
    states: Iterable[FacilityState]
    sites: Iterable[Site]
    spaces: Iterable[Space]


def stock_of(codes: CodeRange) -> Stock:
    """Everything that is registered in a range of codes. Each part is read when it is used."""
    return Stock(
        Facility.objects.within(codes).order_by("id"),
        FacilityState.objects.within(codes).order_by("facility_id", "starts_on"),
        Site.objects.within(codes).order_by("starts_on", "pk"),
        Space.objects.within(codes).order_by("starts_on", "pk"),
    )


class DivisionBook:
    """Streets and communities of the districts in scope, in force on a day. Divisions are public, so all of them."""

    def __init__(self, codes: CodeRange, day, guesser: Guesser):
        self.codes, self.guesser = codes, guesser
        whole = code_range(district_of(codes.lo)) if codes.hi - codes.lo <= 10**6 else codes
        in_force = Division.objects.in_force(day).filter(code__gte=whole.lo, code__lt=whole.hi)
        self.by_code: dict[int, Division] = {d.code: d for d in in_force}
        self.streets: dict[str, list[Division]] = defaultdict(list)
        self.communities: dict[str, list[Division]] = defaultdict(list)
        for division in self.by_code.values():
            shelf = {DivisionLevel.STREET: self.streets, DivisionLevel.COMMUNITY: self.communities}.get(division.level)
            if shelf is not None:
                shelf[_short(division.name)].append(division)
        self.street_names = [d.name for ds in self.streets.values() for d in ds]
        self.community_names = [d.name for ds in self.communities.values() for d in ds]

    def street(self, raw: str) -> Division:
        """A street by name (拱宸桥, 拱宸桥街道) or code (330105005, 330105005000)."""
        if (division := self._by_code(raw, DivisionLevel.STREET)) is not None:
            return division
        found = self.streets.get(_short(cells.text(raw)), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise BadCell(f"“{raw}”不止一个", "改填街道代码：" + self._with_codes(found), str(found[0].code))
        raise BadCell(
            f"没有叫“{raw}”的街道", "填街道全名或 12 位代码", self.guesser.nearest(cells.text(raw), self.street_names)
        )

    def community(self, raw: str, street: Division | None) -> Division:
        """A community by name or code; of two with one name, the one in the given street."""
        if (division := self._by_code(raw, DivisionLevel.COMMUNITY)) is not None:
            if street is not None and street_of(division.code) != street.code:
                raise BadCell(f"{division.name}({division.code})不在{street.name}", "核对街道和社区", None)
            return division
        named = self.communities.get(_short(cells.text(raw)), [])
        found = [d for d in named if street is None or street_of(d.code) == street.code]
        if len(found) == 1:
            return found[0]
        if found:
            raise BadCell(
                f"有 {len(found)} 个社区都叫“{found[0].name}”",
                "填上街道，或改填 12 位社区代码：" + self._with_codes(found),
                str(found[0].code),
            )
        if named and street is not None:
            where = self._street_name(named[0])
            raise BadCell(f"{street.name}没有“{named[0].name}”", f"这个名字的社区在{where}，核对街道和社区", None)
        among = [
            d.name for d in self.by_code.values() if street and street_of(d.code) == street.code and d is not street
        ]
        guess = next(iter(get_close_matches(cells.text(raw), among, n=1, cutoff=0.5)), None) if among else None
        raise BadCell(
            f"没有叫“{raw}”的社区",
            "填社区全名或 12 位代码",
            guess or self.guesser.nearest(cells.text(raw), self.community_names),
        )

    def name(self, code: int) -> str:
        return self.by_code[code].name if code in self.by_code else str(code)

    def _by_code(self, raw: str, level: str) -> Division | None:
        folded = cells.code(raw)
        if not folded.isdigit():
            return None
        code = int(folded.ljust(12, "0")) if len(folded) in (9, 12) else 0
        division = self.by_code.get(code)
        if division is None or division.level != level:
            word = "街道" if level == DivisionLevel.STREET else "社区"
            raise BadCell(f"没有代码为 {raw} 的{word}", f"填 12 位{word}代码，或{word}全名", None)
        return division

    def _street_name(self, community: Division) -> str:
        return self.name(street_of(community.code))

    def _with_codes(self, found: list[Division]) -> str:
        return "、".join(
            f"{self._street_name(d)} {d.code}" if d.level == DivisionLevel.COMMUNITY else f"{d.name} {d.code}"
            for d in found
        )


def _short(name: str) -> str:
    for ending in ("街道", "社区居委会", "社区"):
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending)
    return name


class FacilityBook:
    """Facilities of the scope, registered or new in this workbook, by code and by name."""

    def __init__(self, facilities: Iterable[Facility], guesser: Guesser):
        self.guesser = guesser
        self.by_code: dict[str, Facility] = {}
        self.by_name: dict[str, list[Facility]] = defaultdict(list)
        self.row_of: dict[int, Row] = {}  # id() of a new facility → the row that brings it
        self._names: list[str] | None = None
        for facility in facilities:
            self.add(facility)

    def add(self, facility: Facility, row: Row | None = None) -> None:
        if facility.code:
            self.by_code[facility.code] = facility
        self.by_name[facility.name].append(facility)
        if row is not None:
            self.row_of[id(facility)] = row
        self._names = None

    def in_street(self, name: str, street: int) -> list[Facility]:
        return [f for f in self.by_name.get(name, []) if street_of(f.division_code) == street]

    def find(self, raw: str) -> Facility:
        """The one facility with this code or name. One outside the scope is answered like one that does not exist."""
        folded = cells.code(raw)
        if facility := self.by_code.get(folded):
            return facility
        named = self.by_name.get(cells.text(raw), [])
        if len(named) == 1:
            return named[0]
        if named:
            codes = "、".join(f.code or "（新增，编号待定）" for f in named)
            raise BadCell(f"有 {len(named)} 家设施都叫“{raw}”", f"改填设施编号：{codes}", named[0].code or None)
        is_code = len(folded) >= 9 and folded[:9].isdigit()
        guess = self._nearest_code(folded) if is_code else self.guesser.nearest(cells.text(raw), self._good_names())
        nearest = (
            f"最接近：{guess}" + (f" {self.by_code[guess].name}" if guess in self.by_code else "") if guess else ""
        )
        raise BadCell(f"没有{'编号为' if is_code else '叫'}“{raw}”的设施", nearest or "填“设施”表里的编号或名称", guess)

    def _good_names(self) -> list[str]:
        """Codes and names to guess from: not those of rows that cannot be brought in themselves."""
        if self._names is None:
            good = [f for found in self.by_name.values() for f in found if self._is_good(f)]
            self._names = [name for f in good for name in (f.code, f.name) if name]
        return self._names

    def _nearest_code(self, code: str) -> str | None:
        """The code of the same street with the nearest number; else the most similar one."""
        street, _, serial = code.partition("-")
        if not serial.isdigit():
            return self.guesser.nearest(code, self._good_names())
        numbers = {
            abs(int(other[10:]) - int(serial)): other
            for other, facility in self.by_code.items()
            if other.startswith(f"{street}-") and other[10:].isdigit() and self._is_good(facility)
        }
        return numbers[min(numbers)] if numbers else self.guesser.nearest(code, self._good_names())

    def _is_good(self, facility: Facility) -> bool:
        row = self.row_of.get(id(facility))
        return row is None or not row.has_error


class StateBook:
    """The states of each facility in order of time, registered and new."""

    def __init__(self, states: Iterable[FacilityState]):
        self.of: dict[int, list[FacilityState]] = defaultdict(list)
        self.row_of: dict[int, Row] = {}
        for state in states:
            self.of[state.facility_id].append(state)

    def states(self, facility: Facility) -> list[FacilityState]:
        return self.of[facility.pk or id(facility)]

    def add(self, facility: Facility, state: FacilityState, row: Row) -> None:
        states = self.states(facility)
        states.append(state)
        states.sort(key=lambda state: state.starts_on)
        self.row_of[id(state)] = row

    def on(self, facility: Facility, day) -> FacilityState | None:
        """The state in force on a day: the last one begun by then."""
        return next((state for state in reversed(self.states(facility)) if state.starts_on <= day), None)

    def opened_on(self, facility: Facility):
        states = self.states(facility)
        return states[0].starts_on if states else None


class PlaceBook:
    """Sites and spaces by facility and name, registered and new."""

    def __init__(self, sites: Iterable[Site], spaces: Iterable[Space]):
        self.sites: dict[tuple[int, str], list[Site]] = defaultdict(list)
        self.spaces: dict[tuple[int, str], list[Space]] = defaultdict(list)
        self.row_of: dict[int, Row] = {}
        self._site_names: dict[int, str] = {}
        for site in sites:
            self.sites[site.facility_id, site.name].append(site)
            self._site_names[site.pk] = site.name
        for space in spaces:
            self.spaces[space.facility_id, space.name].append(space)

    def add(self, shelf: dict, facility: Facility, place: Site | Space, row: Row) -> None:
        for name in {place.name, row.assign.get("name", place.name)}:  # also under the name that it gets
            found = shelf[facility.pk or id(facility), name]
            if place not in found:
                found.append(place)
        if row.is_new:
            self.row_of[id(place)] = row

    def site(self, facility: Facility, name: str) -> Site | None:
        """The site of this name; the latest, if it was given up and taken again."""
        found = self.sites.get((facility.pk or id(facility), name))
        return found[-1] if found else None

    def site_names(self, facility: Facility) -> list[str]:
        key = facility.pk or id(facility)
        return [name for (owner, name), found in self.sites.items() if owner == key and self._is_good(found[-1])]

    def _is_good(self, place: Site | Space) -> bool:
        row = self.row_of.get(id(place))
        return row is None or not row.has_error

    def space(self, facility: Facility, raw: str) -> Space:
        """A space by name, or by 点位/空间 where two sites have one of that name."""
        key = facility.pk or id(facility)
        site_name, _, name = raw.rpartition("/")
        found = self.spaces.get((key, name)) or self.spaces.get((key, raw)) or []
        if site_name:
            found = [s for s in found if self.site_name(s) == site_name]
        places = {self.site_name(s) for s in found}
        if len(places) > 1:
            options = [f"{place}/{name}" for place in sorted(places)]
            raise BadCell(f"有 {len(places)} 个点位都有“{name}”", "写成“点位/空间”：" + "、".join(options), options[0])
        if not found:
            names = [name for owner, name in self.spaces if owner == key]
            guess = next(iter(get_close_matches(raw, names, n=1, cutoff=0.5)), None)
            raise BadCell(f"{facility.name}没有叫“{raw}”的空间", "填“空间”表里的名称，或留空", guess)
        return found[-1]

    def site_name(self, space: Space) -> str:
        if space.site_id in self._site_names:
            return self._site_names[space.site_id]
        new_site = getattr(space, "new_site", None)
        return new_site.name if new_site else ""
