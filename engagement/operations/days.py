"""What is entered by the day: visits, rounds, openings. Entering a day again corrects it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from engagement.models import Activity, ActivityPhoto, CountPeriod, CountSource, Opening, Round, RoundKind, VisitCount
from facilities.models import Attachment, AttachmentKind, Facility
from facilities.operations.attachments import attach
from tenants.models import User
from tenants.operations import record_act


@dataclass(frozen=True, slots=True)
class Day:
    """One line of the week's grid. None: nothing is said, what is stored stays."""

    day: date
    visits: int | None = None
    cleaned: bool | None = None
    checked: bool | None = None
    open_minutes: int | None = None


def record_week(*, facility: Facility, days: Iterable[Day], by: User | None) -> int:
    """Write a week's lines; how many values were written. A tick that is taken away removes the round."""
    written = 0
    with transaction.atomic():
        for line in days:
            if line.visits is not None:
                written += _put(
                    VisitCount, facility, {"starts_on": line.day, "period": CountPeriod.DAY, "source": CountSource.MANUAL},
                    {"visits": line.visits},
                )  # fmt: skip
            if line.open_minutes is not None:
                written += _put(Opening, facility, {"day": line.day, "item_number": 0}, {"minutes": line.open_minutes})
            for kind, done in ((RoundKind.CLEANING, line.cleaned), (RoundKind.SAFETY, line.checked)):
                if done is not None:
                    written += _tick(facility, line.day, kind, done)
        if written:
            record_act(
                verb="登记一周数据", by=by, division_code=facility.division_code,
                subject=f"{facility.code} {facility.name}", subject_uuid=facility.uuid, details={"values": written},
            )  # fmt: skip
    return written


def _put(model, facility: Facility, key: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """Insert or correct; 0 where it says the same already."""
    row = model.objects.filter(facility=facility, **key).first()
    if row is None:
        model.objects.create(facility=facility, division_code=facility.division_code, **key, **values)
        return 1
    if all(getattr(row, name) == value for name, value in values.items()):
        return 0
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    return 1


def _tick(facility: Facility, day: date, kind: RoundKind, done: bool) -> int:
    found = Round.objects.filter(facility=facility, day=day, kind=kind)
    if done and not found.exists():
        Round.objects.create(facility=facility, division_code=facility.division_code, day=day, kind=kind)
        return 1
    return found.delete()[0] if not done else 0


def record_visits(
    *, facility: Facility, counts: Mapping[date, int], source: CountSource, by: User | None
) -> tuple[int, int]:
    """Write daily counts of one source (a counter's file); how many were new and how many corrected."""
    with transaction.atomic():
        stored = {
            row.starts_on: row
            for row in VisitCount.objects.filter(
                facility=facility, period=CountPeriod.DAY, source=source, starts_on__in=list(counts)
            )
        }
        new = [
            VisitCount(
                facility=facility, division_code=facility.division_code, starts_on=day, period=CountPeriod.DAY,
                source=source, visits=visits,
            )
            for day, visits in counts.items()
            if day not in stored
        ]  # fmt: skip
        changed = [row for day, row in stored.items() if row.visits != counts[day]]
        for row in changed:
            row.visits = counts[row.starts_on]
        VisitCount.objects.bulk_create(new, batch_size=2000)
        VisitCount.objects.bulk_update(changed, ["visits"], batch_size=2000)
        record_act(
            verb="导入到访人次", by=by, division_code=facility.division_code, subject=f"{facility.code} {facility.name}",
            subject_uuid=facility.uuid, details={"new": len(new), "changed": len(changed)},
        )  # fmt: skip
    return len(new), len(changed)


def attach_photos(*, activity: Activity, files: Iterable[Any], by: User) -> list[Attachment]:
    """Photos of an activity, through the same checks as any file. Raises UploadRefused; then none of them is kept."""
    with transaction.atomic():
        found = []
        for file in files:
            attachment = attach(
                facility=activity.facility, kind=AttachmentKind.PHOTO, upload=file, name=file.name, by=by
            )
            ActivityPhoto.objects.create(
                facility=activity.facility,
                division_code=activity.division_code,
                activity=activity,
                attachment=attachment,
            )
            found.append(attachment)
    return found
