"""Prepared statements: one preparation a connection, the row level security of the moment, the ORM's own instances."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from assessments.models import Run
from portal.queries.runs import _COMPUTED
from tenants.models import User
from tenants.prepared import Prepared, columns_of, in_one_trip, instances
from tenants.rules import Role, code_range
from tenants.scope import country_scope, division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGSHU, SHANGCHENG, person

pytestmark = pytest.mark.django_db


def test_a_statement_is_prepared_once_and_outlives_a_rolled_back_transaction():
    double = Prepared("test_double", ["bigint"], "SELECT $1 * 2")
    with transaction.atomic():
        assert double.rows(4) == [(8,)]
        transaction.set_rollback(True)
    with CaptureQueriesContext(connection) as captured:
        assert double.rows(5) == [(10,)]
    assert [query["sql"] for query in captured] == ["EXECUTE happyhome_test_double (5)"]


COUNTED = Prepared(
    "test_counted",
    ["bigint", "bigint"],
    "SELECT count(*) FROM facilities_facility WHERE division_code >= $1 AND division_code < $2",
)


def test_several_statements_take_one_trip_and_run_in_their_order():
    kept = Prepared("test_kept", ["text"], "SELECT set_config('app.reason', $1, true)")
    read = Prepared("test_read", [], "SELECT current_setting('app.reason', true) FROM generate_series(1, 2)")
    none = Prepared("test_none", [], "SELECT 1 WHERE false")
    with CaptureQueriesContext(connection) as captured:
        found = in_one_trip((kept, ["更正"]), (none, []), (read, []), (kept, [""]), (read, []))
    assert found == [[("更正",)], [], [("更正",), ("更正",)], [("",)], [("",), ("",)]]
    assert [query["sql"][:7] for query in captured] == ["EXECUTE"]


def test_a_prepared_statement_sees_the_scope_of_its_transaction_and_no_other():
    with opened_scope(division_scope(GONGSHU)):
        make.facility(1)
    everything = (10**11, 10**12)
    counted = []
    for scope in (division_scope(GONGSHU), division_scope(SHANGCHENG), country_scope(), division_scope(SHANGCHENG)) * 3:
        with opened_scope(scope):
            counted += COUNTED.rows(*everything)
    assert counted == [(1,), (0,), (1,), (0,)] * 3


def test_instances_are_those_of_the_orm():
    someone = person(Role.DISTRICT_ADMIN, GONGSHU)
    rows = Prepared(
        "test_users", ["bigint"], f"SELECT {', '.join(columns_of(User))} FROM tenants_user WHERE id > $1 ORDER BY id"
    )
    assert [vars_of(one) for one in instances(User, rows.rows(0))] == [
        vars_of(one) for one in User.objects.order_by("pk")
    ]
    with opened_scope(division_scope(GONGSHU)):
        Run.objects.create(
            quarter="2026-Q3", division_code=GONGSHU, standard="gongshu@2025-draft", readings={"G-1": "items_33"},
            criteria=["demonstration_area"], state="failed", requested_by=someone,
        )  # fmt: skip
        codes = code_range(GONGSHU)
        found = instances(Run, _COMPUTED.rows("failed", codes.lo, codes.hi))
        assert [vars_of(run) for run in found] == [vars_of(run) for run in Run.objects.all()]
    assert found[0].readings == {"G-1": "items_33"}


def vars_of(instance) -> dict:
    return {field.attname: getattr(instance, field.attname) for field in instance._meta.concrete_fields}
