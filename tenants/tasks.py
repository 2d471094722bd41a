"""Work of the queue: the outbox, sealing the logs, checks of an auditor, digests of messages, forgetting what is old."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from tenants.audit_models import AuditCheck
from tenants.editing.drafts import forget_expired
from tenants.operations import exports, outbox
from tenants.operations.audit import run_check, seal_audit
from tenants.operations.digest import send_digests as tell_everybody
from tenants.operations.messages import forget_old_messages
from tenants.scope import country_scope, division_scope, opened_scope

_log = logging.getLogger(__name__)
_WAITED_TOO_LONG = timedelta(minutes=1)


@shared_task
def seal_logs(**_later):
    """Beat sends this every minute; a second one at the same time finds the sealer's lock taken and leaves."""
    seal_audit()
    for check_id, division_code in _forgotten_checks():
        verify_logs.run(check_id=check_id, division_code=division_code)


@shared_task
def verify_logs(*, check_id: int, division_code: int, **_later):
    """A check that is done already, or whose row another worker holds, is left alone."""
    with opened_scope(division_scope(division_code, source="verify_logs")):
        check = AuditCheck.objects.select_for_update(skip_locked=True).filter(pk=check_id).first()
        if check is not None:
            run_check(check=check)


def send_check(check: AuditCheck) -> None:
    """Hand a check to the queue. Without a broker it waits for the next round of `seal_logs`."""
    try:
        verify_logs.delay(check_id=check.pk, division_code=check.division_code)
    except verify_logs.OperationalError:
        _log.warning("the broker does not answer; the check waits", extra={"check": check.pk})


def _forgotten_checks() -> list[tuple[int, int]]:
    with opened_scope(country_scope("seal_logs")):
        waiting = AuditCheck.objects.filter(state=AuditCheck.State.QUEUED)
        old = waiting.filter(requested_at__lt=timezone.now() - _WAITED_TOO_LONG)
        return list(old.values_list("pk", "division_code"))


@shared_task
def sweep_outbox(**_later):
    """Beat sends this every minute: what a dead broker did not take is sent, what was sent long ago is forgotten."""
    outbox.sweep()
    outbox.forget_sent(now=timezone.now())


@shared_task(bind=True, max_retries=30, default_retry_delay=5)
def make_export(self, *, export_id: int, division_code: int, **_later):
    """Write the file of one export; its row says how far it is."""
    try:
        exports.make_export(export_id=export_id, division_code=division_code)
    except OperationalError as error:
        raise self.retry(exc=error) from error


@shared_task
def requeue_exports(**_later):
    """Beat sends this every minute: exports that nobody is working on are queued again."""
    exports.requeue_stuck(now=timezone.now())


@shared_task
def sweep_exports(**_later):
    """Beat sends this every night: old exports go, with their files."""
    exports.sweep(now=timezone.now())


@shared_task
def forget_drafts(**_later):
    """Beat sends this every night: drafts that nobody went on with are dropped after `DRAFT_DAYS`."""
    with opened_scope(country_scope("forget_drafts")):
        forget_expired()


@shared_task
def send_digests(**_later):
    """Beat sends this every morning; whoever has been told today is not told again."""
    tell_everybody(now=timezone.now())


@shared_task
def forget_messages(**_later):
    """Beat sends this every night: messages are kept for `MESSAGE_DAYS`."""
    with opened_scope(country_scope("forget_messages")):
        forget_old_messages(now=timezone.now())
