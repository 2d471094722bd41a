"""Who hears of what at the year's end, once each; what waits on the workbench; reminders in the morning."""

from datetime import timedelta

import pytest

from assessments import operations
from assessments.models import AppealKind, Discrepancy
from assessments.queries.waiting import waiting_for
from tenants.models import Message
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.people import GONGSHU, client_of, person

STREET = 330105005000


@pytest.fixture
def year(standards):
    with opened_scope(division_scope(GONGSHU)):
        made = y.Year(GONGSHU, a_street=2)
        made.clerk = person(Role.STREET_CLERK, STREET)
        made.visits = made.to_assigned()
        yield made


def _told(user) -> list[str]:
    """Titles of what somebody received, oldest first."""
    with opened_scope(division_scope(GONGSHU, user_id=user.pk)):
        return list(Message.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def _differing(year):
    """One facility of the street with too small an area, every visit closed."""
    visit = next(v for v in year.visits if not v.is_second and v.facility.division_code // 1000 == STREET // 1000)
    for one in year.visits:
        y.send(one, y.records(one, {"floor_area_documented": 60_000} if one.facility_id == visit.facility_id else None))
    operations.discrepancies.close_visits(round=year.round, by=year.admin, now=y.RECEIVED)
    return Discrepancy.objects.get()


def test_assessors_hear_of_their_visits_and_of_one_that_is_called_back(year):
    visit = year.visits[0]
    [planned] = _told(visit.user)
    assert planned.startswith("派给你 ")
    operations.visits.revoke(visit=visit, reason="另派他人", by=year.admin, now=y.RECEIVED)
    assert _told(visit.user)[1:] == [f"区里收回了 {visit.day} 到{visit.facility.name}的上门"]


def test_a_discrepancy_goes_to_the_street_and_back(year):
    row = _differing(year)
    assert _told(year.clerk) == ["1 处抽检核实差异待答复，截止 2026-11-29 23:59:59"]
    due = row.due_at
    with opened_scope(division_scope(STREET)):
        operations.discrepancies.answer(
            discrepancy=row, accepts=False, text="测绘报告为准", by=year.clerk, now=due - timedelta(hours=1)
        )
    assert _told(year.admin)[-1] == f"待裁定：{row.facility.name}的核实差异，街道有异议"
    assert "待裁定" not in "".join(_told(year.other)), "the reviewer does not rule"
    operations.discrepancies.rule(discrepancy=row, ruling="found", reason="实测为准", by=year.admin, now=due)
    assert _told(year.clerk)[1:] == [f"区里已裁定：{row.facility.name}，以查得为准"]


def test_what_waits_stands_on_the_workbench_with_its_deadline(year):
    row = _differing(year)
    last = y.date(2026, 11, 29)

    def waiting(user, day):
        found = waiting_for(y.current_appointment_of(user), day)
        return [(one.title, one.deadline) for one in found]

    assert waiting(year.clerk, last) == [("抽检核实差异待街道答复", last)]
    assert waiting(year.clerk, last + timedelta(days=1)) == []
    assert waiting(year.admin, last) == [("抽检核实差异待街道答复", last)]
    assert waiting(year.admin, last + timedelta(days=1)) == [("抽检核实差异待裁定", last + timedelta(days=3))]
    assert waiting(year.visits[0].user, last) == []
    operations.discrepancies.rule(
        discrepancy=row, ruling="claim", reason="测绘属实", by=year.admin, now=row.due_at + timedelta(seconds=1)
    )
    assert waiting(year.admin, last) == []
    assert "抽检与名录" in client_of(year.admin).get("/workbench/due/").content.decode()


def test_mornings_remind_once_of_visits_and_of_answers(year):
    day = year.visits[0].day
    mine = sum(v.day == day and v.user_id == year.visits[0].user_id for v in year.visits)
    assert operations.reminding.remind(district=GONGSHU, today=day) == len(
        {v.user_id for v in year.visits if v.day == day}
    )
    assert operations.reminding.remind(district=GONGSHU, today=day) == 0
    assert _told(year.visits[0].user)[-1] == f"今天有 {mine} 次抽检上门"
    operations.reminding.remind(district=GONGSHU, today=day + timedelta(days=1))
    missed = sum(v.day == day for v in year.visits)
    assert _told(year.admin)[-1] == f"昨天有 {missed} 次抽检上门没有交回"
    _differing(year)
    operations.reminding.remind(district=GONGSHU, today=y.date(2026, 11, 28))
    assert _told(year.clerk)[-1] == "还有 1 处核实差异没有答复，最早 2026-11-29 23:59:59 截止"


def test_the_directory_calls_whoever_comes_next_and_the_streets(year):
    row = _differing(year)
    operations.discrepancies.rule(
        discrepancy=row, ruling="found", reason="期满未答复", by=year.admin, now=row.due_at + timedelta(seconds=1)
    )
    make = operations.directories
    directory = make.propose(round=year.round, run=year.run, by=year.admin, now=y.RECEIVED)
    entries = list(directory.entries.values_list("uuid", flat=True))
    make.confirm_entries(directory=directory, entries=entries, by=year.admin, now=y.RECEIVED)
    make.approve(directory=directory, by=year.admin, now=y.RECEIVED)
    assert _told(year.other)[-1] == "待复核：2026 年度名录第 1 版"
    make.confirm(directory=directory, by=year.other, now=y.RECEIVED)
    make.start_notice(directory=directory, by=year.admin, now=y.RECEIVED)
    assert _told(year.clerk)[-1] == "2026 年度名录开始公示，申诉截止 2026-12-01 23:59:59"
    directory.refresh_from_db()
    appeal = make.file_appeal(
        directory=directory, facility=row.facility, kind=AppealKind.OBJECTION, party="居民", point="建筑面积", text="没有这么大",
        by=year.admin, now=directory.notice_until,
    )  # fmt: skip
    assert _told(year.other)[-1] == f"收到异议：{row.facility.name}，建筑面积"
    [waits] = waiting_for(y.current_appointment_of(year.other), y.date(2026, 12, 1))
    assert (waits.title, waits.deadline) == ("异议待处理", y.date(2026, 12, 1))
    after = directory.notice_until + timedelta(seconds=1)
    make.decide_appeal(appeal=appeal, upheld=False, decision="已复核，维持", tier=None, by=year.admin, now=after)
    make.publish(directory=directory, by=year.other, now=after)
    assert _told(year.clerk)[-2:] == [f"异议不成立：{row.facility.name}，建筑面积", "2026 年度名录已经公布"]
