"""The Chromium of the browser tests: one that is on the machine, else one that can be brought there."""

import os
import shutil
import subprocess
from pathlib import Path

from launcher.messages import LaunchError, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_chromium() -> str | None:
    """The path of a Chromium: `HAPPYHOME_CHROMIUM`, one on PATH, or one that Playwright once downloaded."""
    named = os.environ.get("HAPPYHOME_CHROMIUM")
    on_path = (shutil.which(name) for name in NAMES)
    applications = (path for path in _APPLICATIONS if Path(path).exists())
    return next((str(path) for path in (named, *on_path, *applications, *_playwright_downloads()) if path), None)


def _playwright_downloads() -> list[Path]:
    homes = [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    if named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        homes.insert(0, Path(named))
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    return sorted((found for home in homes for pattern in patterns for found in home.glob(pattern)), reverse=True)


def ensure_chromium(python: Path) -> str:
    """A Chromium, brought by Playwright or, as root on Debian or Ubuntu, by apt if there is none."""
    if found := find_chromium():
        return found
    say("No Chromium on this machine. Trying: playwright install chromium")
    subprocess.run([str(python), "-m", "playwright", "install", "chromium"], check=False)
    if not find_chromium() and os.geteuid() == 0 and shutil.which("apt-get"):
        say("Trying: apt-get install chromium fonts-noto-cjk")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], env=env, check=False)
        install = ["apt-get", "install", "-qy", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
        subprocess.run(install, env=env, check=False)
    if found := find_chromium():
        return found
    raise LaunchError(
        "The browser tests need a Chromium and none could be installed.",
        "sudo apt-get install -y chromium fonts-noto-cjk   (or set HAPPYHOME_CHROMIUM to the path of one)",
    )
