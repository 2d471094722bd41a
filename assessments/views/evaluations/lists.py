"""All self-evaluations in sight, the district's consistency checks, and the setting that opens them."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods

from assessments.exports.evaluations import number_of, period_label
from assessments.models import EvaluationRules, EvaluationState, Frequency
from assessments.operations.evaluations import opening
from assessments.queries.evaluations import overview
from assessments.queries.evaluations.overview import SORTS, Asked
from assessments.queries.evaluations.settings import limits, settings_in_force
from assessments.rules.evaluation import AGAINST, label, points
from assessments.rules.quarters import Quarter
from assessments.views.acting import Unreadable, done, number, text
from standards.queries.liveliness import vitality_scale_named
from tenants.access import requires
from tenants.export_views import hand_out
from tenants.rules import DISTRICT_WIDTH, Permission, district_of, may

_A_PAGE = 50


@requires(Permission.VIEW_EVALUATIONS)
@require_GET
def evaluations(request):
    """By period and deadline; a street sees its own, a district all of its streets."""
    today, asked = timezone.localdate(), Asked.of(request.GET)
    everything = overview.evaluations(request.appointment)
    page = Paginator(overview.found(request.appointment, asked, today), _A_PAGE).get_page(request.GET.get("page"))
    flags = overview.flags_of(everything.filter(pk__in=[row.pk for row in page]))
    names = overview.street_names(row.division_code for row in page)
    sizes = {name: len(vitality_scale_named(name).indicators) for name in {row.run.vitality.scale for row in page}}
    periods = _periods(everything)
    newest = asked.quarter or (periods[0][0] if periods else "")
    shown = [row for row in everything if row.quarter == newest]
    context = {
        "page": page,
        "rows": [
            {
                "row": row, "name": names.get(row.division_code, row.division_code), "period": period_label(row),
                "number": number_of(row), "flags": len(flags[row.pk]), "left": (row.due_on - today).days,
                "recorded": points(row.recorded_mean), "own": points(row.own_mean), "above": points(row.above),
                "percent": _percent(row, sizes[row.run.vitality.scale]),
            }
            for row in page
        ],
        "asked": asked, "states": EvaluationState.choices, "sorts": [(key, words) for key, (_, words) in SORTS.items()],
        "periods": periods, "is_filtered": asked != Asked(sort=asked.sort), "today": today,
        "counts": _counts(shown, today), "shown_period": period_label(shown[0]) if shown else "",
        "settings": settings_in_force(district_of(request.appointment.division_code), today),
        "at_district": request.appointment.division_code % DISTRICT_WIDTH == 0,
        "may_register": may(request.appointment.role, Permission.REGISTER_EVALUATIONS),
    }  # fmt: skip
    return render(request, "assessments/evaluations/list.html", context)


@requires(Permission.VIEW_EVALUATIONS)
@require_GET
def export(request):
    return hand_out(request, "evaluations")


@requires(Permission.REGISTER_EVALUATIONS)
@require_GET
def flags(request):
    """Filed facilities that the checks say something of, each with its reasons and figures."""
    today, asked = timezone.localdate(), Asked.of(request.GET)
    against = request.GET.get("against", "") if request.GET.get("against", "") in AGAINST else ""
    everything = overview.evaluations(request.appointment)
    found = overview.flagged(overview.found(request.appointment, asked, today), against=against)
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    names = overview.street_names(one.row.division_code for one in page)
    context = {
        "page": page,
        "rows": [
            {
                "one": one, "name": names.get(one.row.division_code, one.row.division_code),
                "period": period_label(one.row.evaluation), "recorded": points(one.row.recorded_score),
                "own": points(one.row.own_score), "flags": [(AGAINST[flag.against], flag.text) for flag in one.flags],
            }
            for one in page
        ],
        "asked": asked, "against": against, "kinds": AGAINST.items(), "periods": _periods(everything), "limits": limits(),
        "is_filtered": bool(against or asked.q or asked.quarter),
    }  # fmt: skip
    return render(request, "assessments/evaluations/flags.html", context)


@requires(Permission.REGISTER_EVALUATIONS)
@require_GET
def flags_export(request):
    return hand_out(request, "evaluation-flags")


@requires(Permission.REGISTER_EVALUATIONS)
@require_http_methods(["GET", "POST"])
def settings(request):
    """How often streets assess themselves and for how long; a new setting holds from a day on."""
    today = timezone.localdate()
    district = district_of(request.appointment.division_code)
    if request.method == "POST":
        return done(request, reverse("assessments:evaluation_settings"), lambda: _set(request, district, today))
    context = {
        "now": settings_in_force(district, today), "today": today, "frequencies": Frequency.choices,
        "history": EvaluationRules.objects.visible_to(request.appointment).filter(division_code=district).order_by("-starts_on"),
    }  # fmt: skip
    return render(request, "assessments/evaluations/settings.html", context)


def _set(request, district: int, today) -> str:
    frequency = request.POST.get("frequency", "")
    if frequency not in Frequency.values:
        raise Unreadable("请选每季度、每半年或每年。")
    days = number(request, "fill_days", "填报天数", low=5, high=60)
    if days is None:
        raise Unreadable("请填填报天数，5 到 60 天。")
    try:
        starts_on = parse_date(request.POST.get("starts_on", ""))
    except ValueError:
        starts_on = None
    if starts_on is None or starts_on < today:
        raise Unreadable(f"起用日写成 {today} 这样，不早于今天。")
    opening.set_rules(
        district=district, frequency=Frequency(frequency), fill_days=days, starts_on=starts_on,
        source=text(request, "source", "依据", longest=200), by=request.user,
    )  # fmt: skip
    return f"已定：{Frequency(frequency).label}自评一次，{starts_on} 起用。已经开放的不变。"


def _periods(rows) -> list[tuple[str, str]]:
    """The periods in sight, newest first: closing quarter and words."""
    found = rows.order_by("-quarter").values_list("quarter", "frequency").distinct()
    return [(quarter, label(frequency, Quarter.parse(quarter))) for quarter, frequency in found]


def _percent(row, each: int) -> int:
    indicators = row.total * each
    return (row.confirmed + row.corrections) * 100 // indicators if indicators else 0


def _counts(rows, today) -> dict[str, int]:
    """How far the streets are with a period."""
    return {
        "total": len(rows),
        "open": sum(row.is_open for row in rows),
        "waiting": sum(row.state in {EvaluationState.FILED, EvaluationState.RECEIVED} for row in rows),
        "registered": sum(row.state == EvaluationState.REGISTERED for row in rows),
        "overdue": sum(row.is_open and row.due_on < today for row in rows),
    }
