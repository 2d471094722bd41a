"""Names of divisions for codes on a screen."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tenants.models import Division, DivisionLevel
from tenants.prepared import Prepared
from tenants.rules import code_range, district_of, street_of

NAMES = Prepared(
    "names",
    ["bigint[]", "text", "bigint", "bigint"],
    """SELECT code, name, level FROM tenants_division WHERE valid_to IS NULL
    AND (code = ANY($1) OR level = $2 AND code >= $3 AND code < $4) ORDER BY code""",
)


class Place(NamedTuple):
    """Where something stands, in words: district, street and community (empty where the code stops above)."""

    district: str = ""
    street: str = ""
    community: str = ""

    def __str__(self):
        return " · ".join(part for part in (self.street or self.district, self.community) if part)


def places(codes: Iterable[int]) -> dict[int, Place]:
    """The place of each code, in one query."""
    codes = set(codes)
    return placed(codes, {code: name for code, name, _ in NAMES.rows(sorted(_with_ancestors(codes)), "", 0, 0)})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The name of a division, the divisions of one level inside it (code → name, by code), and the places of codes.

    names: all of these by code, and those of the divisions above.
    """

    name: str
    inside: dict[int, str]
    places: dict[int, Place]
    names: dict[int, str]

    @property
    def choices(self) -> list[tuple[int, str]]:
        """Code and name of those inside, for a select."""
        return list(self.inside.items())


def surroundings(within: int, codes: Iterable[int], level: DivisionLevel | None = DivisionLevel.STREET) -> Surroundings:
    """All names that a list of a division needs, in one query. level: of the divisions inside it that are wanted."""
    codes = set(codes)
    return named(NAMES.rows(*names_asked(within, codes, level)), within, codes, level)


def names_asked(
    within: int, codes: Iterable[int], level: DivisionLevel | None = DivisionLevel.STREET
) -> tuple[list[int], str, int, int]:
    """The values of NAMES for the surroundings of a division."""
    inside = code_range(within)
    return sorted({*_with_ancestors(codes), within}), level or "", inside.lo, inside.hi


def named(
    found: list[tuple], within: int, codes: Iterable[int], level: DivisionLevel | None = DivisionLevel.STREET
) -> Surroundings:
    """The surroundings that rows of NAMES tell."""
    inside = code_range(within)
    names = {code: name for code, name, _ in found}
    return Surroundings(
        name=names.get(within, str(within)),
        inside={code: name for code, name, at in found if at == level and code in inside and code != within},
        places=placed(codes, names),
        names=names,
    )


def _with_ancestors(codes: Iterable[int]) -> set[int]:
    return {found for code in codes for found in (code, street_of(code), district_of(code))}


def placed(codes: Iterable[int], names: dict[int, str]) -> dict[int, Place]:
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
