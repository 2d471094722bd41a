"""The test databases: made by the owner role from a migrated template, used by the app role, so that RLS is really tested.

One template per state of the migrations is kept between runs; each xdist worker gets a copy of it.
"""

import os
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from launcher.checkout import ROOT, digest
from launcher.postgres import DEFAULT_PRIVILEGES

BASE_NAME = os.environ.get("TEST_DATABASE_NAME", "test_happyhome")
_ONE_AT_A_TIME = 7_205_431_909  # key of the advisory lock under which a template is made


def connect_as_owner(database: str) -> psycopg.Connection:
    """A connection of the owner role, outside Django; every statement commits by itself."""
    owner = settings.DATABASE_OWNER
    options = {k: v for k, v in owner["OPTIONS"].items() if isinstance(v, str)}
    return psycopg.connect(
        dbname=database,
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
        host=owner["HOST"] or None,
        port=owner["PORT"] or None,
        autocommit=True,
        **options,
    )


def clone_name(worker: str) -> str:
    return BASE_NAME if worker == "master" else f"{BASE_NAME}_{worker}"


@contextmanager
def cloned_database(worker: str) -> Iterator[str]:
    """A fresh copy of the template for one worker; dropped afterwards."""
    with copied_template(clone_name(worker)) as name:
        try:
            yield name
        finally:
            connections.close_all()


@contextmanager
def copied_template(name: str) -> Iterator[str]:
    """A database with the migrations and nothing else, whatever tests have left in theirs; dropped afterwards."""
    with connect_as_owner("postgres") as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
        template = _template(admin)
        _drop(admin, name)
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        admin.execute("SELECT pg_advisory_unlock(%s)", [_ONE_AT_A_TIME])
    try:
        yield name
    finally:
        with connect_as_owner("postgres") as admin:
            try:
                _drop(admin, name)
            except _STILL_IN_USE as error:  # the next run removes it
                warnings.warn(f"{name} stays behind: {error}", stacklevel=2)


_STILL_IN_USE = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse)


def _drop(admin: psycopg.Connection, name: str, patience_s: float = 30) -> None:
    """Drop a database, as soon as the threads and workers of a test have let go of it.

    FORCE ends sessions of the owner alone; those of the app role, which it may not touch, end by themselves.
    """
    until = time.monotonic() + patience_s
    while True:
        try:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            return
        except _STILL_IN_USE:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _template(admin: psycopg.Connection) -> str:
    """The name of a migrated database, made if the migrations have changed since the last one."""
    migrations = sorted(ROOT.glob("*/migrations/*.py"))
    state = digest(
        [
            *migrations,
            *(ROOT / "tenants" / name for name in ("isolation.py", "history.py", "versions.py")),
            ROOT / "requirements/base.lock",
        ],
        DEFAULT_PRIVILEGES,
    )
    name = f"{BASE_NAME}_template_{state[:12]}"
    rows = admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{BASE_NAME}_template_"])
    existing = {row[0] for row in rows}
    if name not in existing:
        for stale in existing:
            _drop(admin, stale)
        unfinished = f"{BASE_NAME}_template_new"
        _drop(admin, unfinished)  # of a run that was killed
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
        with connect_as_owner(unfinished) as owner:
            owner.execute(DEFAULT_PRIVILEGES)
        _migrate(unfinished)
        admin.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
        )
    return name


def _migrate(name: str) -> None:
    """Run the migrations as the owner, the way `./run` and the container do."""
    connection = connections["default"]
    connection.close()
    app = dict(connection.settings_dict)
    connection.settings_dict.update({**settings.DATABASE_OWNER, "NAME": name})
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict.update(app)


# Insert-only tables refuse TRUNCATE even to the owner, by triggers of their own.
_TRUNCATE_TRIGGERS = """SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger
                        WHERE NOT tgisinternal AND tgenabled = 'O' AND tgtype & 32 <> 0"""


def flush_as_owner(database: str, statements: list[str]) -> None:
    """Empty the tables after a transactional test, past the triggers that keep the logs.

    A worker or thread that is about to end may lock the tables in another order: once it has lost or won, try again.
    """
    for attempt in range(1, 6):
        try:
            _flush(database, statements)
            break
        except psycopg.errors.DeadlockDetected:
            if attempt == 5:
                raise


def _flush(database: str, statements: list[str]) -> None:
    with connect_as_owner(database) as owner, owner.transaction():
        guards = owner.execute(_TRUNCATE_TRIGGERS).fetchall()
        for table, trigger in guards:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        for statement in statements:
            owner.execute(statement)
        for table, trigger in guards:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
