"""Versions of the vitality index: what holds, what held, and a page on which a district makes its own, with a preview."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods

from assessments.queries.runs import latest_run
from assessments.rules.quarters import Quarter
from portal.queries.lively import points_text
from portal.queries.places import surroundings
from portal.queries.vitality_preview import preview
from portal.wording import yuan_text
from standards.operations.vitality import ScaleRefused, drafted, publish_scale
from standards.queries.liveliness import vitality_scale, vitality_version, vitality_versions
from standards.rules import RuleError
from standards.rules.vitality import Scale, build_scale
from tenants.access import requires
from tenants.rules import Permission, code_range, district_of, may

PARAMS = {
    "sessions_demonstration": "示范型每月应办活动场次",
    "sessions_inclusive": "其余设施每月应办活动场次",
    "services_per_month": "功能算在运行的每月服务人次",
    "least_sample": "满意度最少有效份数",
    "sessions_a_day": "同一天同一类最多计几场",
    "people_per_100_square_metres": "每 100 ㎡ 最多站多少人（疑点）",
    "visits_per_100_square_metres_hour": "每 100 ㎡ 每小时最多到访（疑点）",
    "charity_projects_year": "全年创投项目数",
    "charity_fen_year": "全年创投资金（分）",
}


@requires(Permission.VIEW_STANDARDS)
@require_GET
def scale(request: HttpRequest):
    """The version in force for one's district, and all versions with their dates."""
    today = timezone.localdate()
    code = request.appointment.division_code
    version = vitality_version(code, today)
    context = {
        "division_name": surroundings(code, []).name,
        "version": version,
        "scale": vitality_scale(version) if version else None,
        "params": _params(vitality_scale(version)) if version else [],
        "versions": vitality_versions(code),
        "today": today,
        "may_edit": may(request.appointment.role, Permission.RULE_ON_READINGS) and code == district_of(code),
    }
    return render(request, "portal/vitality_scale.html", context)


@requires(Permission.RULE_ON_READINGS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest):
    """Change weights and lines; act=preview shows last quarter under them, act=publish publishes for the own district."""
    today = timezone.localdate()
    district = district_of(request.appointment.division_code)
    version = vitality_version(district, today)
    if version is None or request.appointment.division_code != district:
        messages.error(request, "热活度版本由区一级调整。")
        return redirect("portal:vitality_scale")
    base = dict(version.data)
    typed, problem, shown, made = _typed(request, build_scale(base), today), "", None, None
    if request.method == "POST":
        try:
            made = drafted(base, district=district, effective_from=typed["effective_from"], changes=typed["changes"])
            if request.POST.get("act") == "publish":
                new = publish_scale(data=made, by=request.user, reason=typed["reason"], today=today)
                messages.success(request, f"已发布 {new}，{new.effective_from} 起生效。之前的季度不重算。")
                return redirect("portal:vitality_scale")
            shown = preview(latest_run(code_range(district)), build_scale(made))
        except (RuleError, ScaleRefused) as error:
            problem = str(error)
    context = {
        "division_name": surroundings(district, []).name,
        "scale": build_scale(base),
        "typed": typed,
        "problem": problem,
        "preview": shown,
        "was_previewed": made is not None and not problem,
    }
    return render(request, "portal/vitality_edit.html", context, status=422 if problem else 200)


def _params(found: Scale) -> list[tuple[str, str]]:
    """Label and value of each parameter as people read them: money in yuan."""
    return [
        (PARAMS.get(key, key).removesuffix("（分）"), yuan_text(value) if key.endswith("_fen_year") else str(value))
        for key, value in found.params
    ]


def _typed(request: HttpRequest, base: Scale, today: date) -> dict[str, Any]:
    """What the page says: as sent, else as it holds. Texts stay texts, so that a typing error is told by the scale."""
    sent = request.POST if request.method == "POST" else {}
    first = Quarter.of(today).next.first_day
    rows = [
        {
            "indicator": each,
            "weight": sent.get(f"weight-{each.key}", str(each.weight)).strip(),
            "floor": sent.get(f"floor-{each.key}", points_text(each.floor)).strip(),
            "target": sent.get(f"target-{each.key}", points_text(each.target)).strip(),
        }
        for each in base.indicators
    ]
    grades = [
        (each.name, sent.get(f"grade-{n}", points_text(each.least)).strip()) for n, each in enumerate(base.grades)
    ]
    params = [(key, PARAMS.get(key, key), sent.get(f"param-{key}", str(value)).strip()) for key, value in base.params]
    coverage = sent.get("coverage", str(base.coverage_for_grade)).strip()
    return {
        "rows": rows,
        "grades": grades,
        "params": params,
        "coverage": coverage,
        "reason": sent.get("reason", "").strip(),
        "effective_from": _day(sent.get("effective_from", ""), first),
        "earliest": today + timedelta(days=1),
        "total": sum(weight for row in rows if isinstance(weight := _whole(row["weight"]), int)),
        "changes": {
            "indicator": {
                row["indicator"].key: {"weight": _whole(row["weight"]), "floor": row["floor"], "target": row["target"]}
                for row in rows
            },
            "grade": dict(grades),
            "coverage_for_grade": _least(coverage),
            "params": {key: _least(value) for key, _, value in params},
        },
    }


def _whole(text: str) -> int | str:
    """A whole number, or the text as it is: the scale says what is wrong with it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else text


def _least(text: str) -> int:
    """A parameter; −1 (which no scale takes) where it is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def _day(text: str, otherwise: date) -> date:
    try:
        return parse_date(text) or otherwise
    except ValueError:
        return otherwise
