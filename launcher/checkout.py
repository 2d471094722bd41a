"""Where things lie in this checkout, and what was already done in it."""

import hashlib
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def state_folder() -> Path:
    """The git-ignored folder that holds everything made on this machine."""
    return Path(os.environ.get("HAPPYHOME_STATE_DIR") or ROOT / ".local").absolute()


def private_folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def digest(paths: Iterable[Path], *words: str) -> str:
    """One hash over the names and contents of files (folders: all files below) and over `words`."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path] if path.is_file() else []
        for file in files:
            if "__pycache__" not in file.parts:
                total.update(f"\0{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}\0".encode())
                total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


class Stamps:
    """Remembers, by the hash of what went in, which steps need no second run."""

    def __init__(self, folder: Path):
        self.folder = folder

    def fresh(self, name: str, value: str) -> bool:
        path = self.folder / name
        return path.is_file() and path.read_text() == value

    def set(self, name: str, value: str) -> None:
        private_folder(self.folder)
        (self.folder / name).write_text(value)


def secret(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(50)) -> str:
    """The random text kept in `path` (readable by its owner only), made when it is first asked for."""
    if not path.exists():
        private_folder(path.parent)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
    return path.read_text().strip()


def master_key() -> str:
    """The first line of a file of master keys (`tenants.keys`): a name and 16 random bytes."""
    return f"first:{secrets.token_hex(16)}\n"


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Ports:
    """Ports of this checkout: chosen once, then kept, so that two checkouts run side by side."""

    def __init__(self, file: Path):
        self.file = file
        self.known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}

    def take(self, name: str, *, preferred: range | None = None, host: str = "127.0.0.1") -> int:
        """The remembered port of `name` if it is free, else the first free of `preferred`, else any free one."""
        candidates = [self.known[name]] if name in self.known else []
        candidates += preferred or []
        port = next((port for port in candidates if port_is_free(port, host)), None) or free_port(host)
        if self.known.get(name) != port:
            self.known[name] = port
            private_folder(self.file.parent)
            self.file.write_text(json.dumps(self.known, indent=1))
        return port
