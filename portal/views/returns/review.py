"""What a reviewer sees and decides: changes since the last approval, comments at cells, return or accept, in bulk too."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from facilities.models import QuarterlyReturn, ReturnComment, ReturnState
from facilities.returns import flow, queries
from facilities.returns.checking import Checked
from facilities.returns.content import between, changes_of
from facilities.returns.drafts import ReturnRefused
from portal.views.returns.common import load, panel_of, today
from tenants.access import requires
from tenants.quarters import Quarter
from tenants.rules import DISTRICT_WIDTH, Permission, may


@requires(Permission.VIEW_FACILITIES)
@require_GET
def return_review(request: HttpRequest, uuid: UUID):
    """The return as it was declared, with what changed; and the buttons that this person may press."""
    one = load(request, uuid)
    content, checked = flow.checked(one, day=today())
    changes = changes_of(content) if one.state != ReturnState.ACCEPTED else one.changes
    approved = queries.approved_before(one)
    frozen = one.content or content.frozen()
    context = {
        "one": one,
        "facility": one.facility,
        "quarter": Quarter.parse(one.quarter),
        "changes": changes,
        "since": between(approved.content, frozen) if approved else None,
        "approved": approved,
        "checked": checked,
        "comments": one.comments.select_related("written_by", "settled_by"),
        "events": queries.course(one),
        "decision": decision_of(request, one),
        "may_edit": may(request.appointment.role, Permission.EDIT_FACILITIES),
        "may_withdraw": _may_withdraw(request, one),
        "panel": panel_of(one, checked if one.state != ReturnState.ACCEPTED else Checked(), {}),
        "content": content,
    }
    return render(request, "portal/returns/review.html", context)


def decision_of(request: HttpRequest, one: QuarterlyReturn) -> str:
    """ "check", "accept" or "": what this person can decide now. The street checks, the district accepts."""
    if not may(request.appointment.role, Permission.REVIEW_RETURNS) or one.submitted_by_id == request.user.pk:
        return ""
    at_district = request.appointment.division_code % DISTRICT_WIDTH == 0
    if one.state == ReturnState.SUBMITTED and not at_district:
        return "check"
    return "accept" if one.state == ReturnState.CHECKED and at_district else ""


def _may_withdraw(request: HttpRequest, one: QuarterlyReturn) -> bool:
    waits = one.state in {ReturnState.SUBMITTED, ReturnState.CHECKED} and one.checked_by_id is None
    return waits and may(request.appointment.role, Permission.EDIT_FACILITIES)


@requires(Permission.REVIEW_RETURNS)
@require_POST
def return_comment(request: HttpRequest, uuid: UUID):
    """Say something at a cell (`cell` = sheet|row|column) or about the whole return."""
    one = load(request, uuid)
    text = request.POST.get("text", "").strip()
    parts = (request.POST.get("cell", "") or "||").split("|")
    if not decision_of(request, one):
        messages.error(request, "这份填报现在不由你审核。")
    elif len(text) < 2 or len(parts) != 3:
        messages.error(request, "写清楚要改什么，至少 2 个字。")
    else:
        sheet, key, column = parts
        ReturnComment.objects.create(
            quarterly_return=one, facility=one.facility, division_code=one.division_code, sheet=sheet[:20],
            row_key=key[:40], column=column[:40], label=request.POST.get("label", "")[:200], text=text[:400],
            written_by=request.user, written_at=timezone.now(),
        )  # fmt: skip
        messages.success(request, "意见已记下，退回时填报人会在格子旁看到。")
    return redirect("portal:return_review", one.uuid)


@requires(Permission.EDIT_FACILITIES)
@require_POST
def return_settle(request: HttpRequest, uuid: UUID):
    """A comment has been dealt with."""
    comment = get_object_or_404(ReturnComment.objects.visible_to(request.appointment), uuid=uuid, settled_at=None)
    comment.settled_at, comment.settled_by = timezone.now(), request.user
    comment.save(update_fields=["settled_at", "settled_by"])
    return redirect("portal:return_form", comment.quarterly_return.uuid)


@requires(Permission.REVIEW_RETURNS)
@require_POST
def return_decide(request: HttpRequest, uuid: UUID):
    """Pass on, accept or send back."""
    one = load(request, uuid)
    may_decide, act, now = decision_of(request, one), request.POST.get("act"), timezone.now()
    name = f"{one.facility.name} {Quarter.parse(one.quarter).label}"
    try:
        if not may_decide:
            raise ReturnRefused("这份填报现在不由你审核，可能刚被别人办理。")
        if act == "return":
            flow.send_back(one=one, by=request.user, now=now, reason=request.POST.get("reason", ""))
            messages.success(request, f"{name}已退回。")
        elif may_decide == "check":
            flow.pass_on(one=one, by=request.user, now=now)
            messages.success(request, f"{name}已审核，转区受理。")
        else:
            changes = flow.accept(one=one, by=request.user, now=now, day=today())
            messages.success(request, f"{name}已受理，台账改了 {len(changes)} 处。")
    except ReturnRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("portal:return_review", one.uuid)
    return redirect("portal:returns")


@requires(Permission.REVIEW_RETURNS)
@require_POST
def returns_decide(request: HttpRequest):
    """In bulk, those in which nothing changed."""
    uuids = request.POST.getlist("uuid")[:500]
    found = QuarterlyReturn.objects.visible_to(request.appointment).select_related("facility")
    chosen = [one for one in found.filter(uuid__in=_valid(uuids)).order_by("pk") if decision_of(request, one)]
    now = timezone.now()
    if request.appointment.division_code % DISTRICT_WIDTH:
        done, refused = flow.pass_on_unchanged(returns=chosen, by=request.user, now=now)
        words = f"{done} 份无变化的已审核，转区受理。"
    else:
        done, refused = flow.accept_unchanged(returns=chosen, by=request.user, now=now, day=today())
        words = f"{done} 份无变化的已受理。"
    if done:
        messages.success(request, words)
    for reason in refused[:5]:
        messages.warning(request, reason)
    if not done and not refused:
        messages.info(request, "没有选中可以办理的填报。")
    return redirect("portal:returns")


def _valid(uuids: list[str]) -> list[UUID]:
    found = []
    for text in uuids:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
