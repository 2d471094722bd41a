"""A district's own rules: shown before they hold, dated, and never written over."""

from datetime import date

import pytest
from django.urls import reverse

from facilities.models import EventKind, QuarterlyReturn, ReturnEvent, ReturnRules
from facilities.returns import nightly, setting
from facilities.returns.drafts import ReturnRefused
from facilities.returns.rules import rules_in_force
from tenants.models import Act
from tenants.rules import Role, code_range
from tests.people import GONGCHENQIAO, GONGSHU, client_of, person, signed_in
from tests.returns.conftest import NOW, TODAY, edit, found, save

VALUES = {
    "route": "direct", "due_offset_days": 5, "jump_percent": 2, "remind_days": [5, 0], "escalate_after_days": 1,
    "source": "区民政局通知（示例）",
}  # fmt: skip


def publish(by, starts_on=TODAY, **changed):
    return setting.publish(
        district=GONGSHU, values=VALUES | changed, starts_on=starts_on, by=by, reason="按区里的安排", today=TODAY
    )


@pytest.fixture
def admin(in_district):
    return person(Role.DISTRICT_ADMIN, GONGSHU)


def test_what_a_new_version_changes_is_said_before_and_nothing_is_written(one):
    save(one, edit(one, "space", "1 号室", "usable_area_m2", "310"))  # 3.33 %
    effects = setting.preview(district=GONGSHU, values=VALUES, starts_on=TODAY, today=TODAY)
    assert [(e.title, e.before, e.after, e.count) for e in effects] == [
        ("流程", "社区或街道填报 → 街道审核 → 区受理", "街道报送 → 区受理", "已报送、待街道审核的 0 份照旧由街道审核"),
        ("2026 年第四季度截止日", "2026-12-21", "2027-01-05", "1 份还没报送的填报改成新的截止日"),
        ("变动多少要写原因", "超过 5 %", "超过 2 %", "现在的草稿里，要写原因的从 0 处变成 1 处"),
        ("提醒", "12 月 14 日、12 月 18 日、12 月 20 日、12 月 21 日", "12 月 31 日、1 月 5 日", ""),
        ("逾期上报", "逾期 3 天", "逾期 1 天", "现在逾期的 0 份"),
    ]
    assert not ReturnRules.objects.exists()
    one.refresh_from_db()
    assert str(one.due_on) == "2026-12-21"


def test_a_version_holds_from_its_day_and_the_one_before_ends_there(one, admin):
    publish(admin)
    publish(admin, date(2027, 1, 1), jump_percent=20, due_offset_days=-3)
    assert [(str(row.starts_on), str(row.ends_on)) for row in setting.versions(GONGSHU)] == [
        ("2027-01-01", "None"), ("2026-11-22", "2027-01-01"),
    ]  # fmt: skip
    assert (rules_in_force(GONGSHU, TODAY).jump_percent, rules_in_force(GONGSHU, date(2027, 1, 1)).jump_percent) == (
        2,
        20,
    )
    one.refresh_from_db()
    assert str(one.due_on) == "2027-01-05"  # of 2026-Q4: the second version begins after it
    act = Act.objects.filter(verb="改填报规则").order_by("pk").first()
    assert (act.reason, act.details["returns_moved"]) == ("按区里的安排", 1)
    with pytest.raises(ReturnRefused, match="已有一版从 2027-01-01 起"):
        publish(admin, date(2026, 12, 1))
    with pytest.raises(ReturnRefused, match="不能早于今天"):
        publish(admin, date(2026, 11, 21))


def test_the_draft_is_asked_by_the_new_percentage_at_once(one, admin):
    save(one, edit(one, "space", "1 号室", "usable_area_m2", "310"))
    assert [f.problem for f in found(one).asked] == []
    publish(admin)
    assert [f.problem for f in found(one).asked] == ["可用面积(㎡)从 300.00 变成 310，变动超过 2 %"]


def test_reminders_and_escalation_follow_the_district(one, admin):
    publish(admin, due_offset_days=-35)  # 2026-11-26
    QuarterlyReturn.objects.update(due_on=date(2026, 11, 26))
    days = [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 26), date(2026, 11, 27)]
    for day in days:
        nightly.remind(codes=code_range(GONGSHU), today=day, now=NOW)
    made = ReturnEvent.objects.exclude(kind=EventKind.OPENED).order_by("pk").values_list("kind", "mark")
    assert list(made) == [
        ("reminded", "due-7"),  # of the rules before: the version holds from 11-22
        ("reminded", "due-0"), ("reminded", "overdue"), ("escalated", "escalated"),
    ]  # fmt: skip


def test_the_page_previews_first_and_only_the_district_sets(one, admin):
    desk, address = client_of(admin), reverse("portal:return_rules_edit")
    sent = VALUES | {"remind_days": "5、0", "starts_on": "2099-01-01", "reason": "按区里的安排"}
    shown = desk.post(address, sent | {"act": "publish"}).content.decode()  # not looked at yet
    assert "预览以后又改过" in shown
    assert not ReturnRules.objects.exists()
    previewed = desk.post(address, sent | {"act": "preview"}).context["previewed"]
    answer = desk.post(address, sent | {"act": "publish", "previewed": previewed}, follow=True)
    assert "填报规则已定，2099-01-01 起用" in answer.content.decode()
    assert "还没有生效" in answer.content.decode()
    wrong = desk.post(address, sent | {"act": "preview", "remind_days": "明天", "jump_percent": "0"})
    assert (wrong.status_code, "写成“7、3、1、0”的样子" in wrong.content.decode()) == (422, True)
    clerk = signed_in(Role.STREET_CLERK, GONGCHENQIAO)
    page = clerk.get(reverse("portal:return_rules")).content.decode()
    assert ("现在的规则" in page, "定新的规则" in page) == (True, False)
    assert clerk.get(address).status_code == 403
