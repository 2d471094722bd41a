"""Hands a step of an import to the background service once the row is committed; if nobody answers, the page says so."""

from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from facilities.models import BatchState, ImportBatch
from facilities.operations import import_batch
from tenants.scope import division_scope, opened_scope

_NO_QUEUE = "后台服务没有响应，还没有开始。请联系系统管理员启动后台服务，再点“再试一次”。"
_STEPS = {BatchState.APPLYING: "apply_import", BatchState.UNDOING: "undo_import"}


def enqueue(batch: ImportBatch) -> None:
    """Send the step that the batch's state asks for. Each step is idempotent, so sending it twice does no harm."""
    state = ImportBatch.objects.values_list("state", flat=True).get(pk=batch.pk)
    task = f"facilities.tasks.{_STEPS.get(state, 'check_import')}"
    transaction.on_commit(partial(_send, task, batch.pk, batch.division_code))


def _send(task: str, batch_id: int, division_code: int) -> None:
    try:
        current_app.send_task(task, kwargs={"batch_id": batch_id, "division_code": division_code}, retry=False)
    except OperationalError:
        with opened_scope(division_scope(division_code, source="import")):
            import_batch.note_waiting(batch_id=batch_id, reason=_NO_QUEUE)
