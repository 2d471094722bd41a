"""The standard of the half-yearly follow-up: its line on both sides, and what is wrong with a file that is none."""

import copy
import tomllib

import numpy as np
import pytest

from standards.rules.building import RuleError
from standards.rules.follow_up import build_follow_up
from tests.standards.files import ROOT

DATA = tomllib.loads((ROOT / "fixtures/standards/hangzhou-follow-up-2025.toml").read_text(encoding="utf-8"))


def changed(key: str, **values) -> dict:
    """The file with other values in one of its duties."""
    data = copy.deepcopy(DATA)
    next(duty for duty in data["duty"] if duty["key"] == key).update(values)
    return data


def test_the_line_is_read_from_the_file():
    standard = build_follow_up(DATA)
    assert (standard.version, standard.line, standard.line_text) == ("hangzhou-follow-up@2025", (4, 5), "80 %")
    assert (standard.small_sample, len(standard.dimensions)) == (30, 5)
    assert (standard.half_yearly.clause, standard.followed.clause) == ("杭州 附件 四3", "杭州 二(四)10")


@pytest.mark.parametrize(
    ("satisfied", "valid", "below"),
    [(799, 1000, True), (800, 1000, False), (4, 5, False), (23, 29, True), (0, 0, False)],
)
def test_below_the_line_is_strictly_below(satisfied, valid, below):
    standard = build_follow_up(DATA)
    assert standard.is_below(satisfied, valid) is below
    assert standard.below(np.array([satisfied]), np.array([valid])).tolist() == [below]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (changed("half_yearly", threshold="3 个月"), "half-years"),
        (changed("satisfaction", unit="个"), "a share"),
        (changed("satisfaction", operator="about"), "hangzhou-follow-up"),
        (changed("satisfaction", threshold="many %"), "hangzhou-follow-up"),
        ({**DATA, "duty": DATA["duty"][:2]}, "dimensions"),
    ],
)
def test_a_file_that_is_no_such_standard_is_refused_in_words(data, words):
    with pytest.raises(RuleError, match=words):
        build_follow_up(data)
