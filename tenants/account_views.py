"""What people see and do about their own account: where they are signed in, past logins, the password."""

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import account_queries, passwords
from tenants.access import requires
from tenants.account_forms import PasswordChange, TokenForm
from tenants.forms import CodeForm
from tenants.operations import issue_token, record_act
from tenants.operations.passwords import change_password
from tenants.operations.second_factor import begin_setup, confirm_setup, new_recovery_codes
from tenants.operations.sessions import done, end_session, end_sessions
from tenants.rules import PERMISSION_LABELS, Permission
from tenants.session_limits import PENDING, password_is_over

PAGE_SIZE, MOST_TOKENS = 50, 20
DEMO_REFUSED = "演示账号的密码和两步验证是公开的，不能改。"

for_oneself = requires(Permission.SIGNED_IN)
first_of_all = requires(Permission.SIGNED_IN, while_pending=True)


@for_oneself
@never_cache
@require_GET
def overview(request):
    """The account: role, password, second factor, and the browsers in which it is signed in."""
    now = timezone.now()
    demands = account_queries.rules_for(request.appointment.division_code, timezone.localdate(now))
    age = (now - (request.user.password_changed_at or request.user.date_joined)).days
    context = {
        "rows": [
            (row, account_queries.browser_name(row.agent)) for row in account_queries.open_sessions(request.user, now)
        ],
        "session_key": request.session.session_key,
        "days_left": max(demands.password_max_age_days - age, 0),
        "demands": demands,
        "two_steps": account_queries.uses_second_factor(request.user),
        "is_demanded": request.appointment.role in demands.second_factor_roles,
    }
    return render(request, "tenants/account/overview.html", context)


@for_oneself
@require_GET
def logins(request):
    """One's own logins: when, from where, and the failed ones, which somebody else may have tried."""
    found = account_queries.logins_of(request.user, timezone.now())
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "tenants/account/logins.html", {"page": page})


@for_oneself
@require_POST
def end_one(request, uuid):
    row = get_object_or_404(request.user.account_sessions, uuid=uuid)
    if row.session_key == request.session.session_key:
        raise Http404  # one's own session ends by signing out
    end_session(row=row)
    _record(request, "退出其他登录", account_queries.browser_name(row.agent))
    messages.success(request, "已退出那台电脑上的登录。")
    return redirect("tenants:account")


@for_oneself
@require_POST
def end_others(request):
    count = end_sessions(user=request.user, but=request.session.session_key)
    _record(request, "退出其他登录", f"{count} 处")
    messages.success(request, f"已退出其他 {count} 处登录。")
    return redirect("tenants:account")


@first_of_all
@sensitive_post_parameters("current", "new", "again")
@never_cache
@require_http_methods(["GET", "POST"])
def password(request):
    """A new password; demanded at the first login and when the old one is too old."""
    user, steps = request.user, request.session.get(PENDING, ())
    form = PasswordChange(request.POST if request.method == "POST" and not user.is_demo else None, user=user)
    if form.is_bound and form.is_valid():
        key = request.session.session_key
        code = request.appointment.division_code
        change_password(user=user, password=form.cleaned_data["new"], division_code=code, session_key=key)
        keep_session(request, user)
        done(request=request, step="password")
        messages.success(request, "密码已修改。在其他电脑上的登录都已退出。")
        return redirect("portal:home")
    context = {
        "form": form,
        "hints": passwords.hints(),
        "refused": DEMO_REFUSED if user.is_demo else "",
        "is_demanded": user.must_change_password or "password" in steps or password_is_over(request, timezone.now()),
    }
    return render(request, "tenants/account/password.html", context, status=422 if form.errors else 200)


@first_of_all
@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request):
    """Set up the authenticator app: scan, type in one code, keep the recovery codes that are shown once."""
    user = request.user
    if user.is_demo or account_queries.uses_second_factor(user):
        left = user.recovery_codes.filter(used_at=None).count()
        context = {"refused": DEMO_REFUSED if user.is_demo else "", "left": left}
        return render(request, "tenants/account/second_factor.html", context)
    setup = begin_setup(user=user)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        code, key = form.cleaned_data["code"].replace(" ", ""), request.session.session_key
        where = request.appointment.division_code
        codes = confirm_setup(user=user, code=code, division_code=where, session_key=key)
        if codes is not None:
            done(request=request, step="second_factor")
            return render(request, "tenants/account/recovery_codes.html", {"codes": codes})
        form.add_error("code", "验证码不对。请核对手机时间是否准确，等换一个新的再填。")
    context = {
        "form": form,
        "setup": setup,
        "picture": segno.make(setup.address, error="m").svg_data_uri(scale=5, border=4),
        "is_demanded": "second_factor" in request.session.get(PENDING, ()),
    }
    return render(request, "tenants/account/second_factor.html", context, status=422 if form.errors else 200)


@for_oneself
@never_cache
@require_POST
def recovery_codes(request):
    """New recovery codes instead of the old ones."""
    if request.user.is_demo or not account_queries.uses_second_factor(request.user):
        raise Http404
    codes = new_recovery_codes(user=request.user)
    _record(request, "重新生成恢复码", request.user.username)
    return render(request, "tenants/account/recovery_codes.html", {"codes": codes})


@for_oneself
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request):
    """Keys for the API: those in force, and a new one, which is shown once."""
    now, user = timezone.now(), request.user
    form = TokenForm(request.POST if request.method == "POST" else None, role=request.appointment.role)
    held = list(user.api_tokens.filter(expires_at__gt=now).order_by("-created_at"))
    if form.is_bound and len(held) >= MOST_TOKENS:
        form.add_error(None, f"最多同时有 {MOST_TOKENS} 个令牌。请先作废不用的。")
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        key, expires_at = issue_token(
            user=user, now=now, name=wanted["name"], hours=wanted["days"] * 24, permissions=wanted["permissions"]
        )
        _record(request, "签发接口令牌", wanted["name"])
        context = {"key": key, "expires_at": expires_at, "name": wanted["name"]}
        return render(request, "tenants/account/token.html", context)
    rows = [
        (
            row,
            "全部" if row.permissions is None else "、".join(PERMISSION_LABELS[Permission(p)] for p in row.permissions),
        )
        for row in held
    ]
    return render(
        request, "tenants/account/tokens.html", {"form": form, "rows": rows}, status=422 if form.errors else 200
    )


@for_oneself
@require_POST
def end_token(request, uuid):
    row = get_object_or_404(request.user.api_tokens, uuid=uuid)
    row.delete()
    _record(request, "作废接口令牌", row.name)
    messages.success(request, "令牌已作废。")
    return redirect("tenants:tokens")


def keep_session(request, user) -> None:
    """After a change of the password: a new key for this session, and its entry in the list follows."""
    row = user.account_sessions.filter(session_key=request.session.session_key).first()
    update_session_auth_hash(request, user)
    if row is not None:
        row.session_key = request.session.session_key
        row.save(update_fields=["session_key"])


def _record(request, verb: str, subject: str) -> None:
    code = request.appointment.division_code
    record_act(verb=verb, by=request.user, division_code=code, subject=subject, subject_uuid=request.user.uuid)
