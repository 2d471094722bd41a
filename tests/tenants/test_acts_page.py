"""The page 操作日志: within the district, searched, filtered, paged."""

import pytest

from tenants.models import Division
from tenants.operations import record_act
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGSHU, HUSHU, SHANGCHENG, client_of, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return person(Role.DISTRICT_ADMIN, GONGSHU)


def log(code, verb="导入设施", subject="台账.xlsx", by=None, times=1):
    with opened_scope(division_scope(code)):
        for _ in range(times):
            record_act(verb=verb, by=by, division_code=code, subject=subject)


def subjects(answer) -> list[str]:
    return [act.subject for act, _ in answer.context["rows"]]


def test_a_district_reads_its_own_acts(admin):
    Division.objects.create(code=HUSHU, name="湖墅街道", level="street")
    log(HUSHU, subject="甲.xlsx")
    log(SHANGCHENG, subject="乙.xlsx")
    log(None or GONGSHU, subject="丙.xlsx")
    answer = client_of(admin).get("/acts/")
    assert subjects(answer) == ["丙.xlsx", "甲.xlsx"]
    assert "湖墅街道" in answer.content.decode()
    assert "乙.xlsx" not in answer.content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.DISTRICT_ADMIN, Role.AUDIT_ADMIN}])
def test_no_other_role_reads_the_log(role):
    assert client_of(person(role, GONGSHU)).get("/acts/").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=甲", ["甲.xlsx"]),
        ("q=某某", ["乙.xlsx"]),
        ("verb=导出名录", ["乙.xlsx"]),
        ("verb=没有的动作", ["乙.xlsx", "甲.xlsx"]),
        ("since=2026-01-01", ["乙.xlsx", "甲.xlsx"]),
        ("since=2099-01-01", []),
        ("until=2020-01-01", []),
        ("until=昨天", ["乙.xlsx", "甲.xlsx"]),
    ],
)
def test_filters_narrow_the_list(admin, query, found):
    log(HUSHU, subject="甲.xlsx")
    log(HUSHU, subject="乙.xlsx", verb="导出名录", by=admin)
    assert subjects(client_of(admin).get(f"/acts/?{query}")) == found


def test_a_wrong_date_says_how_to_write_it(admin):
    assert "2026-11-23 的样子" in client_of(admin).get("/acts/?since=昨天").content.decode()


def test_the_day_until_which_is_included(admin):
    log(HUSHU)
    answer = client_of(admin).get("/acts/")
    day = answer.context["rows"][0][0].at.astimezone().date()
    assert len(subjects(client_of(admin).get(f"/acts/?since={day}&until={day}"))) == 1


def test_an_empty_log_says_what_to_do(admin):
    assert "没有符合条件的记录" in client_of(admin).get("/acts/?q=没有").content.decode()


@pytest.mark.parametrize("rows", [1, 3, 60])
def test_the_page_takes_the_same_queries_whatever_the_number_of_rows(admin, rows, django_assert_num_queries):
    log(HUSHU, by=admin, times=rows)
    client = client_of(admin)
    # session, user, savepoint, own scope, appointment, scope, verbs, count, page, names, shell's division, release
    with django_assert_num_queries(9):
        answer = client.get("/acts/")
    assert len(subjects(answer)) == min(rows, 50)
    assert len(subjects(client.get("/acts/?page=2"))) == max(rows - 50, min(rows, 50) if rows <= 50 else 0)
