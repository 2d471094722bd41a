"""The tables that a re-organisation meets: which move by themselves, which are moved, which stay; their counts and hashes."""

# ruff: noqa: S608 (table and column names come from the models)

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from facilities.models import Facility
from standards.models import Standard
from tenants.models import Act, Appointment, Division, DivisionSuccession, RowChange
from tenants.reorganisation_models import ReorganisationRun
from tenants.rules import CodeRange

LOGS = (Act, RowChange)
PUBLIC = (Division, DivisionSuccession)
# Moved by a rule of their own, logs, the record itself, and published documents (whose they are, not where they lie).
_ELSEWHERE = {Facility, Appointment, *LOGS, ReorganisationRun, Standard}
# Table → for each key by which it follows a parent, whether every column of it must be filled in.
_CASCADES = """SELECT conrelid::regclass::text, array_agg((SELECT string_agg(attname || ' IS NOT NULL', ' AND ')
    FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey))) FROM pg_constraint
WHERE contype = 'f' AND confupdtype = 'c' GROUP BY 1"""
# Not of what a row says: whether a maintained fact is up to date (a cache that a move marks stale), and the counter that tells
# editors that a row has changed: it counts the move and its undo, since going back would let an old form overwrite a new one.
_UNHASHED = "- 'is_clean' - 'version'"


@dataclass(frozen=True)
class Tables:
    """moved: set to the new code by the re-organisation; cascading: follow their facility, partner or batch; kept: history.

    loose: cascading table → SQL that holds for a row which has no parent to follow (a facility that is only proposed).
    """

    moved: tuple[type, ...]
    cascading: tuple[type, ...]
    kept: tuple[type, ...]
    loose: dict[type, str]

    @property
    def live(self) -> tuple[type, ...]:
        return (Facility, Appointment, *self.moved, *self.cascading)


def tables() -> Tables:
    """Every tenant table is in exactly one group, so a new app needs to say something only if its rows are history."""
    scoped = [model for model in apps.get_models() if _has_division(model) and model not in _ELSEWHERE]
    with connection.cursor() as cursor:
        cursor.execute(_CASCADES)
        cascades = dict(cursor.fetchall())
    kept = [model for model in scoped if getattr(model, "keeps_its_code", False)]
    live = [model for model in scoped if model not in kept]
    cascading = tuple(model for model in live if model._meta.db_table in cascades)
    return Tables(
        moved=tuple(model for model in live if model._meta.db_table not in cascades),
        cascading=cascading,
        kept=tuple(kept),
        loose={
            model: " AND ".join(f"NOT ({tied})" for tied in cascades[model._meta.db_table])
            for model in cascading
            if not all(_required(model, tied) for tied in cascades[model._meta.db_table])
        },
    )


def _required(model: type, tied: str) -> bool:
    """Whether no row can be without the parent: none of the key's columns may be empty."""
    optional = {field.column for field in model._meta.concrete_fields if field.null}
    return not any(f"{column} IS NOT NULL" in tied for column in optional)


def _has_division(model: type) -> bool:
    return any(field.name == "division_code" for field in model._meta.concrete_fields)


def label(model: type) -> str:
    return str(model._meta.verbose_name)


def counts(models: Iterable[type], areas: Iterable[CodeRange]) -> dict[str, int]:
    """Table → rows in the districts concerned."""
    found = {}
    with connection.cursor() as cursor:
        for model in models:
            table = model._meta.db_table
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE {_within(areas)}")
            found[table] = cursor.fetchone()[0]
    return found


def hashes(
    models: Iterable[type], areas: Iterable[CodeRange], *, up_to: dict[str, int] | None = None
) -> dict[str, str]:
    """Table → SHA-256 over its rows in the districts concerned, in an order that does not depend on their place on disk.

    up_to: table → highest id, for logs: of what was there before.
    """
    found = {}
    with connection.cursor() as cursor:
        for model in models:
            table = model._meta.db_table
            row = f"(to_jsonb(t) {_UNHASHED})::text"
            where = "true" if model in PUBLIC else _within(areas)
            if up_to is not None:
                where += f" AND t.id <= {int(up_to[table])}"
            cursor.execute(
                f"""SELECT encode(sha256(convert_to(coalesce(string_agg(row, E'\\n' ORDER BY row COLLATE "C"), ''), 'UTF8')),
                'hex') FROM (SELECT {row} AS row FROM {table} t WHERE {where}) rows"""
            )
            found[table] = cursor.fetchone()[0]
    return found


def last_ids() -> dict[str, int]:
    """Log → its highest id in sight."""
    found = {}
    with connection.cursor() as cursor:
        for model in LOGS:
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {model._meta.db_table}")
            found[model._meta.db_table] = cursor.fetchone()[0]
    return found


def rows_at(model: type, codes: Iterable[int]) -> dict[int, int]:
    """Division code → rows of a table that lie exactly there."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT division_code, count(*) FROM {model._meta.db_table} WHERE division_code = ANY(%s) GROUP BY 1",
            [list(codes)],
        )
        return dict(cursor.fetchall())


def count_besides(model: type, codes: Iterable[int], known: Iterable[int], where: str) -> int:
    """Rows of a table at some codes that are none of those known by their id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FROM {model._meta.db_table}
            WHERE division_code = ANY(%s) AND NOT {model._meta.pk.column} = ANY(%s) AND {where}""",
            [list(codes), list(known)],
        )
        return cursor.fetchone()[0]


def _within(areas: Iterable[CodeRange]) -> str:
    parts = (f"(t.division_code >= {int(a.lo)} AND t.division_code < {int(a.hi)})" for a in areas)
    return "(" + " OR ".join(parts) + ")"
