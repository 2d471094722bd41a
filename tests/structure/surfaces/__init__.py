"""All surfaces by the route, or by the route and, after a space, which of its forms or acts it is."""

from importlib import import_module
from pkgutil import iter_modules

from tests.structure.surfaces.base import Surface

__all__ = ["NEVER_DONE", "SURFACES", "Surface"]

PARTS = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__) if module.name != "base"]
SURFACES: dict[str, Surface] = {name: one for module in PARTS for name, one in module.SURFACES.items()}
assert len(SURFACES) == sum(len(module.SURFACES) for module in PARTS), "a surface is named twice"
# Nobody else vouches for logins here; and the API refuses a request as a whole that has more than the fields.
NEVER_DONE = {"tenants:staff_identity", "api:facility-basics"}
