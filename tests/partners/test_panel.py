"""Scoring by a panel: members with an account on a page of their own, once, unseen by the others; sheets of those without."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from partners import operations
from partners.models import Application, Call, Score
from partners.operations import Given, PartnerRefused
from tenants.draft_models import Draft
from tenants.message_models import Message
from tenants.models import User
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.facilities.samples import picture
from tests.partners import life as tale
from tests.partners.test_pages import told
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, client_of, person, signed_in
from tests.portal.test_queries import queries

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("PAR-1")]
FULL = {0: "32", 1: "24", 2: "16", 3: "8"}


class Desk:
    """A call of the street whose panel is two people with accounts and one on paper, and two applications that wait."""

    def __init__(self):
        self.today = timezone.localdate()
        with opened_scope(division_scope(GONGSHU)):
            self.clerk = tale.post(Role.STREET_CLERK)
            self.members = [person(Role.STREET_REVIEWER, GONGCHENQIAO), person(Role.DISTRICT_REVIEWER, GONGSHU)]
            self.call = operations.start_call(
                division_code=GONGCHENQIAO, by=None, title="助老服务征集", opens_on=self.today, closes_on=self.today,
                scoring=tale.SCORING, panel="王评审", scores_by=self.today + timedelta(days=3),
            )  # fmt: skip
            where = tale.facility()
            need = operations.add_need(call=self.call, facility=where, by=None, text="上门助浴")
            for user in self.members:
                operations.seat(call=self.call, user=user, by=None, today=self.today)
            operations.open_call(call=self.call, by=self.clerk, today=self.today)
            self.applications = [self.wait(need, name, phone) for name, phone in (("橹声养老", 1), ("桥西助浴", 2))]
        self.page = reverse("partners:score", args=[self.call.uuid])

    def wait(self, need, name: str, phone: int) -> Application:
        one = tale.applied(self.call, need, self.today, name=name, kind="resident", uscc="", phone=f"1381234000{phone}")
        return operations.qualify(application=one, by=self.clerk, today=self.today, now=timezone.now())

    def sent(self, *, points=None, **more) -> dict:
        values = {f"p{one.pk}_{n}": text for one in self.applications for n, text in (points or FULL).items()}
        return {**values, "token": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "version": "0", "draft": "", **more}

    def given(self, user: User, *applications: Application, recused=False) -> None:
        rows = [
            Given(one, () if recused else (32, 24, 16, 8), recused, "申请人是我表姐" if recused else "")
            for one in applications
        ]
        with opened_scope(division_scope(GONGSHU)):
            operations.submit_scores(call=self.call, given=rows, by=user, today=self.today, now=timezone.now())

    def on_paper(self, one: Application) -> None:
        with opened_scope(division_scope(GONGSHU)):
            operations.enter_score(
                application=one, member="王评审", points=[20, 20, 10, 5], is_recused=False, remark="中等", by=self.clerk.user,
                now=timezone.now(), evidence=tale.sheet(one),
            )  # fmt: skip


@pytest.fixture
def desk():
    return Desk()


def test_a_member_finds_it_on_the_workbench_scores_all_on_one_page_and_once(desk):
    member = client_of(desk.members[0])
    with opened_scope(division_scope(GONGSHU)):
        assert Message.objects.filter(user=desk.members[0], key__startswith="panel:").count() == 1
    due = member.get("/workbench/due/").content.decode()
    assert ("入驻申请评分" in due, "2 份申请等你评" in due, f"{desk.page}?draft=latest" in due) == (True, True, True)
    assert "入驻申请评分" not in client_of(desk.clerk.user).get("/workbench/due/").content.decode()
    page = member.get(desk.page).content.decode()
    assert all(text in page for text in ("橹声养老", "桥西助浴", "服务能力（40）", "公益投入（10）", "十人团队"))
    first = desk.applications[0]
    wrong = member.post(desk.page, desk.sent(**{f"p{first.pk}_0": "41", f"p{first.pk}_1": ""}))
    assert wrong.status_code == 422
    assert ("这一项满分 40" in wrong.content.decode(), "请打分" in wrong.content.decode()) == (True, True)
    assert member.post(desk.page, desk.sent()).status_code == 302
    with opened_scope(division_scope(GONGSHU)):
        kept = Score.objects.filter(entered_by=desk.members[0])
        assert [(score.points, score.evidence) for score in kept] == [([32, 24, 16, 8], None)] * 2
    assert "没有等你评分的申请" in member.get(desk.page).content.decode()
    assert "入驻申请评分" not in member.get("/workbench/due/").content.decode()
    with pytest.raises(PartnerRefused, match="你已经评过了"):
        desk.given(desk.members[0], first)


def test_a_draft_is_kept_and_is_nobody_elses(desk):
    member, other = (client_of(user) for user in desk.members)
    first = desk.applications[0]
    saved = member.post(desk.page, {**desk.sent(points={0: "17"}), "act": "autosave"})
    assert "at" in saved.json()
    with opened_scope(division_scope(GONGSHU)):
        assert (Draft.objects.count(), Score.objects.count()) == (1, 0)
    again = member.get(f"{desk.page}?draft=latest").content.decode()
    assert f'name="p{first.pk}_0" value="17"' in again
    assert f'name="p{first.pk}_0" value="17"' not in other.get(f"{desk.page}?draft=latest").content.decode()


def test_who_stands_back_says_why_and_does_not_count(desk):
    member = client_of(desk.members[0])
    first, second = desk.applications
    sent = desk.sent(**{f"x{first.pk}": "on"})
    assert "请写明回避的原因" in member.post(desk.page, sent).content.decode()
    assert member.post(desk.page, {**sent, f"r{first.pk}": "申请人是我表姐"}).status_code == 302
    with opened_scope(division_scope(GONGSHU)):
        found = [(one.is_recused, one.points) for one in Score.objects.order_by("application_id")]
    assert found == [(True, []), (False, [32, 24, 16, 8])]
    desk.given(desk.members[1], first, second)
    desk.on_paper(first)
    with opened_scope(division_scope(GONGSHU)), pytest.raises(PartnerRefused, match="现在 2 人"):
        operations.finish_scoring(application=first, by=desk.clerk, today=desk.today)


def test_nobody_reads_the_scores_of_others_before_all_are_in(desk):
    first = desk.applications[0]
    desk.given(desk.members[0], *desk.applications, recused=False)
    other, clerk = client_of(desk.members[1]), client_of(desk.clerk.user)
    application = reverse("partners:application", args=[first.uuid])

    def shown() -> tuple[bool, ...]:
        pages = (
            clerk.get(application),
            clerk.get(desk.page),
            client_of(desk.members[0]).get(application),
            other.get(desk.page),
        )
        return tuple(">24</td>" in page.content.decode() for page in pages)

    assert shown() == (False, False, False, False)
    with opened_scope(division_scope(GONGSHU)), pytest.raises(PartnerRefused, match="还没有评"):
        operations.finish_scoring(application=first, by=desk.clerk, today=desk.today)
    desk.given(desk.members[1], *desk.applications)
    assert shown() == (False, False, False, True)  # one's own; the sheet on paper is missing
    desk.on_paper(first)
    assert shown() == (True, True, True, True)
    with opened_scope(division_scope(GONGSHU)):
        done = operations.finish_scoring(application=first, by=desk.clerk, today=desk.today)
    assert done.points == (80 + 80 + 55) * 10_000 // 300


@pytest.mark.parametrize(("days", "readable"), [(3, False), (4, True)])
def test_after_the_last_day_scores_are_read_and_no_more_are_taken(desk, days, readable):
    desk.given(desk.members[0], *desk.applications)
    with opened_scope(division_scope(GONGSHU)):
        Call.objects.update(
            opens_on=desk.today - timedelta(days=9), closes_on=desk.today - timedelta(days=9),
            scores_by=desk.today + timedelta(days=3 - days),
        )  # fmt: skip
    page = client_of(desk.members[1]).get(desk.page).content.decode()
    assert (">24</td>" in page, "评分已经截止" in page, 'class="points"' in page) == (readable, readable, not readable)
    if readable:
        with pytest.raises(PartnerRefused, match="截止"):
            desk.given(desk.members[1], *desk.applications)
        clerk = client_of(desk.clerk.user)
        act = reverse("partners:call_act", args=[desk.call.uuid])
        assert "写明延期的理由" in told(clerk, act, act="extend", until=desk.today, reason="")
        assert "评分延到" in told(clerk, act, act="extend", until=desk.today, reason="一位出差")
        desk.given(desk.members[1], *desk.applications)


def test_nobody_types_for_a_member_with_an_account_and_a_sheet_is_needed_for_the_others(desk):
    clerk = client_of(desk.clerk.user)
    address = reverse("partners:score_sheet", args=[desk.applications[0].uuid])
    given = {"p0": "20", "p1": "20", "p2": "10", "p3": "5"}
    assert "别人不能代填" in told(clerk, address, member=str(desk.members[0]), **given)
    assert "请附上" in told(clerk, address, member="王评审", **given)
    assert "已经不在了" in told(clerk, address, member="王评审", kept=str(desk.call.uuid), **given)
    sheet = SimpleUploadedFile("评分表.jpg", picture("JPEG"), "image/jpeg")
    assert "已录入" in told(clerk, address, member="王评审", sheet=sheet, **given)
    with opened_scope(division_scope(GONGSHU)):
        assert Score.objects.get().evidence.title == "评分表"


def test_a_panel_is_named_in_the_draft_from_people_in_office(desk):
    clerk = client_of(desk.clerk.user)
    with opened_scope(division_scope(GONGSHU)):
        call = operations.start_call(
            division_code=GONGCHENQIAO, by=None, title="又一次", opens_on=desk.today, closes_on=desk.today, panel="甲\n乙",
            scoring=tale.SCORING,
        )  # fmt: skip
        operations.add_need(call=call, facility=tale.facility("第二座"), by=None, text="助餐")
    act = reverse("partners:call_act", args=[call.uuid])
    elsewhere = person(Role.STREET_REVIEWER, HUSHU)
    assert "至少 3 人" in told(clerk, act, act="open")
    assert "不能评这次征集" in told(clerk, act, act="seat", user=str(elsewhere.uuid))
    assert "已指定评审人" in told(clerk, act, act="seat", user=str(desk.members[0].uuid))
    assert "不能评这次征集" in told(clerk, act, act="seat", user=str(desk.members[0].uuid))
    assert "请先填评分截止日" in told(clerk, act, act="open")
    with opened_scope(division_scope(GONGSHU)):
        seat = call.members.get()
    assert "已撤下" in told(clerk, act, act="unseat", member=str(seat.uuid))
    stranger = signed_in(Role.STREET_CLERK, HUSHU)
    assert stranger.get(desk.page).status_code == 404
    assert "你不在这次征集的评审小组里" in clerk.get(desk.page).content.decode()
    assert "不能评分" in told(clerk, desk.page, **desk.sent())


def test_the_page_takes_the_same_queries_whatever_the_applications(desk):
    member = client_of(desk.members[0])
    two = queries(member, desk.page)
    with opened_scope(division_scope(GONGSHU)):
        need = desk.call.needs.get()
        desk.applications += [desk.wait(need, f"第 {n} 家", n) for n in range(3, 7)]
    assert (queries(member, desk.page), two <= 12) == (two, True)
