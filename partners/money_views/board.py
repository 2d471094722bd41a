"""The dashboard of money."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from partners.money_views.listing import Choice, Column, ListPage, answer, chosen, streets, year_asked
from partners.queries import exchanges as exchange_queries
from partners.queries import funds as fund_queries
from partners.queries import plans
from partners.queries.money_board import duties, held_by_kind
from tenants.access import requires
from tenants.rules import Permission

DUTY_STATES = (("short", "还差"), ("met", "已达到"))


@requires(Permission.VIEW_MONEY)
@require_GET
def money(request):
    """What the funds hold, what waits for a second person, agreements that end or lag behind, facilities against the duty."""
    today = timezone.localdate()
    rows = duties(request.appointment, today.year, today)
    stands = exchange_queries.standings(
        exchange_queries.exchanges(request.appointment).filter(settled_on=None).order_by("ends_on", "pk"), today
    )
    kinds = held_by_kind(request.appointment)
    context = {
        "year": today.year, "kinds": kinds, "held_fen": sum(fen for _, fen in kinds),
        "waiting": fund_queries.waiting(request.appointment),
        "met": sum(row.duty.is_met for row in rows), "all": len(rows), "short": [row for row in rows if not row.duty.is_met][:10],
        "ending": [one for one in stands if one.is_ending][:10], "late": [one for one in stands if one.warns][:10],
        "count_late": sum(one.warns for one in stands), "count_ending": sum(one.is_ending for one in stands),
        **_planned(request, today),
        "open_fen": sum(one.exchange.open_fen for one in stands), "largest": max((fen for _, fen in kinds), default=0),
    }  # fmt: skip
    return render(request, "partners/money/board.html", context)


def _planned(request, today) -> dict:
    """The plan in force and how its items of this year stand, as far as they are for these eyes."""
    plan = plans.current_plan(request.appointment, today.year)
    if plan is None:
        return {"plan": None}
    held = plans.contents_of(plan, today)
    rows = plans.lines(held, held.items, [today.year], today, appointment=request.appointment)
    return {"plan": plan, "planned": plans.tally(rows, today.year)}


def _to_charity(row) -> str:
    return reverse("portal:facility_tab", args=[row.facility.uuid, "charity"])


@requires(Permission.VIEW_MONEY)
@require_GET
def duty(request):
    """Every facility's venture projects and money that has arrived, against 3 projects and 150,000 yuan a year."""
    today = timezone.localdate()
    years = [today.year, today.year - 1]
    year, state = year_asked(request, years), chosen(request, "state", DUTY_STATES)
    in_sight = streets(request)
    street = chosen(request, "street", in_sight)
    rows = duties(request.appointment, year, today, int(street) if street else None)
    if state:
        rows = [row for row in rows if row.duty.is_met == (state == "met")]
    columns = (
        Column("设施", lambda r: r.facility.name, href=_to_charity, width=26),
        Column("创投项目", lambda r: r.duty.projects, is_number=True),
        Column("还差项目", lambda r: r.duty.projects_short, is_number=True),
        Column("到账", lambda r: r.duty.received_fen, is_money=True),
        Column("还差金额", lambda r: r.duty.short_fen, is_money=True),
        Column("合同额", lambda r: r.contract_fen, is_money=True),
        Column("“1+1”项目", lambda r: r.pairs, is_number=True),
        Column("服务方和资金方", lambda r: r.pair_names or "没有结对", width=40),
        Column("结论", lambda r: "已达到" if r.duty.is_met else "还差"),
    )
    year_options = [(str(one), f"{one} 年") for one in years]
    return answer(
        request,
        ListPage(
            "创投项目和资金", "座设施", columns, rows,
            choices=(
                Choice("street", "街道", in_sight, street), Choice("state", "结论", DUTY_STATES, state),
                Choice("year", "年份", year_options, str(year), ""),
            ),
            sub="每家每年不少于 3 个公益创投或慈善创投项目、15 万元（拱墅 四(二)）。以到账为准，合同额并列；这是日常测算，认定以名录为准。",
            hint="这里列出在用的设施。", context={"section": "duty"},
        ),
    )  # fmt: skip
