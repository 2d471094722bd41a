"""The books of the demonstration: they balance, they show every state, and a second time changes nothing."""

import pytest
from django.db import transaction

from partners.demo_money import load_money
from partners.demo_plans import load_plans
from partners.models import Exchange, Fund, FundLine, Payment, Plan, PlanRecord
from partners.queries.exchanges import exchanges, standings
from partners.queries.funds import year_of
from partners.rules.exchange import Equality
from partners.wording import fen_text, permille_text, wan_text
from tenants.queries import current_appointment
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry
from tests.partners import money
from tests.people import GONGCHENQIAO, GONGSHU, person

TODAY = money.NOW.date()


@pytest.mark.django_db
def test_two_years_of_made_up_books_balance_to_the_fen():
    with transaction.atomic():
        appointment = current_appointment(person(Role.DISTRICT_ADMIN, GONGSHU))
    with opened_scope(division_scope(GONGSHU)):
        for number in range(1, 7):
            facility, _ = money.place(number, code=330105005052)
            registry.partner(facility, f"合伙人{number}")
        made = load_money(district=GONGSHU)
        assert (made["基金"], made["参考租金"], made["建设补助"]) == (2, 2, 1)
        assert load_money(district=GONGSHU) == {}
        for fund in Fund.objects.all():
            assert fund.is_demo is True
            earlier, later = year_of(fund, 2025).statement, year_of(fund, 2026).statement
            assert [earlier.is_balanced, later.is_balanced, earlier.closing_fen] == [True, True, later.opening_fen]
        assert sum(FundLine.objects.values_list("amount_fen", flat=True)) == 0
        assert set(Payment.objects.values_list("state", flat=True)) == {"proposed", "released"}
        shown = standings(exchanges(appointment).order_by("number"), TODAY)
        assert {one.equality for one in shown} == {*Equality, None}
        assert sum(one.exchange.settled_on is not None for one in shown) == 1
        assert Exchange.objects.filter(terms="reduction").count() == 1


@pytest.mark.django_db
def test_a_made_up_plan_stands_in_its_second_version_with_two_years_behind_it():
    with opened_scope(division_scope(GONGSHU)):
        assert [
            load_plans(district=GONGSHU, street=GONGCHENQIAO),
            load_plans(district=GONGSHU, street=GONGCHENQIAO),
        ] == [11, 0]
        told = Plan.objects.order_by("revision").values_list("revision", "state", "is_demo")
        assert list(told) == [(1, "superseded", True), (2, "published", True)]
        assert {one.day.year for one in PlanRecord.objects.all()} == {2025, 2026}


def test_amounts_in_words():
    assert [fen_text(one) for one in (None, 0, 5, -123_456_789)] == ["待定", "0.00", "0.05", "-1,234,567.89"]
    assert [wan_text(one) for one in (None, 730_213_883, -9_999)] == ["待定", "730.21", "0.00"]
    assert [permille_text(one) for one in (None, 950, -15)] == ["待定", "95.0 %", "-1.5 %"]
