"""Fixtures for all tests: real PostgreSQL as the app's own role, real Valkey, a real worker, a real Chromium.

`./test` starts the servers and sets DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL. With servers of your own, set them
yourself (the owner role needs CREATEDB) and run pytest. TEST_DATABASE_NAME names the test database.
"""

import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test.utils import override_settings

from happyhome.celery import app as celery_app
from launcher import checkout, process
from launcher.browser import ensure_chromium
from launcher.valkey import Valkey
from tests import databases
from tests.traffic import Traffic

_MASTER_KEYS = "test:000102030405060708090a0b0c0d0e0f"
DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]
PATIENCE_MS = 30_000  # for whatever a page is to show; a busy machine is no finding


@pytest.fixture(scope="session")
def worker_name() -> str:
    """`gw0`, `gw1`, … under xdist, else `master`."""
    return os.environ.get("PYTEST_XDIST_WORKER", "master")


@pytest.fixture(scope="session", autouse=True)
def _test_settings(tmp_path_factory):
    """What tests do differently: files in a temporary folder, static files unhashed, quick password hashes."""
    static, media = tmp_path_factory.mktemp("static"), tmp_path_factory.mktemp("files")
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    anchors = tmp_path_factory.mktemp("anchors") / "heads.jsonl"
    os.environ["HAPPYHOME_MASTER_KEYS"] = _MASTER_KEYS  # for workers that a test starts
    with override_settings(
        STORAGES=storages,
        STATIC_ROOT=static,
        MEDIA_ROOT=media,
        PASSWORD_HASHERS=hashers,
        MASTER_KEYS=_MASTER_KEYS,
        AUDIT_ANCHORS_FILE=anchors,
    ):
        yield


# --- database ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, worker_name):
    """Replaces pytest-django's: the owner makes the database, the tests run in it as the app role."""
    as_app_role = DatabaseOperations.execute_sql_flush
    with django_db_blocker.unblock(), databases.cloned_database(worker_name) as name:
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = name
        # The flush after a transactional test is a TRUNCATE, which only the owner may do.
        DatabaseOperations.execute_sql_flush = _flush_as_owner
        yield
    DatabaseOperations.execute_sql_flush = as_app_role


def _flush_as_owner(operations, statements) -> None:
    databases.flush_as_owner(operations.connection.settings_dict["NAME"], statements)


@pytest.fixture
def owner_connection(transactional_db):
    """A psycopg connection of the owner role to the test database, for tests of the schema itself."""
    with databases.connect_as_owner(connections["default"].settings_dict["NAME"]) as connection:
        yield connection


# --- broker and worker ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def broker_url(worker_name, tmp_path_factory):
    """The address of a Valkey database of this xdist worker alone; a server is started if REDIS_URL names none.

    Set before the first test: Celery keeps the connections of its first task, and later ones would go where those lead.
    """
    number = int(worker_name.removeprefix("gw")) + 1 if worker_name.startswith("gw") else 0
    server = None
    url = os.environ.get("REDIS_URL")
    if not url:
        home = tmp_path_factory.mktemp("valkey")
        packages = Path(redis.__file__).parent.parent
        server = Valkey(home, packages, home / "log", checkout.free_port(), durable=False)
        server.start()
        server.wait_ready()
        url = server.url
    url = f"{url.rsplit('/', 1)[0]}/{number}"
    settings.REDIS_URL = settings.CELERY_BROKER_URL = celery_app.conf.broker_url = url
    yield url
    if server:
        server.stop()


@pytest.fixture
def broker(broker_url):
    """A client of the empty broker; tasks sent with `.delay()` in this test end up in it."""
    client = redis.Redis.from_url(broker_url)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def broker_away(broker):
    """`with broker_away():` this process finds nobody where the broker was; `broker_away(url)`: another broker."""

    @contextmanager
    def away(instead="redis://127.0.0.1:1/0"):
        address = celery_app.conf.broker_url
        celery_app.conf.broker_url = instead
        celery_app._after_fork()  # lets go of the pools of connections
        try:
            yield
        finally:
            celery_app.conf.broker_url = address
            celery_app._after_fork()

    return away


@pytest.fixture
def celery_worker_process(broker, broker_url, transactional_db, tmp_path):
    """A real worker on the test database, as a process that a test may kill. Returns the `Popen`."""
    log = tmp_path / "worker.log"
    worker = process.start(
        [sys.executable, "-m", "celery", "-A", "happyhome", "worker", "-c", "1", "-l", "INFO"],
        log=log,
        env=child_environment(broker_url),
        cwd=checkout.ROOT,
    )
    if not process.wait_until(lambda: b" ready." in log.read_bytes() or worker.poll() is not None, timeout_s=120):
        process.stop(worker)
    assert worker.poll() is None, process.last_lines(log)
    yield worker
    process.stop(worker, grace_s=5)
    print(process.last_lines(log))  # shown where the test has failed


def child_environment(broker_url: str) -> dict[str, str]:
    """The environment with which a child process works on this worker's test database and broker."""
    return {**os.environ, "DATABASE_URL": _url(connections["default"].settings_dict), "REDIS_URL": broker_url}


def _url(database: dict) -> str:
    from urllib.parse import quote, urlencode

    login = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
    host, port = database["HOST"], database["PORT"]
    query = {key: value for key, value in database["OPTIONS"].items() if isinstance(value, str)}
    if "/" in host:
        return f"postgresql://{login}@/{database['NAME']}?{urlencode({**query, 'host': host})}"
    return f"postgresql://{login}@{host}:{port or 5432}/{database['NAME']}?{urlencode(query)}"


# --- browser ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium():
    """The Chromium of this machine, driven by Playwright."""
    from playwright.sync_api import expect, sync_playwright

    executable = ensure_chromium(Path(sys.executable))
    # Playwright runs an event loop in this thread; the ORM calls of a browser test are synchronous all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS, timeout=4 * PATIENCE_MS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def traffic(live_server):
    """What the live server is answering: `traffic.wait_until_quiet()`."""
    with Traffic() as counted:
        yield counted


@pytest.fixture
def browser_context(chromium, live_server, traffic):
    """Makes contexts at the portal's address: `browser_context(viewport=…)`; all are closed after the test.

    Nothing moves in them (a colour half-way between two is no finding of axe), and the tables are emptied only after the
    last request of the test has been answered.
    """
    contexts = []
    traffic.start_over()

    def make(**options):
        still = {"reduced_motion": "reduce"}
        options = {"viewport": DESKTOP, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **still, **options}
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    traffic.wait_until_quiet()


@pytest.fixture
def desktop_page(browser_context):
    """A page of an office PC, 1366 × 768."""
    return browser_context(viewport=DESKTOP).new_page()


@pytest.fixture
def phone_page(browser_context):
    """A page of a phone, 390 × 844."""
    return browser_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
