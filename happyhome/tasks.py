"""The heartbeat: beat sends it, a worker does it, so a fresh one shows that both and the broker between them work."""

import time

import redis
from celery import shared_task
from django.conf import settings

KEY = "happyhome:heartbeat"
EVERY_S, STALE_AFTER_S = 30, 180


@shared_task(ignore_result=True, expires=EVERY_S)
def heartbeat(**_later):
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
    client.set(KEY, int(time.time()), ex=STALE_AFTER_S * 10)
    client.close()
