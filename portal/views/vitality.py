"""The board of 热活度 of a district or street."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.rules.quarters import Quarter
from facilities.exports import Column, TooLong, response
from portal.queries import vitality_board as boards
from portal.queries.places import surroundings
from portal.queries.runs import runs_for
from portal.wording import TIER_NAMES, quarter_text
from standards.queries import function_names
from tenants.access import requires
from tenants.queries import division_names
from tenants.rules import Permission, code_range, street_of

PAGE_SIZE = 20


def _asked(request: HttpRequest):
    """The runs, range, street names and the board that an address asks for."""
    runs = runs_for(request.appointment, request.GET.get("quarter"))
    codes = code_range(request.appointment.division_code)
    text = request.GET.get("street", "")
    street = int(text) if text.isascii() and text.isdigit() and len(text) == 12 else None
    sort = request.GET.get("sort", "")
    return runs, codes, street, sort if sort in boards.SORTS else "-score"


def _only_marked(request: HttpRequest) -> bool:
    return request.GET.get("marked") == "1"


def _shown(request: HttpRequest, rows: list[boards.Row]) -> list[boards.Row]:
    """The whole ranking, or the list of anomalies: those with something that looks wrong, with their ranks."""
    return [row for row in rows if row.marks] if _only_marked(request) else rows


@requires(Permission.VIEW_RESULTS)
@require_GET
def vitality(request: HttpRequest):
    """KPIs, ranking, trend by tier, heat calendar, weakest indicators, missed frequencies, functions nobody uses."""
    runs, codes, street, sort = _asked(request)
    names = surroundings(request.appointment.division_code, [])
    streets = names.inside or division_names({street_of(codes.lo)})
    found = boards.board(runs.now, codes, names=streets, street=street, sort=sort) if runs.now else None
    if found is None:
        return render(request, "portal/vitality_empty.html", {"division_name": names.name})
    quarters, lines = boards.trend(runs.by_quarter, codes)
    quarter = Quarter.parse(runs.quarter)
    heat_lines, cells = boards.heat(codes, quarter.last_day, streets)
    items = function_names(timezone.localdate())
    month = quarter.last_day.replace(day=1)
    context = {
        "division_name": names.name,
        "runs": runs,
        "board": found,
        "marked": _only_marked(request),
        "page": Paginator(_shown(request, found.rows), PAGE_SIZE).get_page(request.GET.get("page")),
        "streets": names.choices,
        "street": street,
        "sort": sort,
        "sorts": boards.SORTS.items(),
        "quarters": quarters,
        "trend": lines,
        "ticks": boards.ticks(quarters),
        "heat_lines": heat_lines,
        "heat": cells,
        "heat_height": len(heat_lines) * 18 + 4,
        "unused": [
            (items.get(item, str(item)), count)
            for item, count in boards.unused(codes, month, found.scale.parameters["services_per_month"])
        ],
        "month": month,
    }
    return render(request, "portal/vitality.html", context)


@requires(Permission.VIEW_RESULTS)
@require_GET
def vitality_export(request: HttpRequest):
    """The ranking as an Excel file, with the remark that it is no official index."""
    runs, codes, street, sort = _asked(request)
    names = surroundings(request.appointment.division_code, []).inside
    found = boards.board(runs.now, codes, names=names, street=street, sort=sort) if runs.now else None
    columns = [
        Column("名次", lambda r: r.rank, 8), Column("编号", lambda r: r.facility.code, 16), Column("设施", lambda r: r.facility.name, 26),
        Column("街道", lambda r: r.street, 14), Column("等级", lambda r: TIER_NAMES.get(r.tier, "未评"), 10),
        Column("得分", lambda r: r.score / 100, 10), Column("已评权重", lambda r: r.coverage, 10), Column("等次", lambda r: r.grade, 10),
        Column("比上季度", lambda r: None if r.change is None else r.change / 100, 10), Column("未达频次", lambda r: r.missed, 10),
        Column("提示", lambda r: "、".join(r.marks), 24),
    ]  # fmt: skip
    label = found.scale.label if found else ""
    note = f"热活度 {quarter_text(runs.quarter) if runs.quarter else ''}（{label}，附件 2 没有公布，不是官方指标）"
    name = f"热活度_{runs.quarter}.xlsx"
    try:
        return response(
            _shown(request, found.rows) if found else [], columns, file_name=name, title="热活度", note=note
        )
    except TooLong as refused:
        messages.error(request, str(refused))
        return redirect(f"{reverse('portal:vitality')}?{request.GET.urlencode()}")
