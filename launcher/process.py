"""Child processes: started in a session of their own, as a given account, and never outliving who started them."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """The unprivileged account that a program runs under when the launcher itself runs as root."""

    name: str
    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """Who PostgreSQL runs as: `postgres` or `nobody` if we are root (it refuses root), else simply ourselves (None)."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    return Account("65534", 65534, 65534)


def as_account(account: Account | None) -> dict[str, Any]:
    """The arguments of `subprocess` that drop to an account."""
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def dies_with_parent(sent: int):
    """A `preexec_fn`: the kernel sends `sent` to the child when the starting process dies, even by SIGKILL (Linux).

    Elsewhere the next start finds what was left over (`postgres.stop_leftover`).
    """
    parent = os.getpid()

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, sent, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return arrange


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: dict[str, str],
    cwd: Path,
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
) -> subprocess.Popen:
    """Start a long-running child whose output is appended to `log`; `death_signal` ends it if we are killed."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone, which stops all in order
            preexec_fn=dies_with_parent(death_signal),
            **as_account(account),
        )


def stop(process: subprocess.Popen, sent: int = signal.SIGTERM, grace_s: float = 15) -> None:
    """Ask a child to end, wait, then end it and whatever it started by force."""
    if process.poll() is None:
        process.send_signal(sent)
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until(ready, *, timeout_s: float, every_s: float = 0.05) -> bool:
    """Poll `ready()` until it is true or the time is over."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(every_s)
    return bool(ready())


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, for an error message."""
    if not log.exists():
        return ""
    lines = log.read_bytes()[-8000:].decode(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])
