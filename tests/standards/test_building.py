"""Files that contradict themselves are refused, with a sentence that names what is wrong."""

import copy

import pytest

from standards.rules import Kind, RuleError, Threshold, Tier, build
from standards.rules.amounts import AmountError, amount_of, threshold_of, written, written_threshold
from standards.rules.checks import problems
from tests.standards import files

REGISTER = {"interpretation": []}


def standard(**changes):
    """A parsed file with one duty, changed as told."""
    entry = {
        "key": "rule",
        "title": "某条",
        "kind": "duty",
        "operator": "at_least",
        "metrics": ["a"],
        "threshold": "3 个",
        "unit": "个",
        "clause": "拱墅 一",
        "quote": "原文",
    }
    entry.update(changes)
    return {
        "standard": {"key": "some", "kind": "criteria"},
        "version": {"number": "1", "document": "some-document", "register": "1"},
        "criterion": [{key: value for key, value in entry.items() if value is not None}],
    }


def register(*options, default="one", key="G-99"):
    entry = {"key": key, "default": default, "clauses": ["拱墅 一"], "option": [{"key": "one"}, *options]}
    return {"standard": {"key": "interpretations", "kind": "register"}, "interpretation": [entry]}


def option(**change):
    return {"key": "other", "change": [{"criteria": ["rule"], **change}]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"operator": "roughly"}, "rule: 'roughly' is not a valid Operator"),
        ({"kind": "gate"}, "rule: a gate names its tiers"),
        ({"tiers": ["inclusive"]}, "rule: a gate names its tiers"),
        ({"denominators": ["b"]}, "rule: a share names its denominators"),
        ({"operator": "share_at_least"}, "rule: a share names its denominators"),
        ({"threshold": "many"}, "rule: “many” is not an amount with its unit"),
        ({"concerns": ["tower"]}, "rule: 'TOWER'"),
        ({"title": None}, "rule: 'title'"),
    ],
)
def test_a_criterion_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(RuleError, match=message):
        build([standard(**changes)], REGISTER)


def test_two_criteria_of_one_key_are_refused():
    with pytest.raises(RuleError, match="rule: two criteria have this key"):
        build([standard(), standard()], REGISTER)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": "many"}, "rule: “many” is not an amount"),
        ({"gate_of": ["golden"], "severity": "不够"}, "rule: 'GOLDEN'"),
        ({"gate_of": ["inclusive"]}, "rule: 'severity'"),
    ],
)
def test_an_option_that_cannot_be_read_is_refused(change, message):
    with pytest.raises(RuleError, match=message):
        build([standard()], register(option(**change)))


def test_a_choice_that_is_no_option_is_refused():
    with pytest.raises(RuleError, match="G-99: third is not one of its options"):
        build([standard()], register(option(threshold="4 个")), {"G-99": "third"})


def test_an_option_changes_the_criteria_it_names_and_no_others():
    two = {**standard(), "criterion": [*standard()["criterion"], *standard(key="second")["criterion"]]}
    rules = build([two], register(option(threshold="4 个")), {"G-99": "other"})
    assert rules["rule"].thresholds[0] == Threshold(4)
    assert rules["second"].thresholds[0] == Threshold(3)


def test_an_option_may_name_criteria_of_another_standard():
    change = {"key": "other", "change": [{"criteria": ["rule", "elsewhere"], "threshold": "4 个"}]}
    assert build([standard()], register(change), {"G-99": "other"})["rule"].thresholds[0] == Threshold(4)


def test_a_duty_made_a_gate_says_what_follows_when_it_is_not_met():
    gate = option(gate_of=["inclusive"], severity="不够就不能测算为普惠型")
    changed = build([standard(severity="不影响等级")], register(gate), {"G-99": "other"})["rule"]
    assert (changed.kind, changed.tiers, changed.source.severity) == (
        Kind.GATE,
        (Tier.INCLUSIVE,),
        "不够就不能测算为普惠型",
    )


def test_an_option_without_effect_is_no_alternative():
    assert build([standard()], register(option(metrics={"b": "c"}))).alternatives == ()


def test_an_interpretation_that_concerns_none_of_the_criteria_is_left_out():
    assert build([standard(key="alone")], register(option(threshold="4 个"))).readings == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000 ㎡", Threshold(100_000)),
        ("999.99 ㎡", Threshold(99_999)),
        ("15 万元", Threshold(15_000_000)),
        ("0.01 元", Threshold(1)),
        ("7 项", Threshold(7)),
        ("2–3 个", Threshold(2, upper=3)),
        ("80 %", Threshold(4, parts=5)),
        ("12.5 %", Threshold(1, parts=8)),
        (None, None),
    ],
)
def test_written_thresholds_become_whole_base_units(text, expected):
    assert threshold_of(text) == expected


@pytest.mark.parametrize("text", ["", "㎡", "1.2.3 ㎡", "0.001 ㎡", "1.5 个", "七项"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(AmountError):
        threshold_of(text)


@pytest.mark.parametrize("text", ["80 %", "2–3 个"])
def test_a_share_or_range_is_not_a_single_amount(text):
    with pytest.raises(AmountError, match="is not a single amount"):
        amount_of(text)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (99_999, "㎡", "999.99 ㎡"),
        (100_000, "㎡", "1,000 ㎡"),
        (15_000_000, "元", "150,000 元"),
        (7, "项", "7 项"),
        (1, "", "1"),
    ],
)
def test_amounts_are_written_with_their_unit(value, unit, expected):
    assert written(value, unit) == expected


@pytest.mark.parametrize(
    ("limit", "unit", "expected"),
    [
        (Threshold(4, parts=5), "%", "80 %"),
        (Threshold(1, parts=8), "%", "12.5 %"),
        (Threshold(2, upper=3), "个", "2–3 个"),
        (Threshold(100_000), "㎡", "1,000 ㎡"),
    ],
)
def test_thresholds_are_written_as_in_the_document(limit, unit, expected):
    assert written_threshold(limit, unit) == expected


# --- what keeps a file from being published ---------------------------------------------------------------------------

CLAUSES = {"拱墅 一": "一、这里有原文。"}


def test_a_sound_file_has_no_problems():
    assert problems(standard(), CLAUSES, register(option(threshold="4 个")), ["a"]) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quote": "别的话"}, "拱墅 一: “别的话” does not stand there"),
        ({"clause": "拱墅 九"}, "拱墅 九: no document has this clause"),
        ({"metrics": ["b"]}, "b: this metric is not defined"),
        ({"interpretations": ["G-1"]}, "rule: the register has no reading G-1"),
        ({"operator": "roughly"}, "rule: 'roughly' is not a valid Operator"),
    ],
)
def test_a_file_that_may_not_be_published_says_why(changes, message):
    assert problems(standard(**changes), CLAUSES, register(), ["a"]) == [message]


def test_a_file_without_its_register_may_not_be_published():
    assert problems(standard(), CLAUSES) == ["There is no register of readings 1"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"clauses": ["拱墅 九"]}, "G-99: no document has the clause 拱墅 九"),
        ({"default": "third"}, "G-99: the default third is not one of its options"),
        ({"option": []}, "G-99: neither options nor a reading"),
    ],
)
def test_a_register_that_may_not_be_published_says_why(entry, message):
    data = copy.deepcopy(register())
    data["interpretation"][0].update(entry)
    assert problems(data, CLAUSES) == [message]


def test_an_item_stands_in_its_clause_under_its_name():
    data = {"standard": {"kind": "catalogue"}, "item": [{"number": 1, "name": "食堂", "clause": "拱墅 一"}]}
    assert problems(data, CLAUSES) == ["1: “食堂” does not stand in 拱墅 一"]


def test_the_real_register_names_criteria_that_exist():
    keys = {entry["key"] for name in ("gongshu-2025", "hangzhou-2025") for entry in files.standard(name)["criterion"]}
    for interpretation in files.standard("interpretations")["interpretation"]:
        for each in interpretation.get("option", ()):
            for change in each.get("change", ()):
                assert set(change["criteria"]) <= keys
