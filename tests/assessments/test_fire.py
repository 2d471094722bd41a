"""What is killed while a quarter is computed: worker child, worker, broker, database. The result is that of a quiet run.

A lock on a table holds the run where it is to be hit, so nothing depends on speed: on the facilities while it reads, on the
verdicts while it publishes.
"""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection, connections
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from assessments.models import Run, RunState, Verdict
from assessments.operations import runs
from happyhome.backup import database
from happyhome.celery import app as celery_app
from launcher import checkout, process
from launcher.postgres import Postgres
from launcher.valkey import Valkey
from tenants.operations import outbox
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests import databases
from tests.assessments.registry import GONGSHU
from tests.assessments.test_reliability import seed, seen, start, states
from tests.conftest import child_environment
from tests.people import signed_in

FACILITIES = 40
READING = "LOCK TABLE facilities_facility IN ACCESS EXCLUSIVE MODE"
PUBLISHING = "LOCK TABLE assessments_verdict IN SHARE MODE"
WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"
STATE = "SELECT state, result_hash, attempts FROM assessments_run ORDER BY revision"
START = """
import sys, django; django.setup()
from tests.assessments.test_reliability import start
start(**({"rerun": True, "based_on": int(sys.argv[1])} if sys.argv[1] != "0" else {}))
"""


def owner():
    return databases.connect_as_owner(connections["default"].settings_dict["NAME"])


@contextmanager
def held(lock: str, connect=owner):
    """Until the block ends, whoever reads or publishes waits; entered by `wait_for_it`."""
    with connect() as holder, connect() as watcher, holder.transaction():
        holder.execute(lock)

        def somebody_waits() -> None:
            assert process.wait_until(lambda: watcher.execute(WAITERS).fetchone()[0] > 0, timeout_s=60)

        yield somebody_waits


def start_worker(environment: dict, log: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "celery", "-A", "happyhome", "worker", "-c", "1", "-l", "INFO"]
    worker = process.start(command, log=log, env=environment, cwd=checkout.ROOT)
    assert process.wait_until(lambda: b" ready." in log.read_bytes(), timeout_s=90), process.last_lines(log)
    return worker


def pool_child(worker: subprocess.Popen) -> int:
    listed = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    return int(listed[-1])


def quiet_hash() -> str:
    """What an undisturbed run of the same registry finds."""
    run = start(rerun=True, based_on=max(revision for revision, _ in states()))
    runs.compute_run(run_id=run.pk, district=GONGSHU)
    [found] = seen(lambda: Run.objects.filter(pk=run.pk).values_list("result_hash", flat=True))
    return found


def assert_published_once_like_a_quiet_run():
    assert states() == [(1, RunState.COMPUTED)]
    [disturbed] = seen(Run.objects.all)
    assert seen(lambda: Verdict.objects.values_list("run_id").distinct()) == [(disturbed.pk,)]
    assert len(seen(Verdict.objects.all)) == disturbed.facilities_done == FACILITIES
    assert quiet_hash() == disturbed.result_hash


def is_computed():
    return states() == [(1, RunState.COMPUTED)]


@pytest.mark.parametrize("moment", [READING, PUBLISHING], ids=["reading", "publishing"])
def test_a_killed_worker_child_is_replaced_and_the_run_goes_on(moment, committed_standards, celery_worker_process):
    seed(FACILITIES)
    with held(moment) as somebody_waits:
        start()
        somebody_waits()
        os.kill(pool_child(celery_worker_process), signal.SIGKILL)
    assert process.wait_until(is_computed, timeout_s=60)
    assert_published_once_like_a_quiet_run()


def test_a_killed_worker_leaves_a_run_that_the_next_one_finishes(
    committed_standards, celery_worker_process, broker_url, tmp_path
):
    seed(FACILITIES)
    with held(PUBLISHING) as somebody_waits:
        start()
        somebody_waits()
        os.killpg(celery_worker_process.pid, signal.SIGKILL)
        celery_worker_process.wait(10)
    assert states() == [(1, RunState.RUNNING)]
    again = start_worker(child_environment(broker_url), tmp_path / "again.log")
    try:
        with opened_scope(division_scope(GONGSHU)):  # five minutes later the sweeper queues it again
            Run.objects.update(touched_at="2026-01-01T00:00:00+08:00")
        assert runs.requeue_stuck_runs() == 1
        assert process.wait_until(is_computed, timeout_s=60)
    finally:
        process.stop(again, grace_s=5)
    assert_published_once_like_a_quiet_run()


def test_a_broker_that_is_killed_during_a_run_neither_loses_it_nor_publishes_it_twice(
    committed_standards, tmp_path, broker_away
):
    packages = Path(redis.__file__).parent.parent
    own = Valkey(tmp_path / "valkey", packages, tmp_path / "valkey.log", checkout.free_port())
    own.start()
    own.wait_ready()
    worker = start_worker(child_environment(own.url), tmp_path / "worker.log")
    try:
        seed(FACILITIES)
        with broker_away(own.url), held(READING) as somebody_waits:
            start()
            somebody_waits()
            os.killpg(own.process.pid, signal.SIGKILL)
            own.process.wait(10)
        assert process.wait_until(is_computed, timeout_s=60)  # the database is all that it needs
        own.start()
        own.wait_ready()
        with broker_away(own.url):  # whatever comes back from the append-only file is done again, without effect
            outbox.sweep()
        client = redis.Redis.from_url(own.url)
        assert process.wait_until(lambda: client.llen("celery") + client.hlen("unacked") == 0, timeout_s=60)
        client.close()
    finally:
        process.stop(worker, grace_s=5)
        own.stop()
    assert_published_once_like_a_quiet_run()


@pytest.fixture
def own_server(tmp_path_factory):
    """A PostgreSQL of this test alone, on a socket, as durable as that of a real portal."""
    home = tmp_path_factory.mktemp("pg")
    server = Postgres(home, Path(psycopg.__file__).parent.parent, home / "log", elsewhere=Path("/tmp"))
    server.initialise()
    server.start()
    server.wait_ready()
    yield server
    server.stop()
    shutil.rmtree(server.home)


def copy_to(server: Postgres, folder: Path) -> None:
    """The test database with everything in it, on another server."""
    server.ensure_roles()
    server.ensure_database()
    dumped = folder / "dump"
    admin = {**settings.DATABASE_ADMIN, "NAME": connection.settings_dict["NAME"]}
    database.run_tool("pg_dump", ["-Fc", "-f", str(dumped), "-d", admin["NAME"]], admin)
    there = {"USER": "postgres", "PASSWORD": "", "HOST": str(server.socket), "PORT": ""}
    database.run_tool("pg_restore", ["--exit-on-error", "-d", "happyhome", str(dumped)], there)


def crash(server: Postgres) -> None:
    """Every process of the server at once, as when the machine goes down."""
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait(10)


def test_a_database_that_is_killed_during_runs_comes_back_and_each_run_ends_like_a_quiet_one(
    committed_standards, broker, broker_url, own_server, tmp_path
):
    seed(FACILITIES)
    copy_to(own_server, tmp_path)
    environment = {
        **child_environment(broker_url),
        "DATABASE_URL": own_server.url("happyhome_app"),
        "DATABASE_OWNER_URL": own_server.url("happyhome_owner"),
        "DJANGO_SETTINGS_MODULE": "happyhome.settings",
    }

    def connect():
        return psycopg.connect(host=str(own_server.socket), user="postgres", dbname="happyhome", autocommit=True)

    def rows() -> list[tuple]:
        with connect() as admin:
            return admin.execute(STATE).fetchall()

    def crash_at(moment: str, based_on: int) -> None:
        with held(moment, connect) as somebody_waits:
            command = [sys.executable, "-c", START, str(based_on)]
            subprocess.run(command, env=environment, cwd=checkout.ROOT, check=True, timeout=90)
            somebody_waits()
            crash(own_server)

    worker = start_worker(environment, tmp_path / "worker.log")
    try:
        for newest, moment in enumerate([READING, PUBLISHING]):
            with pytest.raises(psycopg.OperationalError):
                crash_at(moment, newest)
            own_server.start()
            own_server.wait_ready()
            assert [state for state, *_ in rows()][-1] == RunState.RUNNING  # committed before, and still there
            assert process.wait_until(lambda: rows()[-1][0] == RunState.COMPUTED, timeout_s=90, every_s=0.5), rows()
    finally:
        process.stop(worker, grace_s=5)
    with connect() as admin:
        per_run = admin.execute("SELECT count(*) FROM assessments_verdict GROUP BY run_id").fetchall()
    assert per_run == [(FACILITIES,)] * 2
    found = rows()
    assert min(attempts for *_, attempts in found) >= 2  # each was really interrupted
    runs.compute_run(run_id=start().pk, district=GONGSHU)
    [quiet] = seen(lambda: Run.objects.values_list("result_hash", flat=True))
    assert {result for _, result, _ in found} == {quiet}


def test_the_page_of_a_run_says_at_every_moment_what_is_so(committed_standards, celery_worker_process):
    seed(3)
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)

    def shown(run) -> str:
        return client.get(f"/runs/{run.uuid}/progress/").content.decode()

    with held(READING) as somebody_waits:
        run = start()
        somebody_waits()
        assert ("测算中" in shown(run), "读取台账" in shown(run), "完成。" in shown(run)) == (True, True, False)
    assert process.wait_until(is_computed, timeout_s=60)
    assert "完成。" in shown(run)
    with held(PUBLISHING) as somebody_waits:
        again = start(rerun=True, based_on=1)
        somebody_waits()
        assert "写入结论" in shown(again)
        assert 'max="3" value="3"' in shown(again)  # judged, and not yet published
        assert "完成。" in shown(run)  # the earlier result stands meanwhile
    assert process.wait_until(lambda: states()[-1] == (2, RunState.COMPUTED), timeout_s=60)
    assert client.get(f"/runs/{again.uuid}/progress/")["HX-Refresh"] == "true"


# --- beat -------------------------------------------------------------------------------------------------------------


def beat_once() -> None:
    """A beat that starts, does one round and ends, leaving in the database what it has sent."""
    scheduler = DatabaseScheduler(app=celery_app)
    scheduler.tick()
    while scheduler._heap and scheduler.tick() == 0:
        pass
    scheduler.sync()


def sent(broker, task: str) -> int:
    return sum(task.encode() in message for message in broker.lrange("celery", 0, -1))


def test_a_beat_that_was_off_when_a_quarter_ended_sends_it_once_however_often_it_restarts(transactional_db, broker):
    beat_once()  # first start: every entry is noted
    broker.flushdb()
    PeriodicTask.objects.filter(name="start-quarter").update(last_run_at="2026-01-01T00:00:00+08:00")
    for _ in range(3):
        beat_once()
    assert sent(broker, "assessments.tasks.start_quarter") == 1
