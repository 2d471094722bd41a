"""Verdicts by API: of a run, of a facility over the quarters, and criterion by criterion."""

import pytest

from assessments.models import Verdict
from assessments.queries.explain import explain
from assessments.rules.quarters import Quarter
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.api.conftest import CITY, GONGCHEN, GONGSHU, HUAGUANG, MISHI, SHANGCHENG, compute
from tests.assessments import registry as make

pytestmark = pytest.mark.django_db


def run_of(client, quarter="2026-Q3"):
    return client.get(f"/api/v1/runs/?quarter={quarter}").json()["results"][0]["uuid"]


def verdict(client, facility, tail="2026-Q3/"):
    return client.get(f"/api/v1/facilities/{facility.uuid}/verdicts/{tail}")


def test_the_verdicts_of_a_run(admin, registry):
    listed = admin.get(f"/api/v1/runs/{run_of(admin)}/verdicts/?sort=-tier").json()
    assert [(row["name"], row["result"]["tier_label"]) for row in listed["results"]] == [
        ("第1幸福家园", "示范型"),
        ("第3幸福家园", "普惠型"),
        ("第2幸福家园", "未入名录"),
    ]
    failing = admin.get(f"/api/v1/runs/{run_of(admin)}/verdicts/?fails=demonstration_area").json()
    assert (failing["count"], [row["name"] for row in failing["results"]]) == (2, ["第2幸福家园", "第3幸福家园"])


def test_a_street_sees_its_part_of_the_district_s_run(program, registry):
    client = program(Role.STREET_CLERK, GONGCHEN)
    listed = client.get(f"/api/v1/runs/{run_of(client)}/verdicts/").json()
    assert (listed["count"], [row["name"] for row in listed["results"]]) == (1, ["第3幸福家园"])


def test_facilities_that_were_not_judged(admin, registry):
    with opened_scope(division_scope(GONGSHU)):
        make.facility(9, code=HUAGUANG, lifecycle="suspended")
    compute(Quarter(2026, 1), GONGSHU)
    listed = admin.get(f"/api/v1/runs/{run_of(admin, '2026-Q1')}/unjudged/").json()
    assert listed["count"] == 1
    assert listed["results"][0].pop("facility")
    assert listed["results"] == [
        {
            "code": "330105001-0009",
            "name": "第9幸福家园",
            "reason": "suspended",
            "reason_label": "暂停服务",
            "message": listed["results"][0]["message"],
        }
    ]


def test_a_facility_over_the_quarters(admin, registry):
    points = admin.get(f"/api/v1/facilities/{registry[1].uuid}/verdicts/").json()
    assert [point.pop("run") for point in points] == [run_of(admin, "2026-Q2"), run_of(admin, "2026-Q3")]
    common = {"revision": 1, "unjudged_reason": ""}
    assert points == [
        {"quarter": "2026-Q2", "tier": "inclusive", "tier_label": "普惠型", **common},
        {"quarter": "2026-Q3", "tier": "demonstration", "tier_label": "示范型", **common},
    ]


def test_a_finding_word_for_word(admin, registry):
    answer = verdict(admin, registry[3]).json()
    assert (answer["facility"]["name"], answer["result"]["tier"], answer["day"]) == (
        "第3幸福家园",
        "inclusive",
        "2026-09-30",
    )
    assert (answer["based_on_draft"], [version["number"] for version in answer["versions"]]) == (
        True,
        ["2025-draft", "2025"],
    )
    found = {finding["criterion"]: finding for finding in answer["findings"]}
    assert found["demonstration_area"] == {
        "criterion": "demonstration_area",
        "title": "示范型：阵地面积",
        "kind": "gate",
        "tiers": ["demonstration"],
        "outcome": "not_met",
        "applies": True,
        "unit": "㎡",
        "value": "1200",
        "whole": None,
        "threshold": {"amount": 150000, "upper": None, "parts": 1},
        "value_text": "1,200 ㎡",
        "threshold_text": "≥ 1,500 ㎡",
        "shortfall_text": "差 300 ㎡",
        "document": "关于推进大运河幸福家园建设实施意见(征求意见稿)",
        "clause": "拱墅 三(一)1",
        "quote": "集成式阵地面积不少于1000平方米,片区化或街区化阵地面积不少于1500平方米",
        "severity": "不够就不能测算为示范型",
        "fixable": False,
        "interpretations": ["G-19"],
        "sources": ["点位"],
    }
    share = found["demonstration_project_share"]
    assert (share["outcome"], share["value"], share["whole"], share["threshold"]["parts"]) == ("met", "10", "11", 5)
    charity = found["charity_funds"]
    assert (charity["kind"], charity["unit"], charity["value"]) == ("duty", "元", "180000")


def test_a_missing_fact_is_unknown_and_never_zero(admin, registry):
    found = {finding["criterion"]: finding for finding in verdict(admin, registry[2]).json()["findings"]}
    functions = found["demonstration_base_functions"]
    assert (functions["outcome"], functions["value"], functions["value_text"]) == ("unknown", None, "缺数据")


def test_findings_say_what_the_page_says(admin, registry):
    """The facility page shows `explain`; every cell of its matrix is a finding of the same words."""
    for number in (1, 2, 3):
        answer = verdict(admin, registry[number]).json()
        with opened_scope(division_scope(GONGSHU)):
            stored = Verdict.objects.select_related("run").get(facility=registry[number], run__quarter="2026-Q3")
            told = explain(stored)
        cells = {
            cell.key: (line.value, cell.threshold, cell.shortfall, cell.outcome.name.lower(), cell.applies)
            for line in (*told.gates, *told.duties, *told.definitions, *told.city)
            for cell in line.cells
            if cell.key
        }
        assert {
            f["criterion"]: (f["value_text"], f["threshold_text"], f["shortfall_text"], f["outcome"], f["applies"])
            for f in answer["findings"]
        } == cells
        assert answer["headline"] == told.headline


def test_readings_and_what_the_others_would_give(admin, registry):
    readings = {entry["key"]: entry for entry in verdict(admin, registry[3]).json()["readings"]}
    assert readings["G-2"]["is_ruled"] is False
    assert [other["option"] for other in readings["G-2"]["others"]] == ["area"]
    assert any(other["changes"] for entry in readings.values() for other in entry["others"])


def test_an_older_revision_stays_readable(admin, registry):
    with opened_scope(division_scope(GONGSHU)):
        registry[3].sites.update(floor_area_m2="1500")
    compute(Quarter(2026, 3), GONGSHU, rerun=True, based_on=1)
    assert verdict(admin, registry[3]).json()["result"]["tier"] == "demonstration"
    assert verdict(admin, registry[3], "2026-Q3/?revision=1").json()["result"]["tier"] == "inclusive"
    assert verdict(admin, registry[3], "2026-Q3/?revision=3").status_code == 404


def test_what_makes_no_sense_is_refused(admin, registry):
    assert list(verdict(admin, registry[1], "2026Q3/").json()["error"]["fields"]) == ["quarter"]
    assert list(verdict(admin, registry[1], "2026-Q3/?revision=x").json()["error"]["fields"]) == ["revision"]
    assert verdict(admin, registry[1], "2025-Q3/").status_code == 404


@pytest.mark.parametrize(
    ("role", "code", "own"),
    [
        (Role.STREET_CLERK, MISHI, {1, 2}),
        (Role.DISTRICT_ADMIN, SHANGCHENG, {4}),
        (Role.CITY_OBSERVER, CITY, {1, 2, 3, 4}),
    ],
)
def test_out_of_scope_answers_like_what_never_existed(program, registry, role, code, own):
    client = program(role, code)
    never = "00000000-0000-4000-8000-000000000000"
    for tail in ("", "2026-Q3/", "2026-Q3/?revision=1"):
        nothing = client.get(f"/api/v1/facilities/{never}/verdicts/{tail}")
        assert nothing.status_code == 404
        for number, facility in registry.items():
            answer = verdict(client, facility, tail)
            assert answer.status_code == (200 if number in own else 404)
            if number not in own:
                assert answer.content == nothing.content


@pytest.mark.parametrize(("rows", "queries"), [(1, 8), (3, 8)])
def test_a_list_costs_the_same_for_any_number_of_rows(admin, registry, rows, queries, django_assert_num_queries):
    run = run_of(admin)
    with django_assert_num_queries(queries):
        assert len(admin.get(f"/api/v1/runs/{run}/verdicts/?page_size={rows}").json()["results"]) == rows


def test_the_number_of_queries_of_one_verdict(admin, registry, django_assert_num_queries):
    verdict(admin, registry[1])  # the rule set is built once a process
    with django_assert_num_queries(11):
        verdict(admin, registry[1])
