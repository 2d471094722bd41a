"""Returns of the current quarter in the demonstration: open everywhere, some of them on their way. 演示数据."""

from datetime import date, datetime
from random import Random

from facilities.models import Facility, PublicNotice, QuarterlyReturn, ReturnComment, ServiceFigures
from facilities.returns import content, drafts, flow, opening
from facilities.returns.drafts import Edit
from tenants.models import User
from tenants.quarters import Quarter
from tenants.rules import code_range

STREET = "330105005"  # 拱宸桥: its facilities show every state


def load_returns(*, district: int, today: date, now: datetime) -> int:
    """Notices, figures of last quarter, and the open returns of this one; how many were opened. A second time adds nothing."""
    if QuarterlyReturn.objects.within(code_range(district)).exists():
        return 0
    quarter = Quarter.of(today)
    facilities = list(Facility.objects.within(code_range(district)).order_by("code"))
    random = Random(20261122)  # noqa: S311  made-up figures
    PublicNotice.objects.bulk_create([_notice(each) for each in facilities])
    ServiceFigures.objects.bulk_create([_figures(each, quarter.previous, random) for each in facilities])
    opened = opening.open_quarter(district=district, quarter=quarter, today=today, now=now)
    if User.objects.filter(username="gongchenqiao").exists():
        _on_their_way(today, now)
    return opened


def _notice(facility: Facility) -> PublicNotice:
    return PublicNotice(
        facility=facility, division_code=facility.division_code, starts_on=date(2026, 1, 1),
        content="居家养老、社区食堂、图书阅览、亲子活动（演示）", hours="周一至周日 8:30–20:30",
        responsible="街道公共服务办（演示）", hotline=f"0571-0000{int(facility.code[-2:]):02d}{int(facility.code[6:9]) % 100:02d}",
        board="一楼大厅公示栏",
    )  # fmt: skip


def _figures(facility: Facility, quarter: Quarter, random: Random) -> ServiceFigures:
    visits, asked = random.randrange(2000, 9000), random.randrange(25, 120)
    return ServiceFigures(
        facility=facility, division_code=facility.division_code, quarter=str(quarter), visits=visits,
        elder_visits=visits * 4 // 10, child_visits=visits * 2 // 10, activities=random.randrange(12, 60),
        health_talks=random.randrange(2, 6), job_events=random.randrange(0, 3), sport_events=random.randrange(0, 4),
        clinic_days=random.randrange(4, 8), culture_hours=random.randrange(24, 60), volunteer_hours=random.randrange(50, 600),
        surveyed=asked, satisfied=asked * random.randrange(76, 99) // 100,
    )  # fmt: skip


def _on_their_way(today: date, now: datetime) -> None:
    """One return of the street in each state."""
    clerk, street, officer = (
        User.objects.get(username=name) for name in ("gongchenqiao", "gongchenqiao-reviewer", "gongshu-reviewer")
    )
    returns = list(
        QuarterlyReturn.objects.filter(facility__code__startswith=STREET)
        .select_related("facility")
        .order_by("facility__code")
    )
    steps = [_being_filled, _sent_back, _submitted, _checked, _accepted]
    for one, step in zip(returns, steps, strict=False):
        step(_Desk(one, today, now), clerk, street, officer)


class _Desk:
    """One return with the steps of the people who work on it."""

    def __init__(self, one: QuarterlyReturn, today: date, now: datetime):
        self.one, self.today, self.now = one, today, now

    def write(self, by: User, *cells: tuple[str, int, str, str]) -> None:
        """(sheet, place of the row, column, text)."""
        lines = content.content_of(self.one, day=self.today).lines
        edits = []
        for sheet, place, column, text in cells:
            if place < len(lines[sheet]):
                line = lines[sheet][place]
                edits.append(Edit(sheet, line.key, column, line.text(column), text))
        drafts.save(one=self.one, edits=edits, by=by, now=self.now, day=self.today)

    def submit(self, by: User) -> bool:
        try:
            flow.submit(one=self.one, by=by, now=self.now, day=self.today, declared=True)
        except drafts.ReturnRefused:
            return False
        return True


_FIGURES = (("service", 0, "visits", "6200"), ("service", 0, "?visits", "国庆和重阳各办了一场社区活动"))


def _being_filled(desk: _Desk, clerk: User, street: User, officer: User) -> None:
    desk.write(clerk, ("site", 0, "address", "桥弄街 1 号（演示）"), ("space", 0, "usable_area_m2", "260"),
               ("service", 0, "visits", "5400"))  # fmt: skip


def _sent_back(desk: _Desk, clerk: User, street: User, officer: User) -> None:
    desk.write(clerk, ("notice", 0, "hours", "全天"), *_FIGURES)
    if desk.submit(clerk):
        line = content.content_of(desk.one, day=desk.today).lines["notice"][0]
        ReturnComment.objects.create(
            quarterly_return=desk.one, facility=desk.one.facility, division_code=desk.one.division_code, sheet="notice",
            row_key=line.key, column="hours", label="服务时间", text="“全天”指哪几天、几点到几点，请写清楚",
            written_by=street, written_at=desk.now,
        )  # fmt: skip
        flow.send_back(one=desk.one, by=street, now=desk.now, reason="服务时间没有写清楚")


def _submitted(desk: _Desk, clerk: User, street: User, officer: User) -> None:
    desk.write(clerk, *_FIGURES)
    desk.submit(clerk)


def _checked(desk: _Desk, clerk: User, street: User, officer: User) -> None:
    if desk.submit(clerk):
        flow.pass_on(one=desk.one, by=street, now=desk.now)


def _accepted(desk: _Desk, clerk: User, street: User, officer: User) -> None:
    desk.write(clerk, *_FIGURES)
    if desk.submit(clerk):
        flow.pass_on(one=desk.one, by=street, now=desk.now)
        flow.accept(one=desk.one, by=officer, now=desk.now, day=desk.today)
