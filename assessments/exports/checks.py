"""The lists of the spot check as files: what was found otherwise, and the rounds."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.http import QueryDict
from django.utils import timezone

from assessments.models import CheckRound, Discrepancy
from assessments.queries.checklist import titles
from assessments.queries.checks import discrepancies_listed, discrepancy_shown, overview
from tenants.exports import MOST, Kind, Table
from tenants.models import Appointment
from tenants.queries import division_names
from tenants.rules import Permission, street_of


def _at(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _findings(appointment: Appointment, query: QueryDict, day: date) -> Table:
    keys = list(discrepancies_listed(appointment, query).values_list("pk", flat=True)[: MOST + 1])
    items = titles(day)

    def lines(some: Sequence[int]) -> Iterable[Sequence[object]]:
        rows = Discrepancy.objects.visible_to(appointment).select_related("facility").in_bulk(list(some))
        streets = division_names({street_of(row.division_code) for row in rows.values()})
        for row in (rows[pk] for pk in some):
            shown = discrepancy_shown(row, items)
            yield (
                row.facility.code, row.facility.name, streets.get(street_of(row.division_code), ""), row.year,
                shown["title"], shown["clause"], shown["claimed"], shown["found"], "是" if row.changes_tier else "否",
                _at(row.due_at), row.state_label, row.answer, _at(row.answered_at), row.ruling_reason, _at(row.ruled_at),
            )  # fmt: skip

    return Table(
        title="核实差异",
        head=("设施编号", "设施", "街道", "年度", "项目", "条款", "填报", "查得", "影响等级", "申辩截止", "进展", "街道意见",
              "答复时间", "裁定理由", "裁定时间"),
        keys=keys[:MOST], lines=lines, more=len(keys) > MOST,
        preface=("核实差异", f"导出于 {day:%Y-%m-%d}，{'待街道答复的' if query.get('state') == 'open' else '全部'}。"),
        widths=(16, 26, 14, 8, 26, 20, 14, 14, 10, 18, 18, 40, 18, 40, 18),
    )  # fmt: skip


def _rounds(appointment: Appointment, query: QueryDict, day: date) -> Table:
    keys = list(CheckRound.objects.visible_to(appointment).values_list("pk", flat=True)[: MOST + 1])

    def lines(some: Sequence[int]) -> Iterable[Sequence[object]]:
        rows = CheckRound.objects.visible_to(appointment).in_bulk(list(some))
        districts = division_names({row.own_district for row in rows.values()})
        for row in overview(rows[pk] for pk in some):
            found, newest = row["round"], row["directory"]
            yield (
                districts.get(found.own_district, ""), found.year, row["sampled"], row["closed"],
                "未设定" if found.permille is None else f"{found.permille / 10:g}%",
                f"第 {newest.revision} 版" if newest else "还没有拟定", newest.get_state_display() if newest else "",
            )  # fmt: skip

    return Table(
        title="年度抽检", head=("区", "年度", "抽中（座）", "已汇总（座）", "抽检比例", "名录", "名录进展"),
        keys=keys[:MOST], lines=lines, more=len(keys) > MOST,
        preface=("年度抽检", f"导出于 {day:%Y-%m-%d}。依据：拱墅 三(五)2。"), widths=(14, 8, 12, 12, 12, 14, 14),
    )  # fmt: skip


FINDINGS = Kind("findings", "核实差异", Permission.VIEW_RESULTS, _findings)
ROUNDS = Kind("check-rounds", "年度抽检", Permission.VIEW_CHECKS, _rounds)
