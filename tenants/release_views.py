"""What the security administrator releases where separation is strict: invitations, and subjects of outside logins."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from tenants.operations import release
from tenants.rules import Permission
from tenants.staff_forms import ReasonForm
from tenants.staff_views import on_person, show_person

NOTHING_WAITS = "没有等放行的。可能已经办过，或链接已过期、已换新的。"


@on_person(Permission.UNLOCK_ACCOUNTS)
@never_cache
def invitation(request, held):
    """The code is shown once; with it and the link from the system administrator the person chooses a password."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show_person(request, held, reason_form=form)
    reason = form.cleaned_data["reason"]
    try:
        code = release.release_invitation(user=held.user, by=request.appointment, reason=reason, now=timezone.now())
    except LookupError:
        messages.error(request, NOTHING_WAITS)
        return redirect("tenants:staff_member", held.user.uuid)
    return render(request, "tenants/staff/release_code.html", {"person": held.user, "code": code})


@on_person(Permission.UNLOCK_ACCOUNTS)
def identity(request, held):
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show_person(request, held, reason_form=form)
    checked = release.check_identity(
        user=held.user,
        provider=request.POST.get("provider", ""),
        by=request.appointment,
        reason=form.cleaned_data["reason"],
        now=timezone.now(),
    )
    if checked:
        messages.success(request, "统一身份已核对，本人可以用它登录了。")
    else:
        messages.error(request, NOTHING_WAITS)
    return redirect("tenants:staff_member", held.user.uuid)
