"""Space for service: value and services in one ledger, the equal-value test, settlement, one space once a month."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.models import Exchange, ExchangeEntry, Terms
from partners.operations import exchanges
from partners.operations.exchanges import Service, open_fen
from partners.operations.funds import MoneyRefused
from partners.operations.partner import merge_partners
from tenants.editing import EditRefused
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry
from tests.partners import money
from tests.people import GONGSHU, person

JULY = date(2026, 7, 1)


@pytest.fixture
def district(db):
    with opened_scope(division_scope(GONGSHU)):
        yield


@pytest.fixture
def given_space(district):
    """A space of 120.50 ㎡ for 2026, 40 元 a ㎡ and month."""
    money.rent()
    facility, space = money.place()
    return money.agreement(facility, registry.partner(facility), [space])


def service(exchange, day=date(2026, 3, 1), minutes=600, heads=0, **more):
    return exchanges.record_service(
        exchange=exchange, service=Service(day=day, summary="理发", minutes=minutes, heads=heads, **more), by=None
    )


@pytest.mark.requirement("SFS-1")
def test_gongshu_3_2_months_that_are_over_are_posted_once(given_space):
    assert exchanges.accrue(exchange=given_space, until=date(2026, 6, 30)) == 5
    assert exchanges.accrue(exchange=given_space, until=JULY) == 1
    assert exchanges.accrue(exchange=given_space, until=JULY) == 0
    assert open_fen(given_space) == 6 * 482_000


@pytest.mark.requirement("SFS-1")
def test_without_a_reference_rent_a_month_stays_open(district):
    facility, space = money.place()
    one = money.agreement(facility, registry.partner(facility), [space])
    assert exchanges.accrue(exchange=one, until=JULY) == 0
    money.rent(starts_on=date(2026, 3, 1))
    assert exchanges.accrue(exchange=one, until=JULY) == 4
    with pytest.raises(MoneyRefused, match="2026-01 还没有区参考租金"):
        exchanges.settle(exchange=one, on=JULY, how="补做", by=None)


def test_a_new_rent_counts_from_its_day_and_leaves_what_was_posted(given_space):
    exchanges.accrue(exchange=given_space, until=JULY)
    money.rent(5_000, starts_on=JULY)
    exchanges.accrue(exchange=given_space, until=date(2026, 8, 1))
    assert open_fen(given_space) == 6 * 482_000 + 602_500


@pytest.mark.requirement("PAR-10", "SFS-2")
def test_hangzhou_2_3_6_no_space_is_given_twice_in_a_month_under_whatever_terms(given_space):
    facility, space, partner = given_space.facility, given_space.spaces.get().space, given_space.partner
    with pytest.raises(EditRefused, match="同一空间同一个月只能算一次"):
        money.agreement(
            facility, partner, [space], number="JM-1", starts_on=date(2026, 12, 31), ends_on=date(2027, 6, 1),
            terms=Terms.REDUCTION, rent_fen=100_000,
        )  # fmt: skip
    later = money.agreement(
        facility, partner, [space], number="JM-1", starts_on=date(2027, 1, 1), ends_on=date(2027, 6, 1), terms=Terms.REDUCTION,
        rent_fen=100_000,
    )  # fmt: skip
    assert exchanges.accrue(exchange=later, until=date(2027, 6, 1)) == 0, "a reduction is accounted by itself"
    with pytest.raises(MoneyRefused, match="单独记账"):
        service(later, day=date(2027, 2, 1))


def test_a_service_counts_at_the_prices_agreed_and_an_activity_once(given_space):
    activity = uuid4()
    made = service(given_space, minutes=600, heads=20, evidence=activity)
    assert made.amount_fen == -(120_000 + 30_000)
    with pytest.raises(MoneyRefused, match="不能重复抵扣"):
        service(given_space, evidence=activity)
    exchanges.reverse(entry=made, day=date(2026, 3, 2), by=None, reason="时长写错")
    assert open_fen(given_space) == 0
    service(given_space, evidence=activity)
    with pytest.raises(MoneyRefused, match="已经冲正过"):
        exchanges.reverse(entry=made, day=date(2026, 3, 2), by=None, reason="再来")


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 1, 1)])
def test_a_service_lies_in_the_term(given_space, day):
    with pytest.raises(MoneyRefused, match="不在协议的起止日期里"):
        service(given_space, day=day)


def test_a_space_without_an_area_has_no_value(district):
    facility, space = money.place(area=None)
    with pytest.raises(MoneyRefused, match="没有填可用面积"):
        money.agreement(facility, registry.partner(facility), [space])


@pytest.mark.requirement("SFS-1")
def test_settlement_at_exit_counts_the_last_month_by_its_days_and_leaves_nothing(given_space):
    exchanges.accrue(exchange=given_space, until=JULY)
    service(given_space, minutes=6_000)
    done = exchanges.settle(exchange=given_space, on=date(2026, 6, 16), how="差额折价缴入街道基金", by=None)
    by_kind = {
        kind: sum(e.amount_fen for e in done.entries.filter(kind=kind))
        for kind in ("space", "service", "reversal", "settlement")
    }
    assert by_kind == {
        "space": 6 * 482_000 + 241_000, "service": -1_200_000, "reversal": -482_000, "settlement": -(5 * 482_000 + 241_000 - 1_200_000)
    }  # fmt: skip
    assert (open_fen(done), done.settled_on, done.ends_on) == (0, date(2026, 6, 16), date(2026, 6, 16))
    with pytest.raises(MoneyRefused, match="已经结清"):
        service(done, day=date(2026, 3, 1))
    money.agreement(done.facility, done.partner, [done.spaces.get().space], number="KJ-2", starts_on=JULY)


def test_a_merge_of_partners_leaves_the_ledger_as_it_was(given_space):
    exchanges.accrue(exchange=given_space, until=JULY)
    service(given_space)
    before = list(given_space.entries.values_list("uuid", "amount_fen"))
    kept = registry.partner(given_space.facility, "留下的公司")
    by = person(Role.DISTRICT_ADMIN, GONGSHU)
    merge_partners(kept=kept, gone=given_space.partner, by=by, now=money.NOW, reason="同一家单位登记两次")
    assert Exchange.objects.get(pk=given_space.pk).partner_id == kept.pk
    assert list(given_space.entries.values_list("uuid", "amount_fen")) == before


_moves = st.lists(st.tuples(st.sampled_from(["month", "service", "reverse"]), st.integers(1, 600)), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=_moves, exit_after=st.integers(1, 364))
def test_whatever_happens_the_sum_of_the_entries_is_what_is_open_and_an_exit_leaves_nothing(
    given_space, moves, exit_after
):
    one = given_space
    with transaction.atomic():
        for what, number in moves:
            if what == "month":
                exchanges.accrue(exchange=one, until=one.starts_on + timedelta(days=number % 365))
            elif what == "service":
                service(one, day=one.starts_on + timedelta(days=number % 365), minutes=number)
            else:
                standing = one.entries.filter(reversed_by=None).exclude(kind="reversal")
                if standing.exists():
                    entry = list(standing)[number % standing.count()]
                    exchanges.reverse(entry=entry, day=entry.day, by=None, reason="试")
        assert open_fen(one) == sum(ExchangeEntry.objects.filter(exchange=one).values_list("amount_fen", flat=True))
        done = exchanges.settle(exchange=one, on=one.starts_on + timedelta(days=exit_after), how="补做", by=None)
        assert open_fen(done) == 0
        expected = exchanges.expected_fen(done, done.ends_on)
        standing = done.entries.filter(kind="space", reversed_by=None)
        assert sum(standing.values_list("amount_fen", flat=True)) == expected
        transaction.set_rollback(True)
    one.refresh_from_db()
    assert Exchange.objects.get(pk=one.pk).settled_on is None
