"""Runs `./run` for tests: in a state folder of its own, with the Python environment that runs the tests."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from launcher.checkout import ROOT, Ports
from launcher.packages import Environment
from launcher.process import wait_until

_SERVERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SECRET_KEY")


def prepare_state(folder: Path) -> Path:
    """A state folder in which the packages count as installed: those of the running tests."""
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    environment = Environment(folder)
    environment.folder.symlink_to(sys.prefix)
    environment.mark_ready()
    Ports(folder / "ports.json").take("web")  # not one of 8000 and up, which others on this machine may want
    return folder


class Start:
    """One `./run` with its output in a file."""

    def __init__(self, state: Path, *arguments: str, **variables: str):
        self.state, self.output = state, state.parent / f"{state.name}-{time.monotonic_ns()}.out"
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "run", *arguments],
            env=environment_of(state, **variables),
            stdout=self.output.open("wb"),
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_ready(self, timeout_s: float = 90) -> "Start":
        wait_until(lambda: "Ready in" in self.text() or self.process.poll() is not None, timeout_s=timeout_s)
        assert "Ready in" in self.text(), self.text()
        return self

    @property
    def url(self) -> str:
        return re.search(r"Ready in .*?(http://\S+)", self.text()).group(1)

    def seconds(self) -> float:
        return float(re.search(r"Ready in ([\d.]+) s", self.text()).group(1))

    def stop(self, sent: int = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sent)
        return self.process.wait(60)

    def children(self) -> dict[int, str]:
        """Process id → command line of everything this start has running."""
        table = processes()

        def descends(pid: int) -> bool:
            while pid in table:
                pid = table[pid][0]
                if pid == self.process.pid:
                    return True
            return False

        return {pid: words for pid, (_, words) in table.items() if descends(pid)}

    def child(self, words: str) -> int:
        """The process id of the one direct child whose command line contains `words`."""
        found = [pid for pid, (parent, line) in processes().items() if parent == self.process.pid and words in line]
        assert len(found) == 1, (words, found)
        return found[0]


def environment_of(state: Path, **variables: str) -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if name not in _SERVERS}
    return {**found, "HAPPYHOME_STATE_DIR": str(state), "WEB_CONCURRENCY": "1", **variables}


def processes() -> dict[int, tuple[int, str]]:
    """Process id → (parent, command line) of every process that still runs."""
    shown = subprocess.run(["ps", "-wweo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = (line.split(None, 3) for line in shown.splitlines())
    return {int(pid): (int(parent), words) for pid, parent, state, words in rows if not state.startswith("Z")}


def run(state: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """`./run …` to its end."""
    return subprocess.run(
        [sys.executable, ROOT / "run", *arguments],
        env=environment_of(state, **variables),
        capture_output=True,
        text=True,
        timeout=120,
    )
