"""What the shell of every page needs: who is signed in, with which role, for which division, and the menu."""

from django.conf import settings
from django.db import connection

from portal.navigation import menu, menu_html
from tenants.rules import ROLE_LABELS, Permission, may

LARGE_TYPE_COOKIE = "large_type"


def shell(request):
    appointment = getattr(request, "appointment", None)
    match = request.resolver_match
    context = {
        "demo": settings.DEMO,
        "appointment": appointment,
        "can_search": bool(appointment) and may(appointment.role, Permission.VIEW_FACILITIES),
        "can_import": bool(appointment) and may(appointment.role, Permission.IMPORT_FACILITIES),
        "may_edit": bool(appointment) and may(appointment.role, Permission.EDIT_FACILITIES),
        "large_type": request.COOKIES.get(LARGE_TYPE_COOKIE) == "1",
    }
    # A fragment shows no shell, and a broken transaction answers no more questions.
    if appointment is None or getattr(request, "htmx", False) or connection.needs_rollback:
        return context
    route = match.view_name if match else ""
    return context | {
        "role_name": ROLE_LABELS[appointment.role],
        "division_name": appointment.division_name,
        "unread": getattr(appointment, "unread", 0),
        "menu": menu(appointment.role, route),
        "menu_html": menu_html(appointment.role, route),
    }
