"""Ring 1 of the isolation: the scope that row level security reads, set for one transaction.

`set_config(…, is_local => true)` ends with the transaction, so a pooled connection carries nothing over. Without a scope
every tenant table is empty.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from tenants.rules import CodeRange, code_range

_SET = """SELECT set_config('app.scope_lo', %s, true), set_config('app.scope_hi', %s, true),
                 set_config('app.scope_up', %s, true), set_config('app.grants', %s, true),
                 set_config('app.user_id', %s, true)"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one transaction may see: a range of codes, single facilities granted beside it, and who is acting."""

    codes: CodeRange | None = None
    grants: tuple[int, ...] = ()
    user_id: int | None = None


def _array(numbers: tuple[int, ...]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}" if numbers else ""


def set_scope(scope: Scope) -> None:
    """Set the scope of the running transaction; it lapses with it."""
    if not connection.in_atomic_block:
        raise RuntimeError("A scope belongs to a transaction: open one first (use opened_scope).")
    codes = scope.codes
    with connection.cursor() as cursor:
        cursor.execute(
            _SET,
            [
                str(codes.lo) if codes else "",
                str(codes.hi) if codes else "",
                _array(codes.ancestors) if codes else "",
                _array(scope.grants),
                str(scope.user_id or ""),
            ],
        )


@contextmanager
def opened_scope(scope: Scope) -> Iterator[None]:
    """Run a block in one transaction that sees `scope` and nothing else."""
    with transaction.atomic():
        set_scope(scope)
        yield


def division_scope(code: int, *, user_id: int | None = None) -> Scope:
    """The scope of a whole division, for tasks and commands: everything at and below `code`."""
    return Scope(codes=code_range(code), user_id=user_id)
