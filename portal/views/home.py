"""The start of each role, and the workbench of streets and communities."""

from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal.navigation import OVERSEERS
from portal.queries.facility_list import judged_facilities, rows
from portal.queries.places import surroundings
from portal.queries.runs import runs_for
from tenants.access import requires
from tenants.rules import Permission, Role, may

SHOWN = 100
STARTS = {  # the separated administrators have no business of their own
    Role.SYSTEM_ADMIN: "tenants:staff",
    Role.SECURITY_ADMIN: "tenants:security",
    Role.AUDIT_ADMIN: "tenants:acts",
}


@requires(Permission.SIGNED_IN)
@require_GET
def home(request: HttpRequest):
    """Districts start at the dashboard, streets and communities at their facilities, assessors at the standards."""
    role = Role(request.appointment.role)
    if role in STARTS:
        return redirect(STARTS[role])
    if role in OVERSEERS:
        return redirect("portal:dashboard")
    return redirect("portal:workbench" if may(role, Permission.VIEW_FACILITIES) else "standards:index")


@requires(Permission.VIEW_FACILITIES)
@require_GET
def workbench(request: HttpRequest):
    """My facilities with tier, gap and next step; those to act on first: fallen, then missing facts, then nearest."""
    runs = runs_for(request.appointment)
    found = judged_facilities(request.appointment, runs, timezone.localdate()).order_by("division_code", "code")[:SHOWN]
    names = surroundings(request.appointment.division_code, [facility.division_code for facility in found])
    lines = rows(found, runs.now, names.places)
    judged = [row for row in lines if row.standing]
    context = {
        "division_name": names.name,
        "runs": runs,
        "rows": lines,
        "is_cut": len(lines) == SHOWN,
        "fallen": [row for row in judged if row.standing.change < 0],
        "undetermined": [row for row in judged if row.standing.is_undetermined],
        "nearest": [
            row for row in judged if len(row.standing.failed) == 1 and not row.standing.unknown and row.standing.target
        ],
    }
    return render(request, "portal/workbench.html", context)
