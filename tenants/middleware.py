"""Opens the transaction of a request and sets the scope of whoever is acting."""

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction

from tenants import queries
from tenants.access import permission_of
from tenants.rules import Permission, may
from tenants.scope import Scope, set_scope


class ScopeMiddleware:
    """Runs each view in one transaction under row level security, after checking the permission its route declares.

    A view marked `non_atomic = True` (login: its failure count must outlive the failure) runs outside it and sees no
    tenant rows.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if getattr(view, "non_atomic", False):
            return None
        permission = permission_of(view)
        user = request.user if request.user.is_authenticated else None
        with transaction.atomic():
            appointment = queries.current_appointment(user) if user else None
            request.appointment = appointment
            if permission is not Permission.PUBLIC:
                if user is None and not _is_api(request):
                    return redirect_to_login(request.get_full_path())
                if user is not None and (permission is None or not may(appointment and appointment.role, permission)):
                    raise PermissionDenied("你的角色没有这个页面的权限。需要时请联系本区管理员。")
            set_scope(queries.scope_of(appointment) if appointment else Scope(user_id=user and user.pk))
            response = view(request, *args, **kwargs)
            if hasattr(response, "render") and not response.is_rendered:
                response.render()  # templates and serializers read rows: they belong inside the scope
            if response.streaming and not hasattr(response, "file_to_stream"):
                raise RuntimeError("A streamed response would run after its scope closes: write a file in a task.")
            if response.status_code >= 500 or getattr(response, "exception", False):
                transaction.set_rollback(True)
            return response


def _is_api(request) -> bool:
    return request.path_info.startswith("/api/")
