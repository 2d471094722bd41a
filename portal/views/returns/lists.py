"""The list of returns: a clerk's own by deadline, a reviewer's by what waits, a district's progress by street."""

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.shortcuts import render
from django.views.decorators.http import require_GET

from facilities.models import ReturnState
from facilities.returns import queries
from facilities.returns.rules import rules_in_force
from portal.queries.places import places
from portal.queries.return_list import ORDERS, RETURNS, Asked, found
from portal.views.returns.common import today
from tenants.access import requires
from tenants.export_views import hand_out
from tenants.quarters import Quarter
from tenants.rules import DISTRICT_WIDTH, Permission, district_of, may

_ON_A_PAGE = 50


@requires(Permission.VIEW_FACILITIES)
@require_GET
def returns(request: HttpRequest):
    """Returns of a quarter, filtered by state, street and name."""
    if request.GET.get("export"):
        return hand_out(request, RETURNS.key)
    appointment, day = request.appointment, today()
    asked = Asked.of(appointment, request.GET, day)
    known, quarter, state, text, street = asked.quarters, asked.quarter, asked.state, asked.text, asked.street
    page = Paginator(found(appointment, asked), _ON_A_PAGE).get_page(request.GET.get("page"))
    progress = queries.progress(appointment, quarter, day)
    names = places([*(one.division_code for one in page), *(row.street_code for row in progress)])
    at_district = appointment.division_code % DISTRICT_WIDTH == 0
    reviewing = may(appointment.role, Permission.REVIEW_RETURNS)
    waiting = ReturnState.CHECKED if at_district else ReturnState.SUBMITTED
    district = district_of(appointment.division_code)
    rows = [
        {"one": one, "place": names.get(one.division_code), "left": (one.due_on - day).days,
         "decides": reviewing and one.state == waiting and one.submitted_by_id != request.user.pk}
        for one in page
    ]  # fmt: skip
    context = {
        "page": page,
        "rows": rows,
        "bulk": any(row["decides"] and not row["one"].change_count for row in rows),
        "quarter": Quarter.parse(quarter),
        "quarters": known or [quarter],
        "states": ReturnState.choices,
        "state": state,
        "q": text,
        "street": street,
        "sort": asked.sort,
        "orders": [(key, words) for key, (words, _) in ORDERS.items()],
        "query": request.GET.urlencode(),
        "progress": [(row, str(names.get(row.street_code, row.street_code))) for row in progress],
        "total": sum(row.total for row in progress),
        "done": sum(row.submitted + row.checked + row.accepted for row in progress),
        "accepted": sum(row.accepted for row in progress),
        "overdue": sum(row.overdue for row in progress),
        "at_district": at_district,
        "may_edit": may(appointment.role, Permission.EDIT_FACILITIES),
        "rules": rules_in_force(district, day),
        "today": day,
    }  # fmt: skip
    return render(request, "portal/returns/list.html", context)
