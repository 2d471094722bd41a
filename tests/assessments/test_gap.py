"""The way to the next tier: what is missing, what can be mended, and that no cheaper path exists."""

from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.models import Verdict
from assessments.queries.gaps import _steps_file, gap
from assessments.queries.rule_sets import named_rules
from assessments.rules.explanation import Facts
from assessments.rules.gap import cheapest_path, options_on, take
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
