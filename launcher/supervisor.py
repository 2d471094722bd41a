"""Keeps the processes of a start alive: one that ends is started again, and all end, in order, when the start ends."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from launcher.messages import say
from launcher.process import last_lines, stop

_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _HEALTHY_AFTER_S = 0.5, 30.0, 60.0


@dataclass
class Child:
    """One process to keep alive. `begin` starts it; the pause before the next try doubles while it keeps ending early."""

    name: str
    begin: Callable[[], subprocess.Popen]
    log: Path
    stop_signal: int = signal.SIGTERM
    process: subprocess.Popen | None = None
    pause_s: float = field(default=_FIRST_PAUSE_S, init=False)
    started_at: float = field(default=0.0, init=False)
    due_at: float | None = field(default=None, init=False)

    def start(self) -> None:
        self.process, self.started_at, self.due_at = self.begin(), time.monotonic(), None

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def watch(self) -> None:
        """Notice an end, and start again when the pause is over."""
        now = time.monotonic()
        if self.due_at is not None:
            if now >= self.due_at:
                self.start()
            return
        if self.process is None or not self.ended():
            return
        if now - self.started_at > _HEALTHY_AFTER_S:
            self.pause_s = _FIRST_PAUSE_S
        say(
            f"{self.name} ended ({_how(self.process.returncode)}); starting it again in {self.pause_s:g} s. Log: {self.log}"
        )
        if self.pause_s >= 4:
            say(last_lines(self.log, 5))
        stop(self.process)  # whatever it had started itself
        self.due_at = now + self.pause_s
        self.pause_s = min(self.pause_s * 2, _LONGEST_PAUSE_S)

    def end(self, grace_s: float) -> None:
        if self.process:
            stop(self.process, self.stop_signal, grace_s)
        self.due_at = None


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


class Supervisor:
    """Children in starting order; they end in the reverse order."""

    def __init__(self) -> None:
        self.children: list[Child] = []

    def adopt(self, child: Child) -> None:
        """Take over a child, starting it unless it runs already."""
        self.children.append(child)
        if child.process is None:
            child.start()
        else:
            child.started_at = time.monotonic()

    def watch_forever(self, every_s: float = 0.2) -> None:
        """Watch until an exception (a signal) ends it."""
        while True:
            for child in self.children:
                child.watch()
            time.sleep(every_s)

    def end_all(self, grace_s: float = 15) -> None:
        for child in reversed(self.children):
            child.end(grace_s)
        self.children.clear()


def stop_signals_interrupt() -> None:
    """SIGTERM and a closed terminal end a start exactly as Ctrl-C does."""

    def interrupt(_number, _frame):
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def ignore_stop_signals() -> None:
    """While everything is being stopped, a second Ctrl-C must not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
