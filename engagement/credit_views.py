"""Activities as evidence of services under a space agreement (空间换服务, 拱墅 三(二)2): each is credited once at most."""

from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from engagement.models import Activity
from partners.models import Exchange
from partners.operations.exchanges import Service, record_service
from partners.queries.exchanges import credited_activities
from tenants.access import requires
from tenants.editing import EditRefused
from tenants.rules import Permission

PAGE_SIZE = 50
MOST_HOURS = 2000
CHOOSE = "请从清单里选一场活动。"


@requires(Permission.KEEP_MONEY)
@require_http_methods(["GET", "POST"])
def credit(request, uuid):
    """The facility's activities within the term that are not credited yet; choosing one credits it with its hours and people."""
    rows = Exchange.objects.visible_to(request.appointment).select_related("facility", "partner")
    one = get_object_or_404(rows, uuid=uuid)
    activities = Activity.objects.visible_to(request.appointment).filter(
        facility=one.facility_id, held_on__gte=one.starts_on, held_on__lt=one.ends_on
    )
    if request.method == "POST":
        return _credit(request, one, activities)
    found = activities.exclude(uuid__in=credited_activities(one)).select_related("partner").order_by("-held_on", "-pk")
    context = {"exchange": one, "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))}
    return render(request, "engagement/credit.html", context)


def _credit(request, one: Exchange, activities):
    try:
        activity = activities.filter(uuid=_uuid(request)).first()
        if activity is None:
            raise EditRefused(CHOOSE)
        service = Service(activity.held_on, activity.name, _minutes(request), activity.head_count or 0, activity.uuid)
        entry = record_service(exchange=one, service=service, by=request.user)
        messages.success(
            request, f"已用“{activity.name}”抵扣 {-entry.amount_fen // 100}.{-entry.amount_fen % 100:02d} 元。"
        )
    except EditRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("engagement:credit", uuid=one.uuid)


def _uuid(request) -> UUID:
    try:
        return UUID(request.POST.get("activity", ""))
    except ValueError:
        raise EditRefused(CHOOSE) from None


def _minutes(request) -> int:
    text = request.POST.get("hours", "").strip() or "0"
    try:
        hours = Decimal(text)
    except InvalidOperation:
        raise EditRefused("服务小时请填数字，如 1.5。") from None
    if not hours.is_finite() or not 0 <= hours <= MOST_HOURS:
        raise EditRefused(f"服务小时应在 0 到 {MOST_HOURS} 之间。")
    return int(hours * 60)
