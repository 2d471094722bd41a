"""Income and cost have one place: the ledger of operations. The index and the follow-up read it; sums of before stand in."""

from datetime import date
from importlib import import_module

import numpy as np
import pytest
from django.db import connection

from assessments.queries.vitality import counts
from assessments.queries.vitality.counts import Period
from assessments.rules.quarters import Quarter
from engagement.models import Figure, MonthlyFigure
from engagement.queries.income import apart, by_month
from facilities.models import Facility
from partners.models import OperatingFigure
from tests.engagement import records
from tests.facilities.conftest import *  # noqa: F403 the fixtures of the registry
from tests.facilities.conftest import a_facility, book, bring, bring_in, findings, rows

MONTHS = [date(2026, month, 1) for month in range(4, 10)]


def typed(where, month: date, income: int, cost: int) -> None:
    records.figure(where, month, Figure.INCOME_FEN, income)
    records.figure(where, month, Figure.COST_FEN, cost)


def entered(where, month: date, item: str, amount: int) -> None:
    OperatingFigure.objects.create(
        division_code=where.division_code, facility=where, month=month, item=item, amount_fen=amount
    )


def collected(*facilities) -> list[tuple[int, int]]:
    """(income, cost) of six months of each, as the index reads them."""
    found = counts.figures(Period(Quarter(2026, 3), np.array([one.pk for one in facilities], np.int64)))
    sums = (found.total(Figure.INCOME_FEN, 6), found.total(Figure.COST_FEN, 6))
    return list(zip(*(column.tolist() for column in sums), strict=True))


@pytest.fixture
def pair(in_gongshu, officer):
    bring_in(
        book({"设施": rows("facility", a_facility(), a_facility(code="330105005-02", name="橘灯幸福家园"))}), by=officer
    )
    return list(Facility.objects.order_by("code"))


def test_the_index_is_the_same_from_sums_of_before_and_from_the_ledger(pair):
    one, other = pair
    for month in MONTHS:
        typed(one, month, 700, 1_000)
        for item, amount in (("low_fees", 300), ("subsidies", 400), ("staff", 600), ("rent", 400)):
            entered(other, month, item, amount)
    assert collected(one, other) == [(4_200, 6_000), (4_200, 6_000)]
    assert [by_month(each, MONTHS[0], MONTHS[-1])[Figure.COST_FEN] for each in pair] == [
        dict.fromkeys(MONTHS, 1_000)
    ] * 2


def test_where_both_say_something_the_ledger_holds_and_the_difference_is_shown(pair):
    one, other = pair
    for month in MONTHS:
        typed(one, month, 700, 1_000)
        typed(other, month, 700, 1_000)
    entered(one, MONTHS[0], "low_fees", 650)
    entered(other, MONTHS[0], "staff", 1_000)
    assert collected(one, other) == [(4_150, 6_000), (4_200, 6_000)]
    assert [(row.month, row.side, row.ledger_fen, row.typed_fen, row.difference_fen) for row in apart(one, 2026)] == [
        (MONTHS[0], "收入", 650, 700, -50)
    ]
    assert apart(other, 2026) == []


def test_a_month_that_nobody_entered_stays_unknown(pair):
    for month in MONTHS[1:]:
        entered(pair[0], month, "low_fees", 1)
    assert collected(pair[0])[0][0] < 0


def test_income_and_cost_are_not_typed_a_second_time(pair, officer):
    told = {"facility": "330105005-01", "month": "2026-10-01", "figure": "运营收入（分）", "subject": 0, "amount": 100}
    found = findings(bring(book({"月度数据": rows("figure", told)}), by=officer))
    assert "收入和成本不在这里填" in [problem for _, _, problem, _, _ in found]
    assert MonthlyFigure.objects.count() == 0


def test_sums_of_before_are_carried_into_the_ledger_where_it_says_nothing(pair):
    one = pair[0]
    typed(one, MONTHS[0], 700, 1_000)
    typed(one, MONTHS[1], 700, 1_000)
    entered(one, MONTHS[1], "market_fees", 650)
    module = import_module("engagement.migrations.0002_one_ledger")
    with connection.cursor() as cursor:
        cursor.execute(module.CARRY_OVER)
    assert sorted(OperatingFigure.objects.values_list("month", "item", "amount_fen")) == [
        (MONTHS[0], "other_cost", 1_000), (MONTHS[0], "other_income", 700), (MONTHS[1], "market_fees", 650),
        (MONTHS[1], "other_cost", 1_000),
    ]  # fmt: skip
    assert list(MonthlyFigure.objects.values_list("month", "amount")) == [(MONTHS[1], 700)]
