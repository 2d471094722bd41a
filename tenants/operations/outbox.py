"""Work that must follow a commit. The entry is written with the rows it belongs to; sending may fail and is tried again."""

from datetime import datetime, timedelta

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from tenants.models import OutboxEntry
from tenants.scope import country_scope, division_scope, opened_scope

KEPT = timedelta(days=7)  # an entry that was sent is of use to whoever looks for a lost task


def enqueue(*, task: str, arguments: dict[str, int], division_code: int) -> OutboxEntry:
    """Note down a task (ids only) in the running transaction, and send it as soon as that has committed."""
    entry = OutboxEntry.objects.create(task=task, arguments=arguments, division_code=division_code)
    transaction.on_commit(lambda: send(entry_id=entry.pk, division_code=division_code))
    return entry


def send(*, entry_id: int, division_code: int) -> bool:
    """Hand one entry to the queue. False if the broker is away (the sweeper tries again) or somebody else is at it.

    Crashing between the queue's yes and the commit sends it twice: tasks are idempotent.
    """
    with opened_scope(division_scope(division_code)):
        entry = OutboxEntry.objects.select_for_update(skip_locked=True).filter(pk=entry_id, sent_at=None).first()
        if entry is None:
            return False
        entry.attempts += 1
        try:
            current_app.send_task(entry.task, kwargs=entry.arguments, retry=False)
            entry.sent_at = timezone.now()
            entry.last_error = ""
        except (BrokerError, OSError) as error:
            entry.last_error = f"任务队列暂时连不上，每分钟会自动再送一次（{error}）"
        entry.save(update_fields=["attempts", "sent_at", "last_error"])
        return entry.sent_at is not None


def sweep(*, limit: int = 500) -> int:
    """Send what is still waiting, oldest first; returns how many entries the queue has taken."""
    with opened_scope(country_scope("task sweep_outbox")):
        waiting = list(
            OutboxEntry.objects.filter(sent_at=None).order_by("created_at").values_list("pk", "division_code")[:limit]
        )
    return sum(send(entry_id=pk, division_code=code) for pk, code in waiting)


def forget_sent(*, now: datetime) -> int:
    """Remove what was sent longer ago than KEPT; returns the number of entries."""
    with opened_scope(country_scope("task sweep_outbox")):
        removed, _ = OutboxEntry.objects.filter(sent_at__lt=now - KEPT).delete()
    return removed
