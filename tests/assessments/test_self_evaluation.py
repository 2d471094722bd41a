"""The street's self-evaluation (自评) and its filing with the district (备案): 拱墅 三(五)2."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.models import (
    Correction,
    EvaluatedFacility,
    EvaluationEvent,
    EvaluationRules,
    EvaluationVersion,
    Filing,
    SelfEvaluation,
    VitalityScore,
)
from assessments.operations.checks import CheckRefusedError
from assessments.operations.evaluations import filing, filling, nightly, opening
from assessments.queries.evaluations.facility import items
from assessments.queries.evaluations.values import changes_of, recorded
from assessments.rules import evaluation as rules
from assessments.rules.quarters import Quarter
from standards.rules.vitality import Ratio, score
from tenants.models import Message
from tenants.scope import division_scope, opened_scope
from tests.assessments import self_evaluation as se
from tests.assessments.self_evaluation import HUSHU, MISHIXIANG, NOW, TODAY
from tests.people import GONGSHU

pytestmark = pytest.mark.requirement("HOT-2")
LIMITS = rules.Limits(above_records=5, off_peers=20, off_past=15, least_peers=5, street_above=3)


@pytest.fixture
def opened(gongshu):
    return se.opened()


# --- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frequency", ["quarterly", "half_yearly", "yearly"])
def test_in_every_setting_one_is_opened_on_the_first_of_july_and_due_before_the_fourth_quarter(frequency):
    for year in (2026, 2027):
        first = date(year, 7, 1)
        assert rules.periods(frequency, today=first)[-1] == Quarter(year, 2)
        longest = rules.due_on(Quarter(year, 2), fill_days=60, today=first, least_days=10)
        assert longest == date(year, 8, 29)
        assert longest < date(year, 10, 1)


@pytest.mark.parametrize(
    ("frequency", "today", "quarters"),
    [
        ("half_yearly", date(2026, 6, 30), ["2025-Q2", "2025-Q4"]),
        ("half_yearly", date(2026, 7, 1), ["2025-Q4", "2026-Q2"]),
        ("half_yearly", date(2027, 1, 1), ["2026-Q2", "2026-Q4"]),
        ("quarterly", date(2026, 10, 1), ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]),
        ("yearly", date(2026, 12, 31), ["2026-Q2"]),
    ],
)
def test_the_periods_of_a_year_begin_on_the_day_after_the_quarter(frequency, today, quarters):
    assert [str(quarter) for quarter in rules.periods(frequency, today=today)] == quarters


def test_the_district_cannot_set_a_deadline_in_the_fourth_quarter(gongshu):
    for days, fits in ((60, True), (61, False)):
        made = EvaluationRules(division_code=GONGSHU, starts_on=TODAY, fill_days=days, source="区民政局纪要")
        try:
            with transaction.atomic():
                made.save()
        except DatabaseError:
            assert not fits
        else:
            assert fits
            made.delete()


def test_beat_opens_half_yearly_by_default_catches_up_and_changes_nothing_the_second_time(committed_standards):
    """The night of the opening was missed: months later it is opened all the same, with days to fill it in."""
    with opened_scope(division_scope(GONGSHU)):
        se.y.divisions(GONGSHU)
        se.lively(1, code=MISHIXIANG + 51)
        se.lively(2, code=HUSHU + 51)
        clerk, _, _ = se.staff(HUSHU)
    assert nightly.open_everywhere(today=TODAY, now=NOW) == 0, "nothing is computed yet"
    with opened_scope(division_scope(GONGSHU)):
        se.run_quarter(Quarter(2026, 2))
        se.run_quarter(Quarter(2026, 3))
    assert [nightly.open_everywhere(today=TODAY, now=NOW) for _ in range(2)] == [2, 0]
    with opened_scope(division_scope(GONGSHU)):
        rows = list(SelfEvaluation.objects.order_by("division_code"))
        assert [(row.division_code, row.quarter, row.due_on) for row in rows] == [
            (MISHIXIANG, "2026-Q2", date(2026, 12, 2)),
            (HUSHU, "2026-Q2", date(2026, 12, 2)),
        ]
        assert EvaluatedFacility.objects.count() == 2
    with opened_scope(division_scope(HUSHU, user_id=clerk.pk)):
        assert [message.title for message in Message.objects.all()] == [
            "2026 年上半年热活度自评已开放，2026-12-02 前报区民政局备案"
        ]


def test_it_is_filled_in_with_what_the_records_say(opened):
    row = EvaluatedFacility.objects.get(evaluation=opened[0])
    stored = VitalityScore.objects.get(run=opened[0].run_id, facility=row.facility_id)
    assert (row.recorded_score, row.own_score, row.recorded_coverage) == (stored.score, stored.score, stored.coverage)
    found = items(row)
    assert len(found) == 13
    assert sum(item.recorded_points for item in found) == row.recorded_score
    assert {item.indicator.key: item.recorded for item in found}["A1"] == "20.00 人次/百人·月"
    assert [item.is_decided for item in found] == [False] * 13


# --- filling in -------------------------------------------------------------------------------------------------------


def test_a_correction_needs_a_value_a_reason_and_a_file_of_the_same_facility(opened):
    evaluation, other = opened
    clerk, _, _ = se.staff(MISHIXIANG)
    row, foreign = (EvaluatedFacility.objects.select_related("facility").get(evaluation=one) for one in opened)
    good = {
        "evaluation": evaluation, "evaluated": row, "key": "C1", "value": "95", "by": clerk, "now": NOW,
        "reason": "补录纸质问卷 40 份", "attachment": se.evidence(row.facility),
    }  # fmt: skip
    wrong = [
        ({"value": "很多"}, "自评值填数字"), ({"value": "95.123"}, "最多两位小数"), ({"value": "100.01"}, "在 0 到 100 %之间"),
        ({"value": "-1"}, "在 0 到 100 %之间"), ({"value": "NaN"}, "最多两位小数"), ({"reason": " 补录 "}, "写明更正的理由"),
        ({"attachment": None}, "更正要附佐证"), ({"attachment": se.evidence(foreign.facility)}, "更正要附佐证"),
        ({"key": "Z9"}, "没有这项指标"),
    ]  # fmt: skip
    for change, words in wrong:
        with pytest.raises(CheckRefusedError, match=words):
            filling.correct(**{**good, **change})
    with pytest.raises(EvaluatedFacility.DoesNotExist):
        filling.correct(**{**good, "evaluation": other})
    made = filling.correct(**good)
    assert (made.value, made.reason, made.corrected_by) == (9_500, "补录纸质问卷 40 份", clerk)


def test_the_engine_of_the_records_scores_what_the_street_says(opened):
    """A corrected value counts exactly as if the records had said it: no second formula."""
    [evaluation, _] = opened
    clerk, _, _ = se.staff(MISHIXIANG)
    se.corrected(evaluation, "C1", "77.5", by=clerk)
    se.corrected(evaluation, "A1", "30", by=clerk)
    row = EvaluatedFacility.objects.get(evaluation=evaluation)
    found = recorded(evaluation, [row.facility_id])
    by_hand = dict(found.values)
    by_hand["satisfaction"] = Ratio(np.array([775]), np.array([10]))
    by_hand["gathering"] = Ratio(np.array([60]), np.array([2]))
    expected = score(found.scale, by_hand, found.flags, 1)
    assert (row.own_score, row.own_coverage, row.own_grade) == (
        int(expected.score[0]), int(expected.coverage[0]), int(expected.grade[0]),
    )  # fmt: skip
    assert row.own_score != row.recorded_score
    assert row.own_score == int(found.scored(changes_of([row])).score[0])


def test_a_confirmed_indicator_loses_its_correction_and_the_score_goes_back(opened):
    [evaluation, _] = opened
    clerk, _, _ = se.staff(MISHIXIANG)
    se.corrected(evaluation, "C1", "60", by=clerk)
    row = EvaluatedFacility.objects.get(evaluation=evaluation)
    assert row.own_score < row.recorded_score
    filling.confirm(evaluation=evaluation, evaluated=row, keys=["C1"], by=clerk)
    row.refresh_from_db()
    assert (row.own_score, row.confirmed, row.corrections.count()) == (row.recorded_score, ["C1"], 0)
    filling.take_back(evaluation=evaluation, evaluated=row, key="C1", by=clerk)
    row.refresh_from_db()
    assert row.confirmed == []


# --- signing and filing -----------------------------------------------------------------------------------------------


def test_it_is_filed_only_whole_declared_and_under_ones_own_name(opened):
    [evaluation, _] = opened
    clerk, chief, _ = se.staff(MISHIXIANG)
    sign = {"evaluation": evaluation, "by": chief, "signed_name": chief.display_name, "declared": True, "now": NOW}
    with pytest.raises(CheckRefusedError, match="还有 13 项指标没有确认或更正"):
        filing.sign_and_file(**sign)
    filling.confirm_rest(evaluation=evaluation, by=clerk)
    with pytest.raises(CheckRefusedError, match="要勾选"):
        filing.sign_and_file(**{**sign, "declared": False})
    with pytest.raises(CheckRefusedError, match="签署要写你自己的姓名"):
        filing.sign_and_file(**{**sign, "signed_name": clerk.display_name})
    made = filing.sign_and_file(**sign)
    assert (made.number, made.signed_by, made.signed_name) == (1, chief, chief.display_name)
    assert evaluation.state == "filed"


def test_what_is_filed_is_frozen_by_the_database(opened):
    [evaluation, _] = opened
    _, chief, _ = se.staff(MISHIXIANG)
    se.corrected(evaluation, "C1", "95", by=chief)
    version = se.filed(evaluation, chief)
    with pytest.raises(CheckRefusedError, match="内容已经锁定"):
        se.corrected(evaluation, "C1", "96", by=chief)
    forbidden = [
        lambda: EvaluatedFacility.objects.filter(evaluation=evaluation).update(own_score=9_999),
        lambda: Correction.objects.all().delete(),
        lambda: Correction.objects.update(value=1),
        lambda: EvaluationVersion.objects.filter(pk=version.pk).update(content={}),
        lambda: EvaluationVersion.objects.filter(pk=version.pk).delete(),
        lambda: EvaluationEvent.objects.update(reason="x"),
    ]
    for number, change in enumerate(forbidden):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
        assert EvaluatedFacility.objects.get(evaluation=evaluation).own_score != 9_999, number
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM assessments_evaluationversion")


def test_the_district_receives_returns_and_registers_and_every_version_is_kept(opened):
    [evaluation, _] = opened
    clerk, chief, officer = se.staff(MISHIXIANG)
    se.filed(evaluation, chief)
    with pytest.raises(CheckRefusedError, match="待区受理，不能这样做"):
        filing.register(evaluation=evaluation, by=officer, now=NOW)
    with pytest.raises(CheckRefusedError, match="你签署报送的"):
        filing.receive(evaluation=evaluation, by=chief, now=NOW)
    filing.receive(evaluation=evaluation, by=officer, now=NOW)
    with pytest.raises(CheckRefusedError, match="写明退回的理由"):
        filing.send_back(evaluation=evaluation, by=officer, now=NOW, reason="  ")
    filing.send_back(evaluation=evaluation, by=officer, now=NOW, reason="满意度缺纸质问卷")
    se.corrected(evaluation, "C1", "92", by=clerk)
    with pytest.raises(CheckRefusedError, match="这是第 2 版，写明改了什么"):
        se.filed(evaluation, chief)
    number = se.registered(evaluation, chief, officer, reason="补了纸质问卷")
    assert (number.number, evaluation.state) == ("330105-ZP-2026-0001", "registered")
    with pytest.raises(CheckRefusedError, match="至少 4 个字"):
        filing.reopen(evaluation=evaluation, by=chief, now=NOW, reason="")
    filing.reopen(evaluation=evaluation, by=chief, now=NOW, reason="计数器数据更正")
    se.corrected(evaluation, "A1", "25", by=clerk)
    second = se.registered(evaluation, chief, officer)
    assert second.number == "330105-ZP-2026-0002"
    versions = evaluation.versions.order_by("number")
    assert [(v.number, v.reason) for v in versions] == [(1, ""), (2, "补了纸质问卷"), (3, "计数器数据更正")]
    own = [[i.get("own") for i in v.content["facilities"][0]["indicators"] if "own" in i] for v in versions]
    assert own == [[], [9_200], [2_500, 9_200]]
    kinds = list(evaluation.events.values_list("kind", flat=True))
    through = ["filed", "received", "registered"]
    assert kinds == ["opened", "filed", "received", "returned", *through, "reopened", *through]


def test_filing_numbers_have_no_gaps_and_begin_anew_each_year(opened):
    first, second = opened
    _, chief, officer = se.staff(MISHIXIANG)
    se.filed(first, chief)
    filing.receive(evaluation=first, by=officer, now=NOW)
    with transaction.atomic():  # something else of the same transaction fails
        filing.register(evaluation=first, by=officer, now=NOW)
        transaction.set_rollback(True)
    first.refresh_from_db()
    assert Filing.objects.count() == 0
    assert filing.register(evaluation=first, by=officer, now=NOW).serial == 1
    last_second = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai
    assert se.registered(second, chief, officer, now=last_second).serial == 2
    filing.reopen(evaluation=second, by=chief, now=NOW, reason="更正一处")
    made = se.registered(second, chief, officer, now=last_second + timedelta(seconds=1))
    assert made.number == "330105-ZP-2027-0001"


# --- reminders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "steps"),
    [
        ("2026-07-16", []), ("2026-07-17", ["due-14"]), ("2026-07-24", ["due-7"]), ("2026-07-30", ["due-1"]),
        ("2026-07-31", ["due-0"]), ("2026-08-01", ["overdue"]), ("2026-08-02", ["overdue"]),
        ("2026-08-03", ["overdue", "escalated"]),
    ],
)  # fmt: skip
def test_reminders_come_before_the_deadline_and_the_district_hears_of_what_is_three_days_late(day, steps):
    found = nightly.due_steps(date(2026, 7, 31), date.fromisoformat(day))
    assert [mark.removesuffix("-2026-07-31") for _, mark in found] == steps


def test_a_reminder_is_sent_once_and_ends_with_the_filing(opened):
    first, second = opened
    officer = se.staff(MISHIXIANG)[2]
    late = first.due_on + timedelta(days=3)
    se.filed(second, se.staff(HUSHU)[1])
    for _ in range(2):
        nightly.remind(district=GONGSHU, today=late, now=NOW)
    marks = list(first.events.exclude(mark="").values_list("kind", flat=True))
    assert marks == ["opened", "reminded", "escalated"]
    assert list(second.events.exclude(mark="").values_list("kind", flat=True)) == ["opened"]
    with opened_scope(division_scope(GONGSHU, user_id=officer.pk)):
        titles = set(Message.objects.values_list("title", flat=True))
    assert "逾期未报：米市巷街道 2026 年第三季度热活度自评，已逾期 3 天（2026-12-02 截止）" in titles


# --- consistency ------------------------------------------------------------------------------------------------------

LINE = rules.Line(key=1, street=1, tier=2, recorded=6_000, own=6_000, changes=0)


@pytest.mark.parametrize(
    ("line", "against"),
    [
        (replace(LINE, own=6_499, changes=1), []),
        (replace(LINE, own=6_500, changes=1), ["records"]),
        (replace(LINE, unrecorded_weight=12), ["records"]),
        (replace(LINE, past_own=4_500, past_recorded=5_251), ["past"]),
        (replace(LINE, past_own=4_501, past_recorded=5_990), []),
        (replace(LINE, past_own=4_500, past_recorded=5_250), []),
        (replace(LINE, past_own=7_500, past_recorded=6_100), ["past"]),
    ],
)
def test_a_row_is_flagged_from_the_limit_on_and_says_why(line, against):
    found = rules.flags([line], LIMITS).get(1, [])
    assert [flag.against for flag in found] == against


def test_peers_are_the_same_tier_and_enough_of_them():
    others = [replace(LINE, key=n, own=5_000, recorded=5_000) for n in range(2, 6)]
    high = replace(LINE, own=7_000, recorded=6_900)
    assert [flag.text for flag in rules.flags([high, *others], LIMITS)[1]] == [
        "同等级设施自评中位数 50 分，这座高 20 分，且比自己的台账高"
    ]
    assert rules.flags([high, *others[:-1]], LIMITS) == {}, "four are too few"
    assert rules.flags([replace(high, tier=1), *others], LIMITS) == {}
    assert rules.flags([replace(high, recorded=7_000), *others], LIMITS) == {}, "the records say so too"


def test_a_street_that_is_generous_to_itself_is_set_against_the_others():
    lines = [replace(LINE, key=n, street=n, own=6_000 + 100 * (n == 2)) for n in range(1, 5)]
    generous = [replace(LINE, key=9, street=9, own=6_300, changes=2), replace(LINE, key=10, street=9, own=6_300)]
    found = rules.flags([*lines, *generous], LIMITS)
    assert {key: [flag.against for flag in flags] for key, flags in found.items()} == {9: ["street"], 10: ["street"]}
    assert found[9][0].text == "本街道自评平均比台账高 3 分，其他街道的中位数是 0 分"


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 3), st.sampled_from([0, 1, 2])),
        max_size=30,
    )
)
def test_a_row_that_only_confirms_is_never_set_against_records_peers_or_streets(rows):
    lines = [
        replace(LINE, key=n, street=street, tier=tier, recorded=recorded_, own=recorded_ if n % 2 else own)
        for n, (recorded_, own, street, tier) in enumerate(rows)
    ]
    found = rules.flags(lines, LIMITS)
    assert [key for key in found if key % 2] == []


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_another_street_reads_nothing_of_it(opened):
    with opened_scope(division_scope(HUSHU)):
        assert set(SelfEvaluation.objects.values_list("division_code", flat=True)) == {HUSHU}
        assert set(EvaluatedFacility.objects.values_list("division_code", flat=True)) == {HUSHU}
    with opened_scope(division_scope(MISHIXIANG + 51)):
        assert (SelfEvaluation.objects.count(), EvaluatedFacility.objects.count()) == (0, 0)


def test_the_next_period_waits_for_its_run(opened):
    assert opening.open_period(district=GONGSHU, quarter=Quarter(2026, 4), today=date(2027, 1, 1), now=NOW) == 0
