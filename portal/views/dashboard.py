"""The dashboard of a district; streets and communities see the same for their part."""

from django.http import HttpRequest, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal import maps
from portal.charts import stacked_bars
from portal.queries import movements
from portal.queries.gates import rates
from portal.queries.overview import overview, parts_level
from portal.queries.places import division_names, surroundings
from portal.queries.points import points
from portal.queries.runs import runs_for
from portal.wording import quarter_text
from tenants.access import requires
from tenants.rules import CodeRange, Permission, code_range


@requires(Permission.VIEW_RESULTS)
@require_GET
def dashboard(request: HttpRequest):
    """KPIs, tier by street, point map, changes, sensitive facilities, hurdles, the nearest to the next tier."""
    runs = runs_for(request.appointment, request.GET.get("quarter"))
    if not runs.now:
        return render(request, "portal/dashboard_empty.html")
    codes = code_range(request.appointment.division_code)
    listed = movements.find(request.appointment, runs, timezone.localdate())
    names = surroundings(codes.lo, listed.codes, parts_level(codes))
    found = overview(request.appointment, runs, names)
    bars = stacked_bars(
        (
            quarter_text(quarter)[:4] + " " + quarter[-2:],
            (("st-2", c.demonstration), ("st-1", c.inclusive), ("st-0", c.unrated)),
        )
        for quarter, c in found.over_time
    )
    word = _part_word(codes)
    without = [run.division_code for run in runs.now if not rates(run)]
    unrated = list(division_names(without).values()) if without else []
    context = {
        "division_name": found.name,
        "runs": runs,
        "changes": {name: found.change(name) for name in ("demonstration", "inclusive", "unrated")},
        "unrated_districts": unrated,
        "unrated_title": f"{'、'.join(unrated)}还没有等级标准。",
        "has_grid": maps.has_grid(codes.lo),
        "map_fit": "points" if word != "街道" else "district",
        "parts_word": word,
        "tile_columns": max((len(row) for row in found.tiles), default=1),
        "overview": found,
        "lists": movements.in_words(listed, runs, names.places),
        "bars": bars,
        "bars_height": len(bars) * 34 + 4,
        "finished_at": max(run.finished_at for run in runs.now),
        "previous_quarter": runs.before[0].quarter if runs.before else "",
    }
    return render(request, "portal/dashboard.html", context)


def _part_word(codes: CodeRange) -> str:
    """What the divisions one level below are called."""
    return {10**8: "区", 10**6: "街道", 10**3: "社区"}.get(codes.hi - codes.lo, "")


@requires(Permission.VIEW_RESULTS)
@require_GET
def map_data(request: HttpRequest):
    """Outlines and points for the map of the dashboard, as JSON."""
    runs = runs_for(request.appointment, request.GET.get("quarter"))
    codes = code_range(request.appointment.division_code)
    shown = points(request.appointment, runs.now, timezone.localdate())
    return JsonResponse({"outlines": maps.outlines(codes), "points": shown})
