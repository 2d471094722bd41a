"""热活度 in exact integers: points, coverage, caps, gates and grades, on both sides of every line."""

import copy
import tomllib
from functools import cache

import numpy as np
import pytest

from standards.rules import MISSING, RuleError
from standards.rules.checks import problems
from standards.rules.vitality import NO_GRADE, Ratio, build_scale, score
from tests.standards.files import ROOT


def raw():
    return copy.deepcopy(_read())


@cache
def _read():
    return tomllib.loads((ROOT / "fixtures" / "standards" / "vitality.toml").read_text(encoding="utf-8"))


@cache
def scale():
    return build_scale(raw())


def ratio(*pairs):
    above, below = zip(*pairs, strict=True)
    return Ratio(np.array(above, np.int64), np.array(below, np.int64))


def full(size=1, **changes):
    """Every indicator at its full-score target, but for what is changed."""
    values = {i.metric: ratio(*[(i.target, 100)] * size) for i in scale().indicators}
    return {**values, **changes}


HELD = {"required_events": np.array([1], np.int64)}


def points(key, value, flags=HELD):
    indicator = scale().indicators[scale().position(key)]
    return int(score(scale(), full(**{indicator.metric: ratio(value)}), flags, 1).points[0, scale().position(key)])


@pytest.mark.requirement("HOT-1")
def test_a_facility_at_every_target_has_100_points():
    found = score(scale(), full(), HELD, 1)
    assert (found.score[0], found.coverage[0], found.folded[0], found.best_score[0]) == (10_000, 100, 10_000, 10_000)
    assert scale().grades[found.grade[0]].name == "优秀"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("A1", (5, 1), 0),  # at the floor
        ("A1", (4, 1), 0),
        ("A1", (30, 1), 1200),  # at the target
        ("A1", (31, 1), 1200),
        ("A1", (175, 10), 600),  # half-way between 5 and 30
        ("A1", (5001, 1000), 0),  # 0.048 hundredths of a point: down
        ("A1", (501042, 100_000), 1),  # 0.50016 hundredths: up
        ("B2", (0, 5), 0),
        ("C1", (80, 1), 686),  # 12 × 20/35 = 6.857…
    ],
)
def test_points_lie_on_the_line_between_floor_and_target_rounded_half_up(key, value, expected):
    assert points(key, value) == expected


def test_exactly_half_a_hundredth_is_rounded_up():
    # weight 12, floor 5, target 30: 0.005 points are 25/2400 above the floor
    assert points("A1", (5 * 2400 + 25, 2400)) == 1
    assert points("A1", (5 * 4800 + 49, 4800)) == 0


@pytest.mark.parametrize("missing", [(MISSING, 1), (1, MISSING), (1, 0)])
def test_a_missing_value_earns_nothing_and_lowers_the_coverage(missing):
    found = score(scale(), full(gathering=ratio(missing)), HELD, 1)
    assert (found.score[0], found.coverage[0], found.best_score[0]) == (8800, 88, 10_000)
    assert found.folded[0] == 10_000
    assert not found.known[0, 0]


def test_an_indicator_that_is_not_collected_is_missing_for_all():
    values = full()
    del values["gathering"], values["satisfaction"]
    found = score(scale(), values, HELD, 1)
    assert found.coverage[0] == 76
    assert found.grade[0] == NO_GRADE


@pytest.mark.parametrize(
    ("gone", "graded"), [(("gathering",), True), (("gathering", "partners_active", "charity"), False)]
)
def test_below_80_per_cent_of_the_weight_there_is_no_grade(gone, graded):
    found = score(scale(), {m: r for m, r in full().items() if m not in gone}, HELD, 1)
    assert bool(found.grade[0] != NO_GRADE) is graded


def test_nothing_at_all_is_no_score():
    found = score(scale(), {}, {}, 1)
    assert (found.score[0], found.coverage[0], found.folded[0], found.grade[0]) == (0, 0, 0, NO_GRADE)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (HELD, 800),
        ({"required_events": np.array([0])}, 480),
        ({"required_events": np.array([MISSING])}, 480),
        ({}, 480),
    ],
)
def test_without_the_required_events_the_supply_earns_at_most_60_per_cent(flags, expected):
    assert points("B1", (100, 1), flags) == expected


@pytest.mark.parametrize(
    ("answers", "grade"),
    [((80, 1), "优秀"), ((79_99, 100), "合格"), ((MISSING, 1), "合格")],
)
def test_satisfaction_below_80_per_cent_or_unknown_holds_the_grade_back(answers, grade):
    found = score(scale(), full(satisfaction=ratio(answers)), HELD, 1)
    assert scale().grades[found.grade[0]].name == grade


def test_a_gate_on_what_is_not_collected_is_not_passed():
    values = full()
    del values["satisfaction"]
    assert scale().grades[score(scale(), values, HELD, 1).grade[0]].name == "合格"


@pytest.mark.parametrize(
    ("lost", "grade"), [(15_00, "优秀"), (15_01, "良好"), (25_00, "良好"), (25_01, "合格"), (40_01, "待提升")]
)
def test_grades_begin_at_their_least_score(lost, grade):
    """Indicators without a gate or cap are lowered until exactly so many hundredths are lost."""
    values, rest = full(), lost
    for key in ("A1", "A2", "B2", "B4", "A3"):
        indicator = scale().indicators[scale().position(key)]
        take = min(rest, indicator.weight * 100)
        rest -= take
        whole = indicator.weight * 100
        span = indicator.target - indicator.floor
        values[indicator.metric] = ratio((indicator.floor * whole + span * (whole - take), 100 * whole))
    found = score(scale(), values, HELD, 1)
    assert (rest, int(found.score[0])) == (0, 10_000 - lost)
    assert scale().grades[found.grade[0]].name == grade


def test_many_are_scored_like_each_alone():
    size = 70_000  # more than one block
    values = {m: Ratio(np.arange(size, dtype=np.int64), np.full(size, 900, np.int64)) for m in full()}
    flags = {"required_events": np.arange(size, dtype=np.int64) % 2}
    whole = score(scale(), values, flags, size)
    for row in (0, 1, 65_535, 65_536, 69_999):
        part = {m: Ratio(r.numerator[row : row + 1], r.denominator[row : row + 1]) for m, r in values.items()}
        alone = score(scale(), part, {"required_events": flags["required_events"][row : row + 1]}, 1)
        assert (alone.score[0], alone.grade[0]) == (whole.score[row], whole.grade[row])


def test_amounts_that_are_negative_or_too_large_are_refused():
    with pytest.raises(ValueError, match="A1: a negative amount"):
        points("A1", (-1, 1))
    with pytest.raises(OverflowError, match="A1: amounts too large"):
        points("A1", (1, 10**14))
    nobody = {metric: Ratio(np.empty(0, np.int64), np.empty(0, np.int64)) for metric in full()}
    assert score(scale(), nobody, {}, 0).score.shape == (0,)


def bent(table, number, **changes):
    data = raw()
    data[table][number] |= changes
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bent("indicator", 0, weight=13), "各指标权重合计 101，应当正好 100"),
        (bent("indicator", 0, weight="12"), "A1：权重是 0 到 100 的整数"),
        (bent("indicator", 0, key="A2"), "两个指标用了同一个编号"),
        (bent("indicator", 0, metric="fun"), "A1：没有“fun”这个可数的指标"),
        (bent("indicator", 0, floor="30"), "A1：满分线要高于起评线"),
        (bent("indicator", 0, floor="viel"), "“viel”不是数字"),
        (bent("indicator", 0, floor="NaN"), "“NaN”不是数字"),
        (bent("indicator", 0, floor="Infinity"), "“Infinity”不是数字"),
        (bent("indicator", 0, floor="0.005"), "“0.005”最多两位小数"),
        (bent("indicator", 0, capped_by="luck"), "A1：没有“luck”这个封顶条件"),
        (bent("gate", 0, indicator="Z9"), "门槛指向的指标 Z9 不存在"),
        (bent("gate", 0, best_grade="极好"), "门槛写的等级“极好”不存在"),
        (bent("grade", 3, least="10"), "等级要从高到低排列"),
        (raw() | {"params": raw()["params"] | {"least_sample": 0}}, "参数 least_sample 要填大于 0 的整数"),
        (raw() | {"scale": {"official": False, "label": "x", "coverage_for_grade": 101}}, "评级所需的覆盖权重"),
    ],
)
def test_a_scale_that_makes_no_sense_is_refused_with_what_is_expected(data, message):
    with pytest.raises(RuleError, match=message):
        build_scale(data)
    assert any(message in each for each in problems(data, {}))


def test_the_scale_that_comes_with_the_portal():
    assert scale().label == "示例口径"
    assert not scale().is_official
    assert sum(i.weight for i in scale().indicators) == 100
    assert scale().parameters["least_sample"] == 30
    assert problems(raw(), {}) == []
    assert scale().content_hash == build_scale(raw()).content_hash
    assert scale().content_hash != build_scale(bent("indicator", 0, target="31")).content_hash
    with pytest.raises(KeyError):
        scale().position("Z9")
