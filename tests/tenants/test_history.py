"""Row history by trigger: every way of writing is caught, and nobody can write or change it by hand."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from facilities.models import Facility, Operator, Site
from tenants.models import Act, RowChange
from tenants.operations import record_act
from tenants.queries import history_of, history_under
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope, set_reason
from tests.people import COMMUNITY_OF, GONGSHU, SHANGCHENG, person
from tests.structure.rows import facility_in, make_row

HERE, THERE = COMMUNITY_OF[GONGSHU], COMMUNITY_OF[SHANGCHENG]

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return person(Role.STREET_CLERK, 330105005000)


@pytest.fixture
def scope(clerk):
    with opened_scope(division_scope(GONGSHU, user_id=clerk.pk, source="POST /facilities/x/", reason="")):
        yield


def test_a_change_tells_who_when_from_what_to_what_and_why(scope, clerk):
    facility = facility_in(HERE, name="旧名")
    set_reason("更名批复")
    Facility.objects.filter(pk=facility.pk).update(name="新名")
    change, creation = history_of(facility)
    assert change.values == {"name": ("旧名", "新名")}
    assert (change.who, change.operation, change.reason) == (str(clerk), "修改", "更名批复")
    assert (change.source, change.table, change.row_id) == ("POST /facilities/x/", "facilities_facility", facility.pk)
    assert creation.operation == "新增"
    assert creation.reason == ""
    assert creation.values["name"] == (None, "旧名")


def test_saving_without_a_change_is_no_change(scope):
    facility = facility_in(HERE)
    facility.save()
    Facility.objects.filter(pk=facility.pk).update(version=2)
    assert [change.operation for change in history_of(facility)] == ["新增"]


@pytest.mark.parametrize("rows", [1, 3])
def test_bulk_writing_is_caught_row_by_row(scope, rows):
    facility = facility_in(HERE)
    day = date(2026, 1, 1)
    made = Operator.objects.bulk_create(
        Operator(facility=facility, division_code=HERE, kind="person", name=f"某{n}", starts_on=day)
        for n in range(rows)
    )
    Operator.objects.filter(facility=facility).update(agreement="任命文件")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE facilities_operator SET agreement = '协议' WHERE facility_id = %s", [facility.pk])
    Operator.objects.filter(facility=facility).delete()
    assert [c.operation for c in history_of(made[0])] == ["删除", "修改", "修改", "新增"]
    assert RowChange.objects.filter(table_name="facilities_operator").count() == 4 * rows


def test_a_facility_shows_the_changes_of_what_belongs_to_it(scope):
    facility, other = facility_in(HERE), facility_in(HERE)
    make_row(Site, HERE, facility=facility)
    make_row(Site, HERE, facility=other)
    assert [change.table for change in history_under(facility)] == ["facilities_site", "facilities_facility"]


def test_a_new_code_of_a_facility_is_in_the_history_of_its_children(scope):
    facility = facility_in(HERE)
    site = make_row(Site, HERE, facility=facility)
    Facility.objects.filter(pk=facility.pk).update(division_code=330105002051)
    assert history_of(site)[0].values == {"division_code": (HERE, 330105002051)}


def test_another_district_sees_no_history(scope):
    facility = facility_in(HERE)
    with opened_scope(division_scope(SHANGCHENG)):
        assert history_of(facility) == []
        assert RowChange.objects.count() == 0


def test_a_history_cannot_be_made_up(scope):
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        RowChange.objects.create(
            at="2026-01-01T00:00Z",
            table_name="x",
            row_id=1,
            root_table="x",
            root_id=1,
            division_code=HERE,
            operation="U",
        )


@pytest.mark.parametrize("table", ["tenants_act", "tenants_rowchange"])
@pytest.mark.parametrize("change", ["UPDATE {} SET reason = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_app_role_has_no_right_to_change_a_log(scope, table, change):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["tenants_act", "tenants_rowchange"])
@pytest.mark.parametrize("change", ["UPDATE {} SET reason = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_not_even_the_owner_changes_a_log(owner_connection, table, change):
    import psycopg

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is insert-only"):
        owner_connection.execute(change.format(table))


def test_an_act_takes_address_and_reason_from_the_scope(clerk):
    from tenants.scope import Scope

    with opened_scope(Scope(user_id=clerk.pk, address="10.1.2.3", reason="年度核对")):
        record_act(verb="导入设施", by=clerk, division_code=HERE, subject="台账.xlsx", details={"行": 36})
    with opened_scope(division_scope(GONGSHU)):
        act = Act.objects.get(verb="导入设施")
    assert (act.actor, act.division_code, act.subject) == (clerk, HERE, "台账.xlsx")
    assert (act.address, act.reason, act.details) == ("10.1.2.3", "年度核对", {"行": 36})
