"""Login and logout, the log of acts, and what a refused form answers."""

from django.conf import settings
from django.contrib.auth import logout as end_session
from django.core.paginator import Paginator
from django.http import HttpResponseForbidden
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import queries, sso
from tenants.access import client_address, requires
from tenants.account_queries import uses_second_factor
from tenants.demo import demo_accounts
from tenants.forms import ActFilter, CodeForm, LoginForm
from tenants.models import User
from tenants.operations.login import (
    REFUSALS,
    Refusal,
    check_password,
    record_sign_in,
    record_sign_out,
    record_wrong_code,
)
from tenants.operations.second_factor import check_code, is_blocked
from tenants.operations.sessions import begin_session, forget_session
from tenants.rules import Permission
from tenants.session_limits import IDLE, OVER

PAGE_SIZE = 50
CODE_FOR, CODE_WAITS_S = "code_for", 300
CODE_WRONG = "验证码不对，或已经用过。请等手机上换一个新的再填。"
CODE_BLOCKED = "连续输错太多次，15 分钟内不能再试。"
WHY = {  # said on the login page
    IDLE: "有一段时间没有操作，为安全起见已退出。重新登录后回到刚才的页面。",
    "chosen": "密码已设好，请登录。",
    OVER: "这次登录的时间已满，请重新登录。登录后回到刚才的页面。",
}


@requires(Permission.PUBLIC, non_atomic=True)
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def login(request):
    """Password login. The session key changes with it; a wrong `next` leads to the start page."""
    target = safe_target(request)
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(target)
    form = LoginForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = check_password(request=request, **form.cleaned_data)
        if not isinstance(outcome, Refusal):
            return sign_in(request, outcome, target)
        form.add_error(None, REFUSALS[outcome])
    context = {
        "form": form,
        "next": target,
        "others": sso.providers().values(),
        "why": WHY.get(request.GET.get("why", "")),
        "accounts": demo_accounts() if settings.DEMO else (),
    }
    return render(request, "tenants/login.html", context, status=422 if form.errors else 200)


def sign_in(request, user, target: str):
    """Whoever has shown who they are goes on to `target`, by way of the second factor where they use one."""
    if uses_second_factor(user):
        request.session.flush()  # whoever was signed in here before is so no more
        until = int(timezone.now().timestamp()) + CODE_WAITS_S
        request.session[CODE_FOR] = {
            "user": user.pk,
            "hash": user.get_session_auth_hash(),
            "until": until,
            "next": target,
        }
        return redirect("tenants:code")
    begin_session(request=request, user=user)
    record_sign_in(request=request, user=user)
    return redirect(target)


@requires(Permission.PUBLIC, non_atomic=True)
@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def code(request):
    """The second step of a login: a code of the app, or a recovery code."""
    user, waiting = _half_signed_in(request)
    if user is None:
        return redirect("tenants:login")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        address = client_address(request)
        if check_code(user=user, code=form.cleaned_data["code"], address=address):
            del request.session[CODE_FOR]
            begin_session(request=request, user=user)
            record_sign_in(request=request, user=user)
            return redirect(waiting["next"])
        blocked = is_blocked(user=user, address=address, now=timezone.now())
        record_wrong_code(request=request, user=user)
        form.add_error("code", CODE_BLOCKED if blocked else CODE_WRONG)
    return render(request, "tenants/code.html", {"form": form}, status=422 if form.errors else 200)


def _half_signed_in(request):
    """Who has given the right password in this session, a short while ago, and may still act."""
    waiting = request.session.get(CODE_FOR)
    if not waiting or timezone.now().timestamp() >= waiting["until"]:
        return None, None
    user = User.objects.filter(pk=waiting["user"]).first()
    sound = user is not None and user.is_usable and constant_time_compare(user.get_session_auth_hash(), waiting["hash"])
    return (user, waiting) if sound else (None, None)


@requires(Permission.PUBLIC, non_atomic=True)
@require_POST
def logout(request):
    if request.user.is_authenticated:
        record_sign_out(request=request, user=request.user)
    forget_session(session_key=request.session.session_key)
    end_session(request)
    return redirect("tenants:login")


@requires(Permission.VIEW_ACTS)
@require_GET
def acts(request):
    """What people did in this division (操作日志)."""
    seen = queries.acts_within(request.appointment)
    form = ActFilter(request.GET, verbs=queries.verbs_of(seen))
    page = Paginator(form.narrow(seen), PAGE_SIZE).get_page(request.GET.get("page"))
    names = queries.division_names(act.division_code for act in page)
    rows = [(act, names.get(act.division_code, act.division_code)) for act in page]
    return render(request, "tenants/acts.html", {"form": form, "page": page, "rows": rows})


def csrf_failure(request, reason=""):
    """The form's token did not match: an old tab after a new login, or cookies are off. Nothing was written."""
    return HttpResponseForbidden(render_to_string("tenants/csrf_failure.html", request=request))


def safe_target(request) -> str:
    """Where a login leads: an address of ours that was asked for, or the start page."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if target.startswith(("/", "http://", "https://")) and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return "/"
