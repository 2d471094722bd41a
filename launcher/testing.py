"""`./test`: all tests, in parallel, on a PostgreSQL and a Valkey of their own, as the app's database role."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from launcher import browser
from launcher.checkout import ROOT, Ports, private_folder, state_folder
from launcher.messages import LaunchError, Steps, fail, say
from launcher.packages import Environment
from launcher.process import alive
from launcher.services import Services
from launcher.supervisor import ignore_stop_signals, stop_signals_interrupt

HELP = """\
Run the tests on servers of their own, which are thrown away afterwards. Arguments go to pytest:

  ./test                         all tests, in parallel
  ./test tests/standards -x      one folder, up to the first failure
  ./test -n0 -k charity          one by one, those whose name contains "charity"

DATABASE_URL with DATABASE_OWNER_URL (the owner needs CREATEDB), and REDIS_URL, replace the throw-away servers.
"""


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] in (["-h"], ["--help"]):
        say(HELP)
        return 0
    try:
        return run(arguments)
    except LaunchError as error:
        return fail(error)
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130


def run(arguments: list[str]) -> int:
    """Bring up what the tests need, run pytest, throw the servers away; returns pytest's exit code."""
    stop_signals_interrupt()
    folder = private_folder(state_folder() / "test")
    _remove_leftovers(folder)
    here = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=folder))
    here.chmod(0o755)  # the account of PostgreSQL has to pass through
    services = None
    try:
        steps = Steps(4)
        environment = ensure_environment(steps)
        with steps.step("Chromium") as result:
            result.append(browser.ensure_chromium(environment.python))
        services = Services(here, environment, here / "log", Ports(here / "ports.json"), durable=False)
        with steps.step("PostgreSQL (thrown away afterwards)") as result:
            result.append(services.start_database())
        with steps.step("Valkey (thrown away afterwards)") as result:
            result.append(services.start_broker())
        return subprocess.run(_command(environment, arguments), env=_variables(services, here), cwd=ROOT).returncode
    finally:
        ignore_stop_signals()
        if services:
            services.stop()
            if services.postgres:
                shutil.rmtree(services.postgres.home, ignore_errors=True)
        shutil.rmtree(here, ignore_errors=True)


def ensure_environment(steps: Steps) -> Environment:
    environment = Environment(state_folder(), development=True)
    with steps.step("Python packages for development") as result:
        result.append(environment.ensure())
    return environment


def _command(environment: Environment, arguments: list[str]) -> list[str]:
    chosen = any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in arguments)
    parallel = [] if chosen else ["-n", "auto", "--dist", "loadfile"]  # a file stays together: it may share a server
    return [str(environment.python), "-m", "pytest", *parallel, *arguments]


def _variables(services: Services, here: Path) -> dict[str, str]:
    return {
        **os.environ,
        **services.addresses(),
        "DJANGO_SECRET_KEY": "only for tests",
        "HAPPYHOME_STATE_DIR": str(private_folder(here / "state")),
    }


def _remove_leftovers(folder: Path) -> None:
    """What a killed test run left behind."""
    for old in folder.iterdir():
        number = old.name.split("-")[0]
        if number.isdigit() and not alive(int(number)):
            shutil.rmtree(old, ignore_errors=True)
