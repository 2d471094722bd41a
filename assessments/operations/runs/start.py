"""A run is a row first: unique, watched by the user, and picked up by a task."""

import logging
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from assessments.models import Run, RunKind, RunState
from assessments.operations.scopes import country_scope
from assessments.queries.rule_sets import NoStandardError, named_rules, standard_in_force
from assessments.rules.quarters import Quarter
from facilities.districts import districts_with_facilities
from standards.queries import readings_in_force
from tenants.models import Act, User
from tenants.operations.outbox import enqueue
from tenants.scope import division_scope, opened_scope

COMPUTE_TASK = "assessments.tasks.compute_run"
_log = logging.getLogger(__name__)
_STUCK_AFTER = timedelta(
    minutes=5
)  # far longer than a district takes; far sooner than the broker gives up a lost worker


class RunRefusedError(Exception):
    """The run cannot be started. The message is for the person who asked."""


class RunFailedError(Exception):
    """A run has ended as FAILED and says why on its row; repeating the task changes nothing."""


@transaction.atomic
def start_quarter(
    *,
    quarter: Quarter,
    district: int,
    by: User | None,
    reason: str,
    today: date,
    rerun: bool = False,
    based_on: int = 0,
) -> Run:
    """Start the run of a district for a quarter, or return the one that is already there.

    A run under way is returned as it is. A computed one too, unless `rerun`: then a new revision is made, provided that
    the newest is still `based_on`, the one that the person saw (so ten clicks make one revision). A failed run never
    stands in the way. Call it inside a scope that covers the district. Raises RunRefusedError.
    """
    if quarter.last_day >= today:
        raise RunRefusedError(f"{quarter.label}到 {quarter.last_day} 才结束，结束后第二天起可以测算。")
    if rerun and not reason.strip():
        raise RunRefusedError("请写明为什么要重新测算，例如“补录了 3 处面积证明”。")
    lock_runs(quarter=quarter, districts=[district])
    try:
        standard = standard_in_force(district, quarter.last_day)
    except NoStandardError as error:
        raise RunRefusedError(str(error)) from error
    existing = Run.objects.filter(
        quarter=str(quarter), division_code=district, standard=standard, kind=RunKind.QUARTERLY
    ).order_by("-revision")
    newest = existing.first()
    if newest and _stands(newest, rerun=rerun, based_on=based_on):
        return newest
    readings = readings_in_force(district, quarter.last_day)
    rules = named_rules(standard, readings)
    run = Run.objects.create(
        quarter=str(quarter),
        division_code=district,
        standard=standard,
        revision=newest.revision + 1 if newest else 1,
        readings=readings,
        criteria=[criterion.key for criterion in rules.criteria],
        standard_hash=rules.content_hash,
        requested_by=by,
        reason=reason.strip(),
        step="等待测算",
    )
    Act.objects.create(
        actor=by,
        division_code=district,
        verb="assessments.start_quarter",
        subject=str(run),
        subject_uuid=run.uuid,
        reason=run.reason,
        details={"quarter": str(quarter), "revision": run.revision, "standard": standard},
    )
    enqueue(task=COMPUTE_TASK, arguments={"run_id": run.pk, "district": district}, division_code=district)
    return run


def _stands(newest: Run, *, rerun: bool, based_on: int) -> bool:
    if newest.state in {RunState.QUEUED, RunState.RUNNING}:
        return True
    return newest.state == RunState.COMPUTED and (not rerun or newest.revision > based_on)


def lock_runs(*, quarter: Quarter, districts: list[int]) -> None:
    """One at a time per district and quarter, to the end of the transaction; always in the order of the codes."""
    names = [f"quarter {quarter} {district}" for district in sorted(districts)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) name", [names])


def start_due_quarters(*, today: date) -> list[int]:
    """Start the last closed quarter for every district that has no run of it yet; returns the districts started.

    Beat calls it every night, so a night without a worker is caught up on the next one.
    """
    quarter = Quarter.of(today).previous
    with opened_scope(country_scope("task start_quarter")):
        runs = Run.objects.filter(quarter=str(quarter), kind=RunKind.QUARTERLY)
        started = set(runs.exclude(state=RunState.FAILED).values_list("division_code", flat=True))
        due = [code for code in districts_with_facilities() if code not in started]
    for district in due:
        try:
            with opened_scope(division_scope(district, source="task start_quarter")):
                start_quarter(quarter=quarter, district=district, by=None, reason="季度结束后自动测算", today=today)
        except RunRefusedError as refusal:
            _log.warning("%s not started for %s: %s", quarter, district, refusal)
    return due


def requeue_stuck_runs(*, after: timedelta = _STUCK_AFTER) -> int:
    """Queue again the unfinished runs that nobody has touched for a while.

    A broker that lost its memory never brings them back, and after a whole worker died it waits out its visibility timeout
    (an hour). Twice is harmless: the second task finds the run computed.
    """
    before = timezone.now() - after
    with opened_scope(country_scope("task requeue_runs")):
        stuck = Run.objects.filter(state__in=[RunState.QUEUED, RunState.RUNNING], touched_at__lt=before)
        found = list(stuck.values_list("pk", "division_code"))
    for run_id, district in found:
        with opened_scope(division_scope(district, source="task requeue_runs")):
            Run.objects.filter(pk=run_id).update(touched_at=timezone.now())
            enqueue(task=COMPUTE_TASK, arguments={"run_id": run_id, "district": district}, division_code=district)
    return len(found)
