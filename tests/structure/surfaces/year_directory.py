"""What follows from the spot check: discrepancies, the directory, objections, corrections; and what assessors record."""

import hashlib
import io
import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from openpyxl import load_workbook

from assessments.models import (
    Appeal,
    CheckRound,
    Directory,
    DirectoryEntry,
    DocumentKind,
    PublishedDocument,
    Run,
    Visit,
    VisitOperation,
)
from assessments.operations import results_book
from assessments.operations.directories import content_of
from assessments.operations.publishing import publish
from facilities.models import Facility
from tenants.models import User
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.facilities.test_archives import picture
from tests.structure.surfaces.base import Surface, said
from tests.structure.world import CITY
from tests.structure.year_rows import BEGUN_BY_NOBODY

NOW, LATER = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
APPEAL, AREA = UUID("00000000-0000-4000-8000-0000000c0de0"), "floor_area_documented"
UNDECIDED = {
    "answer": "", "accepts": None, "answered_at": None, "answered_by": None, "ruling": "", "ruling_reason": "", "ruled_at": None,
    "ruled_by": None, "due_at": LATER,
}  # fmt: skip
ANSWERED = {**UNDECIDED, "answer": "测绘报告为准", "accepts": False, "answered_at": NOW}


# --- the directory ---


def _two_people(thing) -> dict:
    """Whoever stands for a directory is nobody of those who ask."""
    first, second = User.objects.filter(username__startswith="qz").order_by("pk")[:2]
    return {"approved_by": first, "approved_at": NOW, "confirmed_by": second, "confirmed_at": NOW}


def _stands(state: str, **more):
    def arrange(who, thing) -> None:
        people = {} if state == "proposed" else _two_people(thing)
        if state == "approved":
            people |= {"confirmed_by": None, "confirmed_at": None}
        Directory.objects.filter(pk=thing.pk).update(state=state, **people, **more)

    return arrange


def _nothing_in_the_way(who, thing) -> None:
    """Of a round in which nobody was drawn, by a run that judged nobody."""
    idle = CheckRound.objects.filter(division_code=thing.division_code, year=BEGUN_BY_NOBODY)
    idle.update(notice_days=7)
    run = _another_run(Directory.objects.get(pk=thing.pk).run)
    VisitOperation.objects.filter(division_code=thing.division_code).update(state="applied")
    DirectoryEntry.objects.filter(directory=thing.pk).update(is_confirmed=True)
    _stands("proposed", round=idle.get(), run=run, year=BEGUN_BY_NOBODY)(who, thing)


def _before_the_public(until: datetime):
    def arrange(who, thing) -> None:
        CheckRound.objects.filter(directories=thing.pk).update(notice_days=7)
        _stands("notice", notice_from=NOW, notice_until=until)(who, thing)
        Appeal.objects.filter(directory=thing.pk).delete()

    return arrange


def _appealed(who, thing) -> None:
    _before_the_public(LATER)(who, thing)
    facility = DirectoryEntry.objects.filter(directory=thing.pk)[0].facility
    Appeal.objects.create(
        division_code=facility.division_code, directory_id=thing.pk, facility=facility, kind="objection", party="居民",
        point="开放", text="早已停办", filed_at=NOW, uuid=APPEAL,
    )  # fmt: skip


def _over(who, thing) -> None:
    _before_the_public(NOW)(who, thing)
    DirectoryEntry.objects.filter(directory=thing.pk).update(is_confirmed=True)


def _published(who, thing) -> None:
    one = Directory.objects.get(pk=thing.pk)
    about = {"year": one.round.year, "published_by": _two_people(thing)["approved_by"], "published_at": NOW}
    _stands("published", **about)(who, thing)
    publish(
        kind=DocumentKind.DIRECTORY,
        round=one.round,
        number=one.revision,
        by=None,
        now=NOW,
        title="名录",
        content=content_of(one),
    )


def _corrected(who, thing) -> None:
    """The correction run has been made; it waits to become a reissue."""
    _published(who, thing)
    _another_run(Directory.objects.get(pk=thing.pk).run)


def _another_run(run: Run) -> Run:
    """Of the same quarter, which judged nobody."""
    run.pk, run.uuid, run.revision = None, uuid4(), 77
    run.save(force_insert=True)
    return run


def _entries(who, thing) -> dict:
    with opened_scope(division_scope(CITY)):
        rows = DirectoryEntry.objects.filter(directory=thing.pk).order_by("pk")
        return {"act": "confirm_entries", "entries": [str(uuid) for uuid in rows.values_list("uuid", flat=True)]}


def _own_facility(who, thing, **more) -> dict:
    """A facility that this person sees, of the directory's district."""
    with opened_scope(division_scope(CITY)):
        seen = [row for row in Facility.objects.order_by("pk") if who.codes and row.division_code in who.codes]
        return {
            "facility": str(seen[0].uuid) if seen else str(uuid4()),
            "point": "建筑面积",
            "text": "已补测绘报告",
            **more,
        }


def _first_code(who, thing) -> dict:
    with opened_scope(division_scope(CITY)):
        entry = DirectoryEntry.objects.filter(directory=thing.pk, tier__gt=0).select_related("facility").first()
    return {
        "act": "correct", "code": entry.facility.code if entry else "", "field": "name", "after": "桥西家园", "reason": "名称有误",
    }  # fmt: skip


def _documents(who, thing) -> int:
    return PublishedDocument.objects.count()


# --- what assessors record ---


def _own_visits(who, thing) -> None:
    """The visit of the address, or every one in the district, is this person's, open and without a record."""
    found = Visit.objects.filter(pk=thing.pk) if thing else Visit.objects.filter(division_code=who.code)
    ours = {"user_id": who.user_pk, "facility_id": who.grants[0]} if who.role == Role.ASSESSOR else {}
    found.update(
        state="planned", closed_at=None, handed_in_at=None, revoked_at=None, revoked_by=None, revoked_reason="", **ours
    )
    for visit in found:
        visit.operations.all().delete()


def _visit_of(who) -> Visit | None:
    with opened_scope(division_scope(CITY)):
        return Visit.objects.filter(division_code=who.code).order_by("pk").first()


def _record(kind: str, **more):
    """One record as a telephone tells it."""

    def good(who, thing) -> dict:
        visit = _visit_of(who)
        named = str(visit.uuid) if visit else str(uuid4())
        return {
            "id": str(uuid4()),
            "visit": named,
            "kind": kind,
            "key": AREA,
            "at": "2026-11-22T09:30:00+08:00",
            **more,
        }

    return good


def _as_records(values: dict) -> str:
    return json.dumps({"operations": [values], **values})


def _as_photo(values: dict) -> dict:
    file = SimpleUploadedFile("门头.jpg", picture(), content_type="image/jpeg")
    return {**values, "operation": json.dumps(values), "file": file}


def _book(who, thing) -> dict:
    """The template of one's visits with the first item filled in."""
    with transaction.atomic():
        with opened_scope(division_scope(CITY)):
            _own_visits(who, None)
            content = results_book.template([_visit_of(who)], user_id=who.user_pk)
        transaction.set_rollback(True)
    book = load_workbook(io.BytesIO(content))
    for row in book.active.iter_rows(min_row=3):
        if row[2].value == AREA:
            row[5].value, row[7].value = "905.5", "2026-11-20 10:30:00"
    out = io.BytesIO()
    book.save(out)
    return {"file": SimpleUploadedFile("结果.xlsx", out.getvalue())}


ACT, CORRECTION, TABLE = "assessments:directory_act", "assessments:directory_correction_act", "assessments_"
FOUND, RULED, RECORD = f"{TABLE}discrepancy", "assessments:finding_rule", f"{TABLE}visitoperation"
WORDS = frozenset({"key", "text", "at", "visit", "kind", "value", "claimed_visit", "done_at", "sha256"})
SURFACES = {
    "assessments:finding_answer": Surface(
        said(accepts="no", text="测绘报告为准"), frozenset({"answer", "accepts", "text"}), arranged=UNDECIDED, writes=FOUND
    ),
    RULED: Surface(
        said(ruling="found", reason="实测为准"), frozenset({"ruling", "ruling_reason", "reason"}), arranged=ANSWERED, writes=FOUND
    ),
    f"{ACT} confirm_entries": Surface(
        _entries, frozenset({"is_confirmed"}), {"entries": "DirectoryEntry"},
        arranged=lambda who, thing: DirectoryEntry.objects.filter(directory=thing.pk).update(is_confirmed=False)
        and _stands("proposed")(who, thing), writes=f"{TABLE}directoryentry",
    ),
    f"{ACT} approve": Surface(said(act="approve"), arranged=_nothing_in_the_way, writes=f"{TABLE}directory"),
    f"{ACT} confirm": Surface(said(act="confirm"), arranged=_stands("approved"), writes=f"{TABLE}directory"),
    f"{ACT} back": Surface(
        said(act="back", reason="再核一遍"), frozenset({"reason"}), arranged=_stands("confirmed"), writes=f"{TABLE}directory"
    ),
    f"{ACT} notice": Surface(
        said(act="notice"), writes=f"{TABLE}directory",
        arranged=lambda who, thing: _before_the_public(LATER)(who, thing) or _stands("confirmed")(who, thing),
    ),
    f"{ACT} objection": Surface(
        lambda who, thing: _own_facility(who, thing, act="objection", party="居民"), frozenset({"party", "point", "text"}),
        {"facility": "Facility"}, arranged=_before_the_public(LATER), writes=f"{TABLE}appeal",
    ),
    f"{ACT} decide": Surface(
        said(act="decide", appeal=str(APPEAL), upheld="yes", tier="1", decision="属实，已停办"),
        frozenset({"decision", "upheld", "tier", "reason"}), {"appeal": "Appeal"}, arranged=_appealed, writes=f"{TABLE}appeal",
    ),
    f"{ACT} publish": Surface(said(act="publish"), arranged=_over, writes=f"{TABLE}directory"),
    f"{ACT} correct": Surface(_first_code, frozenset({"code", "reason"}), arranged=_published, shows=_documents),
    f"{CORRECTION} run": Surface(
        said(act="run", reason="裁定有误"), frozenset({"reason"}), arranged=_published, writes=f"{TABLE}run"
    ),
    f"{CORRECTION} propose": Surface(
        said(act="propose", reason="裁定有误"), frozenset({"reason"}), arranged=_corrected, writes=f"{TABLE}directory"
    ),
    "assessments:directory_appeal": Surface(
        _own_facility, frozenset({"point", "text"}), {"facility": "Facility"}, arranged=_before_the_public(LATER),
        writes=f"{TABLE}appeal",
    ),
    "assessments:my_visit found": Surface(
        said(key=AREA, value="905.5", text="测距仪"), frozenset({"key", "text", "value"}), arranged=_own_visits, writes=RECORD
    ),
    "assessments:my_visit sign": Surface(
        said(kind="sign", text="王站长"), frozenset({"kind", "text"}), arranged=_own_visits, writes=RECORD
    ),
    "assessments:phone_sync": Surface(
        _record("found", value=90_550, text="测距仪"), WORDS, arranged=_own_visits, writes=RECORD, travels=_as_records,
        content_type="application/json",
    ),
    "assessments:phone_photo": Surface(
        _record("photo", sha256=hashlib.sha256(picture()).hexdigest()), WORDS, arranged=_own_visits, writes=RECORD,
        travels=_as_photo,
    ),
    "assessments:results_upload": Surface(_book, arranged=_own_visits, writes=RECORD),
}  # fmt: skip
