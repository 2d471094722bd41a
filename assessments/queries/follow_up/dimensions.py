"""The five sides of one facility in one half-year (杭州 二(四)10), and the three things that the follow-up looks at (附件 四3).

Everything is counted from the ledgers; what nobody recorded says so and is never a zero. The result is plain data, so that
a follow-up can keep what it saw.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, F, Q, Sum

from assessments.models import Rectification, RectificationState, Verdict
from assessments.queries.follow_up.surveys import ended_between, results
from assessments.rules.follow_up import LIVE
from assessments.rules.half_year import HalfYear
from engagement.models import (
    Activity,
    Certificate,
    Complaint,
    CountPeriod,
    Figure,
    HomeVisit,
    MonthlyFigure,
    VisitCount,
)
from engagement.queries.income import by_month
from engagement.queries.service import service_sheet
from facilities.models import Facility, ServiceFigures
from partners.models import CharityReceipt
from standards.queries import function_names
from standards.queries.liveliness import follow_up_standard, service_standard
from standards.rules.service import SlotState
from tenants.quarters import Quarter

UNKNOWN = "没有记录"
_TIERS = {0: "未入名录", 1: "普惠型", 2: "示范型"}


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. tone: pass, fail, warn or nothing; note: where it comes from or what it leaves out; ledger: its records."""

    label: str
    value: str
    note: str = ""
    tone: str = ""
    ledger: str = ""


def dimensions(facility: Facility, half: HalfYear, today: date) -> dict[str, Any]:
    """{asked: the three things of 附件 四3, sides: [{name, lines}] in the order of the clause, day: counted up to}."""
    until = min(half.last_day, today)
    standard = follow_up_standard(facility.division_code, until)
    names = (
        standard.dimensions
        if standard
        else ("服务设施建设", "服务项目开展", "资金使用规范", "人员队伍培育", "群众满意度提升")
    )
    asked = [use_rate(facility, half), *_satisfaction_lines(facility, half, until), _problems(facility, half, until)]
    sides = (
        _building(facility, half, until), _services(facility, half, until, today), _money(facility, half, until),
        _people(facility, half, until), _satisfied(facility, half, until),
    )  # fmt: skip
    return {
        "day": until.isoformat(),
        "asked": [asdict(line) for line in asked],
        "sides": [{"name": name, "lines": [asdict(line) for line in lines]} for name, lines in zip(names, sides, strict=True)],
    }  # fmt: skip


def use_rate(facility: Facility, half: HalfYear) -> Line:
    """Minutes that rooms were used of those they were open; only months that report both count (working definition)."""
    rows = MonthlyFigure.objects.filter(
        facility=facility, month__range=(half.first_day, half.last_day), subject=0,
        figure__in=(Figure.ROOM_OPEN_MINUTES, Figure.ROOM_USED_MINUTES),
    ).values_list("month", "figure", "amount")  # fmt: skip
    months: dict[date, dict[int, int]] = {}
    for month, figure, amount in rows:
        months.setdefault(month, {})[figure] = amount
    whole = [m for m in months.values() if len(m) == 2]
    opened = sum(m[Figure.ROOM_OPEN_MINUTES] for m in whole)
    used = sum(m[Figure.ROOM_USED_MINUTES] for m in whole)
    if not opened:
        return Line("设施使用率", UNKNOWN, "场地开放和使用时长没有报", "warn", "figures")
    note = f"使用 {used // 60:,} 小时 / 开放 {opened // 60:,} 小时，报了 {len(whole)} / 6 个月"
    return Line("设施使用率", _percent(used, opened), note, "", "figures")


def _percent(part: int, whole: int) -> str:
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10}%"


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f} 元"


def satisfaction(facility: Facility, half: HalfYear, until: date) -> list[Any]:
    """Every survey of the half-year that has ended, the newest first."""
    surveys = ended_between(half.first_day, until).filter(facility=facility)
    return list(reversed(results(surveys)))


def _satisfaction_lines(facility: Facility, half: HalfYear, until: date) -> list[Line]:
    found, lines = satisfaction(facility, half, until), []
    names = function_names(until)
    seen: set[int] = set()
    for one in found:
        if one.valid and one.item not in seen:
            seen.add(one.item)
            label = f"满意度：{names.get(one.item, f'{one.item} 号功能') if one.item else '整个设施'}"
            small = f"，样本不足 {one.standard.small_sample} 份" if one.is_small else ""
            note = f"{one.satisfied} / {one.valid} 份，{one.survey.last_day} 结束{small}"
            lines.append(Line(label, one.percent_text, note, "fail" if one.is_below else "pass", "surveys"))
    return lines or [Line("群众满意度", UNKNOWN, "这半年没有结束的调查", "warn", "surveys")]


def _problems(facility: Facility, half: HalfYear, until: date) -> Line:
    """Complaints and problems that had to be settled in the half-year: received in it, or still open when it began."""
    due = Complaint.objects.filter(facility=facility, received_on__lte=until).filter(
        Q(closed_on=None) | Q(closed_on__gte=half.first_day)
    )
    counts = due.aggregate(
        all=Count("pk"), closed=Count("pk", filter=Q(closed_on__lte=until)),
        late=Count("pk", filter=(Q(closed_on=None) | Q(closed_on__gt=F("due_on"))) & Q(due_on__lt=until)),
    )  # fmt: skip
    if not counts["all"]:
        return Line("问题整改", "没有要办的", "投诉与问题台账里没有", "", "complaints")
    late = f"，其中 {counts['late']} 件超期" if counts["late"] else ""
    tone = "fail" if counts["late"] else "pass" if counts["closed"] == counts["all"] else ""
    return Line("问题整改", f"办结 {counts['closed']} / {counts['all']} 件", f"投诉与问题{late}", tone, "complaints")


def _building(facility: Facility, half: HalfYear, until: date) -> list[Line]:
    sites = list(facility.sites.in_force(until).values_list("floor_area_m2", "area_document"))
    known = [area for area, _ in sites if area is not None]
    area = f"{sum(known):,.2f} ㎡" if known and len(known) == len(sites) else UNKNOWN
    undocumented = sum(not document for _, document in sites)
    visits = VisitCount.objects.filter(
        facility=facility, starts_on__range=(half.first_day, until), period=CountPeriod.DAY
    ).aggregate(days=Count("starts_on", distinct=True), total=Sum("visits"))
    verdict = (
        Verdict.objects.filter(facility=facility, run__quarter__lte=str(Quarter.of(until)), run__state="computed")
        .select_related("run").order_by("-run__quarter", "-run__revision").first()
    )  # fmt: skip
    return [
        Line(
            "建筑面积", area, f"{len(sites)} 个点位" + (f"，{undocumented} 个缺面积证明" if undocumented else ""),
            "warn" if undocumented or area == UNKNOWN else "",
        ),
        use_rate(facility, half),
        Line("到访", f"{visits['total']:,} 人次" if visits["days"] else UNKNOWN, f"{visits['days']} 天有记录", "", "visits"),
        Line("测算等级", _TIERS[verdict.tier] if verdict else UNKNOWN, f"{verdict.run.quarter}，不等于认定" if verdict else ""),
    ]  # fmt: skip


def _services(facility: Facility, half: HalfYear, until: date, today: date) -> list[Line]:
    offered = facility.functions.in_force(until).count()
    held = Activity.objects.filter(facility=facility, held_on__range=(half.first_day, until)).aggregate(
        sessions=Sum("sessions"), heads=Sum("head_count")
    )
    served = MonthlyFigure.objects.filter(
        facility=facility, figure=Figure.SERVICES, month__range=(half.first_day, half.last_day), subject__gt=0
    ).aggregate(total=Sum("amount"), items=Count("subject", distinct=True))
    return [
        Line("开设功能", f"{offered} 项", f"{until} 的功能台账"),
        Line("活动", f"{held['sessions']} 场" if held["sessions"] else UNKNOWN, f"{held['heads'] or 0:,} 人次参加", "", "activities"),
        Line("服务人次", f"{served['total']:,} 人次" if served["items"] else UNKNOWN, f"{served['items']} 项功能有数", "", "figures"),
        *_frequencies(facility, until, today),
    ]  # fmt: skip


def _frequencies(facility: Facility, until: date, today: date) -> list[Line]:
    standard = service_standard(facility.division_code, until)
    if standard is None:
        return []
    sheet = service_sheet(standard, np.array([facility.pk], np.int64), until, day_is_over=until < today)
    found = [int(duty.standing[0]) for duty in sheet.duties]
    missed = [duty.duty.title for duty in sheet.duties if int(duty.standing[0]) == SlotState.MISSED]
    met, unknown = found.count(SlotState.MET), found.count(SlotState.UNKNOWN)
    note = (
        f"未达：{'、'.join(missed)}"
        if missed
        else f"还来得及 {found.count(SlotState.POSSIBLE)} 项，待确认 {unknown} 项"
    )
    return [Line("服务频次", f"达到 {met} 项，未达 {len(missed)} 项", note, "fail" if missed else "", "activities")]


def _money(facility: Facility, half: HalfYear, until: date) -> list[Line]:
    received = CharityReceipt.objects.filter(facility=facility, received_on__range=(half.first_day, until)).aggregate(
        number=Count("pk"), total=Sum("amount_fen"), unproved=Count("pk", filter=Q(voucher=""))
    )
    figures = by_month(facility, half.first_day, half.last_day)
    income, cost = (list(figures.get(side, {}).values()) for side in (Figure.INCOME_FEN, Figure.COST_FEN))
    known = bool(income and cost)
    return [
        Line(
            "公益创投到账", _yuan(received["total"]) if received["number"] else "没有到账",
            f"{received['number']} 笔，{received['unproved']} 笔缺凭证号", "fail" if received["unproved"] else "",
        ),
        Line("运营收入", _yuan(sum(income)) if income else UNKNOWN, f"报了 {len(income)} / 6 个月", "", "figures"),
        Line("运营成本", _yuan(sum(cost)) if cost else UNKNOWN, f"报了 {len(cost)} / 6 个月", "", "figures"),
        Line(
            "收入占成本", _percent(sum(income), sum(cost)) if known and sum(cost) else UNKNOWN,
            "目标是运营总体平衡" if known else "收入或成本没有报", "" if known else "warn", "figures",
        ),
    ]  # fmt: skip


def _people(facility: Facility, half: HalfYear, until: date) -> list[Line]:
    operator = facility.operators.in_force(until).order_by("-starts_on").first()
    projects = facility.projects.in_force(until).aggregate(all=Count("pk"), partners=Count("partner", distinct=True))
    visits = HomeVisit.objects.filter(facility=facility, day__range=(half.first_day, until)).aggregate(
        n=Sum("households")
    )
    papers = Certificate.objects.filter(facility=facility, issued_on__lte=until).aggregate(
        all=Count("pk"), expired=Count("pk", filter=Q(valid_until__lt=until))
    )
    quarters = [str(Quarter.of(half.first_day)), str(Quarter.of(half.last_day))]
    hours = ServiceFigures.objects.filter(facility=facility, quarter__in=quarters).aggregate(n=Sum("volunteer_hours"))
    return [
        Line(
            "综合运营", operator.name if operator else "没有登记在任的",
            operator.get_kind_display() if operator else "", "" if operator else "fail",
        ),
        Line("入驻项目", f"{projects['all']} 个", f"{projects['partners']} 家合伙人"),
        Line("志愿服务", f"{hours['n']:,} 小时" if hours["n"] is not None else UNKNOWN, "季度填报里的数"),
        Line("上门服务", f"{visits['n']:,} 户次" if visits["n"] else UNKNOWN, "", "", "home-visits"),
        Line(
            "证照", f"{papers['all']} 张" if papers["all"] else UNKNOWN,
            f"{papers['expired']} 张过期" if papers["expired"] else "都在有效期内" if papers["all"] else "",
            "fail" if papers["expired"] else "", "certificates",
        ),
    ]  # fmt: skip


def _satisfied(facility: Facility, half: HalfYear, until: date) -> list[Line]:
    orders = Rectification.objects.filter(facility=facility, opened_on__lte=until + timedelta(days=184))
    states = list(orders.filter(Q(half=str(half)) | Q(state__in=LIVE)).values_list("state", flat=True))
    live = sum(state in LIVE for state in states)
    closed = states.count(RectificationState.CLOSED)
    value = f"{len(states)} 张，{closed} 张销号，{live} 张在办" if states else "没有整改单"
    return [
        *_satisfaction_lines(facility, half, until),
        _problems(facility, half, until),
        Line("整改单", value, "这半年开出的和还在办的", "warn" if live else ""),
    ]
