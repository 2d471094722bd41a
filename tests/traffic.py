"""Requests that a live server is answering, counted by Django's own signals.

A browser may ask for something on its way out (a draft sent when a page is left). Tables that are emptied under such a
request keep a row of it for the next test, or lock each other out.
"""

from threading import Condition

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started


class Traffic:
    """Counts while it is open; requests of the test client, which run in the test itself, are left out."""

    def __init__(self):
        self._answering = 0
        self._changed = Condition()

    def __enter__(self):
        request_started.connect(self._started)
        request_finished.connect(self._finished)
        return self

    def __exit__(self, *error):
        request_started.disconnect(self._started)
        request_finished.disconnect(self._finished)

    def start_over(self) -> None:
        """What earlier tests asked for is past: their requests are no longer waited for."""
        with self._changed:
            self._answering = 0

    def wait_until_quiet(self, timeout_s: float = 10) -> bool:
        """Return once no request is being answered; False if that takes too long (a connection that never ends)."""
        with self._changed:
            return self._changed.wait_for(lambda: self._answering <= 0, timeout_s)

    def _started(self, sender, **_environment):
        self._count(sender, 1)

    def _finished(self, sender, **_nothing):
        self._count(sender, -1)

    def _count(self, sender, step: int) -> None:
        if isinstance(sender, type) and issubclass(sender, WSGIHandler):
            with self._changed:
                self._answering += step
                self._changed.notify_all()
