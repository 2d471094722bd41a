"""A drill of the archived write-ahead log, on a server of the test's own: to a moment, and to the last half minute."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest

from launcher import process
from launcher.checkout import ROOT
from launcher.postgres import Postgres

EVERY_S = 2  # archive_timeout of the drill; docker-compose.yml says 30 s


class Archived:
    """A server that archives, and the scripts of deploy/ as its account runs them."""

    def __init__(self, home: Path):
        self.home = home
        self.server = self._server(home / "pg")
        self.archive = self.server.home / "archive"  # where the server's account can go
        self.archive.mkdir()
        self._give(self.archive)
        script = shutil.copy(ROOT / "deploy/archive-wal", self.server.home)
        self.server.settings = {
            "archive_mode": "on",
            "archive_timeout": f"{EVERY_S}s",
            "archive_command": f'WAL_ARCHIVE="{self.archive}" sh "{script}" "%p" "%f"',
        }
        self.server.initialise()
        self.servers = [self.server]

    def _server(self, home: Path) -> Postgres:
        return Postgres(home, Path(psycopg.__file__).parent.parent, home.with_suffix(".log"), elsewhere=Path("/tmp"))

    def _give(self, folder: Path) -> None:
        if account := self.server.account:
            os.chown(folder, account.uid, account.gid)

    def start(self, server: Postgres) -> None:
        server.start()
        server.wait_ready()

    def script(self, name: str, *words: str, user=None) -> subprocess.CompletedProcess:
        env = {
            "PATH": f"{self.server.program / 'bin'}:/usr/bin:/bin",
            "PGHOST": str(self.server.socket),
            "WAL_ARCHIVE": str(self.archive),
        }
        command = ["sh", str(ROOT / "deploy" / name), *words]
        return subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, timeout=120)

    def restored(self, name: str, *moment: str) -> Postgres:
        """A second server on a folder that `restore-point` made; ready when the log is replayed."""
        server = self._server(self.home / name)
        done = self.script("restore-point", str(server.data), *moment)
        assert done.returncode == 0, done.stderr
        server._own(server.home)
        for path in [server.data, *server.data.rglob("*")]:
            self._give(path)
        self.servers.append(server)
        self.start(server)
        replayed = process.wait_until(lambda: server.sql("SELECT pg_is_in_recovery()") == "f", timeout_s=60)
        assert replayed, process.last_lines(server.log)
        return server

    def archived(self) -> set[str]:
        return {path.name for path in (self.archive / "wal").glob("[0-9A-F]*")}


@pytest.fixture
def site(tmp_path_factory):
    home = tmp_path_factory.mktemp("site")
    site = Archived(home)
    site.start(site.server)
    yield site
    for server in site.servers:
        server.stop()
        shutil.rmtree(server.home)


def subjects(server: Postgres) -> list[str]:
    return server.sql("SELECT subject FROM act ORDER BY id").splitlines()


def test_a_moment_before_a_mistake_comes_back_and_a_crash_loses_nothing_that_was_archived(site):
    sql = site.server.sql
    sql("CREATE TABLE act (id bigint GENERATED ALWAYS AS IDENTITY, subject text)")
    sql("INSERT INTO act (subject) VALUES ('before the backup')")
    made = site.script("base-backup")
    assert made.returncode == 0, made.stderr
    sql("INSERT INTO act (subject) VALUES ('after the backup')")
    moment = sql("SELECT clock_timestamp()")
    sql("DELETE FROM act")
    sql("INSERT INTO act (subject) VALUES ('the mistake')")

    committed = sql("SELECT pg_walfile_name(pg_current_wal_lsn())")
    assert process.wait_until(lambda: committed in site.archived(), timeout_s=60)  # by itself: nobody switches the log
    os.killpg(site.server.process.pid, signal.SIGKILL)  # and the machine is gone
    site.server.process.wait(10)

    assert subjects(site.restored("moment", moment)) == ["before the backup", "after the backup"]
    assert subjects(site.restored("end")) == ["the mistake"]


def test_a_piece_of_the_log_is_archived_once_and_never_replaced(tmp_path):
    def archive() -> int:
        command = ["sh", ROOT / "deploy/archive-wal", piece, name]
        return subprocess.run(command, env={**os.environ, "WAL_ARCHIVE": str(tmp_path)}, timeout=60).returncode

    piece, name = tmp_path / "piece", "0" * 23 + "A"
    piece.write_bytes(b"one")
    assert (archive(), archive()) == (0, 0)  # the same again, after a crash in between
    piece.write_bytes(b"two")
    assert archive() != 0
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "wal").iterdir()] == [(name, b"one")]


def test_old_base_backups_go_with_the_log_that_only_they_needed_and_nothing_is_restored_over_data(site, tmp_path):
    made = []
    for _ in range(3):
        site.server.sql("CREATE TABLE IF NOT EXISTS t (i int); INSERT INTO t VALUES (1); SELECT pg_switch_wal()")
        done = site.script("base-backup")
        assert done.returncode == 0, done.stderr
        made.append(Path(done.stdout.splitlines()[0]).name)
        assert process.wait_until(lambda: made[-1] != _stamp(), timeout_s=5)  # names are seconds
    assert sorted(path.name for path in (site.archive / "base").iterdir()) == made[1:]
    oldest = min(path for path in site.archived() if "." not in path)
    label = subprocess.run(
        ["tar", "-xzOf", site.archive / "base" / made[1] / "base.tar.gz", "backup_label"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"(file {oldest})" in label.stdout
    (tmp_path / "file").write_text("x")
    assert "nothing is ever restored over data" in site.script("restore-point", str(tmp_path)).stderr
    early = site.script("restore-point", str(tmp_path / "new"), "2020-01-01 00:00:00+08")
    assert (early.returncode, "no base backup" in early.stderr) == (1, True)


def _stamp() -> str:
    return subprocess.run(["date", "-u", "+%Y%m%dT%H%M%SZ"], capture_output=True, text=True).stdout.strip()
