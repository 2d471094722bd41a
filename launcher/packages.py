"""The Python environment, made from hash-locked requirements; nothing unlocked is ever installed."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from launcher.checkout import ROOT, Stamps, digest
from launcher.messages import LaunchError

REQUIREMENTS = ROOT / "requirements"


class Environment:
    """A virtual environment in the state folder that holds exactly what one lock file names."""

    def __init__(self, state: Path, *, development: bool = False):
        self.state = state
        self.lock = REQUIREMENTS / ("dev.lock" if development else "base.lock")
        self.folder = state / ("venv-dev" if development else "venv")
        self.stamps = Stamps(state / "stamps")
        self._value = digest(
            [self.lock, REQUIREMENTS / "installer.lock"], sys.version, sys.executable, str(self.folder)
        )

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder), "platbase": str(self.folder)}))

    def ready(self) -> bool:
        return self.python.exists() and self.stamps.fresh(self.folder.name, self._value)

    def ensure(self) -> str:
        """Make the environment if it is missing or the lock has changed; returns what was done, for the step."""
        if self.ready():
            return "up to date"
        uv = self.uv()
        python = f"{sys.executable} {sys.version}"
        if not self.python.exists() or not self.stamps.fresh(f"{self.folder.name}-python", python):
            shutil.rmtree(self.folder, ignore_errors=True)
            self._run([uv, "venv", "-q", "--python", sys.executable, self.folder])
            self.stamps.set(f"{self.folder.name}-python", python)
        self._run([uv, "pip", "sync", "-q", "--require-hashes", "--python", self.python, self.lock])
        self.mark_ready()
        return "installed"

    def mark_ready(self) -> None:
        self.stamps.set(self.folder.name, self._value)

    def uv(self) -> Path | str:
        """uv of the locked version in the state folder, installed by pip; a uv on PATH where there is no pip."""
        folder = self.state / "uv"
        uv, lock = folder / "bin" / "uv", REQUIREMENTS / "installer.lock"
        value = digest([lock])
        if uv.exists() and self.stamps.fresh("uv", value):
            return uv
        if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode:
            if found := shutil.which("uv"):
                return found
            raise LaunchError(
                f"{sys.executable} has no pip, with which the packages are brought.",
                "Debian and Ubuntu: apt-get install python3-pip. Elsewhere: python3 -m ensurepip, or install uv.",
            )
        shutil.rmtree(folder, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check"]
        self._run([*pip, "--root-user-action=ignore", "--target", folder, "--require-hashes", "-r", lock])
        self.stamps.set("uv", value)
        return uv

    def _run(self, command: list) -> None:
        env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
        env.setdefault("UV_LINK_MODE", "hardlink" if _same_device(self.state, uv_cache()) else "copy")
        done = subprocess.run([str(word) for word in command], env=env, text=True, capture_output=True, cwd=ROOT)
        if done.returncode:
            raise LaunchError(
                f"Installing Python packages failed:\n{(done.stderr or done.stdout).strip()}",
                "Check the network, the package index (pip config list, UV_DEFAULT_INDEX) and free space; then start again.",
            )


def uv_cache() -> Path:
    return Path(os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache" / "uv")


def _same_device(one: Path, other: Path) -> bool:
    """Whether files can be hard-linked between two folders (looked up at their nearest existing parents)."""

    def device(path: Path) -> int:
        return next(p for p in [path, *path.parents] if p.exists()).stat().st_dev

    return device(one) == device(other)
