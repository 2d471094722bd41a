"""Self-evaluations over the API: the list, one with every indicator, and nothing beyond one's scope."""

import pytest

from tenants.scope import division_scope, opened_scope
from tests.assessments import self_evaluation as se
from tests.assessments.self_evaluation import HUSHU, MISHIXIANG
from tests.people import GONGSHU, client_of

LIST = "/api/v1/self-evaluations/"


@pytest.fixture
def opened(standards):
    with opened_scope(division_scope(GONGSHU)):
        found, staff = se.opened(), se.staff(MISHIXIANG)
        se.corrected(found[0], "C1", "95", by=staff[0])
        se.registered(found[0], staff[1], staff[2])
        return found, staff


@pytest.mark.requirement("HOT-2")
def test_the_list_and_one_evaluation_are_read(opened):
    (first, _), (clerk, _, officer) = opened
    answer = client_of(officer).get(LIST).json()
    assert [(row["street"]["name"], row["state"], row["filing_number"]) for row in answer["results"]] == [
        ("米市巷街道", "registered", "330105-ZP-2026-0001"),
        ("湖墅街道", "open", ""),
    ]
    one = client_of(clerk).get(f"{LIST}{first.uuid}/").json()
    [row] = one["rows"]
    assert (one["is_official"], len(row["indicators"])) == (False, 13)
    [corrected] = [each for each in row["indicators"] if each["state"] == "已更正"]
    assert (corrected["key"], corrected["recorded"], corrected["own"], corrected["reason"]) == (
        "C1", "90.00 %", "95.00 %", "按登记本补计 5 月停用的 9 天",
    )  # fmt: skip
    assert row["own_score"] > row["recorded_score"]


def test_filters_are_checked_and_other_streets_are_unknown(opened):
    (first, _), (_, _, officer) = opened
    client = client_of(officer)
    assert [row["state"] for row in client.get(f"{LIST}?state=open").json()["results"]] == ["open"]
    assert client.get(f"{LIST}?quarter=2026-Q2").json()["results"] == []
    assert client.get(f"{LIST}?state=x").status_code == 400
    with opened_scope(division_scope(GONGSHU)):
        stranger, _, _ = se.staff(HUSHU)
    assert client_of(stranger).get(f"{LIST}{first.uuid}/").status_code == 404
