"""Who takes part, and what an assessor of the demonstration finds. All of it is made up, and the same each time."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from assessments import operations
from assessments.models import Assessor, CheckRound, OperationKind, Visit
from assessments.operations.recording import Incoming
from assessments.queries.checklist import checklist, claims_of
from facilities.models import Site
from facilities.uploads import store
from tenants.models import Appointment, User
from tenants.scope import opened_scope, scope_of

_NAMES = UUID("2f0d5d0c-6a5e-5d0c-8f6b-0a4d7c1f2025")
FIRMS = (
    ("钱塘社会服务评估中心（演示）", "52330105DEMO00001A", "assessor"),
    ("运河第三方评估公司（演示）", "91330105DEMO00002B", "assessor-two"),
)
BASIS = "演示：区民政局局长办公会纪要 {} 年第 9 号"


@dataclass(frozen=True)
class Staff:
    """The accounts of the demonstration that act."""

    admin: User
    reviewer: User
    streets: Mapping[int, User] = field(default_factory=dict)


def staff() -> Staff:
    named = User.objects.in_bulk(
        ["gongshu-admin", "gongshu-reviewer", "gongchenqiao", "hushu"], field_name="username"
    )  # fmt: skip
    streets = {330105005000: named["gongchenqiao"], 330105002000: named["hushu"]}
    return Staff(named["gongshu-admin"], named["gongshu-reviewer"], streets)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of the demonstration, in Shanghai."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def begin(year: int, who: Staff, *, first_day: date, last_day: date) -> tuple[CheckRound, list[Assessor]]:
    """The round, its figures, two firms with a person each, and an interest that was declared."""
    october = date(year, 10, 9)
    round = operations.checks.start_round(district=330105000000, year=year, by=who.admin, today=october)
    operations.checks.set_rules(
        round=round, by=who.admin, basis=BASIS.format(year), permille=500, double_permille=250, tolerance_permille=30,
        answer_days=5, notice_days=7,
    )  # fmt: skip
    people = []
    for number, (name, uscc, username) in enumerate(FIRMS, 1):
        made = operations.checks.commission(
            round=round, firm_name=name, firm_uscc=uscc, contract_number=f"演示委托〔{year}〕{number} 号",
            first_day=first_day, last_day=last_day, by=who.admin,
        )  # fmt: skip
        people.append(operations.checks.add_assessor(commission=made, username=username, by=who.admin, today=october))
    operations.checks.declare_interest(
        commission=people[0].commission, assessor=people[0], party="巷口便民服务（演示）",
        note=f"{year - 1} 年在该机构兼职督导", by=who.admin,
    )  # fmt: skip
    return CheckRound.objects.get(pk=round.pk), people


def records(visit: Visit, found: Mapping[str, int | None], *, start: datetime, signer: str) -> list[Incoming]:
    """Everything that one visit records: as reported, but for `found` (None: could not be told); then the signature."""
    claims, made = claims_of(visit.sampled), []
    for minute, item in enumerate(checklist(visit.sampled.sample.run)):
        value = found.get(item.key, claims.of(item.key))
        if value is None and item.key not in found:
            continue
        text = "现场核对，见说明" if item.key in found else ""
        made.append(_incoming(visit, OperationKind.FOUND, item.key, value, text, start + timedelta(minutes=minute)))
    end = start + timedelta(minutes=90)
    return [*made, _incoming(visit, OperationKind.SIGN, "", None, signer, end)]


def photo(visit: Visit, key: str, moment: datetime) -> Incoming:
    """A picture that says what it is, through the same checks as every upload."""
    picture = Image.new("RGB", (800, 600), (239, 246, 246))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((40, 40, 760, 560), outline=(17, 94, 104), width=6)
    pen.line((40, 400, 760, 400), fill=(192, 138, 46), width=8)
    pen.text((70, 70), f"DEMO {visit.day} {key}", fill=(17, 94, 104))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    kept = store.receive(SimpleUploadedFile("现场照片.jpg", out.getvalue(), "image/jpeg"), "现场照片.jpg")
    site = Site.objects.filter(facility_id=visit.facility_id).exclude(longitude=None).first()
    where = (Decimal(site.longitude), Decimal(site.latitude)) if site else (None, None)
    return _incoming(
        visit, OperationKind.PHOTO, key, None, "", moment, longitude=where[0], latitude=where[1],
        sha256=kept.received_sha256, stored_sha256=kept.sha256,
    )  # fmt: skip


def _incoming(visit: Visit, kind: OperationKind, key: str, value, text: str, moment: datetime, **more) -> Incoming:
    return Incoming(
        uuid5(_NAMES, f"{visit.uuid} {kind} {key} {moment}"), visit.uuid, kind, key, value, text, moment, **more
    )


def send(visit: Visit, sent: list[Incoming], now: datetime) -> None:
    """As the assessor, in the assessor's own scope."""
    held = Appointment.objects.select_related("user").get(user_id=visit.user_id, ends_on=None)
    with opened_scope(scope_of(held)):
        operations.recording.receive(operations=sent, by=held.user, district=visit.division_code, now=now)
