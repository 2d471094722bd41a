"""The basics of a facility through the API: `If-Match`, both versions in the 412, and `Idempotency-Key`."""

import pytest

from facilities.models import Facility
from tenants.models import Act, RowChange
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.api.conftest import GONGCHEN, GONGSHU, MISHI, TAIZHOU
from tests.structure.rows import facility_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def facility(divisions):
    with opened_scope(division_scope(GONGSHU)):
        return facility_in(TAIZHOU, name="云橹幸福家园", address="丽水路 1 号", version=1)


@pytest.fixture
def clerk(program):
    return program(Role.STREET_CLERK, GONGCHEN)


def address(facility) -> str:
    return f"/api/v1/facilities/{facility.uuid}/basics/"


def change(client, facility, version='"1"', key=None, **data):
    headers = {name: value for name, value in (("If-Match", version), ("Idempotency-Key", key)) if value}
    return client.patch(address(facility), data, content_type="application/json", headers=headers)


def stored() -> Facility:
    with opened_scope(division_scope(GONGSHU)):
        return Facility.objects.get()


def test_what_is_read_names_its_version(clerk, facility):
    answer = clerk.get(address(facility))
    assert (answer.status_code, answer["ETag"], answer.json()["version"]) == (200, '"1"', 1)
    assert clerk.get(address(facility), headers={"If-None-Match": '"1"'}).status_code == 304


def test_a_change_based_on_what_stands_is_made_with_its_reason(clerk, facility):
    answer = change(clerk, facility, address="丽水路 18 号", reason="门牌换了")
    assert (answer.status_code, answer["ETag"], answer.json()["address"]) == (200, '"2"', "丽水路 18 号")
    with opened_scope(division_scope(GONGSHU)):
        assert RowChange.objects.filter(operation="U").latest("pk").reason == "门牌换了"
        assert Act.objects.filter(verb="修改设施").count() == 1
    assert stored().name == "云橹幸福家园"


def test_a_change_based_on_an_older_version_gets_both(clerk, facility):
    change(clerk, facility, address="湖墅路 9 号")
    answer = change(clerk, facility, address="丽水路 18 号")
    body = answer.json()
    assert (answer.status_code, answer["ETag"]) == (412, '"2"')
    assert body["error"]["code"] == "precondition_failed"
    assert body["yours"] == {"address": "丽水路 18 号"}
    assert (body["current"]["address"], body["current"]["version"]) == ("湖墅路 9 号", 2)
    assert [entry["fields"] for entry in body["changed_by"]] == [["address"]]
    assert stored().address == "湖墅路 9 号"


def test_without_if_match_nothing_is_changed(clerk, facility):
    answer = change(clerk, facility, version=None, address="丽水路 18 号")
    assert (answer.status_code, answer.json()["error"]["code"]) == (428, "precondition_required")
    assert change(clerk, facility, version="*", address="丽水路 18 号").status_code == 400
    assert stored().address == "丽水路 1 号"


def test_the_same_key_is_one_effect_and_the_same_answer(clerk, facility):
    answers = [change(clerk, facility, key="address-1-of-2026", address="丽水路 18 号") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert {(answer.content, answer["ETag"]) for answer in answers} == {(answers[0].content, '"2"')}
    assert ["Idempotent-Replayed" in answer for answer in answers] == [False, True, True]
    assert stored().version == 2
    assert change(clerk, facility, key="address-1-of-2026", address="别的").status_code == 422


def test_a_refusal_does_not_use_up_the_key(clerk, facility):
    change(clerk, facility, address="湖墅路 9 号")
    assert change(clerk, facility, key="address-2-of-2026", address="丽水路 18 号").status_code == 412
    assert change(clerk, facility, version='"2"', key="address-2-of-2026", address="丽水路 18 号").status_code == 200


@pytest.mark.parametrize("data", [{"code": "1"}, {"name": ""}, {"nil_ledgers": ["all"]}, {"district": 9}])
def test_what_cannot_be_changed_is_said(clerk, facility, data):
    assert change(clerk, facility, **data).status_code == 400
    assert stored().version == 1


def test_who_may_not_edit_or_is_elsewhere(program, facility):
    assert change(program(Role.CITY_OBSERVER, 330100000000), facility, address="x").status_code == 403
    assert change(program(Role.STREET_CLERK, MISHI), facility, address="x").status_code == 404
    assert stored().version == 1
