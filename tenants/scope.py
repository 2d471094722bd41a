"""Ring 1 of the isolation: the scope that row level security reads, set for one transaction.

`set_config(…, is_local => true)` ends with the transaction, so a pooled connection carries nothing over. Without a scope
every tenant table is empty. The same settings tell the history triggers who is acting, from where and why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from tenants.prepared import Prepared, in_one_trip
from tenants.rules import CodeRange, Role, code_range

WHOLE_COUNTRY = CodeRange(10**11, 10**12)
SINGLE_FACILITIES = frozenset({Role.ASSESSOR, Role.OPERATOR})  # they see what is granted to them, and no range of codes
SETTINGS = (
    "app.scope_lo",
    "app.scope_hi",
    "app.scope_up",
    "app.grants",
    "app.user_id",
    "app.source",
    "app.address",
    "app.reason",
)
# What re-organisations left under other codes: never given by a caller, always read from the division itself.
PAST = {
    "app.past_codes": "past_codes",
    "app.past_facilities": "past_facilities",
    "app.past_districts": "past_districts",
}
_ALL = (*SETTINGS, *PAST)
_RESTORE = Prepared(
    "restore_scope",
    ["text"] * len(_ALL),
    "SELECT " + ", ".join(f"set_config('{name}', ${place}, true)" for place, name in enumerate(_ALL, 1)),
)
_GET = "SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in _ALL)
_STATEMENT = (
    "SELECT "  # noqa: S608 names of this module
    + ", ".join(f"set_config('{name}', ${place}, true)" for place, name in enumerate(SETTINGS, 1))
    + "".join(
        f", set_config('{name}', coalesce(nullif(d.{column}::text, '{{}}'), ''), true)" for name, column in PAST.items()
    )
    + f" FROM (SELECT) one LEFT JOIN tenants_division d ON d.code = ${len(SETTINGS) + 1} AND d.valid_to IS NULL"
)
SET_SCOPE = Prepared("set_scope", [*["text"] * len(SETTINGS), "bigint"], _STATEMENT)
_SET_REASON = Prepared("set_reason", ["text"], "SELECT set_config('app.reason', $1, true)")


@dataclass(frozen=True, slots=True)
class Scope:
    """What one transaction may see: a range of codes, single facilities granted beside it, and who is acting.

    `source` is the request's method and path, or the name of a task or command; `address` where a request came from;
    `reason` what the person gave as the reason. All three go into the history of the rows that change.
    """

    codes: CodeRange | None = None
    grants: tuple[int, ...] = ()
    user_id: int | None = None
    source: str = ""
    address: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """Where the history of a division lies besides its own range of codes: under codes that ended when it took over,
    with single facilities that came from a division which lives on, in runs of the districts that these belonged to."""

    codes: tuple[int, ...] = ()
    facilities: tuple[int, ...] = ()
    districts: tuple[int, ...] = ()


_PAST_OF = """SELECT past_codes, past_facilities, past_districts FROM tenants_division
WHERE code = %s AND valid_to IS NULL"""


def past_of(codes: CodeRange | None) -> Past:
    """The past of the division in force whose range `codes` is; none for any other range."""
    if (code := _division_of(codes)) is None:
        return Past()
    with connection.cursor() as cursor:
        cursor.execute(_PAST_OF, [code])
        row = cursor.fetchone()
    return Past(*(tuple(part) for part in row)) if row else Past()


def past_for(appointment) -> Past:
    """The past that an appointment reads; `current_appointment` has brought it along."""
    past = getattr(appointment, "past", None)
    if past is None:
        past = appointment.past = past_of(scope_of(appointment).codes)
    return past


def _division_of(codes: CodeRange | None) -> int | None:
    return codes.lo if codes and codes == code_range(codes.lo) else None


def _array(numbers: tuple[int, ...]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}" if numbers else ""


def set_scope(scope: Scope) -> None:
    """Set the scope of the running transaction; it lapses with it."""
    _require_transaction()
    values, division = _values(scope), _division_of(scope.codes)
    if division is None:  # a person, facilities, a city's neighbours: without a division there is no past to look up
        _RESTORE.rows(*values, *[""] * len(PAST))
    else:
        SET_SCOPE.rows(*values, division)


def rows_in_scope(scope: Scope, statement: Prepared, *values: Any) -> list[tuple]:
    """The rows of a statement that runs once `scope`, one without a division, is set: both in one trip to the database."""
    _require_transaction()
    if _division_of(scope.codes) is not None:
        raise ValueError("The past of a division is looked up by a statement of its own: use set_scope.")
    return in_one_trip((_RESTORE, [*_values(scope), *[""] * len(PAST)]), (statement, values))[-1]


def _values(scope: Scope) -> list[str]:
    """A value for each of SETTINGS."""
    codes = scope.codes
    return [
        str(codes.lo) if codes else "",
        str(codes.hi) if codes else "",
        _array(codes.ancestors) if codes else "",
        _array(scope.grants),
        str(scope.user_id or ""),
        scope.source,
        scope.address,
        scope.reason,
    ]


def set_reason(reason: str) -> None:
    """Say why the following changes of this transaction are made; the history keeps it beside each of them."""
    _require_transaction()
    _SET_REASON.rows(reason)


@contextmanager
def opened_scope(scope: Scope) -> Iterator[None]:
    """Run a block in one transaction that sees `scope` and nothing else; an outer scope holds again afterwards."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        outer = _read() if nested else None
        set_scope(scope)
        yield
        if outer is not None:  # after an error the savepoint's rollback has put it back already
            _RESTORE.rows(*outer)


def division_scope(code: int, *, user_id: int | None = None, source: str = "", reason: str = "") -> Scope:
    """The scope of a whole division, for tasks and commands: everything at and below `code`."""
    return Scope(codes=code_range(code), user_id=user_id, source=source, reason=reason)


def country_scope(source: str = "") -> Scope:
    """Everything, for the few tasks that look for work in all districts."""
    return Scope(codes=WHOLE_COUNTRY, source=source)


def scope_of(appointment) -> Scope:
    """Assessors and operators see single facilities that are granted to them; everybody else a range of codes."""
    if appointment.role in SINGLE_FACILITIES:
        return Scope(grants=tuple(appointment.granted_facility_ids), user_id=appointment.user_id)
    return Scope(codes=code_range(appointment.division_code), user_id=appointment.user_id)


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("A scope belongs to a transaction: open one first (use opened_scope).")


def _read() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_GET)
        return list(cursor.fetchone())
