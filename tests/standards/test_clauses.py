"""The clause tests of `clauses/*.toml`: what a document asks for, on both sides of every threshold."""

from functools import cache

import numpy as np
import pytest

from standards.rules import Kind, Operator, build, classify, values
from tests.standards import files


def rules(readings=None):
    return _built(tuple(sorted((readings or {}).items())))


@cache
def _built(readings):
    standards = [files.standard("gongshu-2025"), files.standard("hangzhou-2025")]
    return build(standards, files.standard("interpretations"), dict(readings))


def _named(entry, kind, case):
    told = " ".join(f"{name}={value}" for name, value in {**case["facts"], **case.get("readings", {})}.items())
    return f"{entry['criterion']}-{kind}-{told}"


@pytest.mark.parametrize(
    ("entry", "kind", "case"),
    [
        pytest.param(*each, id=_named(*each), marks=pytest.mark.requirement(*each[0]["requirements"]))
        for each in files.cases()
    ],
)
def test_the_clause_is_judged_as_the_document_says(entry, kind, case):
    rule_set = rules(case.get("readings"))
    criterion = rule_set[entry["criterion"]]
    verdicts = classify(rule_set, files.columns(case["facts"]), np.array([files.TYPES[kind]], np.int8))

    assert criterion.source.clause == entry["clause"]
    assert verdicts.outcomes[0, rule_set.position(criterion.key)] == files.OUTCOMES[case["outcome"]]
    assert verdicts.tier[0] == files.TIERS[case["tier"]]
    if "sensitive_to" in case:
        present = verdicts.tier[0]
        changing = {
            reading.interpretation
            for reading, least in verdicts.tiers_by_reading.items()
            if not least[0] <= present <= verdicts.best_by_reading[reading][0]
        }
        assert changing == set(case["sensitive_to"])
        assert bool(verdicts.sensitive[0]) == bool(case["sensitive_to"])


def _cases_of(criterion, kind):
    """(value, whole) in base units and the outcome of every default-reading case of a criterion and a type."""
    for entry, its_kind, case in files.cases():
        if entry["criterion"] == criterion.key and its_kind == kind and not case.get("readings"):
            facts = files.columns(case["facts"])
            value, whole = (int(values(names, facts, 1)[0][0]) for names in (criterion.metrics, criterion.denominators))
            yield value, whole, case["outcome"]


def _both_sides(criterion, limit):
    """The outcomes that must be among the cases: at the threshold, and one base unit beside it."""
    match criterion.operator:
        case Operator.IS_TRUE:
            return {(1, 0, "达标"), (0, 0, "未达")}
        case Operator.BETWEEN:
            low, high = limit.value, limit.upper
            return {(low - 1, 0, "未达"), (low, 0, "达标"), (high, 0, "达标"), (high + 1, 0, "未达")}
        case _:
            return {(limit.value, 0, "达标"), (limit.value - 1, 0, "未达")}


@pytest.mark.parametrize("criterion", rules().criteria, ids=lambda criterion: criterion.key)
@pytest.mark.parametrize("kind", ["集成式", "片区化", "街区化"])
def test_every_threshold_has_cases_on_both_sides(criterion, kind):
    if not criterion.applies_to(files.TYPES[kind]):
        assert {outcome for *_, outcome in _cases_of(criterion, kind)} <= {"达标"}
        return
    limit = criterion.threshold_for(files.TYPES[kind])
    found = set(_cases_of(criterion, kind))
    if limit is None:
        assert criterion.key == "city_services"
    elif criterion.operator is Operator.SHARE_AT_LEAST:
        at_the_line = {(v, w) for v, w, outcome in found if outcome == "达标" and v * limit.parts == w * limit.value}
        assert any((v - 1, w, "未达") in found for v, w in at_the_line)
    else:
        assert _both_sides(criterion, limit) <= found


@pytest.mark.requirement("TIER-1", "TIER-3")
def test_only_the_two_tier_clauses_are_gates_by_default():
    gates = [criterion for criterion in rules().criteria if criterion.kind is Kind.GATE]
    assert {criterion.source.clause for criterion in gates} == {"拱墅 三(一)1", "拱墅 三(一)2"}
    assert [criterion.key for criterion in gates] == [
        "demonstration_area",
        "demonstration_base_functions",
        "demonstration_local_functions",
        "demonstration_operator",
        "demonstration_projects",
        "demonstration_project_share",
        "inclusive_area",
        "inclusive_base_functions",
        "inclusive_operator",
        "inclusive_projects",
        "inclusive_project_share",
    ]
