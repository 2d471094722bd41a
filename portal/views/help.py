"""Help: where to begin, what words mean, which keys there are."""

from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from portal.helping import terms
from tenants.access import requires
from tenants.models import User
from tenants.rules import Permission, may

FIRST_VISIT = "first"


@requires(Permission.SIGNED_IN)
@require_GET
def help_page(request: HttpRequest):
    """The glossary with its search, the first steps of the reader's role, the keys."""
    wanted = request.GET.get("q", "").strip()[:60]
    role = request.appointment.role
    context = {
        "q": wanted,
        "terms": terms(wanted),
        "may_edit": may(role, Permission.EDIT_FACILITIES),
        "may_see_results": may(role, Permission.VIEW_RESULTS),
        "guide_is_closed": FIRST_VISIT in request.user.closed_guides,
    }
    return render(request, "portal/help.html", context)


@requires(Permission.SIGNED_IN)
@require_POST
def close_guide(request: HttpRequest):
    """Close the guide of the first visit, or show it again; kept with the account, so it holds on every computer."""
    user = request.user
    closed = [name for name in user.closed_guides if name != FIRST_VISIT]
    if request.POST.get("act") == "close":
        closed.append(FIRST_VISIT)
    User.objects.filter(pk=user.pk).update(closed_guides=closed)
    return redirect("portal:home")
