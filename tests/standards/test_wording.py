"""Conditions in words, as pages and the preview of a ruling show them."""

from dataclasses import replace

import pytest

from standards.rules import Operator, Threshold
from standards.wording import anchor, clause_path, condition_text, limit_text, value_text
from tests.standards.test_clauses import rules
from tests.standards.test_engine import criterion

NAMES = {"a": "甲", "b": "乙"}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("demonstration_area", "集成式 ≥ 1,000 ㎡，片区化、街区化 ≥ 1,500 ㎡"),
        ("demonstration_project_share", "≥ 80 %"),
        ("demonstration_operator", "要有"),
        ("area_communities", "片区化 2–3 个"),
        ("streetblock_hub", "街区化 要有"),
        ("charity_funds", "≥ 150,000 元"),
        ("city_services", "没有给出数字"),
    ],
)
def test_what_is_asked(key, expected):
    assert limit_text(rules()[key]) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (criterion(Operator.AT_LEAST, "a", "b", threshold=Threshold(2)), "甲 + 乙 ≥ 2 个（应做事项）"),
        (criterion(Operator.ANY, "a", "b", threshold=Threshold(2)), "甲、乙 任一 ≥ 2 个（应做事项）"),
        (criterion(Operator.AT_MOST, "a", threshold=Threshold(2)), "甲 ≤ 2 个（应做事项）"),
        (criterion(Operator.AT_LEAST, "c"), "c 没有给出数字（应做事项）"),
    ],
)
def test_a_whole_condition(rule, expected):
    assert condition_text(rule, NAMES) == expected


def test_a_threshold_for_some_types_alone_says_where_there_is_none():
    rule = criterion(Operator.AT_LEAST, "a")
    rule = replace(rule, thresholds=(Threshold(2), None, None))
    assert limit_text(rule) == "集成式 ≥ 2 个，片区化、街区化 没有给出数字"


def test_a_share_is_a_quotient():
    rule = criterion(Operator.SHARE_AT_LEAST, "a", denominators=("b",), threshold=Threshold(1, parts=2))
    assert value_text(rule, NAMES) == "甲 ÷ 乙"


def test_an_address_of_a_clause():
    assert anchor("附件 一(一)1") == "附件-一(一)1"
    assert clause_path("some", "三(一)1") == "documents/some/#%E4%B8%89(%E4%B8%80)1"
