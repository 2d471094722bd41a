"""热活度 of a quarter, from the records to the stored score."""

from datetime import date

import numpy as np
import pytest

from assessments.models import VitalityRun, VitalityScore
from assessments.operations import runs
from assessments.operations.vitality import hash_of
from assessments.queries.vitality.values import collect
from assessments.rules.packing import FactTable, Layout
from assessments.rules.quarters import Quarter
from assessments.rules.vitality import Mark, from_columns
from engagement.models import CountPeriod, CountSource, Figure
from standards.queries.liveliness import vitality_scale, vitality_version
from standards.rules import MISSING
from standards.rules.vitality import score
from tests.assessments import registry as make
from tests.assessments.registry import GONGSHU
from tests.engagement import records

TODAY = date(2026, 11, 22)
Q3 = Quarter(2026, 3)
JULY, AUGUST, SEPTEMBER = (date(2026, month, 1) for month in (7, 8, 9))


def run_quarter(quarter=Q3, **fields):
    run = runs.start_quarter(
        quarter=quarter, district=GONGSHU, by=None, reason="测试", today=TODAY, rerun=False, **fields
    )
    runs.compute_run(run_id=run.pk, district=GONGSHU)
    run.refresh_from_db()
    assert run.state == "computed", run.error
    return run


def stored(run, facility):
    """The ratios of a facility as its row keeps them: metric → (numerator, denominator)."""
    row = VitalityScore.objects.get(run=run, facility=facility)
    values, flags = from_columns(Layout.parse(run.vitality.layout).unpack([bytes(row.values)]))
    return {m: (int(r.numerator[0]), int(r.denominator[0])) for m, r in values.items()} | {
        name: int(column[0]) for name, column in flags.items()
    }


def lively(number=1, **fields):
    """A facility with every record of the third quarter."""
    made = make.demonstration(number, **fields)
    records.people(made, 30_000, elders=9_000, children=3_000, low_income=300, disabled=0)
    for month in (JULY, AUGUST, SEPTEMBER):
        records.visits(made, month, 6_000, period=CountPeriod.MONTH)
        records.figure(made, month, Figure.ROOM_OPEN_MINUTES, 10_000)
        records.figure(made, month, Figure.ROOM_USED_MINUTES, 4_000)
        for item in (1, 2, 7, 11):
            records.figure(made, month, Figure.SERVICES, 10, item)
        records.figure(made, month, Figure.SERVICES, 9, 13)
    records.figure(made, SEPTEMBER, Figure.PERSONS_12M, 6_000)
    for group, amount in ((1, 1_800), (2, 1_500), (3, 60), (4, 0)):
        records.figure(made, SEPTEMBER, Figure.PERSONS_12M, amount, group)
    records.figure(made, SEPTEMBER, Figure.PERSONS_30D, 1_000)
    records.figure(made, SEPTEMBER, Figure.RETURNING_30D, 400)
    for number, day in enumerate(records.days(JULY, date(2026, 8, 15))):
        records.activity(made, day, "culture", partner=made.projects.first().partner if number == 0 else None)
    records.survey(made, 90, 100)
    records.complaint(made, date(2026, 8, 1), date(2026, 8, 20), date(2026, 8, 20))
    records.complaint(made, date(2026, 8, 2), date(2026, 8, 21), date(2026, 8, 22))
    return made


@pytest.mark.requirement("HOT-1")
def test_every_indicator_is_the_ratio_that_its_formula_says(gongshu):
    made = lively()
    run = run_quarter()
    found = stored(run, made)
    assert found == {
        "gathering": (18_000 * 100, 90_000),
        "reach": (6_000 * 100, 30_000),
        "group_reach": (2_000 + 5_000 + 2_000, 300),  # 20 %, 50 %, 20 %; nobody in the fourth group
        "supply": (46 * 100, 60),
        "room_use": (12_000 * 100, 30_000),
        "hours_kept": (MISSING, MISSING),
        "functions_alive": (4 * 100, 9),
        "returning": (400 * 100, 1_000),
        "satisfaction": (90 * 100, 100),
        "closed_in_time": (1 * 100, 2),
        "partners_active": (1 * 100, 10),
        "charity": (20_000, 200),
        "space_and_balance": (MISSING, MISSING),
        "required_events": 0,
    }
    row = VitalityScore.objects.get(run=run)
    # 720 + 1000 + 571 + 480 + 600 + 0 + 300 + 1029 + 0 + 0 + 500
    assert (row.score, row.coverage, row.grade) == (5200, 89, 3)


def test_without_records_there_is_no_value_and_no_grade(gongshu):
    made = make.demonstration()
    run = run_quarter()
    row = VitalityScore.objects.get(run=run, facility=made)
    found = stored(run, made)
    known = {name for name, value in found.items() if name != "required_events" and MISSING not in value}
    assert known == {"charity"}
    assert (row.score, row.coverage, row.grade, row.prev_score) == (500, 5, -1, -1)


def test_the_score_of_the_quarter_before_stands_beside(gongshu):
    made = lively()
    before = run_quarter(Quarter(2026, 2))
    run_quarter()
    scores = dict(VitalityScore.objects.filter(facility=made).values_list("run__quarter", "score"))
    assert VitalityScore.objects.get(run__quarter="2026-Q3").prev_score == scores["2026-Q2"]
    assert VitalityRun.objects.get(run=before).scale == "vitality@provisional-2025.1"


def test_a_counter_goes_before_an_estimate_and_days_before_a_month(gongshu):
    made = make.demonstration()
    records.people(made, 1_000)
    for source, count in ((CountSource.MANUAL, 900), (CountSource.COUNTER, 300), (CountSource.SCAN, 500)):
        records.visits(made, date(2026, 7, 5), count, source=source)
    records.visits(made, JULY, 99_999, period=CountPeriod.MONTH)
    records.visits(made, AUGUST, 700, period=CountPeriod.MONTH)
    assert stored(run_quarter(), made)["gathering"] == (1_000 * 100, 3_000)


def test_one_event_in_ten_parts_counts_as_often_as_the_limit_allows_and_is_marked(gongshu):
    made = make.demonstration()
    for _ in range(10):
        records.activity(made, date(2026, 7, 5), "culture")
    run = run_quarter()
    assert stored(run, made)["supply"] == (200, 60)
    assert VitalityScore.objects.get(run=run).marks == Mark.SPLIT


def test_more_people_than_the_rooms_hold_are_marked_and_not_scored_otherwise(gongshu):
    made = make.demonstration()  # 900 ㎡ of usable area: 900 people
    records.activity(made, date(2026, 7, 5), "culture", head_count=901)
    records.people(made, 1_000)
    records.visits(made, JULY, 1_000_000, period=CountPeriod.MONTH)
    run = run_quarter()
    assert VitalityScore.objects.get(run=run).marks == Mark.CROWDED | Mark.TOO_MANY_VISITS


@pytest.mark.parametrize(("valid", "value", "mark"), [(30, (2_900, 30), 0), (29, (MISSING, MISSING), Mark.FEW_ANSWERS)])
def test_fewer_than_thirty_answers_are_no_value(gongshu, valid, value, mark):
    made = make.demonstration()
    records.survey(made, 29, valid)
    run = run_quarter()
    assert (stored(run, made)["satisfaction"], VitalityScore.objects.get(run=run).marks) == (value, mark)


def test_a_month_that_is_left_out_never_helps(gongshu):
    made = make.demonstration()
    records.people(made, 1_000)
    for month, used in ((JULY, 9_000), (AUGUST, 9_000)):
        records.figure(made, month, Figure.ROOM_OPEN_MINUTES, 10_000)
        records.figure(made, month, Figure.ROOM_USED_MINUTES, used)
        records.visits(made, month, 300, period=CountPeriod.MONTH)
    found = stored(run_quarter(), made)
    assert found["room_use"] == (MISSING, MISSING)
    assert found["gathering"] == (600 * 100, 3_000), "over three months, although only two were counted"


def test_nothing_due_counts_as_closed_only_where_somebody_looks(gongshu):
    looked, silent = make.demonstration(1), make.demonstration(2)
    records.rounds(looked, [date(2026, 7, 5)], kind=2)
    run = run_quarter()
    assert stored(run, looked)["closed_in_time"] == (100, 1)
    assert stored(run, silent)["closed_in_time"] == (MISSING, MISSING)


def test_weeks_that_are_open_long_enough(gongshu):
    made = make.demonstration()
    records.hours(made, range(1, 6))
    records.opening(made, date(2026, 3, 4), 0)  # not in this quarter
    run = run_quarter()
    assert stored(run, made)["hours_kept"] == (200, 2)
    duties = run.vitality.duties
    row = VitalityScore.objects.get(run=run)
    assert row.missed >> duties.index("clinic_days") & 1
    assert row.unknown >> duties.index("health_talks") & 1


def test_a_run_can_be_scored_again_from_what_it_stored(gongshu):
    made = [lively(1), make.demonstration(2), lively(3)]
    run = run_quarter()
    rows = list(VitalityScore.objects.filter(run=run).order_by("facility_id"))
    values, flags = from_columns(Layout.parse(run.vitality.layout).unpack([bytes(row.values) for row in rows]))
    scale = vitality_scale(vitality_version(GONGSHU, Q3.last_day))
    again = score(scale, values, flags, len(rows))
    masks = {name: np.array([getattr(row, name) for row in rows]) for name in ("missed", "met", "unknown", "possible")}
    assert [row.score for row in rows] == again.score.tolist()
    assert [row.facility_id for row in rows] == sorted(one.pk for one in made)
    assert run.vitality.result_hash == hash_of(np.array([r.facility_id for r in rows]), scale, again, masks)


@pytest.mark.parametrize("number", [1, 3])
def test_as_many_statements_for_three_facilities_as_for_one(gongshu, django_assert_num_queries, number):
    made = [lively(n) for n in range(1, number + 1)]
    scale = vitality_scale(vitality_version(GONGSHU, Q3.last_day))
    ids = np.array(sorted(one.pk for one in made), np.int64)
    nothing = np.full(number, MISSING, np.int64)
    facts = dict.fromkeys(("charity_projects", "charity_received_fen", "usable_area", "multifunction_area"), nothing)
    table = FactTable(ids, np.full(number, GONGSHU), np.zeros(number, np.int8), facts)
    with django_assert_num_queries(15):
        collect(scale, Q3, table, np.zeros(number, np.int8), None)
