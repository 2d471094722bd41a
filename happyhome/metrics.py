"""Figures for Prometheus at `/metrics`: requests by route, the queue, runs, the sealing of the logs.

Open to the addresses of HAPPYHOME_METRICS_ADDRESSES and to whoever sends HAPPYHOME_METRICS_TOKEN; a 404 to all others.
The web processes count together through files in PROMETHEUS_MULTIPROC_DIR (deploy/gunicorn.conf.py).
"""

import hmac
import os

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

from tenants.access import client_address, requires
from tenants.rules import CodeRange, Permission
from tenants.scope import Scope, opened_scope

QUEUES = ("celery",)
_EVERYWHERE = CodeRange(10**11, 10**12)
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30)
_requests = Histogram(
    "happyhome_request_seconds", "Time of requests by route", ["method", "route", "status"], buckets=_BUCKETS
)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

_RUNS = """
SELECT state, count(*), coalesce(max(extract(epoch FROM finished_at - started_at)), 0)::float
FROM assessments_run GROUP BY state"""
_SEALED = """
SELECT coalesce(extract(epoch FROM now() - max(sealed_at)), -1)::float, coalesce(max(number), 0)::float
FROM tenants_sealbatch"""
_OUTBOX = "SELECT count(*)::float FROM tenants_outboxentry WHERE sent_at IS NULL"


def observe(request, response, seconds: float) -> None:
    """Count a request under the pattern of its route, never under its address."""
    match = getattr(request, "resolver_match", None)
    route = match.route if match else "(none)"
    method = request.method if request.method in _METHODS else "OTHER"
    _requests.labels(method, route, f"{response.status_code // 100}xx").observe(seconds)


@requires(Permission.PUBLIC, non_atomic=True)
@require_safe
@never_cache
def metrics(request):
    if not _may_read(request):
        raise Http404
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _may_read(request) -> bool:
    if client_address(request) in settings.METRICS_ADDRESSES:
        return True
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(REGISTRY)  # type: ignore[arg-type]  # a registry collects like a collector
    registry.register(_Now())
    return registry


class _Now:
    """What is read at the moment of asking. A service that does not answer is a figure of 0 in happyhome_up."""

    def collect(self):
        up = GaugeMetricFamily("happyhome_up", "Whether a service answers", labels=["service"])
        yield from self._guarded("broker", self._queues, up)
        yield from self._guarded("database", self._rows, up)
        yield up

    def _guarded(self, service, read, up):
        try:
            found = list(read())
        except (redis.RedisError, DatabaseError):
            up.add_metric([service], 0)
            found = []
        else:
            up.add_metric([service], 1)
        return found

    def _queues(self):
        waiting = GaugeMetricFamily("happyhome_queue_waiting", "Tasks that wait in a queue", labels=["queue"])
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
        for queue in QUEUES:
            waiting.add_metric([queue], float(client.llen(queue)))  # type: ignore[arg-type]  # not the async client
        client.close()
        yield waiting

    def _rows(self):
        with opened_scope(Scope(codes=_EVERYWHERE, source="metrics")), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.sealing', 'on', true)")
            cursor.execute(_RUNS)
            runs = GaugeMetricFamily("happyhome_runs", "Quarterly runs by state", labels=["state"])
            longest = GaugeMetricFamily("happyhome_run_seconds_max", "Longest run by state", labels=["state"])
            for state, count, seconds in cursor.fetchall():
                runs.add_metric([state], count)
                longest.add_metric([state], seconds)
            yield runs
            yield longest
            cursor.execute(_SEALED)
            age, batches = cursor.fetchone()
            yield GaugeMetricFamily("happyhome_audit_seal_age_seconds", "Age of the newest seal (-1: none)", value=age)
            yield GaugeMetricFamily("happyhome_audit_batches", "Sealed batches", value=batches)
            cursor.execute(_OUTBOX)
            yield GaugeMetricFamily("happyhome_outbox_waiting", "Entries in the outbox", value=cursor.fetchone()[0])
