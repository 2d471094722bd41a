"""Runs a parser in a child process with bounded memory, time and file size: a hostile file takes the child down, no more.

The parent calls `run(module, …)`. The child is `python -m facilities.uploads.child …`: it binds itself first, loads the
module after that, and ends with what the module's `main(*arguments)` returns. Its last words are the memory it took, as it
measured it itself: what the parent is told by the kernel counts the parent's own memory too, from before the exec.
"""

import contextlib
import ctypes
import importlib
import logging
import os
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_NEW_USERS, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of Linux
_ROOT = Path(__file__).resolve().parents[2]
_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)  # of /proc/self/status, in KiB
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """memory: bytes of address space; seconds: of CPU; wall: seconds by the clock; file: bytes that may be written."""

    memory: int
    seconds: int
    wall: float
    file: int = 0


def run(module: str, arguments: list[str], bounds: Bounds) -> tuple[int, bytes]:
    """Return code and output of `module.main(*arguments)` in a child. Raises TimeoutError when it does not finish."""
    command = [sys.executable, "-m", "facilities.uploads.child", module]
    command += [str(bounds.memory), str(bounds.seconds), str(bounds.file), *arguments]
    began = time.monotonic()
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=bounds.wall, check=False, cwd=_ROOT, env={"PATH": "/usr/bin:/bin"}
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    peaks = _PEAK.findall(done.stderr.decode("utf-8", "replace"))
    told = f"{peaks[-1]} KiB" if peaks else "memory unknown"
    _logger.info("%s: code %s, %.2f s, %s", module, done.returncode, time.monotonic() - began, told)
    return done.returncode, done.stdout


def _bind(memory: int, seconds: int, file: int) -> None:
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: file,
        resource.RLIMIT_NOFILE: 64,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))
    os.nice(5)  # the portal answers first
    with contextlib.suppress(OSError, AttributeError):  # no network, where the system lets us
        ctypes.CDLL(None).unshare(_NEW_USERS | _NEW_NETWORK)


def main(module: str, memory: str, seconds: str, file: str, *arguments: str) -> int:
    _bind(int(memory), int(seconds), int(file))
    try:
        return importlib.import_module(module).main(*arguments)
    finally:
        sys.stderr.write(_peak())


def _peak() -> str:
    """The most memory that this process has held since its exec, as Linux writes it; nothing elsewhere."""
    with contextlib.suppress(OSError, MemoryError):
        if found := _PEAK.search(Path("/proc/self/status").read_text()):
            return f"\n{found[0]}\n"
    return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
