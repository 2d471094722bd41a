"""Transactions of tasks and commands: one scope each, and one snapshot where many statements must agree."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from tenants.scope import WHOLE_COUNTRY, Scope, country_scope, opened_scope, set_scope

__all__ = ["WHOLE_COUNTRY", "country_scope", "snapshot"]


@contextmanager
def snapshot(scope: Scope) -> Iterator[None]:
    """A transaction whose statements all see the same moment (REPEATABLE READ). Inside another one: that one's view."""
    if connection.in_atomic_block:
        with opened_scope(scope):
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        set_scope(scope)
        yield
