"""A run that is started ten times at once, whose worker is killed, whose broker is away; and the edges of a quarter."""

import random
import signal
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from assessments import tasks
from assessments.models import Run, RunState, Verdict
from assessments.operations import runs
from assessments.operations.scopes import country_scope
from assessments.rules.quarters import SHANGHAI, Quarter
from happyhome.celery import app
from launcher import process
from launcher.checkout import ROOT
from tenants.models import Division, OutboxEntry
from tenants.operations import outbox
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.assessments.registry import GONGSHU
from tests.assessments.test_run import Q3, TODAY
from tests.conftest import child_environment


def seed(count=3):
    """Facilities of a district, committed."""
    Division.objects.get_or_create(code=GONGSHU, defaults={"name": "拱墅区", "level": "district"})
    with opened_scope(division_scope(GONGSHU)):
        return [make.demonstration(number) for number in range(1, count + 1)]


def start(**fields):
    with opened_scope(division_scope(GONGSHU)):
        return runs.start_quarter(
            **{"quarter": Q3, "district": GONGSHU, "by": None, "reason": "测算", "today": TODAY, **fields}
        )


def seen(query):
    with opened_scope(country_scope()):
        return list(query())


def states():
    return seen(lambda: Run.objects.order_by("revision").values_list("revision", "state"))


def at_once(count, work):
    """Run `work` in threads with connections of their own; returns the errors."""
    errors, barrier = [], threading.Barrier(count)

    def body():
        try:
            barrier.wait()
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=body) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


def test_ten_starts_at_once_make_one_run_that_is_published_once(committed_standards, broker):
    seed()

    def start_and_compute():
        runs.compute_run(run_id=start().pk, district=GONGSHU)

    assert at_once(10, start_and_compute) == []
    assert states() == [(1, RunState.COMPUTED)]
    assert seen(lambda: Verdict.objects.values_list("run__revision", flat=True)) == [1, 1, 1]


def test_ten_clicks_on_rerun_make_one_revision(committed_standards, broker):
    seed(1)
    runs.compute_run(run_id=start().pk, district=GONGSHU)
    assert at_once(10, lambda: start(rerun=True, based_on=1)) == []
    assert states() == [(1, RunState.COMPUTED), (2, RunState.QUEUED)]


START = """
import django; django.setup()
from tests.assessments.test_reliability import start
start()
"""


def test_a_dead_broker_loses_nothing(committed_standards, broker):
    seed(1)
    environment = {**child_environment("redis://127.0.0.1:1/0"), "DJANGO_SETTINGS_MODULE": "happyhome.settings"}
    subprocess.run([sys.executable, "-c", START], env=environment, cwd=ROOT, check=True, timeout=60)
    [entry] = seen(OutboxEntry.objects.all)  # committed, although nobody took the task
    assert (entry.sent_at, "每分钟会自动再送一次" in entry.last_error) == (None, True)
    assert (outbox.sweep(), broker.llen("celery"), outbox.sweep()) == (1, 1, 0)
    assert states() == [(1, RunState.QUEUED)]


def test_a_run_that_the_broker_forgot_is_queued_again(committed_standards, broker):
    seed(1)
    run = start()
    broker.flushdb()
    with opened_scope(division_scope(GONGSHU)):
        Run.objects.update(touched_at=datetime.now(SHANGHAI) - timedelta(hours=1))
    assert runs.requeue_stuck_runs() == 1
    assert (broker.llen("celery"), runs.requeue_stuck_runs()) == (1, 0)
    assert run.pk == seen(Run.objects.all)[0].pk


def test_a_worker_that_is_killed_leaves_a_run_that_another_one_finishes(
    committed_standards, broker_url, celery_worker_process, tmp_path
):
    """kill -9 at a random moment; the result is that of an undisturbed run."""
    seed(40)
    run = start()
    process.wait_until(lambda: states() != [(1, RunState.QUEUED)], timeout_s=20)
    threading.Event().wait(random.uniform(0, 0.3))
    celery_worker_process.send_signal(signal.SIGKILL)
    celery_worker_process.wait(10)
    runs.compute_run(run_id=run.pk, district=GONGSHU)  # what the redelivered task does
    assert states() == [(1, RunState.COMPUTED)]
    disturbed = seen(Run.objects.all)[0]
    undisturbed = start(rerun=True, based_on=1)
    runs.compute_run(run_id=undisturbed.pk, district=GONGSHU)
    hashes = seen(lambda: Run.objects.values_list("result_hash", "fact_hash", "facilities_done"))
    assert hashes == [(disturbed.result_hash, disturbed.fact_hash, 40)] * 2


def test_a_real_worker_computes_the_run_that_was_started(committed_standards, celery_worker_process):
    seed(2)
    start()
    assert process.wait_until(lambda: states() == [(1, RunState.COMPUTED)], timeout_s=30)
    assert len(seen(Verdict.objects.all)) == 2


def test_beat_starts_the_quarter_that_has_ended_once(committed_standards, broker):
    seed(1)
    assert runs.start_due_quarters(today=date(2026, 10, 1)) == [GONGSHU]
    assert runs.start_due_quarters(today=date(2026, 10, 1)) == []
    assert seen(lambda: Run.objects.values_list("quarter", "reason")) == [("2026-Q3", "季度结束后自动测算")]


def test_a_missed_night_is_caught_up(committed_standards, broker):
    seed(1)
    assert runs.start_due_quarters(today=date(2026, 12, 31)) == [GONGSHU]
    assert seen(lambda: Run.objects.values_list("quarter", flat=True)) == ["2026-Q3"]


def test_beat_knows_the_tasks_and_their_hours():
    schedule = app.conf.beat_schedule
    known = {name for name in dir(tasks) if not name.startswith("_")}
    ours = {entry["task"].rpartition(".")[2] for entry in schedule.values() if entry["task"].startswith("assessments.")}
    of_the_year = {"open_evaluations", "remind_evaluations", "open_follow_ups", "remind_follow_ups", "remind_checks"}
    assert ours == {"refresh_facts", "start_quarter", "requeue_runs"} | of_the_year
    assert ours <= known
    nightly = schedule["start-quarter"]["schedule"]
    assert (nightly.hour, nightly.minute, app.conf.timezone) == ({2}, {0}, "Asia/Shanghai")


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_an_instant_belongs_to_the_quarter_of_its_date_in_shanghai(instant):
    local = instant.astimezone(SHANGHAI).date()
    assert Quarter.of_instant(instant).first_day <= local <= Quarter.of_instant(instant).last_day


@pytest.mark.parametrize(
    ("instant", "quarter"),
    [
        ("2026-09-30T15:59:59+00:00", "2026-Q3"),
        ("2026-09-30T16:00:00+00:00", "2026-Q4"),
        ("2026-12-31T16:00:00+00:00", "2027-Q1"),
        ("2026-03-31T23:59:59+08:00", "2026-Q1"),
    ],
)
def test_quarters_turn_at_midnight_in_shanghai(instant, quarter):
    assert str(Quarter.of_instant(datetime.fromisoformat(instant))) == quarter


def test_ten_thousand_instants_around_four_quarter_ends_fall_into_their_quarter():
    """Counted by hand: Shanghai is UTC+8 without summer time, so the quarter turns at 16:00 UTC of the day before."""
    draw = random.Random(20261122)
    turns = {date(2026, 3, 31): 1, date(2026, 6, 30): 2, date(2026, 9, 30): 3, date(2026, 12, 31): 4}
    wrong = 0
    for number in range(10_000):
        last_day, ending = list(turns.items())[number % 4]
        turn = datetime(last_day.year, last_day.month, last_day.day, 16, tzinfo=UTC)
        offset = draw.choice([0, 1, -1, draw.randrange(-86_400_000_000, 86_400_000_000)])  # microseconds
        expected = ending if offset < 0 else ending % 4 + 1
        year = 2027 if offset >= 0 and ending == 4 else 2026
        wrong += str(Quarter.of_instant(turn + timedelta(microseconds=offset))) != f"{year}-Q{expected}"
    assert wrong == 0


def test_quarters_follow_one_another():
    quarter = Quarter.parse("2026-Q4")
    assert (str(quarter.next), str(quarter.previous), quarter.last_day) == ("2027-Q1", "2026-Q3", date(2026, 12, 31))
    with pytest.raises(ValueError, match="2026-Q3 这样的形式"):
        Quarter.parse("2026-Q5")
    with pytest.raises(ValueError, match="time zone"):
        Quarter.of_instant(datetime(2026, 1, 1))
