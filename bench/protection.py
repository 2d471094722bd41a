"""What scope and audit cost a page: CPU of a request with them, beside the same request on a copy of the database without.

python -m bench.protection            # makes two databases of its own, 1,000 facilities, about two minutes

With: as the portal runs. Without: row level security switched off and the history's triggers dropped in the copy; nothing
sets the scope, nothing is written to the log of acts. The filter `.visible_to` stays, since without it the page would be
another one. Requests take turns (with, without, without, with), and the middle of their CPU counts, so what else runs on
the machine hardly matters. Target: at most 10 % over all pages, reading and writing.
"""

import argparse
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

os.environ.setdefault("BENCH_DATABASE_NAME", "happyhome_bench_protection")

from bench.environment import NAME, create, fail, owner, say, setup

DISTRICT, TODAY = 330105000000, date(2026, 11, 22)
BARE = f"{NAME}_bare"
FACILITIES, TARGET = 1000, 0.10
PAGES = {
    "list of 50": "/facilities/",
    "list, filtered": "/facilities/?tier=inclusive",
    "facility": "/facilities/{uuid}/",
    "facility, spaces": "/facilities/{uuid}/spaces/",
    "dashboard": "/dashboard/",
    "quarterly runs": "/runs/",
}
WITHOUT_HISTORY = """DO $$ DECLARE t record; BEGIN
    FOR t IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relrowsecurity LOOP
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', t.name);
    END LOOP;
    FOR t IN SELECT tgname, tgrelid::regclass AS name FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ 'history' LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.name);
    END LOOP; END $$"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="four requests of every page each")
    arguments = parser.parse_args()
    setup()
    _serve_without_collected_files()
    prepare()
    found = measure(arguments.rounds)
    say(f"CPU ms a request, server + database, middle of {2 * arguments.rounds} requests each")
    say(f"{'':24}{'with':>22}{'without':>22}{'cost':>8}")
    total = {True: 0.0, False: 0.0}
    for name, costs in found.items():
        middle = {
            protected: [statistics.median(one[i] for one in costs[protected]) * 1e3 for i in range(2)]
            for protected in (True, False)
        }
        cells = "".join(f"{sum(m):8.2f} ({m[0]:5.2f} +{m[1]:5.2f})" for m in middle.values())
        say(f"{name:24}{cells}{_share(sum(middle[True]), sum(middle[False])):8.1%}")
        for protected in total:
            total[protected] += sum(middle[protected])
    cost = _share(total[True], total[False])
    say(
        f"all of them: {total[True]:.1f} ms with, {total[False]:.1f} ms without: {cost:.1%} (target: {TARGET:.0%} or less)"
    )
    sys.exit(cost > TARGET)


def _share(protected: float, bare: float) -> float:
    """The part of the page's time, as it is, that protection takes."""
    return (protected - bare) / protected


def _serve_without_collected_files() -> None:
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"  # nothing that follows a commit is measured


def prepare() -> None:
    """The database with facilities, results and an officer, and its copy without protection."""
    from psycopg import sql

    from bench.generate import generate

    create()
    generate(FACILITIES)
    _fill()
    from django.db import connection

    connection.close()
    with owner("postgres") as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(BARE)))
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(BARE), sql.Identifier(NAME))
        admin.execute(copy)
    for name in (NAME, BARE):
        with owner(name) as connected:
            if name == BARE:
                connected.execute(WITHOUT_HISTORY)
            connected.execute("VACUUM ANALYZE")


def _fill() -> None:
    from django.core.management import call_command

    from assessments.operations import runs
    from assessments.rules.quarters import Quarter
    from tenants.models import Appointment, Division, User
    from tenants.rules import Role
    from tenants.scope import division_scope, opened_scope

    Division.objects.filter(code=DISTRICT).delete()  # of bench.generate
    call_command("load_divisions", verbosity=0, stdout=sys.stderr)
    with opened_scope(division_scope(DISTRICT)):
        user = User.objects.create(username="bench", display_name="测量员", password="!")  # noqa: S106  # nosec B106 no login
        Appointment.objects.create(
            user=user, role=Role.DISTRICT_ADMIN, division_code=DISTRICT, starts_on=date(2026, 1, 1)
        )
    for quarter in ("2026-Q2", "2026-Q3"):
        with opened_scope(division_scope(DISTRICT)):
            run = runs.start_quarter(
                quarter=Quarter.parse(quarter), district=DISTRICT, by=None, reason="bench", today=TODAY
            )
        runs.compute_run(run_id=run.pk, district=DISTRICT)


# --- the two portals --------------------------------------------------------------------------------------------------


class Portal:
    """The portal of this process at one of the two databases, with a connection, a session and a CPU clock of its own."""

    def __init__(self, name: str, *, protected: bool):
        from django.db import connections
        from django.test import Client

        from tenants.models import User

        self.protected = protected
        self.connection = connections.create_connection("default")
        self.connection.settings_dict = {**self.connection.settings_dict, "NAME": name, "CONN_MAX_AGE": None}
        with self.entered():
            self.client = Client()
            self.client.force_login(User.objects.get(username="bench"), backend="tenants.backends.StaffBackend")

    @contextmanager
    def entered(self) -> Iterator[None]:
        from django.db import connections

        connections["default"] = self.connection
        if self.protected:
            yield
            return
        with _without_protection():
            yield

    def cost(self, request: Callable) -> tuple[float, float]:
        """CPU seconds of this process and of the database's backend for one request."""
        with self.entered():
            self.connection.ensure_connection()
            backend = Path(f"/proc/{self.connection.connection.info.backend_pid}/schedstat")
            database, client = int(backend.read_text().split()[0]), time.process_time()
            request(self.client)
            client = time.process_time() - client
            return client, (int(backend.read_text().split()[0]) - database) / 1e9


@contextmanager
def _without_protection() -> Iterator[None]:
    """What the portal does in Python for scope and audit does nothing meanwhile, wherever it is imported; who is acting
    and in which role is still read, since the page would be another one without it."""
    from tenants import queries
    from tenants.operations.acts import record_act
    from tenants.scope import set_reason, set_scope

    def nothing(*arguments, **named):
        return None

    def plain(user, *, source, address):
        return current_appointment(user)  # type: ignore[name-defined]  # noqa: F821  (of tenants.queries)

    swapped = {set_scope: nothing, set_reason: nothing, record_act: nothing, queries.enter: plain}
    codes = {function: function.__code__ for function in swapped}
    for function, other in swapped.items():
        function.__code__ = other.__code__
    try:
        yield
    finally:
        for function, code in codes.items():
            function.__code__ = code


def measure(rounds: int) -> dict[str, dict[bool, list[tuple[float, float]]]]:
    """Page → with and without → CPU seconds (server, database) of each request."""
    from facilities.models import Facility
    from tenants.scope import division_scope, opened_scope

    portals = [Portal(NAME, protected=True), Portal(BARE, protected=False)]
    with portals[0].entered(), opened_scope(division_scope(DISTRICT)):
        uuid = Facility.objects.order_by("code")[7].uuid
    requests = {name: _reading(address.format(uuid=uuid)) for name, address in PAGES.items()}
    requests["a change is saved"] = _writing(f"/facilities/{uuid}/edit/")
    found: dict[str, dict[bool, list]] = {name: {True: [], False: []} for name in requests}
    for name, request in requests.items():
        for portal in portals * 3:
            portal.cost(request)  # warm
        for _ in range(rounds):
            for portal in (*portals, *reversed(portals)):
                found[name][portal.protected].append(portal.cost(request))
    return found


def _reading(address: str) -> Callable:
    def request(client) -> None:
        if (status := client.get(address).status_code) != 200:
            fail(f"{address}: {status}")

    return request


def _writing(address: str) -> Callable:
    """The form is opened and sent with another address: two requests, since the one needs the other."""
    counter = iter(range(10**9))

    def request(client) -> None:
        page = client.get(address).content.decode()
        hidden = dict(re.findall(r'<input type="hidden" name="(version|token)" value="([^"]*)"', page))
        data = {"name": "第8幸福家园", "address": f"丽水路 {next(counter)} 号", "hub_street": "", "reason": "门牌换了"}
        if (status := client.post(address, {**data, **hidden}).status_code) != 302:
            fail(f"{address}: {status}")

    return request


if __name__ == "__main__":
    main()
