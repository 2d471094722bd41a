"""The monthly bulletin: chosen here, made by a task, fetched under 我的导出. And two facilities side by side."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from facilities.models import Facility
from portal.pdf.bulletin import BULLETIN
from portal.queries.bulletin import bulletin, months, range_asked
from portal.queries.comparison import compared
from portal.queries.places import surroundings
from tenants.access import requires
from tenants.operations.exports import request_export
from tenants.rules import Permission, code_range


@requires(Permission.VIEW_RESULTS)
@require_http_methods(["GET", "POST"])
def monthly(request: HttpRequest):
    """The month's figures as a page, and the button that has them made into a PDF."""
    today = timezone.localdate()
    choices = months(today)
    asked = request.POST if request.method == "POST" else request.GET
    month = next((each for each in choices if f"{each:%Y-%m}" == asked.get("month", "")), choices[0])
    codes = range_asked(request.appointment, asked.get("street", ""))
    if request.method == "POST":
        query = {"month": f"{month:%Y-%m}"}
        if codes.lo != request.appointment.division_code:
            query["street"] = str(codes.lo)
        request_export(kind=BULLETIN, query=urlencode(query), format="pdf", by=request.appointment, now=timezone.now())
        return redirect("tenants:exports")
    names = surroundings(request.appointment.division_code, [])
    context = {
        "found": bulletin(request.appointment, codes, month, today),
        "months": [(f"{each:%Y-%m}", f"{each.year} 年 {each.month} 月") for each in choices],
        "month": f"{month:%Y-%m}",
        "streets": names.choices,
        "street": codes.lo if codes.lo != code_range(request.appointment.division_code).lo else "",
    }
    return render(request, "portal/bulletin.html", context)


@requires(Permission.VIEW_RESULTS)
@require_GET
def comparison(request: HttpRequest):
    """Two facilities side by side: tier criteria, 热活度 by indicator, frequencies, satisfaction, per head."""
    seen = Facility.objects.visible_to(request.appointment).order_by("name", "pk")
    pair = [_chosen(seen, request.GET.get(name, "")) for name in ("one", "two")]
    context = {
        "choices": list(seen.values_list("uuid", "name", "code")),
        "pair": pair,
        "sections": compared(pair[0], pair[1], timezone.localdate()) if all(pair) else [],
        "same": pair[0] is not None and pair[0] == pair[1],
    }
    return render(request, "portal/comparison.html", context)


def _chosen(seen, text: str) -> Facility | None:
    if not text:
        return None
    try:
        found = seen.filter(uuid=UUID(text)).first()
    except ValueError:
        return None
    if found is None:
        raise Http404
    return found
