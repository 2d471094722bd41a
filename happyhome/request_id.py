"""A number for each request and each task, in every log line and in the answer, so that a report finds its traces.

A proxy's own `X-Request-ID` is kept if it is sane. Error pages call it 参考号.
"""

import re
import secrets
import time
from contextvars import ContextVar

from celery.signals import before_task_publish, task_prerun
from django.http import HttpResponse

from happyhome import metrics

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The number of the request at work, or of the request that sent the task at work; empty outside of both."""
    return _current.get()


class RequestId:
    """The outermost middleware: names the request, measures it, and writes the number into the answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request.reference = given if _SANE.fullmatch(given) else secrets.token_hex(6)
        token, began = _current.set(request.reference), time.perf_counter()
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        metrics.observe(request, response, time.perf_counter() - began)
        response[HEADER] = request.reference
        return response


@before_task_publish.connect
def _send_along(headers=None, **_):
    if headers is not None and current():
        headers["request_id"] = current()


@task_prerun.connect
def _take_over(task=None, **_):
    _current.set((task.request.headers or {}).get("request_id") or task.request.get("request_id") or "")
