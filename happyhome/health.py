"""Whether the portal lives and whether it can work. Answers name no inner detail; the log does.

`/healthz` is the process alone: restart it when this fails. `/readyz` is everything it needs: send it no requests while
this fails. `/health/` asks the database; `./run`, the container and the proxy wait for it.
"""

import logging
import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from happyhome.tasks import KEY, STALE_AFTER_S
from tenants.access import requires
from tenants.rules import Permission

_log = logging.getLogger(__name__)
_PLAIN = "text/plain"
_schema_is_current = False  # once current, it stays so while this process lives


class NotReady(Exception):
    """What is missing, for the log."""


@requires(Permission.PUBLIC)
@require_safe
@never_cache
def health(request):
    """200 and `ok` when the database answers; an error page of the server otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type=_PLAIN)


@requires(Permission.PUBLIC, non_atomic=True)
@require_safe
@never_cache
def healthz(request):
    return HttpResponse("ok", content_type=_PLAIN)


@requires(Permission.PUBLIC, non_atomic=True)
@require_safe
@never_cache
def readyz(request):
    """503 and `not ready` when anything is missing."""
    missing = [name for name, check in CHECKS.items() if not _passes(name, check)]
    if missing:
        return HttpResponse("not ready", status=503, content_type=_PLAIN)
    return HttpResponse("ready", content_type=_PLAIN)


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except (NotReady, DatabaseError, redis.RedisError) as error:
        _log.warning("not ready: %s: %s", name, error)
        return False
    return True


def check_database() -> None:
    """The database answers, to a role that row level security binds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            raise NotReady("the role bypasses row level security")


def check_schema() -> None:
    global _schema_is_current  # noqa: PLW0603
    if _schema_is_current:
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady("migrations are waiting")
    _schema_is_current = True


def check_broker() -> None:
    client = _broker()
    client.ping()
    client.close()


def check_heartbeat() -> None:
    """Beat and a worker did their round in the last minutes."""
    client = _broker()
    beaten = client.get(KEY)
    client.close()
    if beaten is None or time.time() - int(beaten) > STALE_AFTER_S:  # type: ignore[arg-type]  # not the async client
        raise NotReady("no heartbeat of beat and worker")


def _broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "schema": check_schema,
    "broker": check_broker,
    "heartbeat": check_heartbeat,
}
