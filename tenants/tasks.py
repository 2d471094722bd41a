"""Work of the queue: sealing the logs each minute, verifying them when an auditor asks."""

from celery import shared_task

from tenants.audit_models import AuditCheck
from tenants.operations.audit import run_check, seal_audit
from tenants.scope import division_scope, opened_scope


@shared_task
def seal_logs(**_later):
    """Beat sends this every minute; a second one at the same time finds the sealer's lock taken and leaves."""
    seal_audit()


@shared_task
def verify_logs(*, check_id: int, division_code: int, **_later):
    with opened_scope(division_scope(division_code, source="verify_logs")):
        run_check(check=AuditCheck.objects.select_for_update().get(pk=check_id))
