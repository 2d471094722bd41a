"""Attachments as pages show them. Where and when a picture was taken is read by those who may edit, and nobody else."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from facilities.models import Attachment, Facility

SUBJECTS = {"site": "点位", "function": "功能", "operator": "运营", "project": "项目"}
_PROTECTED = ("taken_at", "longitude", "latitude")


@dataclass(frozen=True, slots=True)
class Line:
    """One attachment for a page; taken_at and place are None for those who may not edit."""

    uuid: UUID
    name: str
    kind: str
    about: str
    size: int
    uploaded_by: str
    uploaded_at: datetime
    is_lost: bool
    taken_at: datetime | None
    place: tuple[Decimal, Decimal] | None


def of_facility(facility: Facility, *, may_edit: bool) -> list[Line]:
    """What is attached to a facility and not removed, latest first."""
    found = Attachment.objects.filter(facility=facility, removed_at=None).select_related("uploaded_by")
    names = dict(subjects(facility))
    return [_line(row, names, may_edit=may_edit) for row in (found if may_edit else found.defer(*_PROTECTED))]


def subjects(facility: Facility) -> list[tuple[str, str]]:
    """What of a facility a file can be about: ("site-12", "点位：桥西点位")."""
    named = {
        "site": facility.sites.order_by("name"),
        "function": facility.functions.order_by("item_number", "local_name"),
        "operator": facility.operators.order_by("name"),
        "project": facility.projects.order_by("name"),
    }
    return [(f"{key}-{row.pk}", f"{SUBJECTS[key]}：{_name(row)}") for key, rows in named.items() for row in rows]


def attached(appointment) -> QuerySet[Attachment]:
    """What somebody may download: not the removed ones."""
    return Attachment.objects.visible_to(appointment).filter(removed_at=None).defer(*_PROTECTED)


def _line(row: Attachment, names: dict[str, str], *, may_edit: bool) -> Line:
    about = next((f"{key}-{number}" for key in SUBJECTS if (number := getattr(row, f"{key}_id"))), "")
    has_place = may_edit and row.longitude is not None and row.latitude is not None
    return Line(
        uuid=row.uuid,
        name=row.name,
        kind=row.get_kind_display(),
        about=names.get(about, ""),
        size=row.size,
        uploaded_by=str(row.uploaded_by or ""),
        uploaded_at=row.uploaded_at,
        is_lost=row.lost_at is not None,
        taken_at=row.taken_at if may_edit else None,
        place=(row.longitude, row.latitude) if has_place else None,
    )


def _name(row) -> str:
    number = getattr(row, "item_number", None)
    return getattr(row, "name", "") or getattr(row, "local_name", "") or f"功能 {number}"
