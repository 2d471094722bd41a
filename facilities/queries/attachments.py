"""Attachments as pages show them. Where and when a picture was taken is read by those who may edit, and nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from django.db.models import QuerySet, SmallIntegerField, Value

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


def of_facility(facility: Facility, names: dict[str, str], *, may_edit: bool) -> list[Line]:
    """What is attached to a facility and not removed, latest first. names: from `subjects`."""
    found = Attachment.objects.filter(facility=facility, removed_at=None).select_related("uploaded_by")
    return [_line(row, names, may_edit=may_edit) for row in (found if may_edit else found.defer(*_PROTECTED))]


def subjects(facility: Facility, items: Mapping[int, str] = MappingProxyType({})) -> dict[str, str]:
    """What of a facility a file can be about: {"site-12": "点位：桥西点位"}. One query.

    items: number → name of the functions of the catalogues, where the caller knows them.
    """
    site, function, operator, project = (
        rows.order_by().values_list(Value(key), "pk", name, number)
        for key, rows, name, number in (
            ("site", facility.sites, "name", Value(None, SmallIntegerField())),
            ("function", facility.functions, "local_name", "item_number"),
            ("operator", facility.operators, "name", Value(None, SmallIntegerField())),
            ("project", facility.projects, "name", Value(None, SmallIntegerField())),
        )
    )
    order = list(SUBJECTS)
    rows = sorted(site.union(function, operator, project, all=True), key=lambda r: (order.index(r[0]), r[3] or 0, r[2]))
    return {
        f"{key}-{pk}": f"{SUBJECTS[key]}：{name or items.get(number, f'功能 {number}')}"
        for key, pk, name, number in rows
    }


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
