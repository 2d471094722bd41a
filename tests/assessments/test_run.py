"""A quarter from start to published verdicts, on the real database."""

import operator
from datetime import date

import pytest

from assessments.models import NO_TIER, Run, RunState, ScopeSummary, Unjudged, Verdict
from assessments.operations import runs
from assessments.operations.facts import refresh_all
from assessments.queries import summaries
from assessments.rules.quarters import Quarter
from standards.rules import Tier
from tenants.models import Act, OutboxEntry
from tenants.rules import code_range
from tests.assessments import registry as make
from tests.assessments.registry import GONGSHU

TODAY = date(2026, 11, 22)
Q2, Q3 = Quarter(2026, 2), Quarter(2026, 3)


def start(quarter=Q3, **fields):
    return runs.start_quarter(
        **{"quarter": quarter, "district": GONGSHU, "by": None, "reason": "季度测算", "today": TODAY, **fields}
    )


def run_quarter(quarter=Q3, **fields):
    """Start and compute; returns the run as it then stands."""
    run = start(quarter, **fields)
    runs.compute_run(run_id=run.pk, district=GONGSHU)
    run.refresh_from_db()
    return run


def tiers(run):
    return dict(Verdict.objects.filter(run=run).values_list("facility_id", "tier"))


@pytest.mark.requirement("TIER-1", "TIER-2")
def test_a_facility_that_meets_every_gate_is_demonstration(gongshu):
    one = make.demonstration()
    run = run_quarter()
    assert (run.state, run.facilities_total, run.facilities_done) == (RunState.COMPUTED, 1, 1)
    assert tiers(run) == {one.pk: Tier.DEMONSTRATION}


@pytest.mark.requirement("TIER-1", "TIER-3", "ARE-1", "ARE-2")
@pytest.mark.parametrize(
    ("construction", "area", "tier"),
    [
        ("integrated", "1000", Tier.DEMONSTRATION),
        ("integrated", "999.99", Tier.INCLUSIVE),
        ("integrated", "600", Tier.INCLUSIVE),
        ("integrated", "599.99", Tier.UNRATED),
        ("area", "1500", Tier.DEMONSTRATION),
        ("area", "1499.99", Tier.INCLUSIVE),
        ("streetblock", "1000", Tier.INCLUSIVE),
        ("streetblock", "999.99", Tier.UNRATED),
    ],
)
def test_the_area_line_of_each_construction_type_holds_to_the_hundredth(gongshu, construction, area, tier):
    one = make.demonstration(construction=construction)
    one.sites.update(floor_area_m2=area)
    assert tiers(run_quarter()) == {one.pk: tier}


@pytest.mark.requirement("TIER-2", "TIER-4")
@pytest.mark.parametrize(
    ("ours", "others", "tier"),
    [(12, 3, Tier.DEMONSTRATION), (11, 3, Tier.INCLUSIVE), (10, 4, Tier.INCLUSIVE), (9, 4, Tier.UNRATED)],
)
def test_the_share_of_projects_is_compared_exactly(gongshu, ours, others, tier):
    one = make.demonstration()
    one.projects.all().delete()
    for index in range(ours):
        make.project(one, f"入驻 {index}")
    for index in range(others):
        make.project(one, f"自营 {index}", run_by="public", with_partner=False)
    assert tiers(run_quarter()) == {one.pk: tier}


@pytest.mark.requirement("TIER-8")
def test_a_missing_fact_leaves_a_facility_unrated_and_undetermined(gongshu):
    one = make.demonstration()
    one.sites.update(area_document="")
    verdict = Verdict.objects.get(run=run_quarter())
    assert (verdict.tier, verdict.flags & Verdict.UNDETERMINED) == (Tier.UNRATED, Verdict.UNDETERMINED)


def test_the_facts_are_those_of_the_last_day_of_the_quarter(gongshu):
    one = make.demonstration()
    one.operators.update(ends_on=date(2026, 9, 30))  # the last day of the quarter is the first without
    other = make.demonstration(2)
    other.operators.update(ends_on=date(2026, 10, 1))
    assert tiers(run_quarter()) == {one.pk: Tier.UNRATED, other.pk: Tier.DEMONSTRATION}


def test_closed_facilities_and_poisonous_rows_are_listed_and_do_not_stop_the_others(gongshu):
    good, closed, poisoned = make.demonstration(1), make.facility(2, lifecycle="suspended"), make.demonstration(3)
    make.charity(poisoned, "错账", received=[(date(2026, 5, 1), 2**62)] * 2)
    run = run_quarter()
    assert tiers(run) == {good.pk: Tier.DEMONSTRATION}
    assert dict(Unjudged.objects.filter(run=run).values_list("facility_id", "reason")) == {
        closed.pk: "suspended",
        poisoned.pk: "error",
    }
    assert (run.state, run.facilities_total) == (RunState.COMPUTED, 3)


def test_a_run_notes_who_started_it_and_why_and_queues_one_task(gongshu):
    run = start(reason="季度例行")
    assert list(OutboxEntry.objects.values_list("task", "arguments")) == [
        ("assessments.tasks.compute_run", {"run_id": run.pk, "district": GONGSHU})
    ]
    assert list(Act.objects.values_list("verb", "reason", "subject_uuid")) == [
        ("assessments.start_quarter", "季度例行", run.uuid)
    ]


def test_starting_again_returns_the_run_that_is_there(gongshu):
    make.demonstration()
    first = start()
    assert start().pk == first.pk
    runs.compute_run(run_id=first.pk, district=GONGSHU)
    assert start().pk == first.pk
    assert Run.objects.count() == 1


def test_computing_twice_changes_nothing(gongshu):
    make.demonstration()
    run = run_quarter()
    before = list(Run.objects.values()), list(Verdict.objects.values()), list(ScopeSummary.objects.values())
    runs.compute_run(run_id=run.pk, district=GONGSHU)
    assert (list(Run.objects.values()), list(Verdict.objects.values()), list(ScopeSummary.objects.values())) == before


def test_a_rerun_is_a_new_revision_and_the_old_one_stays(gongshu):
    one = make.demonstration()
    first = run_quarter()
    one.sites.update(floor_area_m2=700)
    second = run_quarter(rerun=True, reason="面积更正", based_on=1)
    assert (second.revision, tiers(first), tiers(second)) == (2, {one.pk: Tier.DEMONSTRATION}, {one.pk: Tier.INCLUSIVE})
    assert run_quarter(rerun=True, reason="又点了一次", based_on=1).pk == second.pk
    with pytest.raises(runs.RunRefusedError, match="为什么要重新测算"):
        start(rerun=True, reason=" ", based_on=2)


def test_a_quarter_that_has_not_ended_is_refused(gongshu):
    with pytest.raises(runs.RunRefusedError, match="2026-12-31 才结束"):
        start(Quarter(2026, 4))
    assert start(Q3, today=date(2026, 10, 1)).state == RunState.QUEUED


def test_tiers_are_compared_with_the_quarter_before(gongshu):
    up, down, new = make.demonstration(1), make.demonstration(2), make.demonstration(3, opened=date(2026, 7, 1))
    up.sites.update(floor_area_m2=700)
    run_quarter(Q2)
    up.sites.update(floor_area_m2=1200)
    down.sites.update(floor_area_m2=700)
    run = run_quarter(Q3)
    assert dict(Verdict.objects.filter(run=run).values_list("facility_id", "prev_tier")) == {
        up.pk: Tier.INCLUSIVE,
        down.pk: Tier.DEMONSTRATION,
        new.pk: NO_TIER,
    }
    summary = ScopeSummary.objects.get(run=run, division_code=GONGSHU)
    assert (summary.facilities, summary.demonstration, summary.inclusive, summary.risen, summary.fallen) == (
        3,
        2,
        1,
        1,
        1,
    )


def test_summaries_add_up_from_community_to_district(gongshu):
    make.demonstration(1, code=330105001051)
    make.demonstration(2, code=330105001052)
    make.facility(3, code=330105002051)
    make.facility(4, code=330105002000, lifecycle="planned")  # a facility of the street itself
    run = run_quarter()
    counts = operator.attrgetter("division_code", "facilities", "judged", "demonstration", "unrated")
    rows = list(ScopeSummary.objects.filter(run=run).order_by("division_code"))
    assert [counts(row) for row in rows] == [
        (330105000000, 4, 3, 2, 1),
        (330105001000, 2, 2, 2, 0),
        (330105002000, 2, 1, 0, 1),
    ]
    district = rows[0]
    assert district.undetermined == 1
    position = run.criteria.index("inclusive_area")
    assert (district.failed_by_criterion[position], district.unknown_by_criterion[position]) == (0, 1)
    assert summaries.summaries_below(run, GONGSHU) == rows[1:]
    # Communities are counted when they are asked for.
    below = [row for street in (330105001000, 330105002000) for row in summaries.summaries_below(run, street)]
    assert [counts(row) for row in below] == [
        (330105001051, 1, 1, 1, 0),
        (330105001052, 1, 1, 1, 0),
        (330105002051, 1, 1, 0, 1),
    ]
    assert (below[2].failed_by_criterion[position], below[2].unknown_by_criterion[position]) == (0, 1)
    assert counts(summaries.summary(run, 330105001052)) == counts(below[1])
    assert summaries.summary(run, 330105002052) is None
    assert [counts(row) for _, row in summaries.summaries_over_time(330105001051)] == [counts(below[0])]


def test_how_many_fail_a_criterion_is_read_from_the_summaries_of_the_districts(gongshu, django_assert_num_queries):
    make.demonstration(1)
    make.facility(2)
    make.facility(3, nil_ledgers=["functions"])
    run = run_quarter()
    city = code_range(GONGSHU // 10**8 * 10**8)
    with django_assert_num_queries(1):
        assert summaries.failing_in(city, run.quarter, "inclusive_base_functions") == (1, 1)
    assert summaries.failing_in(city, run.quarter, "not_a_criterion") == (0, 0)
    assert summaries.failing_in(city, "2026-Q2", "inclusive_base_functions") == (0, 0)
    make.facility(4, nil_ledgers=["functions"])
    run_quarter(rerun=True, reason="核对", based_on=1)
    assert summaries.failing_in(city, run.quarter, "inclusive_base_functions") == (2, 1)


def test_maintained_facts_give_the_same_run_as_the_ledgers(gongshu):
    for number in range(1, 5):
        make.demonstration(number)
    make.facility(5, lifecycle="merged")
    first = run_quarter()
    refresh_all(codes=code_range(GONGSHU), day=Q3.last_day)
    second = run_quarter(rerun=True, reason="核对", based_on=1)
    assert (first.from_maintained, second.from_maintained) == (0, 5)
    assert (first.fact_hash, first.result_hash) == (second.fact_hash, second.result_hash)


def test_a_failure_says_what_to_do_and_leaves_nothing_behind(gongshu):
    make.demonstration()
    run = start()
    Run.objects.filter(pk=run.pk).update(standard="gongshu@2019")
    with pytest.raises(runs.RunFailedError):
        runs.compute_run(run_id=run.pk, district=GONGSHU)
    run.refresh_from_db()
    assert (run.state, Verdict.objects.count()) == (RunState.FAILED, 0)
    assert "gongshu@2019" in run.error
    assert "上一次的结果仍然有效" in run.error
    assert run_quarter().revision == 1  # the failed row named another version; this one is the first of its own
