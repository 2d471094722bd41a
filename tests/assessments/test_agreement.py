"""Exact bounds against SciPy, Cohen's kappa by hand, who is generous, streets over the years, routes by distance."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from assessments import operations
from assessments.models import Discrepancy, Visit
from assessments.queries.agreement import agreement_of, bias
from assessments.queries.checks import visits_shown
from assessments.rules.agreement import kappa, strength
from assessments.rules.bounds import bounds, ways_at_most
from assessments.rules.visits import Place, metres, plan, route, working_days
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.people import GONGSHU

_STREET = 330105005000


@given(st.integers(1, 400), st.data())
@settings(max_examples=60, deadline=None)
def test_the_hypergeometric_tail_is_that_of_scipy(population, data):
    sampled = data.draw(st.integers(0, population))
    marked = data.draw(st.integers(0, population))
    found = data.draw(st.integers(0, sampled))
    ours = Fraction(
        ways_at_most(population, marked, sampled, found), ways_at_most(population, marked, sampled, sampled)
    )
    assert float(ours) == pytest.approx(hypergeom.cdf(found, population, marked, sampled), rel=1e-9, abs=1e-12)


@given(st.integers(1, 120), st.data())
@settings(max_examples=40, deadline=None)
def test_the_bounds_are_where_scipys_tails_cross_the_level(population, data):
    """Just inside a bound the tail is above 2.5 %, just outside it is not."""
    sampled = data.draw(st.integers(0, population))
    found = data.draw(st.integers(0, sampled))
    exact, level = bounds(population, sampled, found), 0.025
    assert hypergeom.cdf(found, population, exact.high, sampled) > level * (1 - 1e-9)
    if exact.high < population - sampled + found:
        assert hypergeom.cdf(found, population, exact.high + 1, sampled) <= level * (1 + 1e-9)
    assert hypergeom.sf(found - 1, population, exact.low, sampled) > level * (1 - 1e-9)
    if exact.low > found:
        assert hypergeom.sf(found - 1, population, exact.low - 1, sampled) <= level * (1 + 1e-9)


def test_kappa_by_hand():
    """20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: 0.7 observed, 0.5 by chance."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa(pairs) == Fraction(2, 5)
    assert kappa([]) is None
    assert kappa([("same", "same")] * 9) is None, "chance alone explains it"
    assert [strength(Fraction(n, 100)) for n in (0, 20, 40, 60, 80, 81)] == [
        "没有一致", "很低", "一般", "中等", "较高", "几乎完全一致",
    ]  # fmt: skip


def _place(code: str, longitude, latitude=30.3) -> Place:
    return Place(int(code), code, longitude, latitude)


def test_a_route_goes_on_to_the_nearest_and_ends_with_those_nowhere():
    places = [_place("1", 120.10), _place("2", 120.40), _place("3", 120.20), _place("4", None), _place("5", 120.11)]
    assert [place.code for place in route(places)] == ["1", "5", "3", "2", "4"]
    assert metres(places[0], places[4]) == pytest.approx(961, rel=0.01)
    assert metres(places[0], places[3]) is None


def test_a_plan_shares_out_days_and_people_and_keeps_to_working_days():
    friday = date(2026, 11, 20)
    days = working_days(friday, date(2026, 11, 24))
    assert [day.day for day in days] == [20, 23, 24]
    places = [_place(str(n), 120 + n / 100) for n in range(1, 6)]
    visits, rest = plan(places, [7, 8], {7: {1}}, days[:1], 2)
    assert [(v.facility_id, v.assessor_id, v.position) for v in visits] == [(2, 7, 1), (3, 7, 2), (1, 8, 1), (4, 8, 2)]
    assert [place.facility_id for place in rest] == [5]


@pytest.fixture
def year(standards):
    with opened_scope(division_scope(GONGSHU)):
        made = y.Year(GONGSHU, readings=False, a_street=2)
        made.set_rules(double_permille=1000)
        made.staff()
        made.drawn()
        made.visits = made.assigned()
        yield made


def test_double_visits_that_disagree_and_a_generous_firm_show(year):
    """Every facility is visited twice. The second person overlooks what the first finds missing in half of them."""
    seconds = {visit.sampled_id: visit for visit in year.visits if visit.is_second}
    firsts = [visit for visit in year.visits if not visit.is_second]
    assert len(seconds) == len(firsts)
    for number, visit in enumerate(firsts):
        second = seconds[visit.sampled_id]
        assert second.assessor.commission_id != visit.assessor.commission_id
        y.send(visit, y.records(visit, {"item-1": 0}))
        y.send(second, y.records(second, {"item-1": 0} if number % 2 else {}))
    operations.discrepancies.close_visits(round=year.round, by=year.admin, now=y.RECEIVED)
    shown = agreement_of(year.round)
    items = len(firsts[0].findings.all())
    agreed, apart = len(firsts) // 2, len(firsts) - len(firsts) // 2
    pairs = [("below", "below")] * agreed + [("below", "same")] * apart
    pairs += [("same", "same")] * (items - 1) * len(firsts)
    expected = kappa(pairs)
    assert shown["kappa"] == f"{float(expected):.2f}"
    assert shown["doubles"] == len(firsts)
    assert sum(row.below for row in shown["firm_rows"]) == len(firsts) + agreed
    assert sum(row.below for row in shown["people_rows"]) == len(firsts) + agreed
    assert Discrepancy.objects.count() == len(firsts), "second visits measure agreement; they make no discrepancies"


def test_each_day_has_its_routes_in_order_with_their_length(year):
    day, visits, ways = visits_shown(year.round, y.TODAY)["days"][0]
    assert day == date(2026, 11, 23)
    for user in {visit.user_id for visit in visits}:
        assert [v.position for v in visits if v.user_id == user] == list(
            range(1, sum(v.user_id == user for v in visits) + 1)
        )
    assert all(way.endswith("公里") for _, way in ways)
    assert Visit.objects.filter(day__week_day__in=[1, 7]).count() == 0


def test_bias_of_a_street_is_kept_year_by_year_and_counts_what_stands(year):
    facility = year.facilities[0]
    assert facility.division_code // 1000 == _STREET // 1000
    common = {
        "division_code": facility.division_code, "facility": facility, "sent_at": y.NOW, "due_at": y.NOW, "tier_claimed": 2,
    }  # fmt: skip
    ruled = {"ruled_at": y.NOW, "ruling_reason": "实测", "ruled_by": year.admin}
    rows = (
        (2025, "a", 5, 3, 1, {"ruling": "found", **ruled}),
        (2025, "b", 3, 5, 2, {"accepts": True}),
        (2025, "c", 5, 3, 1, {"ruling": "claim", **ruled}),
        (2026, "a", 9, 1, 2, {"accepts": True}),
        (2026, "b", 9, 1, 2, {}),
    )
    for year_, key, claimed, found, tier, more in rows:
        Discrepancy.objects.create(
            **common, year=year_, key=key, claimed=claimed, found=found, tier_found=tier, visit_uuid=year.visits[0].uuid
            if year_ == 2026 else year.visits[1].uuid, **more,
        )  # fmt: skip
    shown = [(row.street, row.year, row.discrepancies, row.too_high, row.change_tier) for row in bias(year.round)]
    assert shown == [("拱宸桥街道", 2026, 1, 1, 0), ("拱宸桥街道", 2025, 2, 1, 1)]
