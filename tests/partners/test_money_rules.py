"""The rules of money: sums, the value of space and service, the equal-value test, the balance of an operation."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.rules.balance import Balance
from partners.rules.exchange import (
    Equality,
    Month,
    equality,
    half_up,
    months,
    outlook,
    service_value_fen,
    space_value_fen,
)
from partners.rules.ledger import (
    HELD,
    Account,
    Duty,
    Line,
    Unbalanced,
    balances,
    checked,
    posting,
    reversed_lines,
    statement,
)

amounts = st.integers(1, 10**12)
postings = st.lists(
    st.tuples(st.sampled_from(Account), st.sampled_from(Account), amounts).filter(lambda one: one[0] != one[1]),
    max_size=30,
)


@given(postings, postings)
def test_what_a_fund_holds_is_the_sum_of_what_came_and_went(before, during):
    earlier = [line for one in before for line in posting(*one)]
    later = [line for one in during for line in posting(*one)]
    found = statement(balances(earlier), balances(later))
    assert sum(balances(earlier + later).values()) == 0
    assert found.is_balanced
    assert found.closing_fen == sum(line.amount_fen for line in earlier + later if line.account in HELD)


@given(postings)
def test_a_posting_and_its_reversal_leave_nothing(made):
    lines = [posting(*one) for one in made]
    undone = [reversed_lines(one) for one in lines]
    assert set(balances(line for one in lines + undone for line in one).values()) == {0}


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (Line(Account.CASH, 1),),
        (Line(Account.CASH, 2), Line(Account.INCOME, -1)),
        (Line(Account.CASH, 0), Line(Account.INCOME, 0)),
    ],
)
def test_lines_that_do_not_sum_to_nothing_are_no_posting(lines):
    with pytest.raises(Unbalanced):
        checked(lines)


@pytest.mark.parametrize("amount", [0, -1, 10**13 + 1])
def test_an_amount_to_post_is_positive_and_plausible(amount):
    with pytest.raises(Unbalanced):
        posting(Account.CASH, Account.INCOME, amount)


@pytest.mark.requirement("FND-2")
@pytest.mark.parametrize(
    ("projects", "received_fen", "met"),
    [(3, 15_000_000, True), (2, 15_000_000, False), (3, 14_999_999, False), (4, 15_000_001, True)],
)
def test_gongshu_4_2_three_projects_and_150_000_yuan_that_have_arrived(projects, received_fen, met):
    assert Duty(projects, received_fen).is_met is met


# --- space for service ---


def test_the_months_of_a_term_with_their_days():
    assert list(months(date(2026, 1, 16), date(2026, 3, 2))) == [
        Month(date(2026, 1, 1), 16, 31), Month(date(2026, 2, 1), 28, 28), Month(date(2026, 3, 1), 1, 31)
    ]  # fmt: skip
    assert list(months(date(2026, 1, 1), date(2026, 1, 1))) == []


@pytest.mark.requirement("SFS-1")
def test_a_space_is_worth_area_times_months_times_the_reference_rent():
    whole = Month(date(2026, 4, 1), 30, 30)
    assert space_value_fen(12_050, 4_000, whole) == 482_000, "120.50 ㎡ × 40 元 = 4 820 元"
    assert space_value_fen(12_050, 4_000, Month(date(2026, 4, 1), 10, 30)) == 160_667, "a third, rounded half up"


@pytest.mark.requirement("SFS-1")
def test_a_service_is_worth_hours_and_people_times_the_agreed_prices():
    assert service_value_fen(minutes=90, heads=20, hour_fen=12_000, head_fen=1_500) == 18_000 + 30_000


@pytest.mark.requirement("SFS-1")
@pytest.mark.parametrize(
    ("service_fen", "found"),
    [(95_000, Equality.EQUAL), (94_999, Equality.SHORT), (105_000, Equality.EQUAL), (105_001, Equality.AHEAD)],
)
def test_equal_value_within_a_tolerance_of_five_percent(service_fen, found):
    assert equality(100_000, service_fen, 50) is found


def test_without_tolerance_a_fen_decides():
    assert [equality(100, fen, 0) for fen in (99, 100, 101)] == [Equality.SHORT, Equality.EQUAL, Equality.AHEAD]


def test_the_outlook_carries_the_pace_to_the_end_of_the_term():
    found = outlook(term_space_fen=120_000, service_fen=40_000, elapsed_days=100, term_days=300, tolerance_permille=0)
    assert (found.service_fen, found.equality) == (120_000, Equality.EQUAL)
    slower = outlook(term_space_fen=120_000, service_fen=39_999, elapsed_days=100, term_days=300, tolerance_permille=0)
    assert slower.equality is Equality.SHORT
    unbegun = outlook(term_space_fen=120_000, service_fen=0, elapsed_days=0, term_days=300, tolerance_permille=0)
    assert unbegun.equality is Equality.SHORT


@given(st.integers(0, 10**15), st.integers(1, 10**9))
def test_rounding_is_half_up_and_exact(numerator, denominator):
    rounded = half_up(numerator, denominator)
    assert Fraction(-1, 2) <= Fraction(numerator, denominator) - rounded < Fraction(1, 2)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 1500))
def test_the_months_of_a_term_hold_all_its_days(starts_on, length):
    ends_on = date.fromordinal(starts_on.toordinal() + length)
    found = list(months(starts_on, ends_on))
    assert sum(month.days for month in found) == length
    assert len({month.first for month in found}) == len(found)


# --- operation ---


def test_the_balance_rate_and_the_cost_of_one_person():
    assert Balance(95_000, 100_000, 400).rate_permille == 950
    assert Balance(95_000, 100_000, 400).unit_cost_fen == 250
    assert Balance(99_999, 100_000).rate_permille == 999, "100 % is only what covers its cost"
    assert Balance(100_000, 100_000).covers_its_cost is True
    assert Balance(99_999, 100_000).covers_its_cost is False
    assert (Balance(1, 0).rate_permille, Balance(1, 1).unit_cost_fen) == (None, None)
