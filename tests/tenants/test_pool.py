"""Connections of the pool that web processes use: whoever gets one next finds no scope on it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection, connections

from facilities.models import Facility
from tenants.scope import SETTINGS, division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG
from tests.structure.rows import facility_in

pytestmark = pytest.mark.django_db(transaction=True)

_READ = "SELECT " + ", ".join(f"current_setting('{name}', true)" for name in SETTINGS)
_LOCALLY = "SELECT set_config('app.scope_lo', '100000000000', true), set_config('app.scope_hi', '999999999999', true)"


class _Broken(Exception):
    pass


@pytest.fixture
def pool(monkeypatch):
    """All threads of this process share a pool of one connection, as those of a web process do (`DATABASE_POOL_SIZE`)."""
    with opened_scope(division_scope(330100000000)):
        for code, name in [(GONGCHENQIAO, "拱宸桥"), (HUSHU, "湖墅"), (330102901000, "清波")]:
            facility_in(code, name=f"{name}幸福家园")
    connection.close()
    known = connections.settings["default"]
    pooled = {"min_size": 1, "max_size": 1, "timeout": 30}
    with monkeypatch.context() as patched:
        patched.setitem(known, "OPTIONS", {**known["OPTIONS"], "pool": pooled})
        patched.setitem(known, "CONN_MAX_AGE", 0)
        assert connection.settings_dict is known
        yield connection.pool
        connection.close()
        connection.close_pool()


def _found_by_the_next() -> tuple[int, set, int]:
    """The server process that the next borrower reaches, what the settings say there, how many facilities it sees."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        settings = set(cursor.fetchone())
        cursor.execute("SELECT pg_backend_pid()")
        found = cursor.fetchone()[0], settings, Facility.objects.count()
    connection.close()
    return found


def _commit() -> None:
    with opened_scope(division_scope(GONGSHU, user_id=7, source="test", reason="看一看")):
        assert Facility.objects.count() == 2


def _roll_back() -> None:
    with suppress(_Broken), opened_scope(division_scope(GONGSHU, user_id=7)):
        assert Facility.objects.count() == 2
        raise _Broken


def _hand_back_in_the_middle() -> None:
    """As if a thread died between BEGIN and COMMIT: the pool itself takes the transaction back."""
    connection.ensure_connection()
    borrowed = connection.connection
    borrowed.autocommit = False
    borrowed.execute(_LOCALLY)
    assert Facility.objects.count() == 3
    borrowed._pool.putconn(borrowed)
    connection.connection = None


def _fail_in_the_database() -> None:
    with pytest.raises(Exception, match="division by zero"), opened_scope(division_scope(GONGSHU, user_id=7)):
        connection.cursor().execute("SELECT 1/0")


@pytest.mark.parametrize("leave", [_commit, _roll_back, _fail_in_the_database, _hand_back_in_the_middle])
def test_no_scope_survives_a_connection_that_is_handed_back(pool, leave):
    process, settings, seen = _found_by_the_next()
    assert (settings, seen) == ({None}, 0)
    leave()
    connection.close()
    assert _found_by_the_next() == (process, {""} if leave is not _hand_back_in_the_middle else {"", None}, 0)
    assert pool.get_stats()["pool_size"] == 1


def test_threads_that_share_a_connection_see_their_own_district_alone(pool):
    """200 turns of four threads on one connection, each with a scope of its own or with none."""
    expected = {GONGSHU: 2, GONGCHENQIAO: 1, SHANGCHENG: 1, None: 0}

    def turn(number: int) -> tuple[int | None, int]:
        code = list(expected)[number % 4]
        try:
            if code is None:
                return None, Facility.objects.count()
            with opened_scope(division_scope(code)):
                return code, Facility.objects.count()
        finally:
            connections.close_all()

    connection.close()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(turn, range(200)))
    assert {(code, seen) for code, seen in found} == set(expected.items())
    assert pool.get_stats()["connections_num"] == 1
