from rest_framework.permissions import BasePermission

from tenants.access import allowed
from tenants.rules import Permission


class HasAccess(BasePermission):
    """Asks again, inside the view, what `ScopeMiddleware` asked of the route, and what the method asks beyond it."""

    def has_permission(self, request, view) -> bool:
        needed = {view.access, view.access_by_method.get(request.method, view.access)}
        if needed == {Permission.PUBLIC}:
            return True
        signed_in = bool(request.user and request.user.is_authenticated)
        return signed_in and all(allowed(request._request, permission) for permission in needed)
