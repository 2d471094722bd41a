"""The service standard, the scale of the vitality index and the follow-up standard in force for a district on a day."""

from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from standards.models import StandardKind, StandardVersion
from standards.rules.follow_up import FollowUpStandard, build_follow_up
from standards.rules.service import ServiceStandard, build_service
from standards.rules.vitality import Scale, build_scale
from tenants.rules import code_range, district_of


def service_standard(division_code: int, day: date) -> ServiceStandard | None:
    """The frequencies that a division's facilities are held to on a day; None where none are in force."""
    version = _nearest(StandardKind.SERVICE, division_code, day)
    return _service(version.pk, version.content_sha256) if version else None


def vitality_version(division_code: int, day: date) -> StandardVersion | None:
    """The version of the index for a division on a day: its district's own before the one that holds for all."""
    return _nearest(StandardKind.VITALITY, division_code, day)


def vitality_scale(version: StandardVersion) -> Scale:
    return _scale(version.pk, version.content_sha256)


def vitality_scale_named(name: str) -> Scale:
    """The scale of a version as a run names it, `vitality@provisional-2025.1`. Raises StandardVersion.DoesNotExist."""
    key, _, number = name.partition("@")
    version = StandardVersion.objects.only("pk", "content_sha256").get(standard__key=key, number=number)
    return _scale(version.pk, version.content_sha256)


def service_standard_named(name: str) -> ServiceStandard:
    """Raises StandardVersion.DoesNotExist."""
    key, _, number = name.partition("@")
    version = StandardVersion.objects.only("pk", "content_sha256").get(standard__key=key, number=number)
    return _service(version.pk, version.content_sha256)


def vitality_versions(division_code: int) -> QuerySet[StandardVersion]:
    """All versions that a division reads: its district's own and those of above, newest first."""
    own = code_range(district_of(division_code))
    return (
        StandardVersion.objects.select_related("standard")
        .filter(standard__kind=StandardKind.VITALITY, standard__division_code__in=(own.lo, *own.ancestors))
        .order_by("-effective_from", "-standard__division_code", "-pk")
    )


def follow_up_standard(division_code: int, day: date) -> FollowUpStandard | None:
    """What the half-yearly follow-up of a division goes by on a day; None where nothing is in force."""
    version = _nearest(StandardKind.FOLLOW_UP, division_code, day)
    return _follow_up(version.pk, version.content_sha256) if version else None


def _nearest(kind: str, division_code: int, day: date) -> StandardVersion | None:
    own = code_range(district_of(division_code))
    return (
        StandardVersion.objects.in_force(day)
        .select_related("standard")
        .filter(standard__kind=kind, standard__division_code__in=(own.lo, *own.ancestors))
        .order_by("-standard__division_code")
        .first()
    )


@lru_cache(maxsize=64)  # published versions never change
def _service(pk: int, _content: str) -> ServiceStandard:
    return build_service(StandardVersion.objects.get(pk=pk).data)


@lru_cache(maxsize=64)
def _follow_up(pk: int, _content: str) -> FollowUpStandard:
    return build_follow_up(StandardVersion.objects.get(pk=pk).data)


@lru_cache(maxsize=64)
def _scale(pk: int, _content: str) -> Scale:
    return build_scale(StandardVersion.objects.get(pk=pk).data)
