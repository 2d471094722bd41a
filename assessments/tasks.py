"""Entry points of the queue: ids in, one operation, and a second run changes nothing."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from assessments import operations
from assessments.operations.follow_up import nightly
from assessments.operations.scopes import country_scope
from tenants.scope import opened_scope

_log = logging.getLogger(__name__)


@shared_task
def start_quarter(**_later):
    """Every night at 02:00: start the quarter that has just ended wherever it has not been run yet."""
    operations.runs.start_due_quarters(today=timezone.localdate())


@shared_task(bind=True, max_retries=30, default_retry_delay=5)
def compute_run(self, *, run_id: int, district: int, **_later):
    """Compute and publish one run of one district."""
    try:
        operations.runs.compute_run(run_id=run_id, district=district)
    except OperationalError as error:
        raise self.retry(exc=error) from error
    except operations.runs.RunFailedError as failure:
        _log.error("run %s: %s", run_id, failure)  # the row tells the user


@shared_task
def requeue_runs(**_later):
    """Every minute: queue again the runs that nobody is working on."""
    operations.runs.requeue_stuck_runs()


@shared_task
def refresh_facts(**_later):
    """Every night before the runs: bring the maintained facts up to yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    with opened_scope(country_scope("task refresh_facts")):
        districts = operations.runs.districts_with_facilities()
    for district in districts:
        operations.facts.refresh_district(district=district, day=yesterday)


@shared_task
def remind_checks(**_later):
    """Every morning: remind of visits and of answers that are due."""
    operations.reminding.remind_everywhere(today=timezone.localdate())


@shared_task
def open_evaluations(**_later):
    """Every night after the runs: open the self-evaluations that are due; a missed night is caught up on the next."""
    operations.evaluations.nightly.open_everywhere(today=timezone.localdate(), now=timezone.now())


@shared_task
def remind_evaluations(**_later):
    """Every morning: remind streets of the deadline, each step once, and tell the district of what is overdue."""
    operations.evaluations.nightly.remind_everywhere(today=timezone.localdate(), now=timezone.now())


@shared_task
def open_follow_ups(**_later):
    """Every night: open half-yearly follow-ups, orders for surveys below the line, and proposals, wherever they are missing."""
    nightly.open_everywhere(today=timezone.localdate(), now=timezone.now())


@shared_task
def remind_follow_ups(**_later):
    """Every morning: remind of deadlines, each step once, and tell the district of what is overdue."""
    nightly.remind_everywhere(today=timezone.localdate(), now=timezone.now())
