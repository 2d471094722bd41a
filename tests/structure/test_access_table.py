"""docs/access.csv says of every route who may do what, and is true."""

import io

import pytest
from django.core.management import call_command

from happyhome import access_table
from tests.structure import walk
from tests.structure.walk import DECLARED, METHODS, ROUTES


def test_the_table_is_what_the_code_declares():
    """A route without a row, a row without a route, another permission or another role: `access_table --write`, and look."""
    assert access_table.read() == list(access_table.current())


def test_every_row_is_filled_in():
    for row in access_table.read():
        assert row.kind in access_table.KINDS, row.route
        assert row.object != access_table.UNDECLARED, row.route
        assert row.methods, row.route


def test_every_route_has_a_row_and_every_row_a_route():
    assert {row.route for row in access_table.read()} == {route.key for route in ROUTES}


def test_the_command_prints_it():
    out = io.StringIO()
    call_command("access_table", stdout=out)
    assert out.getvalue() == access_table.table_file().read_text(encoding="utf-8")


@pytest.mark.parametrize("method", METHODS)
def test_the_declared_methods_are_those_that_are_answered(world, method):
    """Everything else is 405, for somebody with the permission. The admin of Django answers methods as it likes."""
    people = {who.name: who for who in world.identities}
    wrong = []
    for route in ROUTES:
        if route.path.startswith("admin/"):
            continue
        who = next((who for who in people.values() if walk.allowed(who, route, method) and not who.by_token), None)
        assert who, f"nobody may use {route}"
        address = walk.address_of(route, world.of("Facility")[-1]) if route.uuids else walk.plain_addresses(route)[0]
        answered = world.ask(who, method, address).status_code != 405
        if answered is not (method in DECLARED[route.key]):
            wrong.append((route.key, "answered" if answered else "refused"))
    assert wrong == []
