"""The pages on which records are entered and looked at."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone
from openpyxl import load_workbook
from PIL import Image

from engagement.models import (
    Activity,
    ActivityPhoto,
    Complaint,
    DisabledHome,
    Opening,
    Round,
    Survey,
    SurveyAnswer,
    VisitCount,
)
from engagement.operations.surveys import token_of
from engagement.queries.surveys import Result, result_of
from standards.operations import load
from standards.rules.follow_up import build_follow_up
from tenants.models import Act
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.engagement import records
from tests.people import GONGCHENQIAO, GONGSHU, signed_in
from tests.standards import files

TAIZHOULU = 330105005052
FOLLOW_UP = build_follow_up(files.standard("hangzhou-follow-up-2025"))


@pytest.fixture
def facility(db):
    call_command("load_divisions", verbosity=0)
    load()
    with opened_scope(division_scope(GONGSHU)):
        return make.demonstration(1, code=TAIZHOULU)


@pytest.fixture
def clerk(facility):
    return signed_in(Role.STREET_CLERK, GONGCHENQIAO)


def inside():
    return opened_scope(division_scope(GONGSHU))


def monday():
    today = timezone.localdate()
    return today - timedelta(days=today.weekday() + 7)


def text(answer):
    return answer.content.decode()


# --- a week ---


def week_of(first, **cells):
    return {"act": "week", "monday": first.isoformat(), **cells}


def test_a_week_is_entered_in_one_submission(clerk, facility):
    first = monday()
    cells = {f"visits-{first + timedelta(days=n)}": str(100 + n) for n in range(7)}
    cells |= {f"cleaned-{first}": "1", f"checked-{first}": "1", f"hours-{first}": "8.5"}
    answer = clerk.post(f"/facilities/{facility.uuid}/week/", week_of(first, **cells), follow=True)
    assert "已保存这一周：写入 10 项。" in text(answer)
    with inside():
        assert list(VisitCount.objects.order_by("starts_on").values_list("visits", flat=True)) == list(range(100, 107))
        assert Opening.objects.get().minutes == 510
        assert sorted(Round.objects.values_list("kind", flat=True)) == [1, 2]
        assert Act.objects.filter(verb="登记一周数据").count() == 1
    again = clerk.post(f"/facilities/{facility.uuid}/week/", week_of(first, **cells), follow=True)
    assert "没有改动" in text(again)


def test_a_blank_is_no_zero_and_a_tick_taken_away_removes_the_round(clerk, facility):
    first = monday()
    with inside():
        records.rounds(facility, [first])
        records.visits(facility, first, 80)
    clerk.post(f"/facilities/{facility.uuid}/week/", week_of(first))
    with inside():
        assert VisitCount.objects.get().visits == 80
        assert Round.objects.count() == 0


def test_what_cannot_be_read_is_named_and_nothing_written(clerk, facility):
    first = monday()
    cells = {f"visits-{first}": "viele", f"visits-{first + timedelta(days=1)}": "12"}
    answer = clerk.post(f"/facilities/{facility.uuid}/week/", week_of(first, **cells))
    assert answer.status_code == 422
    assert "到访人次“viele”要填整数，如 120。" in text(answer)
    with inside():
        assert VisitCount.objects.count() == 0


def test_last_week_is_copied_into_empty_cells_and_not_written(clerk, facility):
    first = monday()
    with inside():
        records.visits(facility, first - timedelta(days=7), 321)
    answer = text(clerk.get(f"/facilities/{facility.uuid}/week/?monday={first}&copy=1"))
    assert 'value="321"' in answer
    with inside():
        assert VisitCount.objects.count() == 1


def test_counts_of_a_counter_are_shown_and_left_alone(clerk, facility):
    first = monday()
    with inside():
        records.visits(facility, first, 200, source=1)
    page = text(clerk.get(f"/facilities/{facility.uuid}/week/?monday={first}"))
    assert f'name="visits-{first}"' not in page
    clerk.post(f"/facilities/{facility.uuid}/week/", week_of(first, **{f"visits-{first}": "5"}))
    with inside():
        assert VisitCount.objects.get().visits == 200


def picture():
    buffer = BytesIO()
    Image.new("RGB", (40, 30), (20, 90, 90)).save(buffer, "JPEG")
    return SimpleUploadedFile("现场.jpg", buffer.getvalue(), "image/jpeg")


def held(first, **fields):
    return {
        "act": "activity", "monday": first.isoformat(), "name": "健康讲座", "held_on": first.isoformat(), "kind": "health_talk",
        "target_group": "elders", "sessions": "1", "head_count": "35", **fields,
    }  # fmt: skip


def test_an_activity_with_photos_and_the_same_one_again(clerk, facility):
    first = monday()
    answer = clerk.post(f"/facilities/{facility.uuid}/week/", held(first, photos=[picture()]), follow=True)
    assert "已登记活动“健康讲座”，照片 1 张。" in text(answer)
    with inside():
        made = Activity.objects.get()
        assert (made.kind, made.head_count, ActivityPhoto.objects.get().activity_id) == ("health_talk", 35, made.pk)
    repeated = text(clerk.get(f"/facilities/{facility.uuid}/week/?repeat={made.pk}"))
    assert 'value="健康讲座"' in repeated
    assert 'value="35"' not in repeated, "how many came is counted anew"


def test_a_photo_that_is_refused_leaves_no_activity_behind(clerk, facility):
    broken = SimpleUploadedFile("现场.jpg", b"not a picture", "image/jpeg")
    answer = clerk.post(f"/facilities/{facility.uuid}/week/", held(monday(), photos=[broken]))
    assert answer.status_code == 422
    with inside():
        assert Activity.objects.count() == 0


# --- ledgers ---


def test_a_record_is_added_listed_found_corrected_and_exported(clerk, facility):
    base = f"/facilities/{facility.uuid}/lively/complaints/add/"
    sent = {
        "received_on": "2026-11-02",
        "kind": "complaint",
        "subject": "晚上太吵",
        "due_on": "2026-11-12",
        "version": "0",
    }
    assert clerk.post(base, sent).status_code == 302
    with inside():
        row = Complaint.objects.get()
    page = text(clerk.get("/lively/complaints/?q=太吵"))
    assert "晚上太吵" in page
    assert "未办结" in page
    assert "没有符合条件的记录" in text(clerk.get("/lively/complaints/?q=没有这件"))
    done = sent | {"closed_on": "2026-11-12", "outcome": "调整了时段", "version": str(row.version), "reason": "办结"}
    assert clerk.post(f"/lively/complaints/{row.uuid}/", done).status_code == 302
    assert "按期办结" in text(clerk.get("/lively/complaints/"))
    book = load_workbook(BytesIO(clerk.get("/lively/complaints/export/").content)).active
    assert [cell.value for cell in book[3]][:3] == [facility.code, facility.name, "晚上太吵"]


def test_what_the_database_refuses_is_told_in_words(clerk, facility):
    base = f"/facilities/{facility.uuid}/lively/plans/add/"
    sent = {"month": "2026-11-15", "published_on": "2026-11-01", "content": "", "version": "0"}
    assert clerk.post(base, sent).status_code == 302
    answer = clerk.post(base, sent)
    assert "这个月的活动计划已经登记了，打开它修改。" in text(answer)


def test_two_editors_of_one_record_both_keep_their_text(clerk, facility):
    with inside():
        row = records.complaint(facility, date(2026, 11, 2), date(2026, 11, 12))
        row.refresh_from_db()
    sent = {
        "received_on": "2026-11-02",
        "kind": "complaint",
        "subject": "甲",
        "due_on": "2026-11-12",
        "version": row.version,
    }
    assert clerk.post(f"/lively/complaints/{row.uuid}/", sent).status_code == 302
    conflict = clerk.post(f"/lively/complaints/{row.uuid}/", sent | {"subject": "乙"})
    assert conflict.status_code == 409
    assert "甲" in text(conflict)
    assert "乙" in text(conflict)


def test_hours_are_entered_as_a_clock_says(clerk, facility):
    base = f"/facilities/{facility.uuid}/lively/hours/add/"
    sent = {"weekday": "1", "opens": "09:00", "closes": "17:30", "starts_on": "2026-01-01", "version": "0"}
    assert clerk.post(base, sent).status_code == 302
    assert clerk.post(base, sent | {"item_number": "18"}).status_code == 302
    listed = text(clerk.get("/lively/hours/"))
    assert all(words in listed for words in ("09:00–17:30", "卫生服务站", "整个设施", "一直有效"))
    assert "关门要晚于开门" in text(clerk.post(base, sent | {"closes": "08:00"}))


def test_a_home_for_disabled_people_is_registered_by_the_street(clerk, facility):
    sent = {"name": "拱宸桥残疾人之家", "is_standardised": "on", "starts_on": "2026-01-01", "version": "0"}
    base = f"/facilities/{facility.uuid}/lively/disabled-homes/add/"
    reporter = signed_in(Role.COMMUNITY_REPORTER, TAIZHOULU)
    assert "由街道登记" in text(reporter.post(base, sent))
    assert clerk.post(base, sent).status_code == 302
    with inside():
        assert DisabledHome.objects.get().division_code == GONGCHENQIAO
    assert ">拱宸桥街道</th>" in text(clerk.get("/lively/disabled-homes/"))


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_takes_as_many_statements_for_three_rows_as_for_one(
    clerk, facility, django_assert_max_num_queries, number
):
    with inside():
        records.activities(facility, records.YEAR[:number])
    with django_assert_max_num_queries(12):
        clerk.get("/lively/activities/")


def test_the_calendar_says_what_is_lacking_and_until_when(clerk, facility):
    page = text(clerk.get(f"/facilities/{facility.uuid}/service/"))
    assert "每月健康讲座或义诊" in page
    assert "没有人记这本账" in page


# --- surveys ---


def a_survey(facility, **fields):
    today = timezone.localdate()
    with inside():
        return records.survey(facility, 0, 0, first=today - timedelta(days=1), last=today + timedelta(days=1), **fields)


@pytest.mark.requirement("SAT-2")
@pytest.mark.parametrize(
    ("satisfied", "valid", "below"), [(799, 1000, True), (800, 1000, False), (7999, 10_000, True), (0, 0, False)]
)
def test_79_9_per_cent_is_below_80_and_80_is_not(satisfied, valid, below):
    assert Result(satisfied, valid, 0, FOLLOW_UP).is_below is below


def test_the_share_is_never_rounded_over_the_line():
    assert str(Result(79_996, 100_000, 0).percent) == "79.99"
    assert str(Result(80, 100, 0).margin) == "7.8"
    assert (Result(1, 29, 0, FOLLOW_UP).is_small, Result(1, 30, 0, FOLLOW_UP).is_small) == (True, False)


def test_one_answer_per_device_and_day(client, facility):
    survey = a_survey(facility)
    address = f"/s/{token_of(survey)}/"
    assert "对这里的服务满意吗" in text(client.get(address))
    assert "收到了，谢谢。" in text(client.post(address, {"choice": "5"}))
    assert "这台手机今天已经评过了。" in text(client.post(address, {"choice": "1"}))
    client.cookies.clear()
    assert "收到了，谢谢。" in text(client.post(address, {"choice": "2"}))
    with inside():
        assert sorted(SurveyAnswer.objects.values_list("choice", flat=True)) == [2, 5]
        found = result_of(Survey.objects.get())
        assert (found.satisfied, found.valid, found.online) == (1, 2, 2)


@pytest.mark.parametrize("choice", ["", "6", "0", "x"])
def test_an_answer_that_is_none_of_the_five_is_not_kept(client, facility, choice):
    survey = a_survey(facility)
    assert "还没有选。" in text(client.post(f"/s/{token_of(survey)}/", {"choice": choice}))
    with inside():
        assert SurveyAnswer.objects.count() == 0


def test_a_survey_that_is_over_takes_no_answers(client, facility):
    with inside():
        survey = records.survey(facility, 0, 0, first=date(2026, 1, 1), last=date(2026, 1, 2))
    assert "现在不是评价的时间。" in text(client.post(f"/s/{token_of(survey)}/", {"choice": "5"}))
    with inside():
        assert SurveyAnswer.objects.count() == 0


def test_an_address_that_was_made_up_is_none(client, facility):
    survey = a_survey(facility)
    token = token_of(survey)
    assert client.get(f"/s/{token[:-1]}x/").status_code == 404
    assert client.get("/s/abc/").status_code == 404
    with inside():
        survey.delete()
    assert client.get(f"/s/{token}/").status_code == 404


def test_the_code_to_put_up_leads_to_the_page(clerk, client, facility):
    survey = a_survey(facility)
    page = text(clerk.get(f"/surveys/{survey.uuid}/code/"))
    assert f"/s/{token_of(survey)}/" in page
    assert "样本不足 30 份" in page
