"""Names of divisions for codes on a screen."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from tenants.models import Division, DivisionLevel
from tenants.rules import code_range, district_of, street_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, in words: district, street and community (empty where the code stops above)."""

    district: str = ""
    street: str = ""
    community: str = ""

    def __str__(self):
        return " · ".join(part for part in (self.street or self.district, self.community) if part)


def places(codes: Iterable[int]) -> dict[int, Place]:
    """The place of each code, in one query."""
    codes = set(codes)
    names = Division.objects.filter(code__in=_with_ancestors(codes), valid_to=None).values_list("code", "name")
    return _placed(codes, dict(names))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The name of a division, its streets in the order of their codes, and the places of codes within it."""

    name: str
    streets: list[tuple[int, str]]
    places: dict[int, Place]


def surroundings(within: int, codes: Iterable[int]) -> Surroundings:
    """All names that a list of a division needs, in one query."""
    codes, inside = set(codes), code_range(within)
    wanted = Q(code__in={*_with_ancestors(codes), within})
    streets = Q(level=DivisionLevel.STREET, code__gte=inside.lo, code__lt=inside.hi)
    found = list(
        Division.objects.filter(wanted | streets, valid_to=None).order_by("code").values_list("code", "name", "level")
    )
    names = {code: name for code, name, _ in found}
    return Surroundings(
        name=names.get(within, str(within)),
        streets=[(code, name) for code, name, level in found if level == DivisionLevel.STREET and code in inside],
        places=_placed(codes, names),
    )


def _with_ancestors(codes: Iterable[int]) -> set[int]:
    return {found for code in codes for found in (code, street_of(code), district_of(code))}


def _placed(codes: Iterable[int], names: dict[int, str]) -> dict[int, Place]:
    return {
        code: Place(
            district=names.get(district_of(code), ""),
            street=names.get(street_of(code), "") if street_of(code) != district_of(code) else "",
            community=names.get(code, "") if code != street_of(code) else "",
        )
        for code in codes
    }


def division_names(codes: Iterable[int]) -> dict[int, str]:
    return dict(Division.objects.filter(code__in=set(codes), valid_to=None).values_list("code", "name"))
