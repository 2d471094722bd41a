"""How the web process serves, with `./run` and in the container alike."""

import os
from pathlib import Path

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
preload_app = True  # the workers share one copy of the code, and a restarted one is there at once
timeout = 60  # seconds; whatever takes longer is a task
graceful_timeout = 20
keepalive = 30  # longer than the proxy keeps its side idle
max_requests, max_requests_jitter = 5000, 500
accesslog = "-"
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
