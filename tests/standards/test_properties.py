"""What holds for every facility: hypothesis looks for one that breaks it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standards.rules import MISSING, Outcome, Tier, classify, judge
from tests.standards import files
from tests.standards.test_clauses import rules

RULES = rules()
RECORDED = [metric for metric in files.standard("metrics")["metric"] if metric.get("recorded", True)]
FLOOR_AREAS = ["floor_area_documented", "floor_area_declared"]


def _amounts(metric):
    largest = {"㎡": 200_000, "元": 30_000_000, "": 1}.get(metric["unit"], 16)
    return st.one_of(st.integers(0, largest), st.just(MISSING))


facility = st.fixed_dictionaries({metric["key"]: _amounts(metric) for metric in RECORDED})
construction = st.sampled_from([-1, 0, 1, 2])
one_metric = st.sampled_from([metric["key"] for metric in RECORDED])


def judged(facilities, kinds):
    facts = {key: np.array([each[key] for each in facilities], np.int64) for key in facilities[0]}
    return classify(RULES, facts, np.array(kinds, np.int8))


@pytest.mark.requirement("TIER-8")
@given(facility, construction, st.sampled_from(FLOOR_AREAS), st.integers(0, 300_000))
def test_more_floor_area_never_lowers_a_tier(facts, kind, which, more):
    grown = {**facts, which: facts[which] if facts[which] == MISSING else facts[which] + more}
    verdicts = judged([facts, grown], [kind, kind])
    assert verdicts.tier[1] >= verdicts.tier[0]
    assert verdicts.best_tier[1] >= verdicts.best_tier[0]
    for tiers in verdicts.tiers_by_reading.values():
        assert tiers[1] >= tiers[0]


@given(facility, construction, st.sampled_from(["base_items", "local_functions", "base_domains"]), st.integers(0, 9))
def test_more_functions_never_lower_a_tier(facts, kind, which, more):
    grown = {**facts, which: facts[which] if facts[which] == MISSING else facts[which] + more}
    verdicts = judged([facts, grown], [kind, kind])
    assert verdicts.tier[1] >= verdicts.tier[0]


@pytest.mark.requirement("TIER-8")
@given(facility, construction, one_metric)
def test_a_missing_fact_never_raises_a_tier_and_never_makes_an_outcome_met(facts, kind, forgotten):
    verdicts = judged([facts, {**facts, forgotten: MISSING}], [kind, kind])
    assert verdicts.tier[1] <= verdicts.tier[0]
    for tiers in verdicts.tiers_by_reading.values():
        assert tiers[1] <= tiers[0]
    before, after = verdicts.outcomes
    assert all(now in {was, Outcome.UNKNOWN} for was, now in zip(before.tolist(), after.tolist(), strict=True))


@given(facility, construction, one_metric, st.integers(0, 300_000))
def test_a_fact_that_turns_up_keeps_the_tier_within_what_was_possible(facts, kind, found, value):
    verdicts = judged([{**facts, found: MISSING}, {**facts, found: value}], [kind, kind])
    assert verdicts.tier[0] <= verdicts.tier[1] <= verdicts.best_tier[1] <= verdicts.best_tier[0]


@given(facility, construction)
def test_a_reading_that_only_lacks_facts_does_not_make_a_facility_sensitive(facts, kind):
    """Forget what the area reading of G-2 alone counts: nobody can say that it would change the tier."""
    unrecorded = dict.fromkeys(("project_area_all", "project_area_market_social"), MISSING)
    verdicts = judged([{**facts, **unrecorded}], [kind])
    by_area = next(reading for reading in verdicts.tiers_by_reading if reading.interpretation == "G-2")
    counted = judged([{**facts, **unrecorded, "projects_all": 10, "projects_market_social": 10}], [kind])
    assert verdicts.tiers_by_reading[by_area][0] == Tier.UNRATED
    assert counted.tiers_by_reading[by_area][0] <= counted.tier[0] <= counted.best_by_reading[by_area][0]


@settings(max_examples=30)
@given(st.lists(st.tuples(facility, construction), min_size=1, max_size=6))
def test_one_facility_is_an_array_of_length_one(each):
    together = judged([facts for facts, _ in each], [kind for _, kind in each])
    for row, (facts, kind) in enumerate(each):
        alone = judged([facts], [kind])
        assert alone.tier[0] == together.tier[row]
        assert alone.sensitive[0] == together.sensitive[row]
        assert alone.undetermined[0] == together.undetermined[row]
        assert alone.outcomes[0].tolist() == together.outcomes[row].tolist()


@settings(max_examples=30)
@given(st.lists(st.tuples(facility, construction), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_facilities_does_not_matter(each, random):
    order = list(range(len(each)))
    random.shuffle(order)
    straight = judged([facts for facts, _ in each], [kind for _, kind in each])
    mixed = judged([each[i][0] for i in order], [each[i][1] for i in order])
    assert mixed.tier.tolist() == straight.tier[order].tolist()
    assert mixed.outcomes.tolist() == straight.outcomes[order].tolist()


@given(facility, construction)
def test_what_is_sensitive_has_another_tier_under_some_reading(facts, kind):
    verdicts = judged([facts], [kind])
    others = {int(tiers[0]) for tiers in verdicts.tiers_by_reading.values()}
    assert bool(verdicts.sensitive[0]) == bool(others - {int(verdicts.tier[0])})


@settings(max_examples=30)
@given(facility, construction)
def test_an_alternative_gives_what_ruling_for_it_would_give(facts, kind):
    verdicts = judged([facts], [kind])
    columns = {key: np.array([value], np.int64) for key, value in facts.items()}
    for reading, tiers in verdicts.tiers_by_reading.items():
        ruled = classify(rules({reading.interpretation: reading.option}), columns, np.array([kind], np.int8))
        assert tiers[0] == ruled.tier[0]


@given(facility, construction)
def test_every_outcome_is_one_of_three(facts, kind):
    columns = {key: np.array([value], np.int64) for key, value in facts.items()}
    for criterion in RULES.criteria:
        assert judge(criterion, columns, np.array([kind], np.int8))[0] in {0, 1, 2}
