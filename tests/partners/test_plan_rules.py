"""Progress of a plan's item: what should be done by a day, the deviation, and both sides of each line between the lights."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.rules.plan import Goal, Light, Pace, progress

PACE = Pace(on_pace_percent=90, slow_percent=70)
FLOW = Goal(2026, target=365, before=0, due_month=12)  # one a day
STOCK = Goal(2026, target=20, before=10, due_month=12)


def light(goal: Goal, done: int | None, day: date) -> Light:
    return progress(goal, done, day, PACE).light


@pytest.mark.parametrize(("day", "expected"), [
    (date(2025, 12, 31), 0), (date(2026, 1, 1), 1), (date(2026, 4, 10), 100), (date(2026, 12, 31), 365), (date(2027, 3, 1), 365),
])  # fmt: skip
def test_what_should_be_done_grows_day_by_day(day, expected):
    assert FLOW.expected(day) == expected


def test_a_stock_grows_from_what_there_was():
    assert [STOCK.expected(date(2026, 1, 1)), STOCK.expected(date(2026, 7, 2)), STOCK.expected(date(2026, 12, 31))] == [
        10, 15, 20,
    ]  # fmt: skip


def test_an_item_due_in_june_is_to_be_whole_then():
    goal = Goal(2026, target=100, before=0, due_month=6)
    assert goal.due_on == date(2026, 6, 30)
    assert [goal.expected(date(2026, 6, 30)), goal.expected(date(2026, 7, 1))] == [100, 100]
    assert Goal(2028, 1, 0, 2).due_on == date(2028, 2, 29)


@pytest.mark.requirement("FND-5")
@pytest.mark.parametrize(("done", "expected"), [
    (90, Light.ON_PACE), (89, Light.SLOW), (70, Light.SLOW), (69, Light.BEHIND), (364, Light.ON_PACE), (365, Light.DONE),
    (0, Light.BEHIND), (None, Light.UNKNOWN),
])  # fmt: skip
def test_hangzhou_2_3_7_both_sides_of_the_lines_when_100_should_be_done(done, expected):
    assert light(FLOW, done, date(2026, 4, 10)) == expected


def test_what_is_not_whole_on_the_day_after_the_last_is_behind():
    assert [light(FLOW, 364, date(2026, 12, 31)), light(FLOW, 364, date(2027, 1, 1)), light(FLOW, 365, date(2027, 1, 1))] == [
        Light.ON_PACE, Light.BEHIND, Light.DONE,
    ]  # fmt: skip
    assert [progress(FLOW, 364, day, PACE).is_overdue for day in (date(2026, 12, 31), date(2027, 1, 1))] == [
        False,
        True,
    ]


def test_a_year_that_has_not_begun_is_neither_slow_nor_done():
    assert light(FLOW, 0, date(2025, 12, 31)) == Light.NOT_BEGUN


def test_deviation_and_rate_are_exact_and_cut_off():
    stands = progress(FLOW, 95, date(2026, 4, 10), PACE)
    assert [stands.deviation, stands.lacking, stands.rate_permille] == [-5, 270, 260]
    assert progress(Goal(2026, 1_000_000, 0, 12), 999_999, date(2026, 12, 31), PACE).rate_permille == 999
    unknown = progress(FLOW, None, date(2026, 4, 10), PACE)
    assert [unknown.deviation, unknown.lacking, unknown.rate_permille] == [None, None, None]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 12), st.dates(date(2025, 6, 1), date(2027, 6, 1)))
def test_what_should_be_done_never_shrinks_and_ends_at_the_target(target, before, month, day):
    goal = Goal(2026, target, before, month)
    low, high = goal.expected(date(2025, 12, 31)), goal.expected(date(2027, 12, 31))
    assert low <= goal.expected(day) <= high == max(target, before)
