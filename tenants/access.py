"""Every route says whom it is for. A view without a declaration is refused, and a structural test names it."""

from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

from tenants.rules import Permission, may

View = TypeVar("View", bound=Callable[..., object])


def requires(
    permission: Permission, *, non_atomic: bool = False, in_parts: bool = False, while_pending: bool = False
) -> Callable[[View], View]:
    """Declare the permission of a view (function, or the result of `as_view()`); `ScopeMiddleware` enforces it.

    `non_atomic` is for views whose writes must outlive a refusal (login): they run without transaction and scope.
    `in_parts` is for views that look at an uploaded file, which can take long: they touch the database only inside
    `with request.part():`, each a transaction of its own with the permission asked and the scope set anew.
    `while_pending` is for the pages on which somebody does what they must do before anything else: a new password, the
    second factor.
    """

    if non_atomic and permission is not Permission.PUBLIC:
        raise ValueError("Permissions are checked inside the transaction: a view outside it is public.")

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        view.non_atomic = non_atomic  # type: ignore[attr-defined]
        view.in_parts = in_parts  # type: ignore[attr-defined]
        view.while_pending = while_pending  # type: ignore[attr-defined]
        return view

    return declare


def permission_of(view: Callable[..., object]) -> Permission | None:
    """The declared permission of a resolved view; class-based views may declare it on the class as `access`."""
    return getattr(view, "permission", None) or getattr(_class_of(view), "access", None)


def is_non_atomic(view: Callable[..., object]) -> bool:
    return bool(getattr(view, "non_atomic", False) or getattr(_class_of(view), "non_atomic", False))


def runs_in_parts(view: Callable[..., object]) -> bool:
    return bool(getattr(view, "in_parts", False))


def is_open_while_pending(view: Callable[..., object]) -> bool:
    return bool(getattr(view, "while_pending", False))


def allowed(request, permission: Permission) -> bool:
    """Whether whoever asks may: their role, and where they came with an API token, what that token was made for."""
    role = request.appointment and request.appointment.role
    token = getattr(request, "token", None)
    free = {Permission.PUBLIC, Permission.SIGNED_IN}
    within = token is None or token.permissions is None or permission in free or permission in token.permissions
    return within and may(role, permission)


def _class_of(view: Callable[..., object]) -> type | None:
    return getattr(view, "cls", None) or getattr(view, "view_class", None)


def client_address(request) -> str:
    """The address a request came from. Behind our proxy it is the last entry of X-Forwarded-For: the one the proxy wrote."""
    if settings.BEHIND_PROXY and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR", "")):
        return forwarded.rsplit(",", 1)[-1].strip()
    return request.META.get("REMOTE_ADDR", "")
