"""Prepared statements: one preparation a connection, the row level security of the moment, the ORM's own instances."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from assessments.models import Run
from portal.queries.facility_list import _COUNT
from portal.queries.runs import _COMPUTED
from tenants.models import User
from tenants.prepared import Prepared, columns_of, instances
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


def test_a_prepared_statement_sees_the_scope_of_its_transaction_and_no_other():
    with opened_scope(division_scope(GONGSHU)):
        make.facility(1)
    everything = (10**11, 10**12, 100)
    counted = []
    for scope in (division_scope(GONGSHU), division_scope(SHANGCHENG), country_scope(), division_scope(SHANGCHENG)) * 3:
        with opened_scope(scope):
            counted += _COUNT.rows(*everything)
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
