"""The steps of an import that take longer than a page should wait, and the nightly sweep of stored files.

Each takes ids and calls one idempotent operation.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from celery import shared_task
from django.utils import timezone

from facilities.operations import attachments, import_batch, import_files, import_queue, import_undo
from facilities.returns import nightly
from tenants.scope import Scope, country_scope, division_scope, opened_scope

logger = logging.getLogger(__name__)
_UNEXPECTED = "没有做完，出了意外，什么也没有写入。请再试一次；还不行，把这次导入的文件名告诉系统管理员。"


@contextmanager
def _failures_noted(name: str, *, batch_id: int, division_code: int) -> Iterator[Scope]:
    """A step of an import, in the scope of its division; a refusal or failure is noted where the user sees it."""
    scope = division_scope(division_code, source=name)
    try:
        yield scope
    except import_batch.ImportRefused as refused:
        with opened_scope(scope):
            import_batch.note_failure(batch_id=batch_id, reason=str(refused))
    except Exception:
        logger.exception("%s failed for import %s", name, batch_id)
        with opened_scope(scope):
            import_batch.note_failure(batch_id=batch_id, reason=_UNEXPECTED)


def _step(name: str, *, batch_id: int, division_code: int, do) -> None:
    """A step that is one transaction."""
    with (
        _failures_noted(name, batch_id=batch_id, division_code=division_code) as scope,
        opened_scope(scope),
    ):
        do()


@shared_task
def check_import(*, batch_id: int, division_code: int, **_later):
    """Read the uploaded file, then check its rows. A slow file holds no lock; the page sees the progress in between."""
    with _failures_noted("read import", batch_id=batch_id, division_code=division_code) as scope:
        with opened_scope(scope):
            batch = import_batch.unread(batch_id=batch_id)
        if batch:
            found = import_batch.read_file(batch)
            with opened_scope(scope):
                import_batch.stage(batch_id=batch_id, found=found)
    _step(
        "check import", batch_id=batch_id, division_code=division_code,
        do=lambda: import_batch.check(batch_id=batch_id, day=timezone.localdate()),
    )  # fmt: skip


@shared_task
def apply_import(*, batch_id: int, division_code: int, **_later):
    _step(
        "import", batch_id=batch_id, division_code=division_code,
        do=lambda: import_batch.apply(batch_id=batch_id, day=timezone.localdate(), now=timezone.now()),
    )  # fmt: skip


@shared_task
def undo_import(*, batch_id: int, division_code: int, **_later):
    _step(
        "undo import", batch_id=batch_id, division_code=division_code,
        do=lambda: import_undo.undo(batch_id=batch_id, now=timezone.now()),
    )  # fmt: skip


@shared_task
def requeue_imports(**_later):
    """Every minute: queue again the imports whose step the broker has lost."""
    import_queue.requeue_stuck(now=timezone.now())


@shared_task
def sweep_attachments(**_later):
    """Every night, with the rows of the whole country in sight: a file out of sight would count as nobody's."""
    with opened_scope(country_scope("task sweep_attachments")):
        attachments.sweep(now=timezone.now())
        import_files.sweep(now=timezone.now())


@shared_task
def open_returns(**_later):
    """Every night: open the returns of the quarter wherever they are missing; a missed night is caught up on the next."""
    nightly.open_everywhere(today=timezone.localdate(), now=timezone.now())


@shared_task
def remind_returns(**_later):
    """Every morning: remind of deadlines, each step once, and tell the district of what is overdue."""
    nightly.remind_everywhere(today=timezone.localdate(), now=timezone.now())
