"""A large list is asked for, made row by row by a task, handed out, and swept away after some days."""

import hashlib
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import OperationalError
from django.http import QueryDict
from django.utils import timezone

from tenants import queries
from tenants.export_models import AT_WORK, Export, ExportState, exports_folder
from tenants.exports import Kind, kind_of, write_table
from tenants.models import Appointment
from tenants.operations import outbox
from tenants.operations.acts import record_act
from tenants.rules import may
from tenants.scope import country_scope, division_scope, opened_scope, scope_of

CHUNK = 500  # rows that are read in one transaction; so often the progress moves
STUCK_AFTER = timedelta(minutes=5)
TASK = "tenants.tasks.make_export"
_LEFTOVER = timedelta(days=1)
_SOURCE = "task make_export"
_NO_LONGER = "排队时你的任职或权限变了，没有导出。请重新导出。"
_UNEXPECTED = "出了意外，没有导出。请再导出一次；还不行，请告诉系统管理员。"
_log = logging.getLogger(__name__)


def request_export(*, kind: Kind, query: str, format: str, by: Appointment, now: datetime) -> Export:
    """Note that somebody wants a file, and queue it. Asking again while it is being made returns the same row."""
    wanted = {"requested_by_id": by.user_id, "kind": kind.key, "query": query, "format": format}
    under_way = Export.objects.filter(**wanted, state__in=AT_WORK).first()
    if under_way:
        return under_way
    export = Export.objects.create(**wanted, division_code=by.division_code, requested_at=now, touched_at=now)
    _queue(export)
    return export


def _queue(export: Export) -> None:
    arguments = {"export_id": export.pk, "division_code": export.division_code}
    outbox.enqueue(task=TASK, arguments=arguments, division_code=export.division_code)


def make_export(*, export_id: int, division_code: int) -> None:
    """Write the file of an export with what its owner may see now. Opens its own transactions; a second time does nothing.

    Raises OperationalError while the database is away, for the task to try again.
    """
    with opened_scope(division_scope(division_code, source=_SOURCE)):
        export = Export.objects.select_for_update(no_key=True).filter(pk=export_id, state__in=AT_WORK).first()
        if export is None:
            return
        export.state, export.touched_at = ExportState.RUNNING, timezone.now()
        export.save(update_fields=["state", "touched_at"])
        appointment = queries.current_appointment(export.requested_by)
    kind = kind_of(export.kind)
    if kind is None or appointment is None or not _still_allowed(export, kind, appointment):
        _fail(export, _NO_LONGER)
        return
    try:
        _write(export, kind, appointment)
    except OperationalError:
        raise
    except Exception:
        _log.exception("export %s failed", export.pk)
        export.path.unlink(missing_ok=True)
        _fail(export, _UNEXPECTED)


def _still_allowed(export: Export, kind: Kind, appointment: Appointment) -> bool:
    codes = scope_of(appointment).codes
    return may(appointment.role, kind.permission) and codes is not None and export.division_code in codes


def _write(export: Export, kind: Kind, appointment: Appointment) -> None:
    scope = replace(scope_of(appointment), source=_SOURCE)
    with opened_scope(scope):
        table = kind.table(appointment, QueryDict(export.query), timezone.localdate())
        _note(export, rows_total=len(table.keys), rows_done=0)
    exports_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = export.path.with_suffix(".partial")
    with write_table(partial, table, export.format) as file:
        chunk = table.chunk or CHUNK
        for start in range(0, len(table.keys), chunk):
            keys = table.keys[start : start + chunk]
            with opened_scope(scope):
                file.add(table.lines(keys))
                _note(export, rows_done=start + len(keys))
    partial.chmod(0o600)
    with partial.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    partial.replace(export.path)
    now = timezone.now()
    with opened_scope(scope):
        _note(export, state=ExportState.DONE, finished_at=now, size=export.path.stat().st_size, sha256=digest)
        note_export(kind=kind, rows=len(table.keys), query=export.query, by=appointment)


def note_export(*, kind: Kind, rows: int, query: str, by: Appointment) -> None:
    """Who exported how much is an act."""
    record_act(
        verb=f"导出{kind.title}", by=by.user, division_code=by.division_code, subject=f"{rows} 条",
        details={"filters": query},
    )  # fmt: skip


def _note(export: Export, **values) -> None:
    Export.objects.filter(pk=export.pk).update(touched_at=timezone.now(), **values)


def _fail(export: Export, reason: str) -> None:
    with opened_scope(division_scope(export.division_code, source=_SOURCE)):
        _note(export, state=ExportState.FAILED, error=reason, finished_at=timezone.now())


def content_of(export: Export) -> bytes | None:
    """The file; None if it is gone or is no longer what was written."""
    try:
        content = export.path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == export.sha256 else None


def requeue_stuck(*, now: datetime) -> int:
    """Queue again what nobody has been working on for a while (a broker without memory, a lost worker)."""
    with opened_scope(country_scope("task requeue_exports")):
        stuck = list(Export.objects.filter(state__in=AT_WORK, touched_at__lt=now - STUCK_AFTER))
    for export in stuck:
        with opened_scope(division_scope(export.division_code, source="task requeue_exports")):
            _note(export)
            _queue(export)
    return len(stuck)


def sweep(*, now: datetime) -> dict[str, int]:
    """Forget exports older than `EXPORT_DAYS` with their files, and files that belong to none. Returns counts."""
    with opened_scope(country_scope("task sweep_exports")):
        expired = Export.objects.filter(requested_at__lt=now - timedelta(days=settings.EXPORT_DAYS))
        paths = [export.path for export in expired.exclude(state__in=AT_WORK)]
        rows, _ = expired.exclude(state__in=AT_WORK).delete()
        known = {export.path.name for export in Export.objects.all()}
    for path in paths:
        path.unlink(missing_ok=True)
    before = (now - _LEFTOVER).timestamp()
    orphans = [p for p in exports_folder().glob("*") if p.name not in known and _is_old(p, before)]
    for path in orphans:
        path.unlink(missing_ok=True)
    return {"expired": rows, "orphans": len(orphans)}


def _is_old(path: Path, before: float) -> bool:
    return path.is_file() and path.stat().st_mtime < before
