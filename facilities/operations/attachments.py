"""Attach a file to a facility, take it away again, and put the store and the rows in order: one transaction each."""

import logging
import shutil
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from facilities.models import Attachment, AttachmentKind, Facility
from facilities.queries.attachments import SUBJECTS, subjects
from facilities.uploads import store
from tenants.models import User
from tenants.operations import record_act
from tenants.scope import set_reason

KEPT = timedelta(days=1)  # a file without a row may belong to an upload that is not finished yet
_logger = logging.getLogger(__name__)


class AttachmentRefused(ValueError):
    """Why something cannot be done with an attachment, in words for the user."""


def attach(*, facility: Facility, kind: str, upload: Any, name: str, by: User | None, about: str = "") -> Attachment:
    """Check and store one file, and note it. about: key of `queries.attachments.subjects`, as "site-12".

    Raises UploadRefused for the file and AttachmentRefused for what it is said to be about. For commands: a page examines
    the file between its transactions (`check_subject`, `store.receive`, `record`).
    """
    check_subject(facility=facility, kind=kind, about=about)
    return record(facility=facility, kind=kind, about=about, stored=store.receive(upload, name), by=by)


def check_subject(*, facility: Facility, kind: str, about: str) -> None:
    """Raises AttachmentRefused for an unknown kind, or for something that is not of this facility."""
    if kind not in AttachmentKind:
        raise AttachmentRefused("先选类别。")
    if about and about not in subjects(facility):
        raise AttachmentRefused("所选对象不在这座设施里，刷新页面再试。")


def record(*, facility: Facility, kind: str, stored: store.Stored, by: User | None, about: str = "") -> Attachment:
    """Note a file that was examined and stored. Raises AttachmentRefused like `check_subject`."""
    check_subject(facility=facility, kind=kind, about=about)
    subject, _, number = about.partition("-")
    with transaction.atomic():
        attachment = Attachment.objects.create(
            facility=facility,
            division_code=facility.division_code,
            kind=kind,
            name=stored.name,
            size=stored.size,
            sha256=stored.sha256,
            received_sha256=stored.received_sha256,
            media_type=stored.kind.media_type,
            taken_at=stored.taken_at,
            longitude=stored.longitude,
            latitude=stored.latitude,
            uploaded_by=by,
            **({f"{subject}_id": int(number)} if subject in SUBJECTS else {}),
        )
        _act("上传资料", attachment, by, size=stored.size, sha256=stored.sha256)
    return attachment


def remove(*, attachment: Attachment, by: User, reason: str, now: datetime) -> None:
    """Take an attachment off the page. Row and file are kept; a second time is refused."""
    reason = reason.strip()
    if len(reason) < 4:
        raise AttachmentRefused("写明移除的理由，至少 4 个字。")
    with transaction.atomic():
        set_reason(reason)
        changed = Attachment.objects.filter(pk=attachment.pk, removed_at=None).update(
            removed_at=now, removed_by=by, removed_reason=reason[:200]
        )
        if not changed:
            raise AttachmentRefused("这份资料已经移除了。")
        _act("移除资料", attachment, by, reason=reason[:200])


def note_download(*, attachment: Attachment, by: User) -> None:
    _act("下载资料", attachment, by)


def sweep(*, now: datetime) -> dict[str, int]:
    """Delete files that no row names and what uploads left half-way, both older than a day; note rows without a file.

    Call it in a scope that sees every row: a file whose row is out of sight would be deleted. Returns counts.
    """
    before = (now - KEPT).timestamp()
    leftovers = [path for path in store.staging().glob("*") if path.stat().st_mtime < before]
    for path in leftovers:
        shutil.rmtree(path, ignore_errors=True)
    named = set(Attachment.objects.values_list("sha256", flat=True))
    kept = named | store.held()
    orphans = [path for path in store.folder().glob("??/*") if path.name not in kept and _is_old(path, before)]
    for path in orphans:
        path.unlink(missing_ok=True)
    missing = {sha256 for sha256 in named if not store.path_of(sha256).exists()}
    lost = Attachment.objects.filter(sha256__in=missing, lost_at=None)
    found = Attachment.objects.filter(~Q(lost_at=None)).exclude(sha256__in=missing)
    counts = {"leftovers": len(leftovers), "orphans": len(orphans), "lost": 0}
    with transaction.atomic():
        found.update(lost_at=None)
        for attachment in lost:
            _logger.error("attachment %s: file %s is gone", attachment.pk, attachment.sha256)
            _act("资料文件缺失", attachment, None, sha256=attachment.sha256)
            counts["lost"] += 1
        lost.update(lost_at=now)
    return counts


def _is_old(path, before: float) -> bool:
    return path.is_file() and path.stat().st_mtime < before


def _act(verb: str, attachment: Attachment, by: User | None, *, reason: str = "", **details: Any) -> None:
    record_act(
        verb=verb, by=by, division_code=attachment.division_code, subject=attachment.name,
        subject_uuid=attachment.uuid, reason=reason, details=details,
    )  # fmt: skip
