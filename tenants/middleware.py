"""Opens the transaction of a request and sets the scope of whoever is acting."""

from dataclasses import replace

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone

from tenants import queries
from tenants.access import client_address, is_non_atomic, permission_of
from tenants.operations import record_act
from tenants.rules import Permission, may
from tenants.scope import Scope, set_scope

API_PREFIX = "/api/"
NO_APPOINTMENT = "你的账号目前没有任职，看不到任何内容。请联系本区民政管理员登记任职。"
NO_PERMISSION = "你的角色没有这个页面的权限。需要时请联系本区民政管理员。"


class ScopeMiddleware:
    """Runs each view in one transaction under row level security, after checking the permission its route declares.

    A view declared `non_atomic` (login: its failure count must outlive the failure) runs outside it and sees no tenant
    rows. Requests to the API with `Authorization: Token …` act as the token's user, so the API runs under the same scope.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.appointment = None
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if "\0" in request.path:
            raise Http404  # no text of the database can hold it, and no address has it
        if is_non_atomic(view):
            return None
        if _is_api(request):
            _recognise_token(request)
        user = request.user if request.user.is_authenticated else None
        permission = permission_of(view)
        if user is None and permission is not Permission.PUBLIC:
            return _ask_to_sign_in(request)
        try:
            return _run(request, user, permission, view, args, kwargs)
        except PermissionDenied as denied:
            _record_denial(request, user)  # after the rollback, so that it stays
            if _is_api(request):
                return _json(str(denied) or NO_PERMISSION, status=403)
            raise


def _run(request, user, permission, view, args, kwargs):
    acting = Scope(user_id=user and user.pk, source=f"{request.method} {request.path}", address=client_address(request))
    with transaction.atomic():
        if user is not None:
            request.appointment = queries.current_appointment(user)
        role = request.appointment and request.appointment.role
        if permission is None or not may(role, permission):
            raise PermissionDenied(NO_PERMISSION if role else NO_APPOINTMENT)
        if request.appointment is not None:
            seen = queries.scope_of(request.appointment)
            acting = replace(acting, codes=seen.codes, grants=seen.grants)
        set_scope(acting)
        response = view(request, *args, **kwargs)
        if hasattr(response, "render") and not response.is_rendered:
            response = response.render()  # templates and serializers read rows: they belong inside the scope
        if response.streaming and not hasattr(response, "file_to_stream"):
            raise RuntimeError("A streamed response would run after its scope closes: write a file in a task.")
        if response.status_code >= 500 or getattr(response, "exception", False):
            transaction.set_rollback(True)
        return response


def _json(detail: str, *, status: int) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status, json_dumps_params={"ensure_ascii": False})


def _is_api(request) -> bool:
    return request.path_info.startswith(API_PREFIX)


def _recognise_token(request) -> None:
    """Act as the user of the API key, and as nobody when the key is wrong, whatever the session says."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "token":
        return
    request.user = queries.user_of_token(key.strip(), timezone.now()) or AnonymousUser()
    request.by_token = True


def _ask_to_sign_in(request):
    if _is_api(request):
        answer = _json("令牌缺少、有误或已过期。用 POST /api/v1/token/ 换一个。", status=401)
        answer["WWW-Authenticate"] = "Token"
        return answer
    if request.headers.get("HX-Request"):  # a fragment must not be replaced by the login page: reload as a whole
        page = redirect_to_login(request.headers.get("HX-Current-URL", "/"))
        return HttpResponse(status=204, headers={"HX-Redirect": page.url})
    return redirect_to_login(request.get_full_path())


def _record_denial(request, user) -> None:
    if user is None:
        return
    with transaction.atomic():
        appointment = queries.current_appointment(user)
        record_act(
            verb="越权访问被拒",
            by=user,
            division_code=appointment.division_code if appointment else None,
            subject=f"{request.method} {request.path}",
            address=client_address(request),
        )
