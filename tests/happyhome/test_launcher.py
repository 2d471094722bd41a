"""The parts of the launcher, one by one."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from launcher import portal, postgres
from launcher.browser import find_chromium
from launcher.checkout import Ports, Stamps, digest, secret
from launcher.messages import LaunchError
from launcher.process import Account, alive, unprivileged_account, wait_until
from launcher.services import named
from launcher.supervisor import Child, Supervisor
from launcher.turn import Turn
from tests.happyhome import variables
from tests.happyhome.starts import prepare_state, run


def test_a_port_is_kept_while_it_is_free(tmp_path):
    first = Ports(tmp_path / "ports.json").take("web")
    assert Ports(tmp_path / "ports.json").take("web") == first
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        assert Ports(tmp_path / "ports.json").take("web") != first


def test_a_stamp_is_fresh_for_the_same_inputs_alone(tmp_path):
    file, stamps = tmp_path / "input", Stamps(tmp_path / "stamps")
    file.write_text("one")
    stamps.set("step", digest([file]))
    assert stamps.fresh("step", digest([file])) is True
    file.write_text("two")
    assert stamps.fresh("step", digest([file])) is False


def test_a_secret_is_made_once_and_readable_by_us_alone(tmp_path):
    made = secret(tmp_path / "key")
    assert (secret(tmp_path / "key"), len(made) >= 50, (tmp_path / "key").stat().st_mode & 0o777) == (made, True, 0o600)


def test_a_child_that_keeps_ending_is_started_again_ever_later(tmp_path):
    starts = []

    def begin():
        starts.append(time.monotonic())
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], start_new_session=True)

    supervisor = Supervisor()
    child = Child("short", begin, tmp_path / "log")
    supervisor.adopt(child)

    def watched_until_third_start():
        child.watch()
        return len(starts) == 3

    assert wait_until(watched_until_third_start, timeout_s=10)
    supervisor.end_all()
    first, second = starts[1] - starts[0], starts[2] - starts[1]
    assert first >= 0.5
    assert second >= 1.0
    assert child.pause_s == 2.0


def test_the_end_of_a_child_takes_along_what_it_started(tmp_path):
    code = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    grandchild = int(process.stdout.readline())
    supervisor = Supervisor()
    supervisor.adopt(Child("parent", lambda: process, tmp_path / "log"))
    supervisor.end_all()
    assert process.returncode == -signal.SIGTERM
    assert wait_until(lambda: not alive(grandchild) or _is_zombie(grandchild), timeout_s=5)


def _is_zombie(pid: int) -> bool:
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True)
    return shown.stdout.strip().startswith("Z")


def test_one_process_owns_the_services_and_others_join(tmp_path):
    owner, guest = Turn(tmp_path), Turn(tmp_path)
    assert (owner.own(), guest.own()) == (True, False)
    owner.announce("manage", {"DATABASE_URL": "x"})
    guest.join()
    assert guest.announced()["variables"] == {"DATABASE_URL": "x"}
    assert owner.used_by_others() is True
    guest.leave()
    assert owner.used_by_others() is False
    owner.release()
    assert (guest.own(), guest.announced()) == (True, None)


def test_data_moves_to_where_the_account_of_the_database_can_go(tmp_path):
    """A checkout in /root: PostgreSQL, as another account, cannot enter it."""
    closed, elsewhere = tmp_path / "closed", tmp_path / "elsewhere"
    for folder in (closed, elsewhere):
        folder.mkdir()
    nobody = Account("nobody", 65534, 65534) if os.geteuid() == 0 else None
    closed.chmod(0o700 if nobody else 0o000)
    try:
        if nobody:
            home = postgres.reachable_home(closed / "database", nobody, elsewhere=elsewhere)
            assert (home.parent, (closed / "database").resolve()) == (elsewhere, home)
            assert postgres.reachable_home(closed / "database", nobody, elsewhere=elsewhere) == home
        else:
            assert postgres.may_enter(closed, None) is False
    finally:
        closed.chmod(0o700)


def test_data_that_can_no_longer_be_reached_is_an_error_with_a_remedy(tmp_path):
    if unprivileged_account() is None:
        assert postgres.reachable_home(tmp_path / "database", None, elsewhere=tmp_path) == tmp_path / "database"
        return
    (tmp_path / "closed/database/data").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    with pytest.raises(LaunchError, match="chmod a\\+x"):
        postgres.reachable_home(tmp_path / "closed/database", unprivileged_account(), elsewhere=tmp_path)


def test_the_running_portal_does_not_know_the_owner_of_the_tables(tmp_path):
    given = {"DATABASE_URL": "app", "DATABASE_OWNER_URL": "owner", "REDIS_URL": "broker"}
    site = portal.Portal(tmp_path, None, given, "identity")
    assert site.runtime_variables() == {"DATABASE_URL": "app", "REDIS_URL": "broker"}
    assert site.web_variables()["DATABASE_POOL_SIZE"] == "4"


def test_variables_for_other_hosts_name_the_addresses_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOWED_HOSTS", raising=False)
    monkeypatch.delenv("DJANGO_SECRET_KEY", raising=False)
    made = portal.variables(tmp_path, {}, demo=True, host="0.0.0.0")
    assert {"localhost", "127.0.0.1", socket.gethostname()} <= set(made["DJANGO_ALLOWED_HOSTS"].split())
    assert made["DJANGO_SECRET_KEY_FILE"] == str(tmp_path / "secret-key")
    assert "DJANGO_ALLOWED_HOSTS" not in portal.variables(tmp_path, {}, demo=True)


def test_an_address_may_come_as_a_file(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert named("REDIS_URL") is False
    monkeypatch.setenv("REDIS_URL_FILE", "/run/secrets/redis_url")
    assert named("REDIS_URL") is True


def test_the_browser_can_be_named(monkeypatch):
    monkeypatch.setenv("HAPPYHOME_CHROMIUM", "/opt/chromium")
    assert find_chromium() == "/opt/chromium"


def test_help_names_the_ways_to_start(tmp_path):
    shown = run(prepare_state(tmp_path / "local"), "--help")
    assert shown.returncode == 0
    for word in ("./run manage", "--port", "--host", "--no-demo", "DATABASE_URL", "docs/operations.md"):
        assert word in shown.stdout


def test_the_launcher_needs_nothing_installed():
    """Its scripts run on a bare Python, before anything is there."""
    code = "import sys; sys.path.insert(0, '.'); import launcher.run, launcher.testing, launcher.ci, launcher.lock"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_operations_page_names_every_variable():
    text = (portal.ROOT / "docs/operations.md").read_text(encoding="utf-8").split("## 环境变量")[1].split("\n## ")[0]
    table = {line.split("|")[1].strip(" `") for line in text.splitlines() if line.startswith("| `")}
    code = variables.read_by_settings() | variables.read_by_gunicorn() | variables.read_by_launcher()
    assert table == code
