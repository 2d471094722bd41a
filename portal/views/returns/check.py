"""Check-answers, declaration and submission; taking a submission back; a correction as a new edition."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from facilities.models import ReturnRoute
from facilities.returns import flow
from facilities.returns.content import changes_of
from facilities.returns.drafts import ReturnRefused
from facilities.returns.rules import as_set
from portal.queries.return_form import form_of
from portal.views.returns.common import check, load, panel_of, today, within
from tenants.access import requires
from tenants.quarters import Quarter
from tenants.rules import Permission, Role


@requires(Permission.EDIT_FACILITIES)
@require_http_methods(["GET", "POST"])
def return_check(request: HttpRequest, uuid: UUID):
    """What would be declared, changes first. POST declares it."""
    one = load(request, uuid)
    if not one.is_open:
        return redirect("portal:return_review", one.uuid)
    is_community = request.appointment.role == Role.COMMUNITY_REPORTER
    if request.method == "POST":
        try:
            flow.submit(
                one=one, by=request.user, now=timezone.now(), day=today(), within=within(request),
                declared=request.POST.get("declared") == "on", is_community=is_community,
            )  # fmt: skip
        except ReturnRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("portal:return_check", one.uuid)
        messages.success(
            request, f"{one.facility.name} {Quarter.parse(one.quarter).label}已报送，{one.get_state_display()}。"
        )
        return redirect("portal:returns")
    content, checked = check(request, one)
    form = form_of(content, checked, {}, ())
    rules = as_set(content.read["rules"], today())
    context = {
        "one": one,
        "facility": one.facility,
        "quarter": Quarter.parse(one.quarter),
        "changes": changes_of(content),
        "checked": checked,
        "form": form,
        "rules": rules,
        "may_submit": checked.is_clean and not (is_community and rules.route == ReturnRoute.DIRECT),
        "is_community_only": is_community and rules.route == ReturnRoute.DIRECT,
        "panel": panel_of(one, checked, {}),
        "late": (today() - one.due_on).days,
    }
    return render(request, "portal/returns/check.html", context)


@requires(Permission.EDIT_FACILITIES)
@require_POST
def return_withdraw(request: HttpRequest, uuid: UUID):
    """Take a submission back before anybody has decided."""
    one = load(request, uuid)
    try:
        flow.withdraw(one=one, by=request.user, now=timezone.now())
    except ReturnRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("portal:return_review", one.uuid)
    messages.success(request, "已撤回，可以继续改。")
    return redirect("portal:return_form", one.uuid)


@requires(Permission.EDIT_FACILITIES)
@require_POST
def return_correct(request: HttpRequest, uuid: UUID):
    """Open a new edition of an accepted return."""
    one = load(request, uuid)
    try:
        new = flow.correct(one=one, by=request.user, now=timezone.now(), reason=request.POST.get("reason", ""))
    except ReturnRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("portal:return_review", one.uuid)
    messages.success(request, f"已开第 {new.edition} 版，原来的一版留着。")
    return redirect("portal:return_form", new.uuid)
