"""How the web process serves, with `./run` and in the container alike."""

import os
from pathlib import Path

from gunicorn.glogging import Logger

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
preload_app = True  # the workers share one copy of the code, and a restarted one is there at once
timeout = 60  # seconds; whatever takes longer is a task
graceful_timeout = 20
control_socket_disable = (
    True  # it would lie in the home of the account, which a container has not and two portals share
)
keepalive = 30  # longer than the proxy keeps its side idle
max_requests, max_requests_jitter = 5000, 500
accesslog = "-"
# without the query string: people search by name and number
access_log_format = (
    '{"time":"%(t)s","logger":"access","method":"%(m)s","path":"%(U)s","status":%(s)s,"bytes":"%(B)s",'
    '"microseconds":%(D)s,"request_id":"%({x-request-id}o)s","process":"%(p)s"}'
)


class WithoutKeys(Logger):
    """The access log strikes out what all other logs strike out: the key of an invitation would open an account."""

    def atoms(self, resp, req, environ, request_time):
        from happyhome.logs import scrubbed

        found = super().atoms(resp, req, environ, request_time)
        return {**found, "U": scrubbed(found["U"] or "")}


logger_class = WithoutKeys
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# The web processes count their requests together (happyhome.metrics). Read before prometheus_client is imported.
_figures = Path(os.environ.get("HAPPYHOME_STATE_DIR", ".local")) / "metrics"
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_figures))


def on_starting(server):
    """Figures of an earlier start are gone."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()


def child_exit(server, worker):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
