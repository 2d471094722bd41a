"""`./run`: everything the portal needs, with one command, and `./run manage …`."""

import argparse
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from launcher import portal
from launcher.checkout import ROOT, Ports, port_is_free, private_folder, state_folder
from launcher.messages import LaunchError, Steps, fail, say
from launcher.packages import Environment
from launcher.portal import Portal
from launcher.process import last_lines, start, stop, wait_until
from launcher.services import Services
from launcher.supervisor import Child, Supervisor, ignore_stop_signals, stop_signals_interrupt
from launcher.turn import Turn

_WEB_PORTS = range(8000, 8100)
_LOG_LIMIT_BYTES = 20_000_000
_WITHOUT_SCHEMA = {"migrate", "makemigrations", "showmigrations", "check", "help"}

HELP = """\
Start the portal of this checkout: makes the Python environment, starts PostgreSQL, Valkey, web, worker and beat, and
stops everything on Ctrl-C. Data lives in .local/ (HAPPYHOME_STATE_DIR names another folder).

  ./run                      start the portal
  ./run manage COMMAND …     run a manage.py command with the services up
"""
EPILOG = """\
DATABASE_URL (with DATABASE_OWNER_URL) and REDIS_URL in the environment replace the embedded servers.
All variables: docs/operations.md.
"""


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:1] == ["manage"]:
            return manage(arguments[1:])
        return serve(_parse(arguments))
    except LaunchError as error:
        return fail(error)
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run", description=HELP, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine only)"
    )
    parser.add_argument(
        "--port", type=int, help="port of the portal (default: the first free from 8000, then always that)"
    )
    parser.add_argument("--no-demo", action="store_true", help="do not load the demonstration district")
    return parser.parse_args(arguments)


def serve(options: argparse.Namespace) -> int:
    """Start everything, keep it alive, and stop it when told to."""
    state = private_folder(state_folder())
    turn = Turn(state)
    if not turn.own():
        _wait_for_commands(turn)
    stop_signals_interrupt()
    supervisor = Supervisor()
    log = private_folder(state / "log")
    _rotate(log)
    started = time.monotonic()
    try:
        ports = Ports(state / "ports.json")
        port = _web_port(ports, options)
        steps = Steps(7)
        services = _start_services(state, log, ports, steps, supervisor)
        demo = not options.no_demo
        variables = portal.variables(state, services.addresses(), demo=demo, host=options.host)
        site = _prepare(state, services, variables, steps, demo=demo)
        url = _start_portal(site, supervisor, options.host, port, log, steps)
        turn.announce("run", services.addresses(), url)
        _greet(state, url, log, time.monotonic() - started, demo=demo)
        supervisor.watch_forever()
    except KeyboardInterrupt:
        say("\nStopping …")
        return 0
    finally:
        ignore_stop_signals()
        supervisor.end_all()
        turn.release()
        say("Stopped.")
    return 0


def manage(arguments: list[str]) -> int:
    """Run a manage.py command on the services of a running `./run`, or on services started for it."""
    state = private_folder(state_folder())
    turn = Turn(state)
    while not turn.own():
        turn.join()
        if turn.own():  # the owner ended meanwhile: the services are ours to start
            turn.leave()
            break
        wait_until(lambda: turn.announced() is not None, timeout_s=120)
        if notice := turn.announced():
            environment = Environment(state)
            variables = portal.variables(state, notice["variables"], demo=True)
            return _foreground(environment, variables, arguments)
        turn.leave()
    stop_signals_interrupt()
    supervisor = Supervisor()
    try:
        ports = Ports(state / "ports.json")
        quiet = Steps(4 if arguments[:1] and arguments[0] not in _WITHOUT_SCHEMA else 3)
        services = _start_services(state, private_folder(state / "log"), ports, quiet, supervisor)
        variables = portal.variables(state, services.addresses(), demo=True)
        site = Portal(state, services.environment, variables, services.identity())
        if quiet.total == 4:
            with quiet.step("Database schema") as result:
                result.append(site.migrate())
        turn.announce("manage", services.addresses())
        code = _foreground(services.environment, variables, arguments)
        if turn.used_by_others():
            say("Another ./run manage still uses the services; waiting for it …")
            turn.wait_for_users()
        return code
    finally:
        ignore_stop_signals()
        supervisor.end_all()
        turn.release()


def _foreground(environment: Environment, variables: dict[str, str], arguments: list[str]) -> int:
    """Run manage.py in the terminal; Ctrl-C is the command's to answer."""
    command = [str(environment.python), str(ROOT / "manage.py"), *arguments]
    child = subprocess.Popen(command, env=variables, cwd=ROOT)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            stop(child)
        signal.signal(signal.SIGINT, before)


def _wait_for_commands(turn: Turn) -> None:
    """Another process of this checkout has the services: a `./run` is an error, a command is waited for."""
    wait_until(lambda: turn.announced() is not None, timeout_s=2)
    notice = turn.announced() or {}
    if notice.get("kind") != "manage":
        where = f" at {notice['url']}" if notice.get("url") else ""
        raise LaunchError(
            f"The portal of this checkout already runs{where} (process {notice.get('pid', 'unknown')}).",
            "Open it there, or stop it with Ctrl-C in its terminal first.",
        )
    say("A ./run manage is at work in this checkout; waiting for it …")
    wait_until(turn.own, timeout_s=float("inf"), every_s=0.5)


def _web_port(ports: Ports, options: argparse.Namespace) -> int:
    if options.port is None:
        return ports.take("web", preferred=_WEB_PORTS, host=options.host)
    if not port_is_free(options.port, options.host):
        raise LaunchError(
            f"Port {options.port} on {options.host} is taken or not allowed.",
            "Choose another with --port, or leave it out.",
        )
    return options.port


def _start_services(state: Path, log: Path, ports: Ports, steps: Steps, supervisor: Supervisor) -> Services:
    environment = Environment(state)
    with steps.step(
        "Python packages (the first time: a minute or two)" if not environment.ready() else "Python packages"
    ) as result:
        result.append(environment.ensure())
    services = Services(state, environment, log, ports)
    with steps.step("PostgreSQL") as result:
        result.append(_supervised("postgres", services.start_database, services.postgres, supervisor))
    with steps.step("Valkey") as result:
        result.append(_supervised("valkey", services.start_broker, services.valkey, supervisor))
    return services


def _supervised(name, begin, server, supervisor: Supervisor) -> str:
    """Start a server and hand its process to the supervisor, even if the start fails half-way."""
    try:
        return begin()
    finally:
        if server and server.process:
            supervisor.adopt(Child(name, server.start, server.log, server.stop_signal, server.process))


def _prepare(state: Path, services: Services, variables: dict[str, str], steps: Steps, *, demo: bool) -> Portal:
    site = Portal(state, services.environment, variables, services.identity())
    with steps.step("Database schema") as result:
        result.append(site.migrate())
    with steps.step("Data") as result:
        result.append(site.seed(demo=demo))
    with steps.step("Static files") as result:
        result.append(site.collect_static())
    return site


def _start_portal(site: Portal, supervisor: Supervisor, host: str, port: int, log: Path, steps: Steps) -> str:
    with steps.step("Web, worker and beat"):
        for name, command in site.commands(host, port).items():
            file = log / f"{name}.log"

            variables = site.web_variables() if name == "web" else site.runtime_variables()

            def begin(command=command, file=file, variables=variables):
                # If we are killed, the database goes too: beat, asked politely, would then wait for it for ever.
                return start(command, log=file, env=variables, cwd=ROOT, death_signal=signal.SIGKILL)

            supervisor.adopt(Child(name, begin, file))
        reached = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
        url = f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"
        web = next(child for child in supervisor.children if child.name == "web")
        wait_until(lambda: web.ended() or _answers(url), timeout_s=60, every_s=0.1)
        if not _answers(url):
            raise LaunchError(
                f"The web process did not answer. The end of {web.log}:\n{last_lines(web.log)}", "See the log."
            )
    return url


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/health/", timeout=5).close()  # noqa: S310
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _greet(state: Path, url: str, log: Path, seconds: float, *, demo: bool) -> None:
    say(f"\nReady in {seconds:.1f} s:  {url}")
    accounts = state / portal.DEMO_ACCOUNTS
    if demo and accounts.exists():
        say(f"\nDemo accounts (name, password, role, area):\n{accounts.read_text(encoding='utf-8').rstrip()}")
    say(f"\nLogs: {log}   Stop: Ctrl-C")


def _rotate(log: Path) -> None:
    for file in log.glob("*.log"):
        if file.stat().st_size > _LOG_LIMIT_BYTES:
            file.replace(file.with_suffix(".log.1"))
