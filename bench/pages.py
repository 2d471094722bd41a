"""CPU of a page, login and session included: the portal's own beside Django's admin, in a small and in a full database.

Targets: a list of 50 takes at most a sixth of the changelist of the same district; a district's dashboard among 650,000
facilities at most 1.2 times the one among 34. Both databases are measured in turns, each in a process of its own, and the
middle of the rounds counts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from bench.environment import create, fail, migrate, say, setup

DISTRICT = 330105000000
QUARTERS, TODAY = ("2026-Q2", "2026-Q3"), date(2026, 11, 22)
SMALL = 34
PAGES = {
    "health": "/healthz",
    "list": "/facilities/",
    "list_fragment": "/facilities/?tier=inclusive",
    "list_failing": "/facilities/?fails=demonstration_area",
    "facility": "",
    "dashboard": "/dashboard/",
    "admin": "/admin/facilities/facility/",
    "admin_same": "/bench-admin/facilities/facility/",
    "admin_newcomer": "/newcomers-admin/facilities/facility/",
}
WORDS = {
    "health": "an answer without a page",
    "list": "list of 50",
    "list_fragment": "list of 50, filtered",
    "list_failing": "list of 50 that fail a criterion",
    "facility": "facility page",
    "dashboard": "district dashboard",
    "admin": "admin changelist of 50, five plain columns",
    "admin_same": "admin changelist of 50, the same by the portal's queries",
    "admin_newcomer": "admin changelist of 50, the same column by column",
}
USERNAME = "bench-pages"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100, help="of every page in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=PAGES, nargs="*", default=list(PAGES))
    parser.add_argument("--full", default=os.environ.get("BENCH_DATABASE_NAME", "happyhome_bench"))
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.prepare:
        prepare()
    elif arguments.child:
        print(json.dumps(measure(arguments.only, arguments.requests)))
    else:
        compare(arguments)


def compare(arguments: argparse.Namespace) -> None:
    """Measure both databases in turns and print the figures side by side."""
    databases = {"small": f"{arguments.full}_{SMALL}", "full": arguments.full}
    sizes = {name: _child(database, "--prepare")["facilities"] for name, database in databases.items()}
    found: dict[str, list[dict]] = {name: [] for name in databases}
    for _ in range(arguments.rounds):
        for name, database in databases.items():
            answer = _child(database, "--child", "--requests", str(arguments.requests), "--only", *arguments.only)
            found[name].append(answer)
    figures = {
        name: {page: [statistics.median(one[page][i] for one in rounds) for i in range(2)] for page in arguments.only}
        for name, rounds in found.items()
    }
    say(f"CPU ms a request, server + database, middle of {arguments.rounds} rounds of {arguments.requests}")
    say(f"{'':56}{sizes['small']:>9,} facilities      {sizes['full']:>9,} facilities    queries")
    for page in arguments.only:
        cells = "".join(f"{sum(f[page]):8.1f} ({f[page][0]:.1f} + {f[page][1]:.1f})    " for f in figures.values())
        say(f"{WORDS[page]:56}{cells}{found['full'][0][page][2]:8}")
    ratios({name: {page: sum(cost) for page, cost in pages.items()} for name, pages in figures.items()})


def ratios(cost: dict[str, dict[str, float]]) -> None:
    full, small = cost["full"], cost["small"]
    for admin in ("admin", "admin_same", "admin_newcomer"):
        if {"list", admin} <= full.keys():
            say(f"list of 50 : {WORDS[admin]} = 1 : {full[admin] / full['list']:.1f}   (target 1 : 6 or more)")
    if "dashboard" in full:
        say(f"dashboard, full : small = {full['dashboard'] / small['dashboard']:.2f}   (target 1.2 or less)")


def _child(database: str, *arguments: str) -> dict:
    """This module in a process of its own, at another database; its last line is JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.pages", *arguments],
        env={**os.environ, "BENCH_DATABASE_NAME": database},
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        fail(f"Measuring {database} failed.")
    return json.loads(done.stdout.splitlines()[-1])


# --- in the child -----------------------------------------------------------------------------------------------------


def _setup() -> None:
    """The portal as it is served, but for files (nobody collected them for the bench) and parallel plans."""
    os.environ["PGOPTIONS"] = "-c max_parallel_workers_per_gather=0"  # so that one backend is all that works
    setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ROOT_URLCONF = "bench.admin"
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


def prepare() -> None:
    """Whatever is missing: for the small database its facilities; names of divisions, the district's runs, an officer."""
    _setup()
    from django.core.management import call_command
    from django.db import OperationalError

    from facilities.models import Facility
    from tenants.models import Division
    from tenants.scope import division_scope, opened_scope

    try:
        with opened_scope(division_scope(DISTRICT)):
            exists = Facility.objects.exists()
    except OperationalError:
        exists = False
    if not exists:
        _generate()
    migrate()
    Division.objects.filter(code=DISTRICT, name=f"区 {DISTRICT // 10**6}").delete()  # of bench.generate
    call_command("load_divisions", verbosity=0, stdout=sys.stderr)
    for quarter in QUARTERS:
        _run(quarter)
    _officer()
    print(json.dumps({"facilities": _size()}))


def _generate() -> None:
    from bench.environment import NAME
    from bench.generate import generate

    if not NAME.endswith(f"_{SMALL}"):
        fail(f"No facilities in {NAME}: run python -m bench.generate first.")
    create()
    generate(SMALL)


def _run(quarter: str) -> None:
    """The quarter of the district, computed; one that is there already stays."""
    from assessments.models import Run, RunState
    from assessments.operations import runs
    from assessments.rules.quarters import Quarter
    from tenants.scope import division_scope, opened_scope

    with opened_scope(division_scope(DISTRICT)):
        if Run.objects.filter(quarter=quarter, division_code=DISTRICT, state=RunState.COMPUTED).exists():
            return
        run = runs.start_quarter(
            quarter=Quarter.parse(quarter), district=DISTRICT, by=None, reason="bench", today=TODAY
        )
    runs.compute_run(run_id=run.pk, district=DISTRICT)


def _officer() -> None:
    from tenants.models import Appointment, User
    from tenants.rules import Role
    from tenants.scope import division_scope, opened_scope

    user, is_new = User.objects.get_or_create(username=USERNAME, defaults={"display_name": "测量员", "password": "!"})
    if is_new:
        with opened_scope(division_scope(DISTRICT)):
            Appointment.objects.create(
                user=user, role=Role.DISTRICT_ADMIN, division_code=DISTRICT, starts_on=date(2026, 1, 1)
            )


def _size() -> int:
    from django.db import connection

    from assessments.operations.scopes import country_scope
    from tenants.scope import opened_scope

    with opened_scope(country_scope()), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM facilities_facility")
        return cursor.fetchone()[0]


def measure(pages: list[str], requests: int) -> dict[str, list[float]]:
    """CPU ms of the server, of the database, and queries, by page."""
    _setup()
    from django.test import Client

    from facilities.models import Facility
    from tenants.models import User
    from tenants.scope import division_scope, opened_scope

    client = Client()
    client.force_login(User.objects.get(username=USERNAME), backend="tenants.backends.StaffBackend")
    with opened_scope(division_scope(DISTRICT)):
        addresses = PAGES | {"facility": f"/facilities/{Facility.objects.order_by('code')[7].uuid}/"}
    found = {}
    for page in pages:
        for _ in range(5):
            _answer(client, addresses[page], page)
        queries = _queries(client, addresses[page], page)
        before, clock = _backend_s(), time.process_time()
        for _ in range(requests):
            _answer(client, addresses[page], page)
        server, database = time.process_time() - clock, _backend_s() - before
        found[page] = [server * 1000 / requests, database * 1000 / requests, queries]
    return found


def _backend_s() -> float:
    """CPU seconds so far of the one backend that answers this process (without parallel workers: see `_setup`)."""
    from django.db import connection

    if connection.connection is None:
        connection.connect()
    pid = connection.connection.info.backend_pid
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answer(client, address: str, page: str) -> None:
    headers = {"HX-Request": "true"} if page == "list_fragment" else {}
    response = client.get(address, headers=headers)
    if response.status_code != 200:
        fail(f"{address} answered {response.status_code} {response.headers.get('Location', '')}")


def _queries(client, address: str, page: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        _answer(client, address, page)
    return len(captured)


if __name__ == "__main__":
    main()
