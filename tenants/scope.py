"""Ring 1 of the isolation: the scope that row level security reads, set for one transaction.

`set_config(…, is_local => true)` ends with the transaction, so a pooled connection carries nothing over. Without a scope
every tenant table is empty. The same settings tell the history triggers who is acting, from where and why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from tenants.rules import CodeRange, Role, code_range

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
_SET = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS)
_GET = "SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SETTINGS)


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


def _array(numbers: tuple[int, ...]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}" if numbers else ""


def set_scope(scope: Scope) -> None:
    """Set the scope of the running transaction; it lapses with it."""
    codes = scope.codes
    _write(
        [
            str(codes.lo) if codes else "",
            str(codes.hi) if codes else "",
            _array(codes.ancestors) if codes else "",
            _array(scope.grants),
            str(scope.user_id or ""),
            scope.source,
            scope.address,
            scope.reason,
        ]
    )


def set_reason(reason: str) -> None:
    """Say why the following changes of this transaction are made; the history keeps it beside each of them."""
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.reason', %s, true)", [reason])


@contextmanager
def opened_scope(scope: Scope) -> Iterator[None]:
    """Run a block in one transaction that sees `scope` and nothing else; an outer scope holds again afterwards."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        outer = _read() if nested else None
        set_scope(scope)
        yield
        if outer is not None:  # after an error the savepoint's rollback has put it back already
            _write(outer)


def division_scope(code: int, *, user_id: int | None = None, source: str = "", reason: str = "") -> Scope:
    """The scope of a whole division, for tasks and commands: everything at and below `code`."""
    return Scope(codes=code_range(code), user_id=user_id, source=source, reason=reason)


def scope_of(appointment) -> Scope:
    """Assessors and operators see single facilities that are granted to them; everybody else a range of codes."""
    if appointment.role in {Role.ASSESSOR, Role.OPERATOR}:
        return Scope(grants=tuple(appointment.granted_facility_ids), user_id=appointment.user_id)
    return Scope(codes=code_range(appointment.division_code), user_id=appointment.user_id)


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("A scope belongs to a transaction: open one first (use opened_scope).")


def _read() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_GET)
        return list(cursor.fetchone())


def _write(values: list[str]) -> None:
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_SET, values)
