"""Opens the transaction of a request and sets the scope of whoever is acting."""

from contextlib import contextmanager

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from tenants import queries
from tenants.access import allowed, client_address, is_non_atomic, is_open_while_pending, permission_of, runs_in_parts
from tenants.operations import record_act
from tenants.operations.tokens import note_use
from tenants.rules import Permission
from tenants.scope import Scope, set_scope
from tenants.session_limits import PENDING, password_is_over

API_PREFIX = "/api/"
NO_APPOINTMENT = "你的账号目前没有任职，看不到任何内容。请联系本区民政管理员登记任职。"
TO_DO_FIRST = "请先在网页上修改密码或设置两步验证。"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
NULL = "送来的文字里有存不下的字符（空字符）。请去掉从别处粘来的特殊字符再试。"
NO_PERMISSION_OF_TOKEN = "这个令牌没有这项权限，或它的主人没有。"  # noqa: S105 words
CLOSED_POST = "你原来任职的{name}已于 {day} 撤销，{went}。那里的资料只供查阅，不能再改；你还没有新的任职。请联系本区民政管理员登记任职。"
NO_PERMISSION = "你的角色没有这个页面的权限。需要时请联系本区民政管理员。"


class ScopeMiddleware:
    """Runs each view in one transaction under row level security, after checking the permission its route declares.

    A view declared `in_parts` (uploads: a slow file must hold no lock and no connection) opens its transactions itself.

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
        if _holds_a_null(request):
            if _is_api(request):
                return _json(NULL, status=400)
            raise BadRequest(NULL)
        if is_non_atomic(view):
            return None
        if _is_api(request):
            _recognise_token(request)
        user = request.user if request.user.is_authenticated else None
        permission = permission_of(view)
        if user is None and permission is not Permission.PUBLIC:
            return _ask_to_sign_in(request)
        if user is not None and (page := _page_to_do_first(request, view)):
            return _json(TO_DO_FIRST, status=403) if _is_api(request) else _lead_to(request, page)
        run = _run_in_parts if runs_in_parts(view) else _run
        try:
            return run(request, user, permission, view, args, kwargs)
        except PermissionDenied as denied:
            _record_denial(request, user)  # after the rollback, so that it stays
            if _is_api(request):
                return _json(str(denied) or NO_PERMISSION, status=403)
            raise


@contextmanager
def _part(request, user, permission):
    """One transaction of a request, in which whoever is acting may do what the route declares, in the scope they have."""
    source, address = f"{request.method} {request.path}", client_address(request)
    with transaction.atomic():
        if user is None:
            set_scope(Scope(source=source, address=address))
        else:
            request.appointment = queries.enter(user, source=source, address=address)
        if permission is None or not allowed(request, permission):
            raise PermissionDenied(_refusal(request))  # the scope ends with the transaction
        yield


def _run(request, user, permission, view, args, kwargs):
    with _part(request, user, permission):
        response = view(request, *args, **kwargs)
        if hasattr(response, "render") and not response.is_rendered:
            response = response.render()  # templates and serializers read rows: they belong inside the scope
        _refuse_late_reads(response)
        if response.status_code >= 500 or getattr(response, "exception", False):
            transaction.set_rollback(True)
        return response


def _run_in_parts(request, user, permission, view, args, kwargs):
    """The permission is asked before the view looks at what was sent, and again in every part."""

    @contextmanager
    def part():
        with _part(request, user, permission):
            yield
        _lend_back()

    request.part = part
    if request.method not in {"GET", "HEAD"}:
        with part():
            pass
    response = view(request, *args, **kwargs)
    if not getattr(response, "is_rendered", True):
        raise RuntimeError("Rendered after its scope closes: render the page inside `request.part()`.")
    _refuse_late_reads(response)
    return response


def _lend_back() -> None:
    """Let another thread have this one's connection of the pool meanwhile."""
    if not connection.in_atomic_block and connection.settings_dict["OPTIONS"].get("pool"):
        connection.close()


def _refuse_late_reads(response) -> None:
    if response.streaming and not hasattr(response, "file_to_stream"):
        raise RuntimeError("A streamed response would run after its scope closes: write a file in a task.")


def _why_no_appointment(user) -> str:
    post = user and queries.closed_post(user)
    if not post:
        return NO_APPOINTMENT
    went = f"由{'、'.join(post.successors)}承接" if post.successors else "没有承接的区划"
    return CLOSED_POST.format(name=post.name, day=post.ended_on, went=went)


def _json(detail: str, *, status: int) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status, json_dumps_params={"ensure_ascii": False})


def _holds_a_null(request) -> bool:
    """No text of the database can hold U+0000, and no page wants it: refused before a query would break on it."""
    if "%00" in request.META.get("QUERY_STRING", ""):
        return True
    if request.content_type in FORMS and not _is_api(request):  # read already, for the token against forged requests
        return any("\0" in value for _, values in request.POST.lists() for value in values)
    return request.content_type == "application/json" and b"\\u0000" in request.body


def _is_api(request) -> bool:
    return request.path_info.startswith(API_PREFIX)


def _recognise_token(request) -> None:
    """Act as the user of the API key, and as nobody when the key is wrong, whatever the session says."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "token":
        return
    now = timezone.now()
    request.token = queries.token_of_key(key.strip(), now)
    request.user = request.token.user if request.token else AnonymousUser()
    request.by_token = True
    if request.token:
        note_use(token=request.token, now=now)


def _refusal(request) -> str:
    if request.appointment is None:
        return _why_no_appointment(request.user)
    return NO_PERMISSION if getattr(request, "token", None) is None else NO_PERMISSION_OF_TOKEN


def _ask_to_sign_in(request):
    """After the login people return to where they were; whoever was sending a form, to the page with the form."""
    if _is_api(request):
        answer = _json("令牌缺少、有误或已过期。用 POST /api/v1/token/ 换一个。", status=401)
        answer["WWW-Authenticate"] = "Token"
        return answer
    if request.headers.get("HX-Request"):
        back = request.headers.get("HX-Current-URL", "/")
    else:
        back = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
    page = redirect_to_login(back).url
    if reason := getattr(request, "lapsed", None):
        page += f"&why={reason}"
    return _lead_to(request, page)


def _lead_to(request, address: str):
    """To another page as a whole: a fragment must not be replaced by it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _page_to_do_first(request, view) -> str | None:
    """Where somebody is led who must first choose a new password or set up the second factor."""
    if getattr(request, "by_token", False) or is_open_while_pending(view):
        return None
    steps = request.session.get(PENDING, ())
    if request.user.must_change_password or "password" in steps or password_is_over(request, timezone.now()):
        return reverse("tenants:password")
    return reverse("tenants:second_factor") if "second_factor" in steps else None


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
