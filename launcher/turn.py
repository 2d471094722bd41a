"""Who has the services of a checkout up: one start at a time owns them, and any number of commands use them meanwhile."""

import fcntl
import json
import os
from pathlib import Path

from launcher.checkout import private_folder


class Turn:
    """`own()` makes this process the one that starts and stops the services; `join()` uses those of the one that did."""

    def __init__(self, state: Path):
        private_folder(state)
        self.notice = state / "running.json"
        self._owner = open(state / "owner.lock", "a")  # noqa: SIM115
        self._users = open(state / "users.lock", "a")  # noqa: SIM115

    def own(self) -> bool:
        try:
            fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.notice.unlink(missing_ok=True)
        return True

    def announce(self, kind: str, variables: dict[str, str], url: str = "") -> None:
        """Tell other commands of this checkout how to reach what is up. Readable by us alone: it holds passwords."""
        content = json.dumps({"pid": os.getpid(), "kind": kind, "url": url, "variables": variables})
        partial = self.notice.with_suffix(".new")
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(content)
        partial.replace(self.notice)

    def announced(self) -> dict | None:
        try:
            return json.loads(self.notice.read_text())
        except (OSError, ValueError):
            return None

    def join(self) -> None:
        """Keep the services up until we let go. The owner may just have gone: call `own()` again afterwards to know."""
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def leave(self) -> None:
        fcntl.flock(self._users, fcntl.LOCK_UN)

    def used_by_others(self) -> bool:
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False

    def wait_for_users(self) -> None:
        fcntl.flock(self._users, fcntl.LOCK_EX)

    def release(self) -> None:
        self.notice.unlink(missing_ok=True)
        for file in (self._users, self._owner):
            fcntl.flock(file, fcntl.LOCK_UN)
