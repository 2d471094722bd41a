"""Divisions: lists, one by its code, the tree; valid on a day."""

from datetime import date

import pytest

from tenants.models import Division, DivisionSuccession
from tenants.rules import Role
from tests.api.conftest import GONGCHEN, GONGSHU, QINGBO

pytestmark = pytest.mark.django_db


def codes(answer):
    return [row["code"] for row in answer.json()["results"]]


def test_a_list_of_streets(admin):
    answer = admin.get("/api/v1/divisions/?level=street&under=330105000000")
    street = {"level": "street", "level_label": "街道(乡镇)", "parent_code": "330105000000", "is_quasi": False}
    rest = {"is_demo": False, "valid_from": None, "valid_to": None}
    assert answer.json() == {
        "count": 2,
        "page": 1,
        "page_size": 50,
        "pages": 1,
        "results": [
            {"code": "330105001000", "name": "米市巷街道", **street, **rest},
            {"code": "330105005000", "name": "拱宸桥街道", **street, **rest},
        ],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=district", ["330102000000", "330105000000"]),
        ("parent=330105001000", ["330105001051"]),
        ("under=330102000000", ["330102000000", "330102901000", "330102901001"]),
        ("q=台州", ["330105005052"]),
        ("page=2&page_size=7", ["330105005000", "330105005052"]),
        ("page=3&page_size=7", []),
    ],
)
def test_filters_and_pages(admin, query, found):
    assert codes(admin.get(f"/api/v1/divisions/?{query}")) == found


@pytest.mark.parametrize("query", ["level=village", "parent=33", "on=30.9.2026", "page=0", "page_size=201", "page=x"])
def test_a_value_that_makes_no_sense_is_refused(admin, query):
    answer = admin.get(f"/api/v1/divisions/?{query}")
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [query.split("=")[0]])


def test_one_division_with_its_successions(admin, divisions):
    old = Division.objects.create(
        code=330103003000, name="石桥街道", level="street", parent=divisions[GONGSHU], valid_to=date(2021, 4, 9)
    )
    DivisionSuccession.objects.create(
        predecessor=old, successor=divisions[GONGCHEN], effective_on=date(2021, 4, 9), source="通知"
    )
    edge = {"effective_on": "2021-04-09", "source": "通知"}
    assert admin.get("/api/v1/divisions/330105005000/").json() == {
        "code": "330105005000",
        "name": "拱宸桥街道",
        "level": "street",
        "level_label": "街道(乡镇)",
        "parent_code": "330105000000",
        "is_quasi": False,
        "is_demo": False,
        "valid_from": None,
        "valid_to": None,
        "children": [{"code": "330105005052", "name": "台州路社区"}],
        "successors": [],
        "predecessors": [{"code": "330103003000", "name": "石桥街道", **edge}],
    }
    ended = admin.get("/api/v1/divisions/330103003000/").json()
    assert (ended["valid_to"], ended["successors"]) == (
        "2021-04-09",
        [{"code": "330105005000", "name": "拱宸桥街道", **edge}],
    )
    assert admin.get("/api/v1/divisions/330103003000/?on=2021-04-09").status_code == 404
    assert admin.get("/api/v1/divisions/330103003000/?on=2021-04-08").status_code == 200
    assert codes(admin.get("/api/v1/divisions/?q=石桥")) == []
    assert codes(admin.get("/api/v1/divisions/?q=石桥&on=2021-04-08")) == ["330103003000"]


@pytest.mark.parametrize("code", ["330199000000", "33", "abc", "３３０１０５００００００"])
def test_a_code_that_is_not_there(admin, code):
    assert admin.get(f"/api/v1/divisions/{code}/").status_code == 404


def test_the_tree_begins_at_ones_own_division(program):
    clerk = program(Role.STREET_CLERK, GONGCHEN)
    assert clerk.get("/api/v1/divisions/tree/").json() == {
        "code": "330105005000",
        "name": "拱宸桥街道",
        "level": "street",
        "children": [{"code": "330105005052", "name": "台州路社区", "level": "community", "children": []}],
    }
    tree = clerk.get(f"/api/v1/divisions/tree/?root={QINGBO}&down_to=street").json()
    assert tree == {"code": "330102901000", "name": "演示一街道", "level": "street", "children": []}


@pytest.mark.parametrize(("rows", "queries"), [(1, 6), (3, 6)])
def test_a_list_costs_the_same_for_any_number_of_rows(admin, rows, queries, django_assert_num_queries):
    with django_assert_num_queries(queries):
        assert len(admin.get(f"/api/v1/divisions/?page_size={rows}").json()["results"]) == rows


def test_an_answer_that_is_known_already_is_not_sent_again(admin):
    first = admin.get("/api/v1/divisions/330105005000/")
    again = admin.get("/api/v1/divisions/330105005000/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == "private, no-cache"
