"""Seal the logs, verify them, and keep what a verification found."""

import logging

from django.db import connection, transaction
from django.utils import timezone

from tenants import sealing
from tenants.audit_models import AuditCheck
from tenants.models import User
from tenants.operations.acts import record_act

_log = logging.getLogger(__name__)


def seal_audit() -> int:
    """Seal what is committed and keep the head outside the database; how many batches were made."""
    made = sealing.seal_logs()
    sealing.keep_anchor()
    return made


def verify_audit(*, anchors=()) -> sealing.Report:
    """Verify both logs against their seals, the heads kept on this machine, and the given ones."""
    with transaction.atomic(), connection.cursor() as cursor:
        return sealing.verify(cursor, anchors=[*sealing.kept_anchors(), *anchors], now=timezone.now())


@transaction.atomic
def request_check(*, by: User, division_code: int) -> AuditCheck:
    """Put a verification on the list; the worker does it."""
    check = AuditCheck.objects.create(division_code=division_code, requested_by=by)
    record_act(verb="核验操作日志", by=by, division_code=division_code, subject_uuid=check.uuid)
    return check


def run_check(*, check: AuditCheck) -> None:
    """Verify, and write down what was found. A check that is done stays as it is."""
    if check.is_done:
        return
    try:
        with transaction.atomic():
            report = verify_audit()
    except Exception:
        _log.exception("the logs could not be verified", extra={"check": check.pk})
        check.state, check.finished_at = AuditCheck.State.FAILED, timezone.now()
        check.save()
        return
    check.state = AuditCheck.State.SOUND if report.is_sound else AuditCheck.State.BROKEN
    check.finished_at = timezone.now()
    check.batches, check.rows, check.unsealed = report.batches, report.rows, report.unsealed
    check.findings = [
        {"kind": finding.kind, "place": finding.place, "text": finding.text} for finding in report.findings
    ]
    check.save()
