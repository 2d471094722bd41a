"""The engine at its edges: what is missing, what is nothing, what does not fit, and how large runs are cut."""

import numpy as np
import pytest

from standards.rules import (
    MISSING,
    Construction,
    Criterion,
    Kind,
    Operator,
    Outcome,
    Reading,
    RuleSet,
    Source,
    Threshold,
    Tier,
    classify,
    fingerprint,
    judge,
    judging,
    values,
)
from tests.standards import files
from tests.standards.test_clauses import rules

INTEGRATED = np.array([Construction.INTEGRATED], np.int8)
NOT_MET, MET, UNKNOWN = Outcome.NOT_MET, Outcome.MET, Outcome.UNKNOWN


def criterion(operator, *metrics, threshold=None, denominators=(), **others):
    return Criterion(
        key="some_criterion",
        title="某条",
        kind=Kind.DUTY,
        operator=operator,
        metrics=metrics,
        denominators=denominators,
        thresholds=(threshold,) * 3,
        unit="个",
        source=Source("some-document", "某 一", "原文"),
        **others,
    )


def outcome(rule, **facts):
    return judge(rule, {name: np.array([value], np.int64) for name, value in facts.items()}, INTEGRATED)[0]


@pytest.mark.parametrize(("value", "expected"), [(4, MET), (5, MET), (6, NOT_MET), (MISSING, UNKNOWN)])
def test_at_most(value, expected):
    assert outcome(criterion(Operator.AT_MOST, "a", threshold=Threshold(5)), a=value) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [(5, 0, MET), (0, 5, MET), (5, MISSING, MET), (4, 4, NOT_MET), (4, MISSING, UNKNOWN), (MISSING, MISSING, UNKNOWN)],
)
def test_any_needs_one_and_denies_only_when_all_are_known(a, b, expected):
    assert outcome(criterion(Operator.ANY, "a", "b", threshold=Threshold(5)), a=a, b=b) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(2, 3, MET), (2, 2, NOT_MET), (9, MISSING, UNKNOWN), (MISSING, 9, UNKNOWN)]
)
def test_several_metrics_are_summed_and_one_missing_makes_the_sum_unknown(a, b, expected):
    assert outcome(criterion(Operator.AT_LEAST, "a", "b", threshold=Threshold(5)), a=a, b=b) == expected


def test_a_metric_that_nobody_brings_is_unknown():
    assert outcome(criterion(Operator.AT_LEAST, "a", threshold=Threshold(5))) == UNKNOWN


def test_a_criterion_without_threshold_is_unknown_whatever_the_value():
    assert outcome(criterion(Operator.AT_LEAST, "a"), a=9) == UNKNOWN


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(8, 10, MET), (7, 10, NOT_MET), (0, 0, NOT_MET), (5, 0, NOT_MET), (MISSING, 10, UNKNOWN), (8, MISSING, UNKNOWN)],
)
def test_a_share_of_nothing_is_not_met_and_of_something_unknown_unknown(part, whole, expected):
    rule = criterion(Operator.SHARE_AT_LEAST, "part", denominators=("whole",), threshold=Threshold(4, parts=5))
    assert outcome(rule, part=part, whole=whole) == expected


@pytest.mark.parametrize("share", [Threshold(4, parts=5), Threshold(80, parts=100), Threshold(8000, parts=10_000)])
def test_equal_shares_judge_alike_however_they_are_written(share):
    parts = np.arange(101, dtype=np.int64)
    facts = {"part": parts, "whole": np.full(101, 100, np.int64)}
    rule = criterion(Operator.SHARE_AT_LEAST, "part", denominators=("whole",), threshold=share)
    assert judge(rule, facts, np.zeros(101, np.int8)).tolist() == [NOT_MET] * 80 + [MET] * 21


def test_a_share_is_compared_where_floats_would_round():
    whole = 3 * 10**15
    rule = criterion(Operator.SHARE_AT_LEAST, "part", denominators=("whole",), threshold=Threshold(1, parts=3))
    assert outcome(rule, part=10**15, whole=whole) == MET
    assert outcome(rule, part=10**15 - 1, whole=whole) == NOT_MET


def test_what_does_not_fit_into_64_bits_is_refused_and_not_wrapped():
    rule = criterion(Operator.SHARE_AT_LEAST, "part", denominators=("whole",), threshold=Threshold(4, parts=5))
    with pytest.raises(OverflowError, match="does not fit into 64 bits"):
        outcome(rule, part=2**62, whole=2**62)
    with pytest.raises(OverflowError, match="× 2 does not fit"):
        outcome(criterion(Operator.AT_LEAST, "a", "b", threshold=Threshold(5)), a=2**62, b=2**62)


def test_an_amount_below_zero_is_refused():
    with pytest.raises(ValueError, match="a: an amount below zero"):
        outcome(criterion(Operator.AT_LEAST, "a", threshold=Threshold(5)), a=-1)


def test_a_district_without_facilities_is_judged_too():
    none = np.array([], np.int64)
    found = judge(criterion(Operator.AT_LEAST, "a", threshold=Threshold(5)), {"a": none}, np.array([], np.int8))
    assert found.shape == (0,)


def test_an_unknown_construction_type_matters_only_where_it_decides():
    unknown = np.array([Construction.UNKNOWN], np.int8)
    rule_set, facts = rules(), files.columns({})
    by_key = {each.key: judge(each, facts, unknown)[0] for each in rule_set.criteria}
    assert {key for key, found in by_key.items() if found == UNKNOWN and not key.startswith("city_")} == {
        "demonstration_area",
        "inclusive_area",
        "area_communities",
        "streetblock_hub",
    }


def test_threshold_for_tells_what_a_page_may_show():
    rule_set = rules()
    area, functions = rule_set["demonstration_area"], rule_set["demonstration_base_functions"]
    assert area.threshold_for(Construction.INTEGRATED) == Threshold(100_000)
    assert area.threshold_for(Construction.STREETBLOCK) == Threshold(150_000)
    assert area.threshold_for(Construction.UNKNOWN) is None
    assert functions.threshold_for(Construction.UNKNOWN) == Threshold(7)


def test_no_facilities_give_no_verdicts():
    verdicts = classify(rules(), {}, np.empty(0, np.int8))
    assert verdicts.outcomes.shape == (0, len(rules().criteria))
    assert verdicts.tier.tolist() == []
    assert judge(rules()["market_share"], {"market_area": np.empty(0, np.int64)}, np.empty(0, np.int8)).tolist() == []


def test_a_tier_without_gates_is_never_given():
    only_duties = RuleSet(("x@1",), (), (criterion(Operator.AT_LEAST, "a", threshold=Threshold(1)),))
    verdicts = classify(only_duties, {"a": np.array([9], np.int64)}, INTEGRATED)
    assert verdicts.tier.tolist() == [Tier.UNRATED]
    assert verdicts.best_tier.tolist() == [Tier.UNRATED]
    assert not verdicts.undetermined[0]


@pytest.mark.requirement("TIER-8")
@pytest.mark.parametrize(
    ("facts", "tier", "best", "undetermined"),
    [
        ({}, Tier.DEMONSTRATION, Tier.DEMONSTRATION, False),
        ({"个性化功能": "缺"}, Tier.INCLUSIVE, Tier.DEMONSTRATION, True),
        ({"个性化功能": "缺", "建筑面积（有证明）": "999 ㎡"}, Tier.INCLUSIVE, Tier.INCLUSIVE, False),
        ({"建筑面积（有证明）": "缺"}, Tier.UNRATED, Tier.DEMONSTRATION, True),
        ({"建筑面积（有证明）": "缺", "综合运营": "没有"}, Tier.UNRATED, Tier.UNRATED, False),
    ],
)
def test_a_missing_fact_lowers_a_tier_and_says_so(facts, tier, best, undetermined):
    verdicts = classify(rules(), files.columns(facts), INTEGRATED)
    assert (verdicts.tier[0], verdicts.best_tier[0], bool(verdicts.undetermined[0])) == (tier, best, undetermined)


def test_a_large_run_is_cut_into_blocks_that_change_nothing(monkeypatch):
    facilities = [{"基础功能（清单 1–30 号）": f"{number % 10} 项"} for number in range(25)]
    facts, kinds = files.columns(*facilities), np.arange(25, dtype=np.int8) % 3
    whole = classify(rules(), facts, kinds)
    monkeypatch.setattr(judging, "_BLOCK", 4)
    cut = classify(rules(), facts, kinds)
    assert cut.tier.tolist() == whole.tier.tolist()
    assert cut.best_tier.tolist() == whole.best_tier.tolist()
    assert cut.outcomes.tolist() == whole.outcomes.tolist()
    assert cut.sensitive.tolist() == whole.sensitive.tolist()
    assert {key: tier.tolist() for key, tier in cut.tiers_by_reading.items()} == {
        key: tier.tolist() for key, tier in whole.tiers_by_reading.items()
    }


def test_the_alternatives_are_named_by_reading():
    found = set(classify(rules(), files.columns({}), INTEGRATED).tiers_by_reading)
    assert Reading("G-1", "domains_7") in found
    assert Reading("G-1", "items_30") not in found
    assert not {reading.interpretation for reading in found} & {"S-1", "S-2", "S-3"}


def test_values_sum_what_is_recorded_and_say_what_is_not():
    facts = {"a": np.array([1, 2, MISSING]), "b": np.array([10, MISSING, 30])}
    total, known = values(("a", "b"), facts, 3)
    assert total.tolist() == [11, 0, 0]
    assert known.tolist() == [True, False, False]


@pytest.mark.requirement("DOC-7")
def test_a_fingerprint_changes_with_any_fact_and_not_with_the_order_of_metrics():
    kinds = np.zeros(2, np.int8)
    a, b = np.array([1, 2]), np.array([3, MISSING])
    assert fingerprint({"a": a, "b": b}, kinds) == fingerprint({"b": b, "a": a}, kinds.astype(np.int64))
    different = [
        fingerprint({"a": a, "b": b}, kinds),
        fingerprint({"a": b, "b": a}, kinds),
        fingerprint({"a": a}, kinds),
        fingerprint({"a": a, "b": b}, kinds + 1),
    ]
    assert len(set(different)) == 4


@pytest.mark.requirement("DOC-7")
def test_the_content_hash_is_stable_and_changes_with_every_reading():
    assert rules().content_hash == rules().content_hash
    assert rules({"G-1": "items_30"}).content_hash == rules().content_hash
    hashes = {rules({"G-1": option}).content_hash for option in ("items_30", "domains_7", "items_33")}
    assert len(hashes) == 3


def test_a_rule_set_is_read_by_key():
    assert rules()["market_share"].metrics == ("market_area",)
    assert rules().criteria[rules().position("market_share")].key == "market_share"
    with pytest.raises(KeyError):
        rules().position("no_such_criterion")


def test_the_metrics_of_a_rule_set_include_those_of_its_alternatives():
    assert {"base_items", "base_domains", "base_items_wide", "usable_area"} <= set(rules().metrics)
