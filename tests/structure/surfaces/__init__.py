"""All surfaces by the route, or by the route and, after a space, which of its forms or acts it is."""

from tests.structure.surfaces import money, partners, registry, year, year_checks, year_directory
from tests.structure.surfaces.base import Surface

__all__ = ["NEVER_DONE", "SURFACES", "Surface"]

PARTS = (registry, money, year, year_checks, year_directory, partners)
SURFACES: dict[str, Surface] = {name: surface for part in PARTS for name, surface in part.SURFACES.items()}
# There is no such successor; and the API refuses a request as a whole that has more than the fields.
# Of the survey nobody here has the token.
NEVER_DONE = {"tenants:staff_hand_over", "api:facility-basics", "engagement:answer"}
