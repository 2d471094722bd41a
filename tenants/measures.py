"""How often something may be done within a while, counted for all web processes together in Valkey."""

import hmac
import logging
from datetime import timedelta
from functools import cache

import redis
from django.conf import settings
from django.core.cache import cache as of_this_process

log = logging.getLogger(__name__)
_PREFIX, _WAIT_S = "happyhome:measure:", 1


def is_within(name: str, most: int, period: timedelta) -> bool:
    """Counts this try under `name`; False once there were more than `most` since the first one of the period.

    Valkey keeps a keyed hash of the name, until the period is over. Where it does not answer each process counts for itself:
    a page that everybody may use stays open, and stays bounded.
    """
    key = f"{_PREFIX}{hmac.digest(settings.SECRET_KEY.encode(), name.encode(), 'sha256').hex()}"
    seconds = int(period.total_seconds())
    try:
        with _client(settings.REDIS_URL).pipeline() as both:
            both.set(key, 0, ex=seconds, nx=True)
            both.incr(key)
            return both.execute()[1] <= most
    except redis.RedisError as error:
        log.warning("Measures are counted by each process alone: %s", type(error).__name__)
        return _alone(key, seconds) <= most


def forget_all() -> None:
    """Every count of every process begins anew."""
    of_this_process.clear()
    client = _client(settings.REDIS_URL)
    if keys := list(client.scan_iter(f"{_PREFIX}*")):
        client.delete(*keys)


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=_WAIT_S, socket_timeout=_WAIT_S)


def _alone(key: str, seconds: int) -> int:
    of_this_process.add(key, 0, timeout=seconds)
    try:
        return of_this_process.incr(key)
    except ValueError:  # it ran out between the two
        of_this_process.set(key, 1, timeout=seconds)
        return 1
