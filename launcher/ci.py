"""`.ci/run`: every check a change has to pass, then all tests. The same on a developer's machine and in CI."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from launcher import testing
from launcher.checkout import ROOT
from launcher.messages import LaunchError, Steps, fail, say

# What a production start would set; no server is asked.
PRODUCTION = {
    "DJANGO_SECRET_KEY": secrets.token_urlsafe(60),
    "DJANGO_ALLOWED_HOSTS": "happyhome.example",
    "HAPPYHOME_BEHIND_TLS": "true",
    "DATABASE_URL": "postgresql://happyhome_app@/none?host=/nonexistent",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}

# title → words after `python -m` (or `python` for manage.py)
CHECKS = {
    "Style (ruff check)": ["-m", "ruff", "check", "."],
    "Format (ruff format)": ["-m", "ruff", "format", "--check", "."],
    "Types (mypy)": ["-m", "mypy", "."],
    "Import contracts (lint-imports)": ["-c", "from importlinter.cli import lint_imports_command as c; c()"],
    "Templates (djlint)": ["-m", "djlint", "templates", "--lint", "--quiet"],
    "Security (bandit)": ["-m", "bandit", "-q", "-c", "pyproject.toml", "-r", "."],
    "Migrations match the models": [
        "-W",
        "ignore::RuntimeWarning",
        "manage.py",
        "makemigrations",
        "--check",
        "--dry-run",
    ],
    "Production settings (check --deploy)": ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}


def main() -> int:
    started = time.monotonic()
    try:
        python = testing.ensure_environment(Steps(1)).python
    except LaunchError as error:
        return fail(error)
    broken = run_checks(python)
    if broken:
        say(f"\nNot in order: {', '.join(broken)}. The tests were not run.")
        return 1
    code = testing.main(sys.argv[1:])
    # pytest's summary is the last thing printed to stdout
    print(f".ci/run took {time.monotonic() - started:.0f} s", file=sys.stderr)
    return code


def run_checks(python: Path) -> list[str]:
    """Run every check, show the output of those that fail, and return their titles."""
    broken = []
    with tempfile.TemporaryDirectory() as state:
        env = {**os.environ, **PRODUCTION, "HAPPYHOME_STATE_DIR": state}
        for title, words in CHECKS.items():
            print(f"{title} …", end=" ", flush=True)
            began = time.monotonic()
            done = subprocess.run(
                [str(python), *words], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            say(f"{'ok' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - began:.1f} s)")
            if done.returncode:
                broken.append(title)
                say(done.stdout.strip() + "\n")
    return broken


if __name__ == "__main__":
    sys.exit(main())
