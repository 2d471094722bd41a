"""The way to the next tier: what is missing, what can be mended, and that no cheaper path exists."""

from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.models import Verdict
from assessments.queries.gaps import _steps_file, gap
from assessments.queries.rule_sets import named_rules
from assessments.queries.words import words_on
from assessments.rules.explanation import Facts
from assessments.rules.gap import cheapest_path, options_on, take, version_on
from assessments.rules.steps import KnownSpace, RecordStep, SpaceStep, opening, recording
from facilities.models import OfferedFunction
from standards.rules import Construction, Tier
from tests.assessments import registry as make
from tests.assessments.test_run import run_quarter

OPTIONS = options_on(_steps_file(), date(2026, 9, 30))
BEST = {
    "floor_area_documented": 120000, "floor_area_declared": 120000, "base_items": 9, "base_domains": 7,
    "base_items_wide": 9, "local_functions": 1, "local_functions_named": 1, "operator_in_place": 1,
    "projects_all": 12, "projects_market_social": 10, "projects_market_social_resident": 10,
    "partners_market_social": 10,
}  # fmt: skip


@pytest.fixture
def rules(standards):
    return named_rules("gongshu@2025-draft", {})


def facts(**changes):
    return Facts({**BEST, **changes}, Construction.INTEGRATED)


def steps(path):
    return [(step.option.key, step.times, step.tier_after) for step in path.steps]


def gap_of(facility):
    return gap(Verdict.objects.select_related("run").get(run=run_quarter(), facility=facility))


@pytest.mark.requirement("TIER-8")
def test_a_facility_page_shows_what_is_missing_and_the_cheapest_way(gongshu):
    one = make.demonstration()
    one.projects.filter(name__in=["项目 1", "项目 2", "项目 3"]).update(run_by="public")
    one.operators.all().delete()
    result = gap_of(one)
    assert (result.target_label, result.reachable, result.effort) == ("普惠型", True, 7)
    assert [(lack.title, lack.structural, lack.missing) for lack in result.lacks] == [
        ("综合运营", False, True),
        ("入驻运营项目占比", False, False),
    ]
    assert [(step.title, step.times, step.tier_label) for step in result.steps] == [
        ("把 1 个自营项目交给市场主体或社会组织", 1, "未入名录"),
        ("落实综合运营", 1, "普惠型"),
    ]


def test_a_small_building_is_structural_and_blocks_the_way(gongshu):
    one = make.demonstration()
    one.sites.update(floor_area_m2=900)
    OfferedFunction.objects.filter(facility=one).exclude(local_name="").delete()
    result = gap_of(one)
    assert (result.target_label, result.reachable, result.blocked) == ("示范型", False, ("阵地面积",))
    assert [(lack.title, lack.text, lack.structural) for lack in result.lacks] == [
        ("阵地面积", "差 100 ㎡", True),
        ("个性化功能", "差 1 项", False),
    ]
    assert [step.title for step in result.steps] == ["增设 1 项个性化功能"]


def test_an_area_without_document_is_mended_by_the_document(gongshu):
    one = make.demonstration()
    one.sites.update(area_document="")
    result = gap_of(one)
    assert [(step.title, step.tier_label) for step in result.steps] == [("补面积证明", "示范型")]


def test_nothing_lies_above_the_highest_tier(gongshu):
    one = make.demonstration()
    assert gap_of(one).target is None


def test_handing_over_is_cheaper_than_adding_until_nothing_is_left_to_hand_over(rules):
    few = facts(projects_all=10, projects_market_social=7)
    assert steps(cheapest_path(rules, few, OPTIONS, Tier.DEMONSTRATION)) == [
        ("hand_over_project", 3, Tier.DEMONSTRATION)
    ]
    none_own = facts(projects_all=8, projects_market_social=8)
    assert steps(cheapest_path(rules, none_own, OPTIONS, Tier.DEMONSTRATION)) == [
        ("introduce_project", 2, Tier.DEMONSTRATION)
    ]


def test_unknown_projects_block_the_way_since_nobody_knows_what_to_add(rules):
    unknown = facts(projects_all=None, projects_market_social=None)
    path = cheapest_path(rules, unknown, OPTIONS, Tier.DEMONSTRATION)
    assert (path.reachable, path.blocked) == (False, ("demonstration_projects", "demonstration_project_share"))


def test_steps_before_their_first_version_are_none():
    assert options_on(_steps_file(), date(2024, 1, 1)) == ()


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    ours=st.integers(4, 11), own=st.integers(0, 4), items=st.integers(5, 8), local=st.integers(0, 1), operator=st.integers(0, 1)
)  # fmt: skip
def test_no_combination_of_steps_is_cheaper(rules, ours, own, items, local, operator):
    start = facts(
        projects_all=ours + own, projects_market_social=ours, base_items=items, local_functions=local, operator_in_place=operator
    )  # fmt: skip
    path = cheapest_path(rules, start, OPTIONS, Tier.DEMONSTRATION)
    assert path.reachable
    assert path.effort == _cheapest_by_trying(rules, start)
    if path.steps:
        assert path.steps[-1].tier_after == Tier.DEMONSTRATION


def _cheapest_by_trying(rules, start):
    """Every combination of counts that can matter, one by one."""
    by_key = {option.key: option for option in OPTIONS}
    ranges = {
        "hand_over_project": 5,
        "introduce_project": 11,
        "add_base_function": 3,
        "add_local_function": 2,
        "name_operator": 2,
    }
    costs = sorted(
        (sum(by_key[key].effort * n for key, n in zip(ranges, counts, strict=True)), counts)
        for counts in product(*(range(most) for most in ranges.values()))
    )
    for cost, counts in costs:
        after = start
        for key, times in zip(ranges, counts, strict=True):
            if times and after is not None:
                after = take(by_key[key], after, times)
        if after is not None and after.judge(rules).tier[0] == Tier.DEMONSTRATION:
            return cost
    return None


def record_options(rules, unknown, target=Tier.DEMONSTRATION):
    """What can be recorded for a target, with the steps and words that come with the portal."""
    day = date(2026, 9, 30)
    steps = [RecordStep(**step) for step in version_on(_steps_file(), day)["record"]]
    return recording(steps, rules, unknown, rules.gates(target), words_on(day).metrics, OPTIONS)


@pytest.mark.requirement("TIER-8")
def test_what_nobody_recorded_is_recorded_first_and_the_step_says_what_it_would_take(rules):
    unknown = facts(projects_all=None, projects_market_social=None)
    [step] = record_options(rules, unknown)
    assert (step.title, step.sets) == ("补登记入驻运营项目", {"projects_all": 10, "projects_market_social": 10})
    assert step.detail.endswith("登记出来的数要达到：入驻运营项目 ≥ 10 个、入驻运营项目占比 ≥ 80 %")
    path = cheapest_path(rules, unknown, (*OPTIONS, step), Tier.DEMONSTRATION)
    assert steps(path) == [("record:入驻运营项目", 1, Tier.DEMONSTRATION)]


@pytest.mark.parametrize(
    ("missing", "least"),
    [
        ({"base_items": None}, {"base_items": 7}),
        ({"base_items": None, "local_functions": None}, {"base_items": 7, "local_functions": 1}),
        ({"projects_market_social": None}, {"projects_market_social": 10}),
        ({"floor_area_documented": None, "floor_area_declared": None}, {"floor_area_documented": 100_000}),
    ],
)
def test_a_recording_supposes_the_least_that_the_engine_takes_and_one_less_is_not_enough(rules, missing, least):
    unknown = facts(**missing)
    [step] = record_options(rules, unknown)
    assert step.sets == least
    assert take(step, unknown).judge(rules).tier[0] == Tier.DEMONSTRATION
    for metric in least:
        less = facts(**{**missing, **least, metric: least[metric] - 1})
        assert less.judge(rules).tier[0] < Tier.DEMONSTRATION


def test_nothing_is_recorded_twice_and_an_operator_is_put_in_place_rather_than_recorded(rules):
    assert record_options(rules, facts()) == ()
    assert record_options(rules, facts(operator_in_place=None)) == ()
    assert record_options(rules, facts(floor_area_documented=None)) == ()  # 补面积证明 does it


@pytest.mark.requirement("TIER-8")
def test_registered_spaces_are_opened_for_the_duties_and_none_is_given_away_twice(gongshu):
    one = make.demonstration()
    one.spaces.update(used_by="public", is_open_24h=False, is_multifunction=False)
    result = gap_of(one)
    assert result.target is None
    assert [(lack.title, lack.missing) for lack in result.duties] == [
        ("多功能融合面积占比", False),
        ("市场化面积占比", False),
        ("社会化面积占比", False),
        ("24 小时空间占比", False),
    ]
    told = [step.title for step in result.duty_steps]
    given = [title.split("“")[1].split("”")[0] for title in told if "使用" in title]
    assert len(given) == len(set(given)) == 2
    assert {title.partition("”")[2] for title in told} == {
        "排成多功能融合空间", "开放给市场主体使用", "开放给社会组织使用", "开放为 24 小时空间",
    }  # fmt: skip


def test_a_duty_that_a_district_makes_a_gate_is_reached_by_opening_a_space(standards):
    strict = named_rules("gongshu@2025-draft", {"S-1": "gate"})
    closed = facts(
        usable_area=90_000, open24h_area=0, multifunction_area=60_000, market_area=30_000, social_area=30_000
    )
    spaces = [KnownSpace(7, "门厅", 9_000, "public", False, True), KnownSpace(8, "小间", 900, "public", False, True)]
    kinds = [SpaceStep(**step) for step in version_on(_steps_file(), date(2026, 9, 30))["space"]]
    path = cheapest_path(strict, closed, (*OPTIONS, *opening(kinds, spaces)), Tier.DEMONSTRATION)
    assert steps(path) == [("open_space_24h:7", 1, Tier.DEMONSTRATION)]
