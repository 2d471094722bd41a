"""The facts: three ways to read them, one answer, the same as a plain loop over the ledgers."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.models import FacilityFact
from assessments.operations.facts import refresh_all
from assessments.queries.facts import COLLECTORS, LAYOUT, collect, collect_many, collect_some, columns, reading
from assessments.queries.facts.maintained import collect_maintained
from facilities.models import Facility, FacilityState, Space
from standards.rules import MISSING
from tenants.rules import code_range
from tenants.scope import WHOLE_COUNTRY, division_scope, opened_scope
from tests.assessments import oracle
from tests.assessments import registry as make
from tests.assessments.registry import DAY, GONGSHU

CODES = code_range(GONGSHU)
ROOT = Path(__file__).resolve().parents[2]


def as_dicts(collected):
    """facility id → metric → value."""
    table = collected.table
    return {
        int(pk): {metric: int(column[row]) for metric, column in table.columns.items()}
        for row, pk in enumerate(table.facility_ids)
    }


def test_a_complete_facility_has_these_facts(gongshu):
    one = make.demonstration()
    facts = as_dicts(collect(CODES, DAY))[one.pk]
    assert facts == {
        "floor_area_documented": 120000, "floor_area_declared": 120000,
        "usable_area": 90000, "multifunction_area": 60000, "market_area": 30000, "social_area": 30000,
        "open24h_area": 30000, "office_area": 0,
        "base_items": 9, "base_domains": 7, "base_items_wide": 9, "elder_items": 3, "child_items": 2,
        "city_elder": 1, "city_child": 1, "city_poor": 0, "city_disabled": 0, "city_services": 7,
        "local_functions": 1, "local_functions_named": 1, "operator_in_place": 1,
        "projects_all": 11, "projects_market_social": 10, "projects_market_social_resident": 10,
        "partners_market_social": 10, "elder_child_projects": 2, "elder_projects": 1, "child_projects": 1,
        "project_area_all": MISSING, "project_area_market_social": MISSING,
        "charity_projects": 3, "charity_received_fen": 18_000_000, "charity_contract_fen": 18_000_000,
        "covered_communities": MISSING, "hub_street_named": 0,
    }  # fmt: skip


def test_an_empty_ledger_is_missing_and_zero_only_when_confirmed(gongshu):
    silent = make.facility(1)
    confirmed = make.facility(2, nil_ledgers=["spaces", "functions", "operator", "projects", "charity"])
    facts = as_dicts(collect(CODES, DAY))
    # Whether a street is named is a field of the facility itself; everything else stands in ledgers.
    assert {m for m, v in facts[silent.pk].items() if v != MISSING} == {"hub_street_named"}
    assert {m for m, v in facts[confirmed.pk].items() if v == MISSING} == {
        "floor_area_documented", "floor_area_declared", "covered_communities",
    }  # fmt: skip
    assert {v for v in facts[confirmed.pk].values() if v != MISSING} == {0}


def test_one_unmeasured_space_makes_every_share_unknown(gongshu):
    one = make.demonstration()
    make.space(one, one.sites.get(), "新腾出的房间", usable=None)
    facts = as_dicts(collect(CODES, DAY))[one.pk]
    assert [facts[m] for m in ("usable_area", "market_area", "open24h_area")] == [MISSING] * 3


def test_a_site_without_document_leaves_only_the_declared_area(gongshu):
    one = make.facility()
    make.site(one, "700")
    make.site(one, "400", document="", name="分点")
    facts = as_dicts(collect(CODES, DAY))[one.pk]
    assert (facts["floor_area_documented"], facts["floor_area_declared"]) == (MISSING, 110000)


def test_rows_count_from_their_first_day_to_the_day_before_their_last(gongshu):
    one = make.facility()
    make.own(Space, one, site=make.site(one), name="短期", usable_area_m2=50, used_by="public",
             starts_on=date(2026, 7, 1), ends_on=date(2026, 9, 30))  # fmt: skip
    on = {day: as_dicts(collect(CODES, day))[one.pk]["usable_area"] for day in
          (date(2026, 6, 30), date(2026, 7, 1), date(2026, 9, 29), date(2026, 9, 30))}  # fmt: skip
    assert on == {
        date(2026, 6, 30): MISSING,  # nobody had recorded anything yet
        date(2026, 7, 1): 5000,
        date(2026, 9, 29): 5000,
        date(2026, 9, 30): 0,  # somebody recorded that it ended
    }


def test_a_ledger_whose_rows_have_all_ended_is_known_to_be_empty(gongshu):
    over, ahead = make.facility(1), make.facility(2)
    for one, dates in ((over, {"ends_on": DAY}), (ahead, {"starts_on": date(2026, 10, 1)})):
        at = make.site(one, **dates)
        make.space(one, at, "室", **dates)
        make.own(make.OfferedFunction, one, item_number=1, **dates)
        make.operator(one, **dates)
        make.project(one, "项目", **dates)
        make.own(make.Coverage, one, community_code=1, **dates)
    make.charity(over, year=2025)
    refresh_all(codes=CODES, day=DAY)
    facts = as_dicts(collect(CODES, DAY))
    known = {metric for metric, value in facts[over.pk].items() if value == 0}
    assert known == {
        metric for collector in COLLECTORS if collector.name in {"spaces", "functions", "operators", "projects", "facility"}
        for metric in collector.metrics
    }  # fmt: skip
    # A facility stands somewhere and covers communities: without them, and for a new year of charity, nobody has said.
    assert {metric for metric, value in facts[over.pk].items() if value == MISSING} == set(facts[over.pk]) - known
    assert {metric for metric, value in facts[ahead.pk].items() if value != MISSING} == {"hub_street_named"}
    assert as_dicts(collect_maintained(CODES, DAY)[0]) == facts == as_dicts(collect_many(CODES, DAY))


def test_the_day_before_the_last_row_ends_is_another_day_for_the_maintained_facts(gongshu):
    one = make.facility()
    make.operator(one, ends_on=DAY)
    yesterday = DAY - timedelta(days=1)
    for day, in_place in ((yesterday, 1), (DAY, 0)):
        refresh_all(codes=CODES, day=day)
        maintained, held = collect_maintained(CODES, day)
        assert (as_dicts(maintained)[one.pk]["operator_in_place"], held) == (in_place, 1)


def test_two_local_functions_of_one_name_count_once_and_item_zero_is_none(gongshu):
    one, two = make.facility(1), make.facility(2)
    for made, names in ((one, ("议事", "夜市", "议事")), (two, ("议事",))):
        for number, name in enumerate(names):
            make.own(make.OfferedFunction, made, local_name=name, starts_on=date(2025, 1, 1 + number))
    make.own(make.OfferedFunction, one, item_number=0)
    facts = as_dicts(collect(CODES, DAY))
    assert [facts[made.pk]["local_functions_named"] for made in (one, two)] == [2, 1]
    assert (facts[one.pk]["base_items_wide"], facts[one.pk]["local_functions"]) == (0, 2)


def test_a_country_is_read_block_by_block(gongshu, monkeypatch):
    for number in range(1, 4):
        make.functions(make.demonstration(number), local=("议事",))
    whole = collect(CODES, DAY)
    monkeypatch.setattr(reading, "_BLOCKS", 1)
    assert whole.table.differences(collect_many(CODES, DAY).table) == 0
    assert whole.table.differences(collect_many(WHOLE_COUNTRY, DAY).table) == 0  # the policies keep to the district


def test_sums_are_exact_beyond_what_doubles_hold():
    at, values = np.array([0, 0, 1, 2, 2]), np.array([2**53, 1, 7, 2**62, 2**62])
    totals, out_of_range = columns.summed(at, values, 4)
    assert totals.tolist() == [2**53 + 1, 7, 0, 0]
    assert out_of_range.tolist() == [False, False, True, False]


@pytest.mark.parametrize("ids", [[3, 5, 9], [3, 5, 10**12]])
def test_places_of_ids_dense_and_sparse(ids):
    places = columns.Places(np.array(ids))
    assert places.of(np.array([5, 4, 10**13, *ids])).tolist() == [1, -1, -1, 0, 1, 2]
    assert columns.Places(np.array([], np.int64)).of(np.array([5])).tolist() == [-1]


def test_pairs_that_would_not_fit_into_64_bits_are_refused():
    with pytest.raises(OverflowError, match="64 bits"):
        columns.counted_distinct(np.array([0]), np.array([2**40]), 2**31)


def test_counters_share_integers_and_none_runs_over():
    code = np.array([0, 1, 2, 3, 3, 3])
    wanted = {name: np.isin(np.arange(4), codes) for name, codes in (("a", [3]), ("b", [0, 3]), ("c", [1]), ("d", []))}
    at = np.array([0, 0, 0, 2, 2, 2])
    expected = {"a": [0, 0, 3], "b": [1, 0, 3], "c": [1, 0, 0], "d": [0, 0, 0]}
    assert {name: each.tolist() for name, each in columns.counted_by_code(at, code, wanted, 3).items()} == expected
    many = np.zeros(2**21, np.int64)  # 22 bits for a count: two counters to an integer
    found = columns.counted_by_code(many, many + 3, wanted, 1)
    assert {name: int(each[0]) for name, each in found.items()} == {"a": 2**21, "b": 2**21, "c": 0, "d": 0}


def test_charity_counts_by_calendar_year_so_far(gongshu):
    one = make.facility()
    receipts = [(date(2025, 12, 31), 1), (date(2026, 1, 1), 10), (date(2026, 9, 30), 100), (date(2026, 10, 1), 1000)]
    make.charity(one, contract=500, received=receipts)
    make.charity(one, "去年的", year=2025)
    facts = as_dicts(collect(CODES, DAY))[one.pk]
    assert (facts["charity_projects"], facts["charity_received_fen"], facts["charity_contract_fen"]) == (1, 110, 500)


@pytest.mark.parametrize("lifecycle", ["planned", "suspended", "merged", "withdrawn"])
def test_facilities_that_are_not_open_are_listed_with_the_reason(gongshu, lifecycle):
    closed = make.facility(1, lifecycle=lifecycle)
    collected = collect(CODES, DAY)
    assert [(u.facility_id, u.reason) for u in collected.unread] == [(closed.pk, lifecycle)]
    assert len(collected.table) == 0


def test_a_facility_without_a_state_on_the_day_is_listed(gongshu):
    later = make.facility(1, opened=date(2026, 10, 1))
    assert [(u.facility_id, u.reason) for u in collect(CODES, DAY).unread] == [(later.pk, "no_state")]


def test_a_poisonous_row_is_named_and_the_others_are_read(gongshu):
    facilities = [make.demonstration(number) for number in range(1, 6)]
    make.charity(facilities[2], "一笔错账", received=[(date(2026, 5, 1), 2**62)] * 2)
    collected = collect(CODES, DAY)
    assert [(u.facility_id, u.reason) for u in collected.unread] == [(facilities[2].pk, "error")]
    assert collected.unread[0].message.startswith("charity_received_fen")
    assert sorted(as_dicts(collected)) == [f.pk for f in facilities if f.pk != facilities[2].pk]


def test_every_metric_that_has_a_ledger_has_exactly_one_collector():
    metrics = tomllib.loads((ROOT / "fixtures/standards/metrics.toml").read_text())["metric"]
    recorded = sorted(metric["key"] for metric in metrics if metric.get("recorded", True))
    assert sorted(metric for collector in COLLECTORS for metric in collector.metrics) == recorded


@st.composite
def registries(draw):
    """What up to three facilities hold, with every gap that a ledger can have."""
    area = st.one_of(st.none(), st.decimals("0.01", "99999.99", places=2))
    days = st.sampled_from([date(2025, 1, 1), date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 1)])
    span = st.tuples(days, st.one_of(st.none(), st.integers(1, 400)))
    facility = st.fixed_dictionaries(
        {
            "construction": st.sampled_from(["integrated", "area", "streetblock"]),
            "nil": st.sets(st.sampled_from(["spaces", "functions", "operator", "projects", "charity"])),
            "hub_street": st.sampled_from(["", "小河直街"]),
            "sites": st.lists(st.tuples(area, st.sampled_from(["", "证 1"]), span), max_size=2),
            "spaces": st.lists(
                st.tuples(area, st.sampled_from(["market", "social", "public", "office"]), st.booleans(), st.booleans(), span),
                max_size=3,
            ),
            "items": st.lists(
                st.tuples(st.one_of(st.integers(1, 33), st.integers(101, 113)), span), max_size=6, unique_by=lambda x: x[0]
            ),
            "local": st.lists(st.tuples(st.sampled_from(["议事", "夜市"]), span), max_size=3),
            "operators": st.lists(span, max_size=1),
            "projects": st.lists(
                st.tuples(
                    st.sampled_from(["market", "social", "resident", "public"]),
                    st.sampled_from([None, "甲", "乙"]),
                    st.booleans(),
                    st.booleans(),
                    st.integers(-1, 2),
                    span,
                ),
                max_size=5,
            ),
            "charity": st.lists(
                st.tuples(
                    st.sampled_from([2025, 2026]),
                    st.one_of(st.none(), st.integers(0, 10**10)),
                    st.lists(st.tuples(st.sampled_from([date(2025, 12, 31), date(2026, 1, 1), DAY, date(2026, 10, 1)]),
                                       st.integers(1, 10**11)), max_size=2),
                ),
                max_size=2,
            ),
            "communities": st.lists(st.tuples(st.integers(1, 3), span), max_size=3),
        }
    )  # fmt: skip
    return draw(st.lists(facility, min_size=1, max_size=3))


def _dates(span):
    starts, days = span
    return {"starts_on": starts, "ends_on": starts + timedelta(days=days) if days else None}


def build(number, plan):
    """Write one drawn facility; rows that a unique key would refuse are left out."""
    made = make.facility(
        number, construction=plan["construction"], nil_ledgers=sorted(plan["nil"]), hub_street=plan["hub_street"]
    )
    for index, (area, document, span) in enumerate(plan["sites"]):
        make.site(made, area, document, name=f"点 {index}", **_dates(span))
    spaces = [
        make.space(made, made.sites.first(), f"室 {index}", area, used_by, is_multifunction=multi, is_open_24h=night,
                   **_dates(span))
        for index, (area, used_by, multi, night, span) in enumerate(plan["spaces"] if plan["sites"] else [])
    ]  # fmt: skip
    for item, span in plan["items"]:
        make.own(make.OfferedFunction, made, item_number=item, **_dates(span))
    for name, span in plan["local"]:
        dates = _dates(span)
        if not made.functions.filter(local_name=name, starts_on=dates["starts_on"]).exists():
            make.own(make.OfferedFunction, made, local_name=name, **dates)
    for span in plan["operators"]:
        make.operator(made, **_dates(span))
    for index, (run_by, company, elders, children, where, span) in enumerate(plan["projects"]):
        in_space = spaces[where] if 0 <= where < len(spaces) else None
        make.own(make.ResidentProject, made, name=f"项 {index}", run_by=run_by, serves_elders=elders, space=in_space,
                 serves_children=children, partner=company and make.partner(made, company), **_dates(span))  # fmt: skip
    for index, (year, contract, receipts) in enumerate(plan["charity"]):
        make.charity(made, f"创投 {index}", year=year, contract=contract, received=receipts)
    for community, span in plan["communities"]:
        dates = _dates(span)
        if not made.coverages.filter(community_code=community, starts_on=dates["starts_on"]).exists():
            make.own(make.Coverage, made, community_code=community, **dates)
    return made


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans=registries())
def test_every_path_reads_what_a_plain_loop_reads(standards, plans):
    with opened_scope(division_scope(GONGSHU)), transaction.atomic():
        made = [build(number, plan) for number, plan in enumerate(plans, 1)]
        expected = {one.pk: oracle.facts_of(one, DAY) for one in made if oracle.state_on(one, DAY)}
        lateral, grouped = collect(CODES, DAY), collect_many(CODES, DAY)
        assert as_dicts(lateral) == expected
        assert lateral.table.differences(grouped.table) == 0
        assert collect_some([made[0].pk], DAY).table.differences(lateral.table.take(slice(0, 1))) == 0
        refresh_all(codes=CODES, day=DAY)
        maintained, _ = collect_maintained(CODES, DAY)
        assert lateral.table.differences(maintained.table) == 0
        transaction.set_rollback(True)


def test_packed_facts_come_back_exactly(gongshu):
    make.demonstration(1)
    rich = make.facility(2)
    make.charity(rich, received=[(date(2026, 5, 1), 2**40)])  # does not fit the narrow row
    table = collect(CODES, DAY).table
    back = LAYOUT.unpack(LAYOUT.pack(table.columns))
    assert {m: back[m].tolist() for m in back} == {m: table.columns[m].tolist() for m in back}


def test_a_change_in_any_ledger_makes_the_maintained_facts_stale(gongshu):
    one = make.demonstration()
    for change in (
        lambda: one.sites.update(floor_area_m2=999),
        lambda: one.spaces.first().delete(),
        lambda: make.functions(one, items=(30,)),
        lambda: one.operators.all().delete(),
        lambda: one.projects.filter(name="项目 1").update(run_by="public"),
        lambda: one.charity_receipts.first().delete(),
        lambda: one.charity_projects.update(contract_fen=1),
        lambda: make.coverage(one, 330105001051),
        lambda: Facility.objects.filter(pk=one.pk).update(hub_street="小河直街"),
        lambda: FacilityState.objects.filter(facility=one).update(construction_type="area"),
    ):
        refresh_all(codes=CODES, day=DAY)
        assert FacilityFact.objects.get(facility=one).is_clean is True
        change()
        assert FacilityFact.objects.get(facility=one).is_clean is False
        maintained, _ = collect_maintained(CODES, DAY)
        assert maintained.table.differences(collect(CODES, DAY).table) == 0


def test_maintained_facts_hold_until_the_next_row_begins_or_ends(gongshu):
    one = make.facility()
    make.own(Space, one, site=make.site(one), name="短期", usable_area_m2=50, used_by="public",
             starts_on=date(2026, 7, 1), ends_on=date(2026, 11, 1))  # fmt: skip
    refresh_all(codes=CODES, day=DAY)
    row = FacilityFact.objects.get(facility=one)
    assert (row.valid_from, row.valid_until) == (date(2026, 7, 1), date(2026, 11, 1))
    assert [collect_maintained(CODES, day)[1] for day in (date(2026, 6, 30), DAY, date(2026, 11, 1))] == [0, 1, 0]
