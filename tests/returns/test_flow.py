"""From the clerk to the ledgers: who may do what in which state, and what is written when."""

import pytest
from django.db import transaction

from facilities.models import (
    EventKind,
    OfferedFunction,
    PublicNotice,
    QuarterlyReturn,
    ReturnEvent,
    ReturnRules,
    ReturnState,
    ServiceFigures,
    Space,
)
from facilities.returns import content, flow, nightly, opening, queries
from facilities.returns.drafts import Edit, ReturnRefused
from partners.models import Partner, ResidentProject
from tenants.models import Act, Message, RowChange
from tenants.quarters import Quarter
from tenants.rules import code_range
from tests.assessments import registry as make
from tests.people import GONGSHU
from tests.returns.conftest import (
    NOW,
    Q4,
    QIAOXI,
    TODAY,
    edit,
    found,
    line_named,
    new_row,
    problems,
    save,
    submit,
    through,
)


def test_an_unchanged_return_goes_through_and_writes_nothing(one, clerk, reviewer, officer):
    before = RowChange.objects.filter(table_name="facilities_space").count()
    through(one, clerk=clerk, reviewer=reviewer, officer=officer)
    assert (one.state, one.changes, len(one.content_hash)) == (ReturnState.ACCEPTED, [], 64)
    assert RowChange.objects.filter(table_name="facilities_space").count() == before
    assert [event.kind for event in queries.course(one)] == ["accepted", "checked", "submitted", "opened"]


def test_acceptance_writes_every_kind_of_change_in_one_transaction(one, facility, clerk, reviewer, officer):
    save(
        one,
        edit(one, "facility", facility.name, "address", "桥弄街 1 号"),
        edit(one, "facility", facility.name, "covered", "台州路社区、桥西社区"),
        edit(one, "space", "1 号室", "name", "邻里食堂"),
        edit(one, "operator", "运河社工事务所", "ends_on", "2027-12-31"),
        *new_row("function", "nread", item="25"),
        *new_row("project", "nproj", name="四点半课堂", run_by="社会组织", partner="晴雨社工中心", serves_children="是"),
        *new_row("notice", "nnotice", content="食堂、托育", hours="每天 8–20 点", responsible="示例街道办事处", hotline="0571-88000000"),
        *new_row("service", "nservice", visits="5200", surveyed="60", satisfied="57"),
        by=clerk,
    )  # fmt: skip
    assert problems(one) == []
    through(one, clerk=clerk, reviewer=reviewer, officer=officer)
    facility.refresh_from_db()
    assert facility.address == "桥弄街 1 号"
    assert sorted(facility.coverages.values_list("community_code", flat=True)) == [330105005052, QIAOXI]
    assert Space.objects.filter(name="邻里食堂").count() == 1
    assert Space.objects.filter(facility=facility).count() == 3
    assert OfferedFunction.objects.get(facility=facility, item_number=25).starts_on == TODAY
    assert ResidentProject.objects.get(name="四点半课堂").partner.name == "晴雨社工中心"
    assert Partner.objects.get(name="晴雨社工中心").division_code == 330105005000
    assert PublicNotice.objects.get().hotline == "0571-88000000"
    assert ServiceFigures.objects.get().visits == 5200
    assert {c.reason for c in RowChange.objects.filter(table_name="facilities_publicnotice")} == {"2026 年第四季度填报"}
    verbs = Act.objects.filter(subject_uuid=one.uuid).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["报送季度填报", "审核季度填报", "受理季度填报"]


def test_nothing_is_written_before_acceptance(one, clerk):
    save(one, edit(one, "space", "1 号室", "usable_area_m2", "305"), by=clerk)
    submit(one, by=clerk)
    assert str(Space.objects.get(name="1 号室").usable_area_m2) == "300.00"


def test_a_submitted_return_is_frozen(one, clerk):
    submit(one, by=clerk)
    with pytest.raises(ReturnRefused, match="已经不能改了"):
        save(one, edit(one, "space", "1 号室", "usable_area_m2", "305"), by=clerk)
    flow.withdraw(one=one, by=clerk, now=NOW)
    save(one, edit(one, "space", "1 号室", "usable_area_m2", "305"), by=clerk)
    assert one.state == ReturnState.OPEN


def test_errors_and_unexplained_jumps_keep_a_return_back(one, clerk):
    save(one, edit(one, "space", "1 号室", "usable_area_m2", "330"), *new_row("space", "n1", name="书房"))
    with pytest.raises(ReturnRefused, match="还有 1 处要改、1 处要写原因"):
        submit(one, by=clerk)
    key = line_named(one, "space", "1 号室").key
    save(one, Edit("space", key, "?usable_area_m2", "", "打通了储藏间"), *new_row("space", "n1", used_by="公共"))
    submit(one, by=clerk)
    [change] = [c for c in one.changes if c["key"] == key]
    assert (change["old"], change["new"], change["why"]) == ("300.00", "330", "打通了储藏间")


def test_it_has_to_be_declared(one, clerk):
    with pytest.raises(ReturnRefused, match="属实"):
        flow.submit(one=one, by=clerk, now=NOW, day=TODAY)


def test_nobody_checks_or_accepts_what_they_submitted(one, reviewer):
    submit(one, by=reviewer)
    with pytest.raises(ReturnRefused, match="另一位审核人"):
        flow.pass_on(one=one, by=reviewer, now=NOW)


def test_the_district_may_let_streets_report_directly(one, clerk, officer):
    ReturnRules.objects.create(
        division_code=GONGSHU, route="direct", due_offset_days=5, jump_percent=10, source="区民政局通知（示例）",
        starts_on=TODAY,
    )  # fmt: skip
    with pytest.raises(ReturnRefused, match="由街道报送"):
        submit(one, by=clerk, is_community=True)
    submit(one, by=clerk)
    assert one.state == ReturnState.CHECKED
    flow.accept(one=one, by=officer, now=NOW, day=TODAY)
    assert one.state == ReturnState.ACCEPTED


def test_a_return_sent_back_is_filled_in_again_with_the_reason_in_sight(one, clerk, reviewer):
    submit(one, by=clerk)
    with pytest.raises(ReturnRefused, match="写明退回的理由"):
        flow.send_back(one=one, by=reviewer, now=NOW, reason="")
    flow.send_back(one=one, by=reviewer, now=NOW, reason="面积证明看不清")
    assert one.state == ReturnState.RETURNED
    save(one, edit(one, "site", "主点位", "area_document", "测绘报告 2026-7"), by=clerk)
    submit(one, by=clerk)
    assert one.state == ReturnState.SUBMITTED


def test_a_correction_is_a_new_edition_with_a_reason(one, clerk, reviewer, officer):
    with pytest.raises(ReturnRefused, match="还在办理"):
        flow.correct(one=one, by=clerk, now=NOW, reason="漏了一间")
    through(one, clerk=clerk, reviewer=reviewer, officer=officer)
    with pytest.raises(ReturnRefused, match="至少 4 个字"):
        flow.correct(one=one, by=clerk, now=NOW, reason="漏")
    second = flow.correct(one=one, by=clerk, now=NOW, reason="漏填一间书房")
    save(second, *new_row("space", "n1", name="书房", usable_area_m2="20", used_by="公共"), by=clerk)
    through(second, clerk=clerk, reviewer=reviewer, officer=officer)
    assert (second.edition, Space.objects.filter(name="书房").count()) == (2, 1)
    assert queries.approved_before(second) == one
    assert [c.title for c in content.between(one.content, second.content)] == [
        "点位名称", "空间名称", "可用面积(㎡)", "使用主体", "起始日"
    ][1:]  # fmt: skip


def test_a_change_of_the_registry_in_between_is_noticed(one, facility, clerk):
    save(one, edit(one, "space", "1 号室", "name", "邻里食堂"), by=clerk)
    Space.objects.filter(name="1 号室").update(name="旧食堂")
    assert problems(one) == [("邻里食堂", "warning", "填报以后，台账里这一格从“1 号室”改成了“旧食堂”")]
    Space.objects.filter(name="旧食堂").delete()
    [(_, level, problem), *_] = problems(one)
    assert (level, problem[:10]) == ("error", "台账里已经没有这一行")


def test_only_unchanged_returns_are_accepted_in_bulk(one, clerk, reviewer, officer):
    second = make.demonstration(2, code=QIAOXI)
    opening.open_quarter(district=GONGSHU, quarter=Q4, today=TODAY, now=NOW)
    other = QuarterlyReturn.objects.select_related("facility").get(facility=second)
    save(other, edit(other, "site", "主点位", "address", "小河直街 3 号"))
    for each in (one, other):
        submit(each, by=clerk)
        flow.pass_on(one=each, by=reviewer, now=NOW)
    done, refused = flow.accept_unchanged(returns=[one, other], by=officer, now=NOW, day=TODAY)
    assert (done, refused) == (1, [f"{second.name}：有 1 处改动，要逐份看"])
    assert (one.state, other.state) == (ReturnState.ACCEPTED, ReturnState.CHECKED)


# --- opening, reminding ---


def test_opening_twice_opens_once_and_missed_quarters_are_caught_up(facility):
    assert opening.open_due(district=GONGSHU, today=TODAY, now=NOW) == 1
    assert opening.open_due(district=GONGSHU, today=TODAY, now=NOW) == 0
    later = Quarter.parse("2027-Q2").first_day
    assert opening.open_due(district=GONGSHU, today=later, now=NOW) == 2
    assert list(QuarterlyReturn.objects.values_list("quarter", flat=True)) == ["2026-Q4", "2027-Q1", "2027-Q2"]


def test_facilities_that_do_not_run_have_no_return(in_district):
    make.facility(1, lifecycle="planned")
    make.facility(2, lifecycle="withdrawn")
    make.facility(3, lifecycle="suspended")
    assert opening.open_quarter(district=GONGSHU, quarter=Q4, today=TODAY, now=NOW) == 1


def test_reminders_and_escalation_happen_once_each(one):
    days = [
        "2026-12-13",
        "2026-12-14",
        "2026-12-14",
        "2026-12-18",
        "2026-12-21",
        "2026-12-22",
        "2026-12-24",
        "2026-12-30",
    ]
    made = [nightly.remind(codes=code_range(GONGSHU), today=TODAY.fromisoformat(day), now=NOW) for day in days]
    assert made == [0, 1, 0, 1, 1, 1, 1, 0]
    kinds = [event.kind for event in queries.course(one)]
    assert kinds == [EventKind.ESCALATED, *[EventKind.REMINDED] * 4, EventKind.OPENED]


def test_the_course_of_a_return_cannot_be_changed(one):
    for statement in (lambda: ReturnEvent.objects.update(reason="x"), lambda: ReturnEvent.objects.all().delete()):
        with pytest.raises(Exception, match=r"insert-only|permission denied"), transaction.atomic():
            statement()


# --- who is told ---


def told(user) -> list[str]:
    return [message.title for message in Message.objects.filter(user=user).order_by("pk")]


def test_each_step_tells_whoever_acts_next_and_in_the_end_whoever_submitted(one, facility, clerk, reviewer, officer):
    name = f"{facility.name} 2026 年第四季度填报"
    submit(one, by=clerk)
    flow.send_back(one=one, by=reviewer, now=NOW, reason="面积证明看不清")
    save(one, edit(one, "site", "主点位", "area_document", "测绘报告 2026-7"), by=clerk)
    through(one, clerk=clerk, reviewer=reviewer, officer=officer)
    assert told(reviewer) == [f"待审核：{name}", f"待审核：{name}"]
    assert told(officer) == [f"待受理：{name}"]
    assert told(clerk) == [f"已退回：{name}", f"已受理：{name}"]


def test_reminders_reach_the_clerks_and_an_escalation_the_officers(one, clerk, officer):
    for day in ("2026-12-14", "2026-12-25"):
        nightly.remind(codes=code_range(GONGSHU), today=TODAY.fromisoformat(day), now=NOW)
    assert [title.split("填报", 1)[1] for title in told(clerk)] == [
        "还有 7 天到期（2026-12-21）",
        "已逾期 4 天（2026-12-21 截止）",
    ]
    assert [title[:5] for title in told(officer)] == ["逾期未报："]


def test_a_room_moves_to_another_site(one, facility, clerk, reviewer, officer):
    """By its row, not by its name: the room stays the room, with what refers to it."""
    room = Space.objects.get(name="1 号室")
    save(
        one,
        *new_row("site", "nsite", name="副楼", floor_area_m2="400", area_document="测绘报告 2026-9"),
        edit(one, "space", "1 号室", "site", "副楼"),
        edit(one, "space", "1 号室", "name", "书房"),
    )
    assert [f.problem for f in found(one).errors] == []
    through(one, clerk=clerk, reviewer=reviewer, officer=officer)
    room.refresh_from_db()
    assert (room.site.name, room.name, Space.objects.count()) == ("副楼", "书房", 3)
