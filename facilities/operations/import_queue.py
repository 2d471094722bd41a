"""Queues the step that an import waits for, together with the row that asks for it."""

from datetime import datetime, timedelta

from django.db.models import Exists, IntegerField, OuterRef
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from facilities.models import BatchState, ImportBatch
from facilities.models.import_batch import AT_WORK
from tenants.models import OutboxEntry
from tenants.operations import outbox
from tenants.scope import country_scope, opened_scope

STUCK_AFTER = timedelta(minutes=5)  # far longer than a step takes
_STEPS = {BatchState.APPLYING: "apply_import", BatchState.UNDOING: "undo_import"}


def enqueue(batch: ImportBatch) -> None:
    """Queue the step that the batch's state asks for. Each step is idempotent, so sending it twice does no harm."""
    state = ImportBatch.objects.values_list("state", flat=True).get(pk=batch.pk)
    outbox.enqueue(
        task=f"facilities.tasks.{_STEPS.get(state, 'check_import')}",
        arguments={"batch_id": batch.pk, "division_code": batch.division_code},
        division_code=batch.division_code,
    )


def waits_for_queue(batch: ImportBatch) -> bool:
    """Whether the step of a batch could not be handed to the queue yet. One query."""
    return OutboxEntry.objects.filter(sent_at=None, attempts__gt=0, arguments__batch_id=batch.pk).exists()


def requeue_stuck(*, now: datetime) -> int:
    """Queue again what a broker without memory has lost: imports at work whose step was queued long ago. Returns imports."""
    steps = OutboxEntry.objects.filter(task__startswith="facilities.tasks.").annotate(
        batch=Cast(KeyTextTransform("batch_id", "arguments"), IntegerField())
    )
    recent = steps.filter(batch=OuterRef("pk"), created_at__gt=now - STUCK_AFTER)
    with opened_scope(country_scope("task requeue_imports")):
        stuck = ImportBatch.objects.filter(state__in=AT_WORK, error="", uploaded_at__lt=now - STUCK_AFTER)
        found = list(
            stuck.exclude(Exists(recent)).select_for_update(skip_locked=True, no_key=True)
        )  # a locked one is being worked at
        for batch in found:
            enqueue(batch)
    return len(found)
