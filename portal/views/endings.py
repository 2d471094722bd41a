"""What ends with the agreements that run out, and what a planned exit would take with it."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from facilities.exports import Column, response_or_reason
from partners.models import Agreement
from portal.queries.endings import ending_of, endings, partner_leaves
from tenants.access import requires
from tenants.rules import Permission

PAGE_SIZE = 50
_SPANS = {"30": 30, "60": 60, "90": 90}


@requires(Permission.VIEW_RESULTS)
@require_GET
def ending_list(request: HttpRequest):
    """Agreements that end within 90 days, the earliest first, with the tier that goes with them."""
    today = timezone.localdate()
    found = endings(request.appointment, today)
    text, within = request.GET.get("q", "").strip()[:60], request.GET.get("within", "")
    chosen = [
        one
        for one in found
        if (not text or text in f"{one.agreement.number}{one.agreement.partner.name}{one.agreement.facility.name}")
        and (within not in _SPANS or one.days_left(today) <= _SPANS[within])
        and (request.GET.get("falls") != "1" or one.effect.falls)
    ]
    if request.GET.get("sort") == "facility":
        chosen.sort(key=lambda one: (one.agreement.facility.code, one.last_day))
    if request.GET.get("export"):
        return response_or_reason(
            request, chosen, _COLUMNS, file_name=f"协议到期影响_{today:%Y%m%d}.xlsx", title="到期影响",
            note=f"协议到期影响，{today}，按当天台账测算，不等于认定。",
        )  # fmt: skip
    page = Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = [(one, one.days_left(today)) for one in page.object_list]
    wanted = request.GET.copy()
    wanted.pop("page", None)
    context = {
        "page": page, "today": today, "total": len(found), "falling": sum(one.effect.falls for one in found), "asked": request.GET.dict(),
        "query": wanted.urlencode(), "is_filtered": any(wanted.values()),
    }  # fmt: skip
    return render(request, "portal/endings.html", context)


_COLUMNS = [
    Column("最后服务日", lambda e: e.last_day, 12), Column("协议", lambda e: e.agreement.number, 18),
    Column("合伙人", lambda e: e.agreement.partner.name, 26), Column("设施编号", lambda e: e.agreement.facility.code, 16),
    Column("设施", lambda e: e.agreement.facility.name, 24), Column("服务", lambda e: e.agreement.service, 20),
    Column("等级", lambda e: e.effect.words, 24), Column("降级", lambda e: e.effect.falls, 8),
]  # fmt: skip


@requires(Permission.VIEW_RESULTS)
@require_GET
def ending(request: HttpRequest, uuid: UUID):
    """What one agreement takes with it, and what would follow if its partner left everywhere. Nothing is written."""
    rows = Agreement.objects.visible_to(request.appointment).select_related("facility", "partner", "project")
    agreement, today = get_object_or_404(rows, uuid=uuid), timezone.localdate()
    context = {
        "agreement": agreement, "today": today, "ending": ending_of(agreement, today),
        "everywhere": partner_leaves(agreement, request.appointment, today),
    }  # fmt: skip
    return render(request, "portal/ending.html", context)
