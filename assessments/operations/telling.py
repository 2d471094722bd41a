"""Who is told of a step of the year's end: whoever has to act next, and whoever asked of the outcome (inbox of `tenants`)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone

from assessments.models import Appeal, CheckRound, Directory, DirectoryState, Discrepancy, Visit
from tenants.models import Division, MessageKind
from tenants.operations.messages import send, send_to_roles
from tenants.rules import Role, street_of

STREET = (Role.STREET_CLERK, Role.STREET_REVIEWER)
MANAGERS = (Role.DISTRICT_ADMIN,)
DECIDERS = (Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER)


def local_day(now: datetime) -> date:
    return timezone.localtime(now).date()


def moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


def visits_planned(round: CheckRound, visits: Sequence[Visit], now: datetime) -> None:
    """Each assessor hears once of everything that one planning gave them."""
    for user, count in sorted(Counter(visit.user_id for visit in visits).items()):
        mine = [visit for visit in visits if visit.user_id == user]
        first, last = min(visit.day for visit in mine), max(visit.day for visit in mine)
        send(
            to=[user], kind=MessageKind.NOTICE, division_code=round.division_code, at=now,
            title=f"派给你 {count} 次抽检上门，{first} 到 {last}", text="路线和清单在“我的上门”里，出门前在手机上打开一次。",
            link=reverse("assessments:my_visits"), key=f"visits:{round.uuid}:{min(visit.pk for visit in mine)}",
        )  # fmt: skip


def visit_revoked(visit: Visit, now: datetime) -> None:
    send(
        to=[visit.user_id], kind=MessageKind.CHANGE, division_code=visit.division_code, at=now,
        title=f"区里收回了 {visit.day} 到{visit.facility.name}的上门", text=f"理由：{visit.revoked_reason}",
        link=reverse("assessments:my_visits"), key=f"visit:{visit.uuid}:revoked",
    )  # fmt: skip


def discrepancies_sent(rows: Iterable[Discrepancy], now: datetime) -> None:
    """Each street hears once how many discrepancies it has to answer, and until when."""
    by_street: dict[int, list[Discrepancy]] = {}
    for row in rows:
        by_street.setdefault(street_of(row.division_code), []).append(row)
    for street, found in sorted(by_street.items()):
        send_to_roles(
            roles=STREET, about=street, day=local_day(now), kind=MessageKind.DUE, at=now,
            title=f"{len(found)} 处抽检核实差异待答复，截止 {moment(found[0].due_at)}",
            text="、".join(sorted({row.facility.name for row in found})) + "。认可查得的值，或写明理由报送异议；逾期由区里直接裁定。",
            link=f"{reverse('assessments:findings')}?state=open", key=f"differences:{street}:{found[0].visit_uuid}",
        )  # fmt: skip


def discrepancy_answered(row: Discrepancy, now: datetime) -> None:
    """The district has something to rule on; what a street accepts needs no ruling."""
    if row.accepts:
        return
    send_to_roles(
        roles=MANAGERS, about=row.division_code, day=local_day(now), kind=MessageKind.REVIEW, at=now,
        title=f"待裁定：{row.facility.name}的核实差异，街道有异议", text=row.answer,
        link=reverse("assessments:finding", args=[row.uuid]), key=f"difference:{row.uuid}:answered:{moment(now)}",
    )  # fmt: skip


def discrepancy_ruled(row: Discrepancy, now: datetime) -> None:
    send_to_roles(
        roles=STREET, about=row.division_code, day=local_day(now), kind=MessageKind.NOTICE, at=now,
        title=f"区里已裁定：{row.facility.name}，{row.get_ruling_display()}", text=row.ruling_reason,
        link=reverse("assessments:finding", args=[row.uuid]), key=f"difference:{row.uuid}:ruled",
    )  # fmt: skip


_DIRECTORY = {
    DirectoryState.APPROVED: (MessageKind.REVIEW, "待复核：{} 年度名录第 {} 版", DECIDERS),
    DirectoryState.CONFIRMED: (MessageKind.REVIEW, "已复核，待公示：{} 年度名录第 {} 版", DECIDERS),
    DirectoryState.PROPOSED: (MessageKind.REVIEW, "已退回拟定：{} 年度名录第 {} 版", DECIDERS),
}


def directory_moved(directory: Directory, now: datetime) -> None:
    """Inside the district: who comes next. From the notice on: every street."""
    link, day = reverse("assessments:directory", args=[directory.uuid]), local_day(now)
    key = f"directory:{directory.uuid}:{directory.state}"
    if directory.state in _DIRECTORY:
        kind, title, roles = _DIRECTORY[DirectoryState(directory.state)]
        send_to_roles(
            roles=roles, about=directory.division_code, day=day, kind=kind, at=now, link=link, key=f"{key}:{moment(now)}",
            title=title.format(directory.year, directory.revision),
        )  # fmt: skip
        return
    is_notice = directory.state == DirectoryState.NOTICE
    title = (
        f"{directory.year} 年度名录开始公示，申诉截止 {moment(directory.notice_until)}"
        if is_notice
        else f"{directory.year} 年度名录已经公布"
    )
    streets = Division.objects.filter(code__in={street_of(code) for code in _codes(directory)}, valid_to=None)
    for street in streets.values_list("code", flat=True):
        send_to_roles(
            roles=STREET, about=street, day=day, kind=MessageKind.DUE if is_notice else MessageKind.NOTICE, at=now,
            title=title, link=link, key=key,
        )  # fmt: skip


def _codes(directory: Directory) -> list[int]:
    return list(directory.entries.order_by().values_list("division_code", flat=True).distinct())


def appeal_filed(appeal: Appeal, now: datetime) -> None:
    send_to_roles(
        roles=DECIDERS, about=appeal.division_code, day=local_day(now), kind=MessageKind.REVIEW, at=now,
        title=f"收到{appeal.get_kind_display()}：{appeal.facility.name}，{appeal.point}", text=appeal.text,
        link=reverse("assessments:directory", args=[appeal.directory.uuid]), key=f"appeal:{appeal.uuid}:filed",
    )  # fmt: skip


def appeal_decided(appeal: Appeal, now: datetime) -> None:
    """Whoever filed it, and the street that the facility lies in."""
    said = "成立" if appeal.upheld else "不成立"
    send_to_roles(
        roles=STREET, about=appeal.division_code, day=local_day(now), kind=MessageKind.NOTICE, at=now,
        title=f"{appeal.get_kind_display()}{said}：{appeal.facility.name}，{appeal.point}", text=appeal.decision,
        link=reverse("assessments:directory", args=[appeal.directory.uuid]), key=f"appeal:{appeal.uuid}:decided",
    )  # fmt: skip


def record_waits(district: int, user_name: str, reasons: Sequence[str], now: datetime) -> None:
    """Records that cannot count by themselves wait for the district. Once a day and person."""
    send_to_roles(
        roles=MANAGERS, about=district, day=local_day(now), kind=MessageKind.REVIEW, at=now,
        title=f"{len(reasons)} 条现场记录待处理：{user_name}传来", text="；".join(sorted(set(reasons))),
        link=reverse("assessments:checks"), key=f"records:{district}:{user_name}:{local_day(now)}",
    )  # fmt: skip
