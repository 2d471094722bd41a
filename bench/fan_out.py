"""A run of many districts over Celery workers, one of which is killed in the middle of a district: every district ends
computed, once, and the one that was cut off with the hashes that it has undisturbed."""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta

from bench.environment import fail, say, setup

_FEW = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=10**6, help="how many of them; all unless said otherwise")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=480, help="give up after so long")
    arguments = parser.parse_args()
    setup()
    from bench.quarter import _forget_runs, _queue_runs

    _forget_runs()
    run_ids = _queue_runs()[: arguments.districts]
    say(f"{len(run_ids):,} districts, {arguments.workers} workers, one of them killed")
    workers = [_worker(number) for number in range(arguments.workers)]
    try:
        clock = time.perf_counter()
        until = time.monotonic() + arguments.seconds
        _send(run_ids)
        say(f"  {time.perf_counter() - clock:5.1f} s  all sent through the outbox")
        _wait(run_ids, at_least=len(run_ids) // 4, until=until)
        cut_off = _kill_midway(workers[0], run_ids, until=until)
        say(
            f"  {time.perf_counter() - clock:5.1f} s  worker 1 killed in the middle of {len(cut_off)} run, with"
            f" {_count(run_ids)} of {len(run_ids)} computed"
        )
        workers[0] = _worker(0)
        _wait(run_ids, at_least=len(run_ids), until=until)
        seconds = time.perf_counter() - clock
        say(f"  {seconds:5.1f} s  all {len(run_ids):,} computed")
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(30)
    _check(run_ids, seconds)
    _check_again(cut_off)


def _kill_midway(worker: subprocess.Popen, run_ids: list[int], *, until: float) -> set[int]:
    """Halt the worker; if it holds a run that stays as it is meanwhile, kill it, else let it go on and try again."""
    while True:
        os.killpg(worker.pid, signal.SIGSTOP)
        held = _running(run_ids)
        time.sleep(1)  # the other workers finish what they had
        if held := held & _running(run_ids):
            _kill(worker)
            return held
        os.killpg(worker.pid, signal.SIGCONT)
        if time.monotonic() > until:
            fail("the worker was never met in the middle of a run")
        time.sleep(random.uniform(0.01, 0.2))  # noqa: S311 anywhere in a run


def _check_again(run_ids: set[int]) -> None:
    """What was cut off and taken up again has the hashes of a run that nothing disturbs."""
    from assessments.models import Run
    from assessments.operations import runs
    from assessments.operations.scopes import country_scope
    from tenants.scope import division_scope, opened_scope

    with opened_scope(country_scope()):
        found = list(Run.objects.filter(pk__in=run_ids))
    for run in found:
        with opened_scope(division_scope(run.division_code)):
            again = Run.objects.create(
                quarter=run.quarter, division_code=run.division_code, standard=run.standard, criteria=run.criteria,
                standard_hash=run.standard_hash, revision=run.revision + 1,
            )  # fmt: skip
        runs.compute_run(run_id=again.pk, district=run.division_code)
        with opened_scope(country_scope()):
            again.refresh_from_db()
        same = (again.fact_hash, again.result_hash) == (run.fact_hash, run.result_hash)
        say(
            f"  {run.division_code}: cut off, {run.attempts} attempts, {'the same' if same else 'OTHER'} hashes as undisturbed"
        )
        if not same or run.attempts < 2:
            fail("a run that was cut off did not end as it should")


def _worker(number: int) -> subprocess.Popen:
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "happyhome",
        "worker",
        "-c",
        "1",
        "-l",
        "WARNING",
        "-n",
        f"w{number}-{time.monotonic_ns()}@%h",
    ]
    return subprocess.Popen(command, env=os.environ, start_new_session=True)


def _kill(worker: subprocess.Popen) -> None:
    """The worker and its pool child, as when a machine goes down."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(10)


def _send(run_ids: list[int]) -> None:
    """Through the outbox, as start_quarter does it."""
    from assessments.models import Run
    from assessments.operations.runs.start import COMPUTE_TASK
    from assessments.operations.scopes import country_scope
    from tenants.operations.outbox import enqueue
    from tenants.scope import opened_scope

    with opened_scope(country_scope()):
        for pk, code in Run.objects.filter(pk__in=run_ids).values_list("pk", "division_code"):
            enqueue(task=COMPUTE_TASK, arguments={"run_id": pk, "district": code}, division_code=code)


def _waiting(run_ids: list[int]) -> int:
    from assessments.models import Run
    from assessments.operations.scopes import country_scope
    from tenants.scope import opened_scope

    with opened_scope(country_scope()):
        return Run.objects.filter(pk__in=run_ids, state="queued").count()


def _running(run_ids: list[int]) -> set[int]:
    from assessments.models import Run
    from assessments.operations.scopes import country_scope
    from tenants.scope import opened_scope

    with opened_scope(country_scope()):
        return set(Run.objects.filter(pk__in=run_ids, state="running").values_list("pk", flat=True))


def _count(run_ids: list[int]) -> int:
    from assessments.models import Run
    from assessments.operations.scopes import country_scope
    from tenants.scope import opened_scope

    with opened_scope(country_scope()):
        return Run.objects.filter(pk__in=run_ids, state="computed").count()


def _wait(run_ids: list[int], *, at_least: int, until: float) -> None:
    from assessments import operations

    while _count(run_ids) < at_least:
        if time.monotonic() > until:
            fail(f"only {_count(run_ids)} of {len(run_ids)} runs were computed in time")
        if _waiting(run_ids) < _FEW:  # nobody has lost what is still in the queue
            operations.runs.requeue_stuck_runs(after=timedelta(seconds=10))  # beat does it every minute, after five
        time.sleep(0.5)


def _check(run_ids: list[int], seconds: float) -> None:
    """Every district once, every verdict replayed."""
    from assessments.models import Run
    from assessments.operations.scopes import country_scope
    from assessments.queries.replay import replay
    from tenants.scope import opened_scope

    with opened_scope(country_scope()):
        runs = list(Run.objects.filter(pk__in=run_ids))
        wrong = sum(len(replay(run)) for run in runs)
        twice = sum(run.attempts > 1 for run in runs)
        facilities = sum(run.facilities_done for run in runs)
        say(f"  facilities: {facilities:,}, {facilities / seconds:,.0f} a second; differences on replay: {wrong};"
            f" taken up again: {twice}")  # fmt: skip
    if wrong:
        fail("a replay differs")


if __name__ == "__main__":
    main()
