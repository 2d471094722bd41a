"""Signing in by way of somebody else: away with a state that only this session knows, back with a code."""

import logging
import secrets

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from tenants import account_queries, sso
from tenants.access import client_address, requires
from tenants.operations.login import record_refused_subject
from tenants.rules import Permission
from tenants.views import safe_target, sign_in

_log = logging.getLogger(__name__)
_WAITING = "sso"
FAILED = "这次没有登录成功。请返回登录页再试一次；一直不行，请用账号和密码登录。"
UNKNOWN = "你在对方那里的身份没有问题，但本平台没有登记你。请联系本区系统管理员登记，登记后再试。"


@requires(Permission.PUBLIC, non_atomic=True)
@never_cache
@require_GET
def start(request, provider):
    entry = _entry(provider)
    try:
        started = entry.provider.begin(redirect_uri=_return_address(request, entry))
    except sso.Refused as refused:
        return _refuse(request, entry, refused)
    state = secrets.token_urlsafe(24)
    request.session[_WAITING] = {
        "provider": entry.name,
        "state": state,
        "memory": started.memory,
        "next": safe_target(request),
    }
    return redirect(f"{started.url}&state={state}")


@requires(Permission.PUBLIC, non_atomic=True)
@never_cache
@require_GET
def finish(request, provider):
    """Whoever comes back with the state of this session and a good code is signed in, if they are registered here."""
    entry = _entry(provider)
    waiting = request.session.pop(_WAITING, None)  # works once
    code, state = request.GET.get("code", ""), request.GET.get("state", "")
    known = waiting and waiting["provider"] == entry.name and constant_time_compare(waiting["state"], state)
    if not known or not code:
        return _refuse(request, entry, "no such login was begun here, or it was broken off")
    try:
        subject = entry.provider.subject(
            code=code, redirect_uri=_return_address(request, entry), memory=waiting["memory"]
        )
    except sso.Refused as refused:
        return _refuse(request, entry, refused)
    identity = account_queries.identity_of(entry.name, subject)
    if identity is None or not identity.user.is_usable:
        record_refused_subject(request=request, provider=entry.label, user=identity.user if identity else None)
        return render(request, "tenants/sso_refused.html", {"text": UNKNOWN, "label": entry.label}, status=403)
    return sign_in(request, identity.user, waiting["next"])


def _entry(name: str) -> sso.Entry:
    if (entry := sso.providers().get(name)) is None:
        raise Http404
    return entry


def _return_address(request, entry: sso.Entry) -> str:
    return request.build_absolute_uri(reverse("tenants:sso_finish", args=[entry.name]))


def _refuse(request, entry: sso.Entry, why):
    _log.warning("login by %s refused: %s", entry.name, why, extra={"address": client_address(request)})
    return render(request, "tenants/sso_refused.html", {"text": FAILED, "label": entry.label}, status=403)
