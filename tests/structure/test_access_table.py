"""docs/access.csv says of every route who may do what, and is true."""

import io

from django.core.management import call_command

from happyhome import access_table
from tests.structure.walk import ROUTES


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
