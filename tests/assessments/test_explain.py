"""The words of a result: what was counted, what each tier asks, what is missing, and what another reading would give."""

from datetime import date

import pytest

from assessments.models import Verdict
from assessments.queries import lists, summaries
from assessments.queries.explain import explain
from assessments.queries.runs import latest_run, latest_runs, runs_over_time
from standards.rules import Kind, Outcome, Tier
from tenants.rules import code_range
from tests.assessments import registry as make
from tests.assessments.registry import GONGSHU
from tests.assessments.test_run import Q2, Q3, run_quarter

CODES = code_range(GONGSHU)


def explained(run, facility):
    return explain(Verdict.objects.select_related("run").get(run=run, facility=facility))


def line(explanation, key):
    everything = (*explanation.gates, *explanation.duties, *explanation.definitions, *explanation.city)
    return next(each for each in everything if each.key == key)


def cells(explanation, key):
    return [(c.tier_label, c.outcome, c.threshold, c.shortfall) for c in line(explanation, key).cells]


@pytest.mark.requirement("TIER-8")
def test_the_matrix_shows_value_threshold_and_shortfall_for_each_tier(gongshu):
    one = make.demonstration()
    one.sites.update(floor_area_m2="940")
    one.projects.filter(name__in=["项目 1", "项目 2", "项目 3"]).update(run_by="public")
    result = explained(run_quarter(), one)
    assert (result.tier_label, result.headline) == ("未入名录", "未入名录，到普惠型还差 1 项")
    area = line(result, "area")
    assert (area.title, area.value, area.sources, area.clause) == (
        "阵地面积", "940 ㎡", ("点位",), "拱墅 三(一)1、拱墅 三(一)2",
    )  # fmt: skip
    assert cells(result, "area") == [
        ("普惠型", Outcome.MET, "≥ 600 ㎡", ""),
        ("示范型", Outcome.NOT_MET, "≥ 1,000 ㎡", "差 60 ㎡"),
    ]
    assert line(result, "project_share").value == "7 / 11 个（63.63 %）"
    assert cells(result, "project_share") == [
        ("普惠型", Outcome.NOT_MET, "≥ 70 %", "差 1 个（改由市场主体或社会组织运营），或新增 3 个"),
        ("示范型", Outcome.NOT_MET, "≥ 80 %", "差 2 个（改由市场主体或社会组织运营），或新增 9 个"),
    ]
    assert cells(result, "local_functions")[0] == ("普惠型", Outcome.MET, "不要求", "")
    assert area.quote == "集成式阵地面积不少于1000平方米,片区化或街区化阵地面积不少于1500平方米"


def test_duties_definitions_and_the_city_standard_stand_beside_the_tier(gongshu):
    one = make.demonstration(construction="area")
    one.sites.update(floor_area_m2="1500")
    make.coverage(one, 330105001051)
    result = explained(run_quarter(), one)
    assert result.tier_label == "示范型"
    assert (line(result, "area_communities").value, cells(result, "area_communities")[0][1:]) == (
        "1 个", (Outcome.NOT_MET, "2–3 个", "差 1 个"),
    )  # fmt: skip
    assert cells(result, "streetblock_hub")[0][1:] == (Outcome.MET, "不适用", "")
    assert line(result, "market_share").value == "300 / 900 ㎡（33.33 %）"
    assert line(result, "charity_funds").value == "180,000 元"
    assert {each.kind for each in result.city} == {Kind.CITY}


def test_a_missing_fact_is_said_and_never_a_fail(gongshu):
    one = make.demonstration()
    one.sites.update(area_document="")
    result = explained(run_quarter(), one)
    assert line(result, "area").value == "缺数据"
    assert cells(result, "area")[0] == ("普惠型", Outcome.UNKNOWN, "≥ 600 ㎡", "待补：点位台账")
    assert (result.best_tier, result.undetermined) == (Tier.DEMONSTRATION, True)
    assert result.headline == "未入名录，1 项缺数据，补齐数据后最高可到示范型"


@pytest.mark.requirement("FUN-1")
def test_a_reading_that_changes_the_tier_is_named_first(gongshu):
    one = make.demonstration()
    one.functions.filter(item_number__gt=11).delete()
    make.functions(one, items=(3, 4, 5))  # seven items of two domains
    result = explained(run_quarter(), one)
    first = result.readings[0]
    assert (result.sensitive, first.key, first.changes, first.is_ruled) == (True, "G-1", True, False)
    assert {(o.option, o.tier_label) for o in first.others if o.changes} == {("domains_7", "未入名录")}
    assert [v.facility_id for v in lists.reading_sensitive(result.run)] == [one.pk]


def test_the_draft_status_of_the_standard_goes_with_the_result(gongshu):
    one = make.demonstration()
    result = explained(run_quarter(), one)
    assert result.based_on_draft is True
    assert [(str(v), v.get_status_display()) for v in result.versions] == [
        ("gongshu@2025-draft", "征求意见稿"),
        ("hangzhou@2025", "正式"),
    ]


def test_a_facility_without_any_ledger_can_be_explained(gongshu):
    one = make.facility()
    result = explained(run_quarter(), one)
    assert {each.value for each in result.gates} == {"缺数据"}
    assert {cell.outcome for each in result.gates for cell in each.cells if cell.applies} == {Outcome.UNKNOWN}


def test_tier_changes_come_with_the_criteria_that_flipped(gongshu):
    up, down = make.demonstration(1), make.demonstration(2)
    up.sites.update(floor_area_m2=700)
    before = run_quarter(Q2)
    up.sites.update(floor_area_m2=1200)
    down.operators.all().delete()
    run = run_quarter(Q3)
    assert run.compared_with == before
    assert [(c.facility_id, c.before_label, c.after_label, c.risen, c.reasons) for c in lists.tier_changes([run])] == [
        (up.pk, "普惠型", "示范型", True, ("阵地面积：700 ㎡ → 1,200 ㎡",)),
        (down.pk, "示范型", "未入名录", False, ("综合运营：有 → 缺数据",)),
    ]
    assert [v.facility_id for v in lists.undetermined(run)] == [down.pk]


def test_lists_by_criterion_and_by_part_of_the_district(gongshu):
    small, other = make.demonstration(1, code=330105001051), make.demonstration(2, code=330105002051)
    for each in (small, other):
        each.sites.update(floor_area_m2=700)
    run = run_quarter()
    assert {v.facility_id for v in lists.failing(run, "demonstration_area")} == {small.pk, other.pk}
    assert [v.facility_id for v in lists.failing(run, "demonstration_area", code_range(330105002000))] == [other.pk]
    assert list(lists.failing(run, "inclusive_area")) == []
    with pytest.raises(KeyError):
        lists.failing(run, "no_such_criterion")
    verdict = Verdict.objects.select_related("run").get(run=run, facility=small)
    assert lists.gates_lacking(verdict, lists.rules_of(run)) == (1, 0)


def test_history_of_a_facility_names_the_quarters_in_which_it_was_not_judged(gongshu):
    one = make.demonstration(opened=date(2026, 4, 1))
    for quarter in (Q2.previous, Q2, Q3):
        run_quarter(quarter)
    points = lists.history(one.pk, CODES)
    assert [(p.quarter, p.tier_label, p.reason) for p in points] == [
        ("2026-Q1", "—", "当日没有类型与状态记录"),
        ("2026-Q2", "示范型", ""),
        ("2026-Q3", "示范型", ""),
    ]


def test_the_newest_revision_of_the_newest_quarter_is_the_latest(gongshu):
    make.demonstration()
    run_quarter(Q2)
    run_quarter(Q3)
    again = run_quarter(Q3, rerun=True, reason="核对", based_on=1)
    assert latest_run(code_range(330105001000)) == again
    assert latest_runs(code_range(330100000000)) == [again]
    assert [(run.quarter, run.revision) for run in runs_over_time(CODES)] == [("2026-Q2", 1), ("2026-Q3", 2)]


def test_summaries_of_the_divisions_below_and_over_time(gongshu):
    make.demonstration(1, code=330105001051)
    make.demonstration(2, code=330105002051)
    run_quarter(Q2)
    run = run_quarter(Q3)
    below = summaries.summaries_below(run, GONGSHU)
    assert [(row.division_code, row.demonstration) for row in below] == [(330105001000, 1), (330105002000, 1)]
    assert [row.division_code for row in summaries.summaries_below(run, 330105002000)] == [330105002051]
    assert [(r.quarter, s.demonstration) for r, s in summaries.summaries_over_time(GONGSHU)] == [
        ("2026-Q2", 2),
        ("2026-Q3", 2),
    ]


@pytest.mark.parametrize("size", [1, 3])
def test_an_explanation_takes_the_same_queries_whatever_the_size(gongshu, size, django_assert_num_queries):
    made = [make.demonstration(number) for number in range(1, size + 1)]
    run = run_quarter()
    verdict = Verdict.objects.select_related("run").get(run=run, facility=made[0])
    explain(verdict)  # rules and words of a version are read once per process
    with django_assert_num_queries(2):
        explain(verdict)
