"""Funds: double entry that the database holds, four eyes, what a facility has received, and no lost cent in parallel."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from psycopg.errors import InsufficientPrivilege

from assessments.queries.whatif import facts_on
from partners.models import CharityProject, CharityReceipt, Fund, FundEntry, FundLine
from partners.operations import funds, payments
from partners.operations.funds import MoneyRefused, held_fen
from partners.rules.ledger import Account
from standards.operations import load
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry
from tests.partners import money
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, person

DAY = money.DAY


@pytest.fixture
def district(db):
    with opened_scope(division_scope(GONGSHU)):
        yield


@pytest.fixture
def hands(db):
    return person(Role.STREET_CLERK, GONGCHENQIAO), person(Role.STREET_REVIEWER, GONGCHENQIAO)


def sums(fund: Fund) -> dict[int, int]:
    found = dict.fromkeys(map(int, Account), 0)
    for account, amount in FundLine.objects.filter(fund=fund).values_list("account", "amount_fen"):
        found[account] += amount
    return found


# --- the database keeps the promise ---


def test_a_receipt_is_two_lines_that_sum_to_nothing(district):
    fund = money.fund()
    entry = money.receive(fund, 5_000_001, "回单 1")
    assert sorted(entry.lines.values_list("account", "amount_fen")) == [(1, 5_000_001), (3, -5_000_001)]
    assert (held_fen(fund), entry.number, sum(sums(fund).values())) == (5_000_001, 1, 0)


def test_the_database_refuses_lines_that_do_not_sum_to_nothing(district):
    fund = money.fund()
    entry = money.receive(fund, 100, "回单 1")
    one = {"division_code": fund.division_code, "fund": fund, "entry": entry}
    with pytest.raises(IntegrityError, match="sum to 0"), transaction.atomic():
        FundLine.objects.create(account=1, amount_fen=1, **one)
    with pytest.raises(IntegrityError, match="sum to 0"), transaction.atomic():
        FundLine.objects.bulk_create(
            [FundLine(account=1, amount_fen=5, **one), FundLine(account=3, amount_fen=-4, **one)]
        )


def _as_owner(owner_connection, statement: str) -> None:
    with owner_connection.transaction():
        owner_connection.execute(
            "SELECT set_config('app.scope_lo', '1', true), set_config('app.scope_hi', '999999999999', true)"
        )
        owner_connection.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_changes_or_removes_what_is_posted(owner_connection):
    with opened_scope(division_scope(GONGSHU)):
        money.receive(money.fund(), 100, "回单 1")
    for statement in (
        "UPDATE partners_fundline SET amount_fen = 0", "DELETE FROM partners_fundline", "UPDATE partners_fundentry SET day = '2020-01-01'",
        "DELETE FROM partners_fundentry", "TRUNCATE partners_fundline",
    ):  # fmt: skip
        with pytest.raises(InsufficientPrivilege, match="insert-only"):
            _as_owner(owner_connection, statement)
    with opened_scope(division_scope(GONGSHU)):
        assert list(FundLine.objects.order_by("pk").values_list("amount_fen", flat=True)) == [100, -100]


def test_the_application_has_no_right_to_change_an_entry(district):
    entry = money.receive(money.fund(), 100, "回单 1")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        FundEntry.objects.filter(pk=entry.pk).update(summary="改")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        FundLine.objects.filter(entry=entry)._raw_delete("default")


# --- money is counted once ---


def test_the_same_outside_voucher_is_posted_once_in_a_district(district):
    here, there = money.fund(), money.fund("湖墅街道慈善共富基金", HUSHU)
    money.receive(here, 100, "回单 1")
    with pytest.raises(MoneyRefused, match="同一笔钱只记一次"):
        money.receive(there, 100, "回单 1")
    with opened_scope(division_scope(HUSHU)), pytest.raises(Exception, match="同一笔钱只记一次"):
        money.receive(there, 100, "回单 1")
    assert (held_fen(here), held_fen(there)) == (100, 0)


def test_a_wrong_posting_is_undone_and_made_again_rightly(district):
    fund = money.fund()
    wrong = money.receive(fund, 1_000, "回单 1")
    undone = funds.reverse(entry=wrong, day=DAY, by=None, reason="金额写错")
    assert (undone.summary, held_fen(fund)) == ("冲正第 1 号：金额写错", 0)
    money.receive(fund, 10_000, "回单 1")
    assert held_fen(fund) == 10_000
    with pytest.raises(MoneyRefused, match="已经冲正过"):
        funds.reverse(entry=wrong, day=DAY, by=None, reason="再来")
    with pytest.raises(MoneyRefused, match="不能再冲正"):
        funds.reverse(entry=undone, day=DAY, by=None, reason="再来")
    assert sum(sums(fund).values()) == 0


def test_what_a_facility_has_counted_directly_does_not_go_into_a_fund_as_well(district):
    facility = registry.facility()
    registry.charity(facility, received=((DAY, 500),))
    voucher = CharityReceipt.objects.get().voucher
    with pytest.raises(MoneyRefused, match="同一笔钱只记一次"):
        money.receive(money.fund(), 500, voucher)


# --- paying ---


def test_whoever_proposes_a_payment_does_not_release_it(district, hands):
    clerk, reviewer = hands
    fund = money.fund()
    money.receive(fund, 1_000, "回单 1")
    proposed = payments.propose(
        fund=fund,
        source="charity",
        payee="邻里",
        amount_fen=600,
        purpose="慰问",
        evidence="审批单",
        by=clerk,
        now=money.NOW,
    )
    assert held_fen(fund) == 1_000, "nothing is in the books yet"
    with pytest.raises(MoneyRefused, match="两个人"):
        payments.release(payment=proposed, day=DAY, by=clerk, now=money.NOW)
    payments.release(payment=proposed, day=DAY, by=reviewer, now=money.NOW)
    assert held_fen(fund) == 400
    with pytest.raises(MoneyRefused, match="已放款"):
        payments.release(payment=proposed, day=DAY, by=reviewer, now=money.NOW)


def test_the_database_too_refuses_one_pair_of_eyes(district, hands):
    clerk, reviewer = hands
    fund = money.fund()
    money.receive(fund, 1_000, "回单 1")
    paid = money.pay(fund, 600, first=clerk, second=reviewer)
    with pytest.raises(IntegrityError, match="payment_released_by_another"), transaction.atomic():
        type(paid).objects.filter(pk=paid.pk).update(decided_by=clerk)


def test_a_fund_never_pays_what_it_does_not_have(district, hands):
    fund = money.fund()
    money.receive(fund, 1_000, "回单 1")
    with pytest.raises(MoneyRefused, match=r"只有 10\.00 元，不够支出 10\.01 元"):
        money.pay(fund, 1_001, first=hands[0], second=hands[1])
    assert held_fen(fund) == 1_000


def test_goods_are_kept_apart_from_money(district, hands):
    fund = money.fund()
    funds.receive_goods(
        fund=fund, day=DAY, amount_fen=900, counterparty="某超市", summary="大米 30 袋", voucher="捐赠票据 1", by=None
    )
    with pytest.raises(MoneyRefused, match="不够支出"):
        money.pay(fund, 1, first=hands[0], second=hands[1])
    funds.hand_out_goods(fund=fund, day=DAY, amount_fen=400, counterparty="困难家庭", summary="大米", by=None)
    assert (held_fen(fund, [Account.CASH]), held_fen(fund, [Account.GOODS])) == (0, 500)


def test_a_transfer_is_two_halves_and_nothing_is_lost(district):
    one, other = money.fund(), money.fund("区专项资金", GONGSHU, "special")
    money.receive(other, 10_000, "回单 1")
    given, taken = funds.transfer(giving=other, taking=one, day=DAY, amount_fen=2_500, summary="划拨", by=None)
    assert (given.pair == taken.pair, held_fen(one), held_fen(other)) == (True, 2_500, 7_500)
    assert sums(one)[Account.TRANSFER] + sums(other)[Account.TRANSFER] == 0
    funds.reverse(entry=taken, day=DAY, by=None, reason="划错")
    assert (held_fen(one), held_fen(other)) == (0, 10_000)


# --- the duty of 拱墅 四(二) is fed by the ledger ---


@pytest.mark.requirement("FND-2")
@pytest.mark.parametrize(("amount_fen", "received"), [(15_000_000, 15_000_000), (14_999_999, 14_999_999)])
def test_gongshu_4_2_a_grant_to_a_venture_project_is_money_that_has_arrived(district, hands, amount_fen, received):
    load()
    facility = registry.facility()
    project = registry.charity(facility, contract=20_000_000)
    fund = money.fund()
    money.receive(fund, 20_000_000, "回单 1")
    paid = money.pay(fund, amount_fen, first=hands[0], second=hands[1], project=project)
    found = facts_on([facility.pk], date(2026, 6, 30)).columns
    assert (int(found["charity_received_fen"][0]), int(found["charity_contract_fen"][0])) == (received, 20_000_000)
    funds.reverse(entry=paid.entry, day=DAY, by=None, reason="退回")
    assert facts_on([facility.pk], date(2026, 6, 30)).columns["charity_received_fen"][0] == 0


def test_a_grant_goes_to_a_project_of_its_own_year(district, hands):
    project = registry.charity(registry.facility(), year=2025)
    fund = money.fund()
    money.receive(fund, 1_000, "回单 1")
    with pytest.raises(MoneyRefused, match="2025 年的项目"):
        money.pay(fund, 1_000, first=hands[0], second=hands[1], project=project)


@pytest.mark.requirement("FND-1")
def test_gongshu_4_2_a_construction_subsidy_from_application_to_payment(district, hands):
    facility, fund = registry.facility(), money.fund("区专项资金", GONGSHU, "special")
    money.receive(fund, 30_000_000, "回单 1")
    asked = payments.apply_for_subsidy(
        facility=facility,
        basis="landmark",
        document="区民政〔2026〕1 号",
        applied_on=DAY,
        applied_fen=20_000_000,
        by=hands[0],
    )
    payments.decide_subsidy(subsidy=asked, approved_fen=18_000_000, by=hands[1], reason="核减")
    proposed = payments.pay_subsidy(subsidy=asked, fund=fund, by=hands[0], now=money.NOW)
    payments.release(payment=proposed, day=DAY, by=hands[1], now=money.NOW)
    asked.refresh_from_db()
    assert (asked.state, held_fen(fund)) == ("paid", 12_000_000)
    assert CharityProject.objects.count() == CharityReceipt.objects.count() == 0, "a subsidy is no venture project"


@pytest.mark.requirement("PAR-5")
def test_gongshu_3_2_a_market_that_raised_money_for_a_fund(district):
    facility, fund = registry.facility(), money.fund()
    held = payments.hold_fundraiser(
        facility=facility, fund=fund, kind="market", name="邻里市集", held_on=DAY, amount_fen=321_050, voucher="回单 9", by=None,
        volunteers=12,
    )  # fmt: skip
    assert (held.entry.summary, held_fen(fund)) == ("公益市集：邻里市集", 321_050)


# --- merges ---


def test_a_fund_whose_street_merges_keeps_its_books_to_the_cent(district, hands):
    """The re-organisation moves the fund; its entries and lines go over with it, and nothing else of them changes."""
    fund = money.fund()
    money.receive(fund, 123_457, "回单 1")
    money.pay(fund, 23_456, first=hands[0], second=hands[1])
    before = sums(fund)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    Fund.objects.filter(pk=fund.pk).update(division_code=HUSHU)
    assert sums(fund) == before
    assert set(FundEntry.objects.values_list("division_code", flat=True)) == {HUSHU}
    assert set(FundLine.objects.values_list("division_code", flat=True)) == {HUSHU}
    assert held_fen(Fund.objects.get(pk=fund.pk)) == 100_001


# --- parallel ---


@pytest.mark.django_db(transaction=True)
def test_a_thousand_parallel_postings_lose_no_cent():
    """8 connections, 1,000 postings of different amounts into one fund: numbers without gaps, the exact sum."""
    with opened_scope(division_scope(GONGSHU)):
        fund = money.fund()

    def post_some(share: int) -> None:
        try:
            for batch in range(share, 200, 8):  # five a transaction
                with opened_scope(division_scope(GONGSHU)):
                    for number in range(5 * batch, 5 * batch + 5):
                        money.receive(fund, number + 1, f"回单 {number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post_some, range(8)))
    with opened_scope(division_scope(GONGSHU)):
        assert held_fen(fund) == 1000 * 1001 // 2
        assert sum(sums(fund).values()) == 0
        assert list(FundEntry.objects.values_list("number", flat=True)) == list(range(1, 1001))


@pytest.mark.django_db(transaction=True)
def test_of_parallel_payments_only_those_that_are_covered_go_through():
    with opened_scope(division_scope(GONGSHU)):
        fund = money.fund()
        money.receive(fund, 1_000, "回单 1")

    def spend(number: int) -> bool:
        try:
            with opened_scope(division_scope(GONGSHU)):
                money.pay(fund, 300, first=None, second=None)
        except MoneyRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        paid = sum(pool.map(spend, range(6)))
    with opened_scope(division_scope(GONGSHU)):
        assert (paid, held_fen(fund)) == (3, 100)
