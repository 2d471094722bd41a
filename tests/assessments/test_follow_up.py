"""The half-yearly follow-up and rectification orders, from records in the database (杭州 附件 四3、二(四)10)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from assessments.models import FollowUp, ItemDecision, Rectification, RectificationStep
from assessments.operations.checks import CheckRefusedError
from assessments.operations.follow_up import concluding, items, nightly, opening, orders
from assessments.queries.follow_up.dimensions import dimensions
from assessments.queries.follow_up.settings import settings_in_force
from assessments.rules.half_year import HalfYear
from engagement.models import SurveyAnswer
from facilities.models import OfferedFunction
from tenants.models import Act, Message
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.assessments.registry import GONGSHU
from tests.engagement import records
from tests.people import person

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
CANTEEN = 11
H1 = HalfYear(2026, 1)


@pytest.fixture
def facility(gongshu):
    return make.demonstration(1)


@pytest.fixture
def people(standards):
    """A reviewer of the district and a clerk of the street, who also get the messages."""
    return person(Role.DISTRICT_REVIEWER, GONGSHU), person(Role.STREET_CLERK, 330105001000)


def surveyed(facility, satisfied, valid, last=date(2026, 11, 10), item=CANTEEN, **fields):
    return records.survey(
        facility, satisfied, valid, first=last - timedelta(days=9), last=last, item_number=item or None, **fields
    )


def judged(day=TODAY) -> list[Rectification]:
    opening.judge_surveys(district=GONGSHU, today=day, now=NOW)
    return list(Rectification.objects.order_by("pk"))


def order_of(facility) -> Rectification:
    surveyed(facility, 799, 1000)
    return judged()[0]


# --- the line, on both sides ---


@pytest.mark.requirement("SAT-2")
@pytest.mark.parametrize(
    ("satisfied", "valid", "opens"),
    [(799, 1000, True), (800, 1000, False), (79_999, 100_000, True), (4, 5, False), (23, 29, True), (0, 0, False)],
)
def test_hangzhou_annex_4_3_below_80_per_cent_opens_an_order_and_80_does_not(facility, satisfied, valid, opens):
    surveyed(facility, satisfied, valid)
    assert len(judged()) == opens


def test_single_answers_and_paper_are_one_result(facility):
    survey = surveyed(facility, 79, 99)
    SurveyAnswer.objects.create(
        facility=facility,
        division_code=facility.division_code,
        survey=survey,
        day=date(2026, 11, 3),
        device=b"1",
        choice=4,
    )  # 80 of 100
    assert judged() == []


def test_an_order_keeps_the_survey_the_line_and_the_version_it_was_opened_by(facility):
    order = order_of(facility)
    assert (order.satisfied, order.valid, order.line_value, order.line_parts) == (799, 1000, 4, 5)
    assert (order.standard, order.half, order.item_number) == ("hangzhou-follow-up@2025", "2026-H2", CANTEEN)
    assert (order.due_on, order.mend_by) == (date(2026, 11, 29), date(2027, 1, 21))
    assert order.steps.get().reason == "“满意度”满意度 79.9%（799 / 1000），低于 80 %"


def test_a_survey_is_judged_once_it_has_ended_and_never_twice(facility):
    surveyed(facility, 1, 100, last=TODAY)
    assert judged() == [], "it ends today"
    assert len(judged(TODAY + timedelta(days=1))) == 1
    assert len(judged(TODAY + timedelta(days=2))) == 1


def test_surveys_that_ended_before_the_duty_began_are_not_judged(facility):
    surveyed(facility, 1, 100, last=date(2025, 12, 3))
    surveyed(facility, 1, 100, last=date(2025, 12, 4), item=18)
    assert [order.item_number for order in judged()] == [18]


def test_one_order_an_item_a_further_low_survey_is_noted_in_it(facility):
    order_of(facility)
    surveyed(facility, 70, 100, last=date(2026, 11, 15))
    surveyed(facility, 70, 100, last=date(2026, 11, 15), item=18)
    found = judged()
    assert [one.item_number for one in found] == [CANTEEN, 18]
    assert [step.kind for step in found[0].steps.all()] == ["opened", "further"]


# --- the course ---


def moved(name, order, by, day=TODAY, **values):
    return getattr(orders, name)(order=order, by=by, today=day, now=NOW + (day - TODAY), **values)


@pytest.mark.requirement("SAT-2")
def test_a_service_at_79_9_per_cent_goes_through_rectification_to_closing(facility, people):
    district, street = people
    order = order_of(facility)
    order = moved("plan", order, street, measures="换菜单、加一名厨师，12 月 5 日前做完")
    assert (order.state, order.due_on) == ("mending", order.mend_by)
    again = surveyed(facility, 799, 1000, last=date(2026, 12, 10))
    order = moved("report", order, street, date(2026, 12, 11), survey=again)
    with pytest.raises(CheckRefusedError, match=r"复测满意度 79.9%（799 / 1000），还低于 80 %，不能销号"):
        moved("close", order, district, date(2026, 12, 12))
    order = moved("send_back", order, district, date(2026, 12, 12), reason="复测还低于线")
    assert (order.state, order.resurvey) == ("mending", None)
    better = surveyed(facility, 800, 1000, last=date(2026, 12, 25))
    order = moved("report", order, street, date(2026, 12, 26), survey=better)
    order = moved("close", order, district, date(2026, 12, 27))
    assert (order.state, order.resurvey) == ("closed", better)
    assert [step.kind for step in order.steps.all()] == [
        "opened", "planned", "reported", "returned", "reported", "closed",
    ]  # fmt: skip
    assert Act.objects.filter(subject_uuid=order.uuid).count() == 6
    told = Message.objects.filter(user_id__in=[street.pk, district.pk]).order_by("pk")
    assert [message.title.partition("：")[0] for message in told] == [
        "整改单，请报措施", "已报整改措施", "待复核", "整改单已退回", "待复核", "整改已销号",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("survey", "why"),
    [
        ({"last": date(2026, 11, 30), "first": TODAY}, "以后才开始"),
        ({"last": date(2026, 12, 20)}, "结束后再报送"),
        ({"last": date(2026, 12, 9), "item": 18}, "同一个服务项目"),
        ({"last": date(2026, 12, 9), "valid": 0}, "还没有有效答卷"),
    ],
)
def test_what_cannot_serve_as_a_re_survey_is_refused_with_words(facility, people, survey, why):
    order = moved("plan", order_of(facility), people[1], measures="换菜单、加一名厨师，12 月前")
    last, valid = survey["last"], survey.get("valid", 100)
    first = survey.get("first", last - timedelta(days=9))
    made = records.survey(facility, valid, valid, first=first, last=last, item_number=survey.get("item", CANTEEN))
    with pytest.raises(CheckRefusedError, match=why):
        moved("report", order, people[1], date(2026, 12, 15), survey=made)


@pytest.mark.parametrize("move", ["close", "report", "send_back"])
def test_a_move_that_the_state_does_not_have_is_refused(facility, people, move):
    values = {"survey": surveyed(facility, 1, 1)} if move == "report" else {"reason": "没有理由的理由"}
    with pytest.raises(CheckRefusedError, match="现在是“待街道报措施”"):
        moved(move, order_of(facility), people[0], **values)


def test_a_later_deadline_and_an_end_by_mistake_need_reasons(facility, people):
    order = order_of(facility)
    with pytest.raises(CheckRefusedError, match="请写明延长期限的理由"):
        moved("extend", order, people[0], until=date(2026, 12, 20), reason=" ")
    order = moved("extend", order, people[0], until=date(2026, 12, 20), reason="施工中，推迟")
    assert order.due_on == date(2026, 12, 20)
    order = moved("void", order, people[0], reason="调查份数录错了")
    assert (order.state, order.ended_at is not None) == ("void", True)
    assert judged()[0].state == "void", "the survey that was void does not open another"
    assert len(judged()) == 1


def test_the_course_cannot_be_changed(facility):
    order = order_of(facility)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE assessments_rectificationstep SET reason = '' WHERE rectification_id = %s", [order.pk])


# --- deadlines ---


def test_the_street_is_reminded_then_the_district_is_told_each_once(facility, people):
    district, street = people
    order = order_of(facility)  # due on 11-29
    for day in (date(2026, 11, 22), date(2026, 11, 26), date(2026, 11, 26), date(2026, 11, 30), date(2026, 12, 2)):
        nightly.remind_in(district=GONGSHU, today=day, now=NOW)
        nightly.remind_in(district=GONGSHU, today=day, now=NOW)
    kinds = list(order.steps.values_list("kind", "mark"))
    assert kinds == [
        ("opened", ""), ("reminded", "2026-11-29:due-7"), ("reminded", "2026-11-29:due-3"),
        ("reminded", "2026-11-29:overdue"), ("escalated", "2026-11-29:escalated"),
    ]  # fmt: skip
    assert Message.objects.filter(user=street, title__startswith="整改单到期提醒").count() == 3
    assert [m.title for m in Message.objects.filter(user=district)] == [
        f"逾期未办：{facility.name}“社区食堂”，待街道报措施"
    ]


# --- tasks of the half-year ---


@pytest.mark.requirement("SAT-1")
def test_follow_ups_are_opened_once_for_every_facility_that_was_open_on_the_last_day(facility):
    make.facility(2, opened=date(2026, 6, 30))
    make.facility(3, opened=date(2026, 7, 1))
    make.facility(4, lifecycle="closed")
    assert nightly.open_in(district=GONGSHU, today=TODAY, now=NOW) == 2
    assert nightly.open_in(district=GONGSHU, today=TODAY, now=NOW) == 0
    found = FollowUp.objects.order_by("pk")
    assert [(one.facility.code[-4:], one.half, one.due_on) for one in found] == [
        ("0001", "2026-H1", TODAY), ("0002", "2026-H1", TODAY),
    ]  # fmt: skip


def test_halves_that_were_missed_are_caught_up_and_a_half_that_runs_waits(facility):
    opening.open_follow_ups(district=GONGSHU, today=date(2027, 7, 1), now=NOW)
    assert list(FollowUp.objects.order_by("half").values_list("half", "due_on")) == [
        ("2026-H1", date(2027, 7, 1)), ("2026-H2", date(2027, 7, 1)), ("2027-H1", date(2027, 7, 30)),
    ]  # fmt: skip


def test_beat_opens_and_reminds_in_every_district(facility, people):
    surveyed(facility, 799, 1000)
    assert nightly.open_in(district=GONGSHU, today=date(2026, 7, 1), now=NOW) == 1
    assert nightly.remind_in(district=GONGSHU, today=date(2026, 8, 5), now=NOW) == 1
    [message] = Message.objects.filter(user=people[0])
    assert (message.title, message.text) == (
        "半年核查到期提醒：2026 年上半年还有 1 座", "已逾期 6 天（2026-07-30 截止）",
    )  # fmt: skip


@pytest.mark.requirement("SAT-3")
def test_the_five_sides_are_named_by_the_clause_and_missing_records_are_no_zero(facility):
    found = dimensions(facility, H1, TODAY)
    assert [side["name"] for side in found["sides"]] == [
        "服务设施建设", "服务项目开展", "资金使用规范", "人员队伍培育", "群众满意度提升",
    ]  # fmt: skip
    assert [(line["label"], line["value"]) for line in found["asked"]] == [
        ("设施使用率", "没有记录"), ("群众满意度", "没有记录"), ("问题整改", "没有要办的"),
    ]  # fmt: skip
    records.figure(facility, date(2026, 3, 1), 5, 30_000)
    records.figure(facility, date(2026, 3, 1), 6, 10_000)
    records.figure(facility, date(2026, 4, 1), 6, 10_000)  # nobody said how long it was open
    surveyed(facility, 799, 1000, last=date(2026, 6, 30))
    surveyed(facility, 1000, 1000, last=date(2026, 7, 1))
    records.complaint(facility, date(2026, 5, 1), date(2026, 5, 15), date(2026, 5, 20))
    asked = {line["label"]: line for line in dimensions(facility, H1, TODAY)["asked"]}
    assert (asked["设施使用率"]["value"], asked["设施使用率"]["note"]) == (
        "33.3%", "使用 166 小时 / 开放 500 小时，报了 1 / 6 个月",
    )  # fmt: skip
    assert (asked["满意度：社区食堂"]["value"], asked["满意度：社区食堂"]["tone"]) == ("79.9%", "fail")
    assert (asked["问题整改"]["value"], asked["问题整改"]["note"]) == ("办结 1 / 1 件", "投诉与问题，其中 1 件超期")


def test_what_was_seen_is_kept_with_the_conclusion(facility, people):
    opening.open_follow_ups(district=GONGSHU, today=TODAY, now=NOW)
    one = FollowUp.objects.get()
    with pytest.raises(CheckRefusedError, match="请写核查结论"):
        concluding.conclude(follow_up=one, conclusion="好", by=people[0], today=TODAY, now=NOW)
    done = concluding.conclude(follow_up=one, conclusion="台账齐全，食堂要整改", by=people[0], today=TODAY, now=NOW)
    seen = done.findings
    records.figure(facility, date(2026, 3, 1), 5, 30_000)
    with pytest.raises(CheckRefusedError, match="已经核查过了"):
        concluding.conclude(follow_up=one, conclusion="台账齐全，食堂要整改", by=people[0], today=TODAY, now=NOW)
    assert FollowUp.objects.get().findings == seen


# --- rules and what becomes of an item ---


def test_the_rules_are_a_working_default_until_the_district_sets_its_own(gongshu, people):
    before = settings_in_force(GONGSHU, TODAY)
    assert (before.failures, before.source, before.is_official) == (2, "工作口径", False)
    values = {"check_days": 20, "plan_days": 5, "mend_days": 30, "failures": 3, "failure_months": 18}
    concluding.set_rules(
        district=GONGSHU, starts_on=date(2026, 12, 1), basis="局长办公会纪要", by=people[0], today=TODAY, **values
    )
    assert settings_in_force(GONGSHU, date(2026, 11, 30)) == before
    after = settings_in_force(330105001051, date(2026, 12, 1))
    assert (after.failures, after.is_official) == (3, True)
    with pytest.raises(CheckRefusedError, match="只能从今天或以后起改"):
        concluding.set_rules(
            district=GONGSHU, starts_on=date(2026, 11, 1), basis="局长办公会纪要", by=people[0], today=TODAY, **values
        )


def proposed(facility) -> list[ItemDecision]:
    opening.propose_decisions(district=GONGSHU, today=date(2026, 12, 12), now=NOW)
    return list(ItemDecision.objects.order_by("pk"))


def failed_twice(facility, street, item=CANTEEN) -> Rectification:
    surveyed(facility, 799, 1000, item=item)
    order = moved("plan", judged()[0], street, measures="换菜单、加一名厨师，12 月前")
    again = surveyed(facility, 799, 1000, last=date(2026, 12, 10), item=item)
    return moved("report", order, street, date(2026, 12, 11), survey=again)


def test_an_item_is_put_up_for_a_decision_after_as_many_failures_as_the_rule_says(facility, people):
    order_of(facility)
    assert proposed(facility) == []
    surveyed(facility, 70, 100, last=date(2026, 11, 15))
    judged()
    [decision] = proposed(facility)
    assert (decision.failures, decision.state) == (2, "proposed")
    assert decision.grounds == "12 个月内 2 次调查低于线，规则是 2 次（工作口径）"
    assert len(proposed(facility)) == 1


@pytest.mark.requirement("HOT-3")
def test_the_effect_of_a_withdrawal_is_shown_before_and_is_what_happens(facility, people):
    order = failed_twice(facility, people[1])
    [decision] = proposed(facility)
    day = date(2026, 12, 12)
    effect = items.effect_of(decision, day)
    assert (effect["before"]["base_items"], effect["after"]["base_items"]) == (9, 8)
    assert OfferedFunction.objects.filter(item_number=CANTEEN, ends_on=None).exists(), "nothing was written"
    made = items.decide(
        decision=decision, choice="withdrawn", reason="两次整改仍低于线", by=people[0], today=day, now=NOW
    )
    assert made.effect == effect
    assert OfferedFunction.objects.get(item_number=CANTEEN).ends_on == day
    order.refresh_from_db()
    assert (order.state, order.steps.last().kind) == ("withdrawn", "withdrawn")
    with pytest.raises(CheckRefusedError, match="已经决定过了：退出"):
        items.decide(decision=made, choice="kept", reason="改变主意了", by=people[0], today=day, now=NOW)


def test_what_the_ledger_does_not_hold_cannot_be_withdrawn_and_a_decision_starts_the_count_anew(facility, people):
    failed_twice(facility, people[1], item=0)
    [decision] = proposed(facility)
    day = date(2026, 12, 12)
    assert items.effect_of(decision, day) == {}
    with pytest.raises(CheckRefusedError, match="没有可以退出的"):
        items.decide(decision=decision, choice="withdrawn", reason="两次整改仍低于线", by=people[0], today=day, now=NOW)
    items.decide(decision=decision, choice="kept", reason="已换运营方，再看一次", by=people[0], today=day, now=NOW)
    assert len(proposed(facility)) == 1


def test_a_street_reads_its_own_orders_alone(facility):
    order_of(facility)
    with opened_scope(division_scope(330105005000)):
        assert (Rectification.objects.count(), FollowUp.objects.count(), RectificationStep.objects.count()) == (0, 0, 0)
