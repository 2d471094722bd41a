"""`./run` from outside: real servers, real processes.

One portal is started and used by the tests in their order; `./test` keeps the tests of a file together.
"""

import os
import signal
import socket
import tempfile
import urllib.request
from pathlib import Path

import pytest

from launcher.process import alive, wait_until
from tests.happyhome.starts import Start, prepare_state, processes, run


@pytest.fixture(scope="module")
def state():
    """Below /tmp and open to pass through: as root, PostgreSQL runs under another account."""
    with tempfile.TemporaryDirectory(prefix="happyhome-start-") as folder:
        Path(folder).chmod(0o755)
        yield prepare_state(Path(folder) / "local")


@pytest.fixture(scope="module")
def portal(state):
    start = Start(state, "--no-demo").wait_ready()
    yield start
    start.stop()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/", timeout=5) as response:
            return response.read() == b"ok"
    except OSError:
        return False


def test_one_command_brings_the_portal_up(portal):
    assert answers(portal.url)
    for words in (
        "bin/postgres",
        "valkey-server",
        "gunicorn",
        "celery -A happyhome worker",
        "celery -A happyhome beat",
    ):
        assert portal.child(words)
    assert (portal.state / "secret-key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("words", ["gunicorn", "celery -A happyhome worker", "celery -A happyhome beat"])
def test_a_killed_process_comes_back(portal, words):
    killed = portal.child(words)
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: killed not in processes(), timeout_s=5)
    assert wait_until(lambda: _child_or_none(portal, words) not in {None, killed}, timeout_s=15)
    assert wait_until(lambda: answers(portal.url), timeout_s=20)


def test_a_killed_database_and_broker_come_back_with_their_data(portal):
    assert run(portal.state, "manage", "shell", "-v0", "-c", _LEAVE_A_MARK).returncode == 0
    for words in ("bin/postgres", "valkey-server"):
        os.kill(portal.child(words), signal.SIGKILL)
    assert wait_until(lambda: "postgres ended" in portal.text() and "valkey ended" in portal.text(), timeout_s=5)
    assert wait_until(lambda: answers(portal.url), timeout_s=30)
    seen = run(portal.state, "manage", "shell", "-v0", "-c", _READ_THE_MARK)
    assert (seen.stdout.strip(), seen.returncode) == ("here here", 0)


_LEAVE_A_MARK = """
import time, redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
Session.objects.update_or_create(session_key="mark", defaults={"session_data": "here", "expire_date": timezone.now()})
redis.Redis.from_url(settings.REDIS_URL).set("mark", "here")
time.sleep(1.2)  # the append-only file is written out every second
"""
_READ_THE_MARK = """
import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
print(Session.objects.get(pk="mark").session_data, redis.Redis.from_url(settings.REDIS_URL).get("mark").decode())
"""


def _child_or_none(portal, words):
    found = [pid for pid, (parent, line) in processes().items() if parent == portal.process.pid and words in line]
    return found[0] if found else None


def test_a_second_start_of_the_same_checkout_is_told_where_the_portal_is(portal):
    second = run(portal.state)
    assert second.returncode == 1
    assert f"already runs at {portal.url} (process {portal.process.pid})" in second.stderr


def test_manage_uses_the_running_services_and_passes_the_exit_code_on(portal):
    good = run(portal.state, "manage", "check")
    assert (good.returncode, "PostgreSQL" in good.stdout) == (0, False)
    assert run(portal.state, "manage", "no_such_command").returncode == 1


def test_another_checkout_runs_beside_it_on_a_given_database(portal, tmp_path):
    """Its broker and ports are its own; DATABASE_URL takes the place of its database."""
    other_state = prepare_state(tmp_path / "other")
    address = run(portal.state, "manage", "shell", "-v0", "-c", "import os; print(os.environ['DATABASE_OWNER_URL'])")
    owner = address.stdout.strip()
    app = owner.replace("happyhome_owner", "happyhome_app")
    other = Start(other_state, "--no-demo", DATABASE_URL=app, DATABASE_OWNER_URL=owner).wait_ready()
    try:
        assert other.url != portal.url
        assert answers(other.url)
        assert answers(portal.url)
        assert "PostgreSQL … as DATABASE_URL says" in other.text()
        assert not (other_state / "database").exists()
        # SIGTERM ends it as Ctrl-C does, and only it
        left = other.children()
        assert other.stop(signal.SIGTERM) == 0
        assert [words for pid, words in left.items() if alive(pid)] == []
        assert answers(portal.url)
    finally:
        other.stop(signal.SIGKILL)


def test_ctrl_c_leaves_no_process_behind(portal):
    running = portal.children()
    assert len(running) >= 8
    assert portal.stop(signal.SIGINT) == 0
    assert [words for pid, words in running.items() if alive(pid)] == []


def test_the_second_start_repeats_no_work_and_a_killed_start_leaves_nothing(state, portal):
    """Runs after the portal was stopped above; also shows that the address is kept."""
    again = Start(state, "--no-demo").wait_ready()
    try:
        assert again.url == portal.url
        shown = again.text()
        assert "Database schema … up to date (0.0 s)" in shown
        assert "Data … already there (0.0 s)" in shown
        assert "Static files … up to date" in shown
        assert "Python packages … up to date" in shown
        running = again.children()
    finally:
        again.stop(signal.SIGKILL)
    assert wait_until(lambda: not [pid for pid in running if pid in processes()], timeout_s=20), running


def test_manage_starts_the_services_itself_where_nothing_runs(state):
    """The start before was killed: whatever it left must not be in the way."""
    done = run(state, "manage", "shell", "-v0", "-c", _READ_THE_MARK)
    assert (done.stdout.splitlines()[-1:], done.stderr, done.returncode) == (["here here"], "", 0)
    assert {pid: words for pid, (_, words) in processes().items() if str(state) in words} == {}


def test_errors_say_what_to_do(tmp_path):
    state = prepare_state(tmp_path / "errors")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run(state, "--port", str(port))
    assert (refused.returncode, "Choose another with --port" in refused.stderr) == (1, True)
    nowhere = "postgresql://happyhome_app@127.0.0.1:9/none"
    refused = run(state, "--no-demo", DATABASE_URL=nowhere, DATABASE_OWNER_URL=nowhere)
    assert refused.returncode == 1
    assert "check DATABASE_URL" in refused.stderr
    assert "Traceback" not in refused.stdout
