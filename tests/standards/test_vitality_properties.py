"""What holds for every score: bounded, monotone in each indicator, and nothing is won by leaving something out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from standards.rules import MISSING
from standards.rules.vitality import NO_GRADE, Ratio, score
from tests.standards.test_vitality import scale

INDICATORS = scale().indicators
PAIRS = st.tuples(st.integers(0, 5_000), st.integers(1, 50))
MAYBE = st.one_of(PAIRS, st.just((MISSING, 1)), st.just((1, MISSING)), st.just((0, 0)))
FLAG = st.sampled_from([0, 1, MISSING])


def scored(pairs, flag):
    values = {
        i.metric: Ratio(np.array([above]), np.array([below]))
        for i, (above, below) in zip(INDICATORS, pairs, strict=True)
    }
    found = score(scale(), values, {"required_events": np.array([flag])}, 1)
    return int(found.score[0]), int(found.coverage[0]), int(found.grade[0]), found


def quality(grade):
    """Larger is better; no grade is the least."""
    return -1 if grade == NO_GRADE else len(scale().grades) - grade


ALL = st.lists(MAYBE, min_size=len(INDICATORS), max_size=len(INDICATORS))


@given(ALL, FLAG)
def test_bounded(pairs, flag):
    total, coverage, _, found = scored(pairs, flag)
    assert 0 <= total <= coverage * 100 <= 10_000
    assert total <= int(found.folded[0]) <= 10_000 or coverage == 0
    assert total <= int(found.best_score[0]) <= 10_000
    assert all(0 <= p <= i.weight * 100 for p, i in zip(found.points[0], INDICATORS, strict=True))


@given(ALL, FLAG, st.integers(0, len(INDICATORS) - 1), st.integers(0, 1_000))
def test_a_better_value_never_lowers_score_or_grade(pairs, flag, which, more):
    above, below = pairs[which]
    if MISSING in (above, below):
        return
    better = [*pairs]
    better[which] = (above + more, below)
    before, _, grade, _ = scored(pairs, flag)
    after, _, better_grade, _ = scored(better, flag)
    assert after >= before
    assert quality(better_grade) >= quality(grade)


@given(ALL, FLAG, st.integers(0, len(INDICATORS) - 1))
def test_leaving_a_value_out_never_helps(pairs, flag, which):
    without = [*pairs]
    without[which] = (MISSING, pairs[which][1])
    before, coverage, grade, _ = scored(pairs, flag)
    after, less, worse, _ = scored(without, flag)
    assert after <= before
    assert less <= coverage
    assert quality(worse) <= quality(grade)


@given(ALL)
def test_leaving_the_condition_of_a_cap_out_never_helps(pairs):
    assert scored(pairs, MISSING)[0] == scored(pairs, 0)[0] <= scored(pairs, 1)[0]
