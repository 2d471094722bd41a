"""The life of an import: received, checked, corrected, confirmed in one transaction, undone within 24 hours, or abandoned."""

import hashlib
import json
import os
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from facilities.imports import sheets
from facilities.imports.check import Check
from facilities.imports.examination import examine
from facilities.imports.limits import MAX_BYTES, UploadRefused, inspect
from facilities.imports.reading import read
from facilities.imports.recognise import Recognised, recognise
from facilities.imports.rows import Row
from facilities.imports.secrets import MASK, Sealer
from facilities.imports.writing import SOUND, Hand, ImportRefused, write
from facilities.models import BatchState, ImportBatch, ImportRow, Outcome
from tenants.models import Appointment, User
from tenants.operations import record_act
from tenants.rules import Permission, code_range, permissions_of

_STAGED = 2000  # rows written to the staging table in one statement


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that passed the checks before parsing and lies in its place, named by its SHA-256."""

    name: str
    sha256: str
    size: int


def receive(*, upload: Any, name: str, by: User, division_code: int) -> ImportBatch:
    """Store an upload and note it, unread. For commands: a page keeps the file between its transactions."""
    return note(kept=keep(upload=upload, name=name), by=by, division_code=division_code)


def keep(*, upload: Any, name: str) -> Kept:
    """Store an upload under its SHA-256. `upload` yields `.chunks()`. Touches no row. Raises UploadRefused."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, temporary = tempfile.mkstemp(dir=folder, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in upload.chunks():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise UploadRefused("文件超过 20 MB", "删去图片，或按街道分成几份")
                digest.update(chunk)
                file.write(chunk)
        examine(Path(temporary), name)
        kept = Kept(Path(name).name[-200:], digest.hexdigest(), size)
        place = ImportBatch(sha256=kept.sha256).path
        place.parent.mkdir(parents=True, exist_ok=True)
        Path(temporary).replace(place)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return kept


def note(*, kept: Kept, by: User, division_code: int) -> ImportBatch:
    """Note a stored file as an import that waits to be read."""
    batch = ImportBatch(
        division_code=division_code, uploaded_by=by, file_name=kept.name, sha256=kept.sha256, size=kept.size
    )
    with transaction.atomic():
        batch.save()
        record_act(
            verb="上传待导入的表", by=by, division_code=division_code, subject=batch.file_name, subject_uuid=batch.uuid,
            details={"sha256": batch.sha256, "size": batch.size},
        )  # fmt: skip
    return batch


def unread(*, batch_id: int) -> ImportBatch | None:
    """The batch if its file is still to be read."""
    batch = ImportBatch.objects.get(pk=batch_id)
    return batch if _is_unread(batch) else None


def _is_unread(batch: ImportBatch) -> bool:
    return batch.state in {BatchState.RECEIVED, BatchState.CHECKING} and not batch.rows.exists()


def read_file(batch: ImportBatch) -> Recognised | UploadRefused:
    """Read the file of a batch in a child process: up to 45 s, so outside any transaction. Touches no row."""
    try:
        return recognise(read(batch.path, inspect(batch.path, batch.file_name)))
    except UploadRefused as refused:
        return refused


def stage(*, batch_id: int, found: Recognised | UploadRefused) -> None:
    """Put what was read into the staging table. A second time does nothing."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if not _is_unread(batch):
            return
        if isinstance(found, UploadRefused):
            _refuse(batch, str(found))
            return
        batch.notices = [{"level": "error", "text": text} for text in found.errors]
        batch.notices += [{"level": "warning", "text": text} for text in found.notices]
        if not found.rows:
            _refuse(batch, "\n".join(found.errors))
            return
        _seal(batch, found.rows)
        _insert(batch, found.rows)
        batch.state, batch.row_count, batch.progress = BatchState.CHECKING, len(found.rows), 40
        batch.save()


def _seal(batch: ImportBatch, rows: list[Row]) -> None:
    """Personal cells are staged sealed, and the file that says them in plain words goes once nobody waits to read it."""
    sealer, plain = Sealer(batch), [row.cells for row in rows]
    for row in rows:
        row.cells = sealer.sealed(row.sheet, row.cells)
    if [row.cells for row in rows] != plain:
        waiting = ImportBatch.objects.filter(sha256=batch.sha256, state=BatchState.RECEIVED).exclude(pk=batch.pk)
        if not waiting.exists():
            transaction.on_commit(lambda: batch.path.unlink(missing_ok=True))


def check(*, batch_id: int, day: date) -> None:
    """Check the staged rows against what is registered on a day, and note the outcome of each. Writes nothing else."""
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state not in {BatchState.CHECKING, BatchState.CHECKED}:
            return
        checked = _run(batch, day)
        _note(batch, checked)
        batch.state, batch.progress, batch.error = BatchState.CHECKED, 100, ""
        batch.save()


def correct(*, batch: ImportBatch, corrections: dict[int, dict[str, str]]) -> int:
    """Replace texts of cells by row id and column key; the text of the file itself takes a correction back. Returns rows."""
    with transaction.atomic():
        batch = _locked(batch, BatchState.CHECKED)
        rows, sealer = list(batch.rows.filter(pk__in=corrections)), Sealer(batch)
        for row in rows:
            sheet = sheets.sheet(row.sheet)
            known = {k: v[:1000] for k, v in corrections[row.pk].items() if k in sheet.by_key and v != MASK}
            known = sealer.sealed(sheet, known)
            kept = row.corrections | known
            row.corrections = {k: v for k, v in kept.items() if v != row.cells.get(k, "")}
        ImportRow.objects.bulk_update(rows, ["corrections"], batch_size=_STAGED)
    return len(rows)


def correct_alike(*, batch: ImportBatch, row: ImportRow, column: str) -> int:
    """Take the suggested correction wherever the same thing is wrong with this column. Returns the rows corrected."""
    finding = next(f for f in row.findings if f["column"] == column and f["fix"] is not None)
    same = {key: finding[key] for key in ("column", "problem", "fix")}
    found = batch.rows.filter(sheet=row.sheet, findings__contains=[same])
    alike = {pk: {column: finding["fix"]} for pk in found.values_list("pk", flat=True)}
    return correct(batch=batch, corrections=alike)


def request_apply(*, batch: ImportBatch, by: User, with_doubtful: bool = False) -> None:
    """Note that somebody confirmed the result; `apply` then writes it."""
    with transaction.atomic():
        batch = _locked(batch, BatchState.CHECKED)
        batch.state, batch.progress, batch.error = BatchState.APPLYING, 10, ""
        batch.applied_by, batch.with_doubtful = by, with_doubtful
        batch.save()


def apply(*, batch_id: int, day: date, now: datetime, is_demo: bool = False) -> int:
    """Write the confirmed rows in one transaction. Returns rows written; a second time writes nothing.

    The rows are checked once more against what is registered now. If that comes out differently from what the user was
    shown, nothing is written and the new result waits to be looked at.
    """
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state != BatchState.APPLYING:
            return batch.applied_count
        _one_import_at_a_time(batch.division_code)
        checked = _run(batch, day, is_demo=is_demo)
        if _counts(checked) != batch.counts:
            _note(batch, checked)
            batch.state = BatchState.CHECKED
            batch.error = "看过结果以后台账又有了变化，已重新检查，还没有写入。请再看一遍。"
            batch.save()
            return 0
        wanted = SOUND | ({Outcome.CONFIRM} if batch.with_doubtful else set())
        written = write(checked, wanted, Hand(batch.applied_by, day, now, f"导入 {batch.file_name}"))
        if not written:
            raise ImportRefused("没有可以入库的行。")
        _update("changes jsonb", [{"id": row.id, "changes": row.changes} for row in written])
        batch.state, batch.progress, batch.error = BatchState.APPLIED, 100, ""
        batch.applied_at, batch.applied_count = now, len(written)
        batch.save()
        record_act(
            verb="导入台账", by=batch.applied_by, division_code=batch.division_code, subject=batch.file_name,
            subject_uuid=batch.uuid,
            details={"rows": len(written), "sheets": dict(Counter(row.sheet.title for row in written))},
        )  # fmt: skip
        return len(written)


def note_failure(*, batch_id: int, reason: str) -> None:
    """After a step failed and rolled back: where the import stands now, and why it did not go on."""
    back = {
        BatchState.APPLYING: BatchState.CHECKED,
        BatchState.UNDOING: BatchState.APPLIED,
        BatchState.CHECKING: BatchState.RECEIVED,
    }
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        batch.state = back.get(batch.state, batch.state)
        batch.error = reason
        batch.save(update_fields=["state", "error"])


def clear_error(*, batch: ImportBatch) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(error="")


def revert(*, batch: ImportBatch, row: ImportRow, column: str) -> int:
    """Take the correction of one cell back. Returns rows."""
    return correct(batch=batch, corrections={row.pk: {column: row.cells.get(column, "")}})


def abandon(*, batch: ImportBatch, by: User) -> None:
    """Close an import without writing anything."""
    with transaction.atomic():
        batch = _locked(batch, BatchState.RECEIVED, BatchState.CHECKING, BatchState.CHECKED, BatchState.REFUSED)
        batch.state = BatchState.ABANDONED
        batch.save(update_fields=["state"])
        record_act(
            verb="放弃导入", by=by, division_code=batch.division_code, subject=batch.file_name, subject_uuid=batch.uuid
        )


def load_rows(batch: ImportBatch) -> list[Row]:
    """The staged rows with the corrections made in place."""
    staged = batch.rows.values_list(
        "pk", "sheet", "sheet_title", "number", "cells", "columns", "remarks", "corrections"
    )
    sealer = Sealer(batch)
    return [
        Row(
            sheets.sheet(key), title, number, sealer.opened(sheets.sheet(key), cells | corrections), columns,
            [tuple(remark) for remark in remarks if remark[0] not in corrections], id=pk,
        )
        for pk, key, title, number, cells, columns, remarks, corrections in staged
    ]  # fmt: skip


def _run(batch: ImportBatch, day: date, *, is_demo: bool = False) -> list[Row]:
    rows = load_rows(batch)
    who = batch.applied_by if batch.state == BatchState.APPLYING else batch.uploaded_by
    Check(rows, codes=code_range(batch.division_code), day=day, is_demo=is_demo, may=_allowed(who, batch, day)).run()
    return rows


def _allowed(who: User | None, batch: ImportBatch, day: date) -> set[Permission]:
    """What somebody may do where the import belongs."""
    if who is None:
        return set(Permission)
    held = Appointment.objects.filter(user=who, starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gt=day))
    return {
        one
        for post in held
        if batch.division_code in code_range(post.division_code)
        for one in permissions_of(post.role)
    }


def _note(batch: ImportBatch, rows: list[Row]) -> None:
    batch.counts = _counts(rows)
    _update(
        "outcome text, findings jsonb, diff jsonb, label text, is_new boolean",
        [
            {
                "id": row.id,
                "outcome": row.outcome,
                "findings": [finding.as_dict() for finding in row.findings],
                "diff": [[d.title, d.old, d.new] for d in row.differences],
                "label": row.label[:200],
                "is_new": row.is_new,
            }
            for row in rows
        ],
    )


def _insert(batch: ImportBatch, rows: list[Row]) -> None:
    """Stage rows as one JSON document a statement: `bulk_create` spends seconds on escaping 10,000 of them."""
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _STAGED):
            part = [
                {
                    "sheet": row.sheet.key, "title": row.sheet_title, "number": row.number, "cells": row.cells,
                    "columns": row.columns, "remarks": row.remarks,
                }
                for row in rows[start : start + _STAGED]
            ]  # fmt: skip
            cursor.execute(
                "INSERT INTO facilities_importrow (batch_id, division_code, sheet, sheet_title, number, cells, columns, remarks,"
                " corrections, outcome, findings, diff, label, is_new, changes)"
                " SELECT %s, %s, sheet, title, number, cells, columns, remarks, '{}', 'error', '[]', '[]', '', false, '[]'"
                " FROM jsonb_to_recordset(%s::jsonb) AS staged(sheet text, title text, number integer, cells jsonb,"
                " columns jsonb, remarks jsonb)",
                [batch.pk, batch.division_code, json.dumps(part, ensure_ascii=False).replace("\\u0000", "")],
            )


def _update(columns: str, rows: list[dict[str, Any]]) -> None:
    """Set columns of many staged rows in one statement: `bulk_update` would take seconds for 10,000."""
    names = [column.split()[0] for column in columns.split(", ")]
    assignments = ", ".join(f"{name} = noted.{name}" for name in names)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _STAGED):
            cursor.execute(
                f"UPDATE facilities_importrow r SET {assignments}"  # noqa: S608 names are those above
                f" FROM jsonb_to_recordset(%s::jsonb) AS noted(id bigint, {columns}) WHERE r.id = noted.id",
                [json.dumps(rows[start : start + _STAGED], ensure_ascii=False)],
            )


def _counts(rows: list[Row]) -> dict[str, int]:
    counts = Counter(str(row.outcome) for row in rows)
    for row in rows:
        if not row.has_error and row.changes_something:
            counts[f"{row.sheet.key}.{'new' if row.is_new else 'update'}"] += 1
    return dict(sorted(counts.items()))


def _locked(batch: ImportBatch, *states: BatchState) -> ImportBatch:
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state not in states:
        raise ImportRefused(f"这次导入{BatchState(batch.state).label}，不能这样做了。")
    return batch


def _refuse(batch: ImportBatch, reason: str) -> None:
    batch.state, batch.error, batch.progress = BatchState.REFUSED, reason, 100
    batch.save()


def _one_import_at_a_time(division_code: int) -> None:
    """Two imports into one district wait for each other, so that neither works on what the other is about to change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import'), %s)", [division_code // 10**6])
