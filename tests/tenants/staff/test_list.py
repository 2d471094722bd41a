"""The list of the people of a district, its filters and its export."""

from datetime import date

import pytest

from tenants.models import Appointment
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGSHU, HUSHU, SHANGCHENG, client_of, person
from tests.tenants.staff.acting import verbs

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-12")]


def test_the_list_is_that_of_the_scope(admin, clerk):
    person(Role.STREET_CLERK, SHANGCHENG, display_name="外区人")
    page = client_of(admin).get("/staff/").content.decode()
    assert ("李四" in page, "外区人" in page) == (True, False)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"管理员甲", "李四", "王五", "赵六"}),
        ("q=lisi", {"李四"}),
        ("q=王", {"王五"}),
        ("role=street_clerk", {"李四", "王五"}),
        (f"street={HUSHU}", {"王五", "赵六"}),
        ("state=active", {"李四"}),
        ("state=disabled", {"王五"}),
        ("state=ended", {"赵六"}),
        ("state=invited", {"管理员甲"}),
        ("state=nonsense", {"管理员甲", "李四", "王五", "赵六"}),
        ("sort=division", {"管理员甲", "李四", "王五", "赵六"}),
        ("sort=login&page=9", {"管理员甲", "李四", "王五", "赵六"}),
    ],
)
def test_filters(admin, clerk, query, names):
    person(Role.STREET_CLERK, HUSHU, display_name="王五", is_active=False)
    gone = person(Role.STREET_REVIEWER, HUSHU, display_name="赵六")
    with opened_scope(division_scope(GONGSHU)):
        Appointment.objects.filter(user=gone).update(ends_on=date(2026, 6, 1))
    rows = client_of(admin).get(f"/staff/?{query}").context["rows"]
    assert {held.user.display_name for held, _, _ in rows} == names


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_costs_the_same_for_any_number_of_people(admin, more, django_assert_num_queries):
    for _ in range(more):
        person(Role.STREET_CLERK, HUSHU)
    client = client_of(admin)
    with django_assert_num_queries(9):
        client.get("/staff/")


def test_the_export_has_the_rows_of_the_filter_and_is_recorded(admin, clerk):
    answer = client_of(admin).get("/staff/export/?q=lisi&format=csv")
    text = answer.content.decode("utf-8-sig")
    assert ("李四" in text, "管理员甲" in text) == (True, False)
    assert verbs() == ["导出账号"]
