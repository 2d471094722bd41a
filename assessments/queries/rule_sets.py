"""Which rule set judges a district on a day, and which one judged a run."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Q

from standards.models import StandardVersion
from standards.queries import ruleset_read_as, versions_in_force
from standards.rules import RuleSet


class NoStandardError(LookupError):
    """No standard is in force for a district on a day. The message says what to do."""


def standard_in_force(district: int, day: date) -> str:
    """The name of the versions that judge a district on a day, as a run keeps it: `gongshu@2025-draft+hangzhou@2025`."""
    versions = versions_in_force(district, day)
    if not versions:
        raise NoStandardError(f"{day} 这一天没有适用的标准版本。请先用 manage.py load_standard 载入标准，再重新测算。")
    return "+".join(str(version) for version in versions)


def versions_known(standard: str) -> dict[str, StandardVersion]:
    """Name → version (with standard and document), of those of a run's `standard` that are loaded, in its order."""
    either = Q()
    for name in standard.split("+"):
        key, _, number = name.partition("@")
        either |= Q(standard__key=key, number=number)
    versions = StandardVersion.objects.filter(either).select_related("standard", "document").defer("data")
    found = {str(version): version for version in versions}
    return {name: found[name] for name in standard.split("+") if name in found}


def versions_named(standard: str) -> list[StandardVersion]:
    """The versions of a run's `standard`. Raises NoStandardError if one is not loaded."""
    found = versions_known(standard)
    if missing := [name for name in standard.split("+") if name not in found]:
        raise NoStandardError(f"没有载入这些标准版本：{'、'.join(missing)}。请先运行 manage.py load_standard。")
    return list(found.values())


def named_rules(standard: str, readings: Mapping[str, str]) -> RuleSet:
    """The rule set of a run's `standard` under the given readings, all others by default."""
    return ruleset_read_as(versions_named(standard), readings)
