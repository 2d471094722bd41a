"""Every route says whom it is for. A view without a declaration is refused, and a structural test names it."""

from collections.abc import Callable
from typing import TypeVar

from tenants.rules import Permission

View = TypeVar("View", bound=Callable[..., object])


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare the permission of a view (function, or the result of `as_view()`); `ScopeMiddleware` enforces it."""

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def permission_of(view: Callable[..., object]) -> Permission | None:
    """The declared permission of a resolved view; class-based views may declare it on the class as `access`."""
    declared = getattr(view, "permission", None)
    if declared is None:
        declared = getattr(getattr(view, "cls", None) or getattr(view, "view_class", None), "access", None)
    return declared
