"""Versions of standards in force on a day."""

from datetime import date

from standards.models import StandardKind, StandardVersion
from tenants.rules import code_range

REGISTER, METRICS, CROSSWALK = "interpretations", "metrics", "crosswalk"
CATALOGUE_GONGSHU, CATALOGUE_HANGZHOU = "catalogue-gongshu", "catalogue-hangzhou"


def version_in_force(standard_key: str, day: date) -> StandardVersion | None:
    """The version of a standard in force on a day, with its standard and document; None if there is none."""
    return (
        StandardVersion.objects.in_force(day)
        .select_related("standard", "document")
        .filter(standard__key=standard_key)
        .first()
    )


def versions_in_force(division_code: int, day: date) -> tuple[StandardVersion, ...]:
    """The standards that a division's facilities are judged by on a day: its district's own first, then the city's."""
    codes = code_range(division_code)
    found = (
        StandardVersion.objects.in_force(day)
        .select_related("standard", "document")
        .filter(standard__kind=StandardKind.CRITERIA, standard__division_code__in=(codes.lo, *codes.ancestors))
        .order_by("-standard__division_code")
    )
    return tuple(found)
