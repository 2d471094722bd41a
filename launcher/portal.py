"""What the portal needs before it can start, and the processes it consists of."""

import os
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.checkout import ROOT, Stamps, digest, master_key, secret
from launcher.messages import LaunchError, note
from launcher.packages import Environment

OWNER_VARIABLES = ("DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE")


@dataclass(frozen=True)
class Seed:
    """A management command that brings data in: again when its inputs change, or once per database."""

    command: str
    title: str
    inputs: tuple[str, ...] = ()
    demo: bool = False
    once: bool = False
    output: str = ""  # file of the state folder that keeps what the command prints

    def code(self) -> list[Path]:
        return list(ROOT.glob(f"*/management/commands/{self.command}.py"))

    def state(self, identity: str) -> str:
        """What the stamp of this command holds after it has run on the database `identity`."""
        return digest([] if self.once else [*(ROOT / path for path in self.inputs), *self.code()], identity)


DEMO_ACCOUNTS = "demo-accounts.txt"
SEEDS = (
    Seed("load_divisions", "divisions", ("fixtures/divisions",)),
    Seed("load_standard", "standards", ("fixtures/standards", "fixtures/documents")),
    Seed("load_demo_staff", "demo accounts", ("tenants/demo.py",), demo=True, output=DEMO_ACCOUNTS),
    Seed("load_demo", "demo district", demo=True, once=True),
)


class Portal:
    """The portal of this checkout, on services that are up."""

    def __init__(self, state: Path, environment: Environment, variables: Mapping[str, str], identity: str):
        self.state, self.environment, self.identity = state, environment, identity
        self.stamps = Stamps(state / "stamps")
        self.variables = dict(variables)

    def run(self, *arguments: str, title: str) -> str:
        """Run a manage.py command that has to succeed; returns what it printed."""
        done = subprocess.run(
            [self.environment.python, ROOT / "manage.py", *arguments],
            env=self.variables,
            cwd=ROOT,
            text=True,
            capture_output=True,
        )
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise LaunchError(
                f"{title} failed (manage.py {' '.join(arguments)}):\n"
                + "\n".join(f"    {line}" for line in lines[-8:]),
                f"See it in full with: ./run manage {' '.join(arguments)}. A database that does not answer: check DATABASE_URL.",
            )
        return done.stdout

    def migrate(self) -> str:
        """Bring the schema up to date as the owner role, if a migration or the database is new."""
        files = sorted(ROOT.glob("*/migrations/*.py"))
        value = digest([*files, self.environment.lock], self.identity)
        if self.stamps.fresh("schema", value):
            return "up to date"
        self.run("migrate", "--no-input", "-v0", title="Bringing the database up to date")
        self.stamps.set("schema", value)
        return "migrated"

    def seed(self, *, demo: bool) -> str:
        """Run the seed commands that are due; the demo district only once per database."""
        loaded = False
        for seed in SEEDS:
            if not seed.code() or (seed.demo and not demo):
                continue
            output = self.state / seed.output if seed.output else None
            value = seed.state(self.identity)
            if self.stamps.fresh(seed.command, value) and (output is None or output.exists()):
                continue
            note(seed.title)
            printed = self.run(seed.command, title=f"Loading {seed.title}")
            if output:
                output.write_text(printed, encoding="utf-8")
            self.stamps.set(seed.command, value)
            loaded = True
        return "loaded" if loaded else "already there"

    def collect_static(self) -> str:
        target = self.state / "static"
        value = digest([ROOT / "static", ROOT / "happyhome/settings.py", self.environment.lock], str(target))
        if self.stamps.fresh("static", value) and target.is_dir():
            return "up to date"
        self.run("collectstatic", "--no-input", "--clear", "-v0", title="Collecting static files")
        self.stamps.set("static", value)
        return "collected"

    def commands(self, host: str, port: int) -> dict[str, list[str]]:
        """Name → command of each process of the portal, in starting order."""
        python = str(self.environment.python)
        celery = [python, "-m", "celery", "-A", "happyhome"]
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return {
            "web": [python, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "-b", address, "happyhome.wsgi"],
            "worker": [*celery, "worker", "-c", "2", "-l", "INFO", "--without-gossip", "--without-mingle"],
            "beat": [*celery, "beat", "-l", "INFO", "--pidfile="],
        }

    def runtime_variables(self) -> dict[str, str]:
        """What the running portal gets: everything but the owner's address, which only migrations need."""
        return {name: value for name, value in self.variables.items() if name not in OWNER_VARIABLES}

    def web_variables(self) -> dict[str, str]:
        """The web process shares a pool of connections among its threads."""
        return {"DATABASE_POOL_SIZE": "4", **self.runtime_variables()}


def variables(state: Path, addresses: Mapping[str, str], *, demo: bool, host: str = "127.0.0.1") -> dict[str, str]:
    """The environment of every manage.py command and process: the machine's own, completed for a local start."""
    found = {**os.environ, **addresses, "HAPPYHOME_STATE_DIR": str(state), "PYTHONUNBUFFERED": "1"}
    if "DJANGO_SECRET_KEY" not in found and "DJANGO_SECRET_KEY_FILE" not in found:
        secret(state / "secret-key")
        found["DJANGO_SECRET_KEY_FILE"] = str(state / "secret-key")
    if not any(name.startswith("HAPPYHOME_MASTER_KEYS") for name in found):
        secret(state / "master-keys", master_key)
    found.setdefault("HAPPYHOME_DEMO", "true" if demo else "false")
    if host not in {"127.0.0.1", "localhost", "::1"}:
        names = {"localhost", "127.0.0.1", socket.gethostname(), *_own_addresses()}
        found.setdefault("DJANGO_ALLOWED_HOSTS", " ".join(sorted(names | ({host} - {"0.0.0.0", "::"}))))  # noqa: S104
    return found


def _own_addresses() -> set[str]:
    try:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    except OSError:
        return set()
