"""The page of one order with what each side can do there, and the page on which an item's fate is decided."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments.models import ItemDecision, ItemDecisionState, Rectification, RectificationStep
from assessments.operations.follow_up import items, orders
from assessments.queries.follow_up.rows import item_text
from assessments.queries.follow_up.surveys import result, results
from assessments.rules.follow_up import DISTRICT, MOVES, STREET, deadline_words, percent_text
from assessments.rules.half_year import HalfYear
from assessments.views.acting import Unreadable, done
from assessments.views.follow_up import read_day
from engagement.models import Survey
from standards.queries import function_names
from standards.queries.liveliness import follow_up_standard
from tenants.access import requires
from tenants.digits import whole_number
from tenants.rules import Permission, may

_DID = {
    "plan": "已报送整改措施，区里能看到。", "report": "已报送复测，等区里复核。", "send_back": "已退回街道。",
    "extend": "已延长期限。", "close": "复核通过，已销号。", "void": "已撤销这张整改单。",
}  # fmt: skip


@requires(Permission.VIEW_RESULTS)
@require_GET
def rectification(request: HttpRequest, uuid):
    """What was below the line, what is being done, the re-survey, and the whole course."""
    order = _order(request, uuid)
    today, role = timezone.localdate(), request.appointment.role
    names = function_names(today)
    moves = [name for name, move in MOVES.items() if order.state in move.to]
    context = {
        "order": order,
        "facility": order.facility,
        "item": item_text(order.item_number, names),
        "half": HalfYear.parse(order.half).label,
        "percent": percent_text(order.satisfied, order.valid),
        "standard": follow_up_standard(order.division_code, order.survey.last_day),
        "deadline": deadline_words(order.due_on, today) if order.is_live else "",
        "is_late": order.is_live and order.due_on < today,
        "resurvey": result(order.resurvey) if order.resurvey else None,
        "steps": order.steps.select_related("done_by", "survey").order_by("-pk"),
        "street_moves": [m for m in moves if MOVES[m].by == STREET] if may(role, Permission.RECTIFY) else [],
        "district_moves": [m for m in moves if MOVES[m].by == DISTRICT] if may(role, Permission.MANAGE_FOLLOW_UP) else [],
        "surveys": _resurveys(order, today),
        "decision": ItemDecision.objects.filter(facility=order.facility_id, item_number=order.item_number).first(),
        "may_add_survey": may(role, Permission.EDIT_FACILITIES),
        "today": today,
    }  # fmt: skip
    return render(request, "assessments/rectification.html", context)


def _resurveys(order: Rectification, today) -> list:
    """Surveys that can serve as re-survey, the newest first."""
    same = Survey.objects.filter(
        facility=order.facility_id,
        item_number=order.item_number or None,
        first_day__gt=order.opened_on,
        last_day__lt=today,
    )
    return [found for found in results(same.order_by("-last_day", "-pk")) if found.valid]


@requires(Permission.RECTIFY)
@require_POST
def rectification_report(request: HttpRequest, uuid):
    """The street's moves: measures, and the re-survey."""
    order = _order(request, uuid)

    def act() -> str:
        name = request.POST.get("act", "")
        common = {"order": order, "by": request.user, "today": timezone.localdate(), "now": timezone.now()}
        if name == "plan":
            orders.plan(**common, measures=request.POST.get("measures", ""))
        elif name == "report":
            orders.report(**common, survey=_survey(request, order))
        else:
            raise Unreadable("请选要做的事。")
        return _DID[name]

    return done(request, reverse("assessments:rectification", args=[uuid]), act)


def _survey(request: HttpRequest, order: Rectification) -> Survey:
    chosen = whole_number(request.POST.get("survey", ""))
    survey = Survey.objects.filter(facility=order.facility_id, pk=chosen).first()
    if survey is None:
        raise Unreadable("请选一次复测的调查；还没有的，先在满意度调查里登记。")
    return survey


@requires(Permission.MANAGE_FOLLOW_UP)
@require_POST
def rectification_decide(request: HttpRequest, uuid):
    """The district's moves: back, later, closed, void."""
    order = _order(request, uuid)

    def act() -> str:
        name = request.POST.get("act", "")
        common = {
            "order": order, "by": request.user, "today": timezone.localdate(), "now": timezone.now(),
            "reason": request.POST.get("reason", "")[:500],
        }  # fmt: skip
        if name == "extend":
            until = read_day(request.POST.get("until", ""))
            if until is None:
                raise Unreadable("请填新的期限，例如 2026-12-31。")
            orders.extend(**common, until=until)
        elif name in {"send_back", "close", "void"}:
            getattr(orders, name)(**common)
        else:
            raise Unreadable("请选要做的事。")
        return _DID[name]

    return done(request, reverse("assessments:rectification", args=[uuid]), act)


def _order(request: HttpRequest, uuid) -> Rectification:
    rows = Rectification.objects.visible_to(request.appointment)
    return get_object_or_404(rows.select_related("facility", "survey", "resurvey"), uuid=uuid)


# --- what becomes of an item ---

_CHOICES = (
    (ItemDecisionState.KEPT, "保留，继续整改", "整改单照旧。写明为什么相信能改好。"),
    (ItemDecisionState.ADJUSTED, "调整", "换服务方、时间、内容或收费。写明怎样调整、从哪天起。"),
    (
        ItemDecisionState.WITHDRAWN,
        "退出",
        "功能台账里从今天起不再提供，在办的整改单随之结束。入驻项目和协议不自动终止。",
    ),
)


@requires(Permission.VIEW_RESULTS)
@require_GET
def item_decision(request: HttpRequest, uuid):
    """The history of an item, what a withdrawal would do, and the decision."""
    one = _decision(request, uuid)
    today = timezone.localdate()
    is_open = one.state == ItemDecisionState.PROPOSED
    failed = RectificationStep.objects.filter(
        facility=one.facility_id, rectification__item_number=one.item_number, below=True
    )
    context = {
        "one": one,
        "facility": one.facility,
        "item": item_text(one.item_number, function_names(today)),
        "effect": items.effect_of(one, today) if is_open else one.effect,
        "failed": failed.select_related("survey", "rectification").order_by("-pk"),
        "orders": Rectification.objects.filter(facility=one.facility_id, item_number=one.item_number).order_by("-opened_on"),
        "choices": _CHOICES,
        "counted": _COUNTED,
        "may_decide": is_open and may(request.appointment.role, Permission.MANAGE_FOLLOW_UP),
    }  # fmt: skip
    return render(request, "assessments/item_decision.html", context)


_COUNTED = (
    ("base_items", "基础功能", "项"), ("base_domains", "覆盖领域", "个"), ("elder_items", "养老服务功能", "项"),
    ("child_items", "育幼服务功能", "项"), ("city_services", "市标 4+5 服务", "项"),
)  # fmt: skip


@requires(Permission.MANAGE_FOLLOW_UP)
@require_POST
def item_decision_decide(request: HttpRequest, uuid):
    one = _decision(request, uuid)

    def act() -> str:
        made = items.decide(
            decision=one, choice=request.POST.get("choice", ""), reason=request.POST.get("reason", ""), by=request.user,
            today=timezone.localdate(), now=timezone.now(),
        )  # fmt: skip
        return f"已决定：{made.get_state_display()}。"

    return done(request, reverse("assessments:item_decision", args=[uuid]), act)


def _decision(request: HttpRequest, uuid) -> ItemDecision:
    rows = ItemDecision.objects.visible_to(request.appointment).select_related("facility", "decided_by")
    return get_object_or_404(rows, uuid=uuid)
