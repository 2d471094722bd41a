"""Names of divisions for codes on a screen."""

from collections.abc import Iterable
from dataclasses import dataclass

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
    wanted = codes | {street_of(code) for code in codes} | {district_of(code) for code in codes}
    names = dict(Division.objects.filter(code__in=wanted, valid_to=None).values_list("code", "name"))
    return {
        code: Place(
            district=names.get(district_of(code), ""),
            street=names.get(street_of(code), "") if street_of(code) != district_of(code) else "",
            community=names.get(code, "") if code != street_of(code) else "",
        )
        for code in codes
    }


def streets_within(code: int) -> list[Division]:
    """The streets at or below a division, in the order of their codes."""
    codes = code_range(code)
    return list(
        Division.objects.filter(
            level=DivisionLevel.STREET, code__gte=codes.lo, code__lt=codes.hi, valid_to=None
        ).order_by("code")
    )


def division_names(codes: Iterable[int]) -> dict[int, str]:
    return dict(Division.objects.filter(code__in=set(codes), valid_to=None).values_list("code", "name"))
