"""What counters send as CSV."""

from datetime import date

import pytest

from engagement.models import VisitCount
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.api.conftest import GONGSHU, ApiClient, key_of
from tests.assessments import registry as make
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def facility(divisions):
    with opened_scope(division_scope(GONGSHU)):
        return make.facility(1)


def send(client, facility, body, **headers):
    return client.post(
        f"/api/v1/facilities/{facility.uuid}/visits/", data=body.encode(), content_type="text/csv", headers=headers
    )


@pytest.fixture
def counter():
    return ApiClient(key_of(person(Role.DISTRICT_ADMIN, GONGSHU)))


def stored():
    with opened_scope(division_scope(GONGSHU)):
        return dict(VisitCount.objects.order_by("starts_on").values_list("starts_on", "visits"))


def test_days_are_taken_and_corrected(counter, facility):
    first = send(counter, facility, "\ufeff日期,人次\n2026-11-19,128\n2026-11-20，131\n\n")
    assert (first.status_code, first.json()) == (200, {"lines": 2, "new": 2, "changed": 0})
    again = send(counter, facility, "2026-11-20,132\n2026-11-19,128")
    assert again.json() == {"lines": 2, "new": 0, "changed": 1}
    assert stored() == {date(2026, 11, 19): 128, date(2026, 11, 20): 132}
    listed = counter.get(f"/api/v1/facilities/{facility.uuid}/visits/").json()
    assert [row["visits"] for row in listed["results"]] == [132, 128]
    assert listed["results"][0]["source"] == "客流计数器"


def test_sent_twice_with_one_key_it_is_taken_once(counter, facility):
    key = {"Idempotency-Key": "counter-2026-11-20"}
    first, second = (send(counter, facility, "2026-11-20,131", **key) for _ in range(2))
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert send(counter, facility, "2026-11-20,999", **key).status_code in {409, 422}
    assert stored() == {date(2026, 11, 20): 131}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("2026-11-20", "第 1 行：要有两格"),
        ("gestern1,5", "第 1 行：“gestern1”不是日期"),
        ("2026-11-20,-5", "第 1 行：“-5”不是 0 到 1000000 之间的整数"),
        ("2026-11-20,1000001", "第 1 行"),
        ("2026-11-20,5\n2026-11-20,6", "第 2 行：2026-11-20 写了两次"),
        ("2999-01-01,5", "第 1 行：2999-01-01 还没有到"),
        ("1900-01-01,5", "第 1 行：1900-01-01 太早了"),
        ("日期,人次", "没有一行数据"),
        ("\n".join("2026-11-20,1" for _ in range(1001)), "一次最多 1000 行"),
    ],
)
def test_one_bad_line_and_nothing_is_taken(counter, facility, body, words):
    answer = send(counter, facility, body)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert stored() == {}


def test_text_that_is_not_utf_8_is_refused(counter, facility):
    answer = counter.post(
        f"/api/v1/facilities/{facility.uuid}/visits/", data="2026-11-20,5 人".encode("gb18030"), content_type="text/csv"
    )
    assert answer.status_code == 400


def test_a_foreign_facility_takes_nothing(facility):
    other = ApiClient(key_of(person(Role.DISTRICT_ADMIN, 330102000000)))
    assert send(other, facility, "2026-11-20,5").status_code == 404
    reader = ApiClient(key_of(person(Role.DEPARTMENT_LIAISON, GONGSHU)))
    assert send(reader, facility, "2026-11-20,5").status_code == 403
    assert stored() == {}
