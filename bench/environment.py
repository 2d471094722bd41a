"""The bench's own database, as owner (to fill it) and as the app's role (to measure under row level security)."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

NAME = os.environ.get("BENCH_DATABASE_NAME", "happyhome_bench")
PRIVILEGES = (
    "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};"
    "ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role}"
)


def setup() -> None:
    """Point Django at the bench's database, as the app's role."""
    from happyhome import environment as env

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happyhome.settings")
    os.environ.setdefault("DJANGO_SECRET_KEY", "bench")
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ[name] = _renamed(env.text(name))
    import django

    django.setup()


def _renamed(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url)._replace(path=f"/{NAME}").geturl()


def owner(name: str = NAME) -> psycopg.Connection:
    """A connection of the owner role to the bench's database (or to `postgres`, to create it)."""
    from django.conf import settings

    database = settings.DATABASE_OWNER
    return psycopg.connect(
        dbname=name,
        user=database["USER"],
        password=database["PASSWORD"] or None,
        host=database["HOST"],
        port=database["PORT"] or None,
        autocommit=True,
    )


def create() -> None:
    """Drop and create the bench's database, migrate it and load the standards."""
    from django.conf import settings
    from django.core.management import call_command

    with owner("postgres") as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    with owner() as fresh:
        fresh.execute(sql.SQL(PRIVILEGES).format(role=sql.Identifier(settings.DATABASES["default"]["USER"])))
    migrate()
    call_command("load_standard", verbosity=0)


def migrate() -> None:
    """Bring the tables up to date, as their owner."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    connection.close()
    app = dict(connection.settings_dict)
    connection.settings_dict.update(settings.DATABASE_OWNER)
    call_command("migrate", verbosity=0)
    connection.close()
    connection.settings_dict.update(app)


@dataclass
class Cost:
    """CPU seconds of this process and of the database's processes, and the time on the clock."""

    client: float = 0.0
    database: float = 0.0
    elapsed: float = 0.0

    @property
    def cpu(self) -> float:
        return self.client + self.database

    def __str__(self) -> str:
        return f"{self.cpu:8.2f} CPU s ({self.client:.2f} client + {self.database:.2f} database), {self.elapsed:.2f} s elapsed"


@contextmanager
def measured() -> Iterator[Cost]:
    """CPU of this process and of all backends on this database while the block runs (parallel workers included)."""
    cost = Cost()
    before, client, clock = _backends(), time.process_time(), time.perf_counter()
    yield cost
    cost.client, cost.elapsed = time.process_time() - client, time.perf_counter() - clock
    after = _backends()
    cost.database = (sum(after.values()) - sum(before.get(pid, 0) for pid in after)) / os.sysconf("SC_CLK_TCK")


def _backends() -> dict[int, int]:
    """Clock ticks used so far by the processes of the server, children that have ended (parallel workers) included."""
    postmaster = _postmaster()
    ticks = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid, parent = int(stat.parent.name), int(fields[1])
        if pid == postmaster:
            ticks[pid] = int(fields[13]) + int(fields[14])  # children waited for: workers and closed backends
        elif parent == postmaster and _is_ours(pid):
            ticks[pid] = int(fields[11]) + int(fields[12])
    return ticks


_ours: dict[int, bool] = {}


def _is_ours(pid: int) -> bool:
    """Whether a backend serves the bench's database; its title names it."""
    if not _ours.get(pid):
        try:
            _ours[pid] = NAME.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            _ours[pid] = False
    return _ours[pid]


@cache
def _postmaster() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])


def say(text: str) -> None:
    print(text, flush=True)


def fail(text: str) -> None:
    sys.exit(text)
