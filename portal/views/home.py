"""The start of each role."""

from django.http import HttpRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from portal.navigation import OVERSEERS
from tenants.access import requires
from tenants.rules import Permission, Role, may

STARTS = {  # the separated administrators have no business of their own; assessors have their visits
    Role.SYSTEM_ADMIN: "tenants:staff",
    Role.SECURITY_ADMIN: "tenants:security",
    Role.AUDIT_ADMIN: "tenants:acts",
    Role.ASSESSOR: "assessments:my_visits",
}


@requires(Permission.SIGNED_IN)
@require_GET
def home(request: HttpRequest):
    """Districts start at the dashboard, streets and communities at their facilities, assessors at their visits."""
    role = Role(request.appointment.role)
    if role in STARTS:
        return redirect(STARTS[role])
    if role in OVERSEERS:
        return redirect("portal:dashboard")
    return redirect("portal:workbench" if may(role, Permission.VIEW_FACILITIES) else "standards:index")
