"""All surfaces by the route, or by the route and, after a space, which of its forms or acts it is."""

from tests.structure.surfaces import money, partners, registry, year
from tests.structure.surfaces.base import Surface

__all__ = ["NEVER_DONE", "SURFACES", "Surface"]

SURFACES: dict[str, Surface] = {**registry.SURFACES, **money.SURFACES, **year.SURFACES, **partners.SURFACES}
# There is no such successor; and the API refuses a request as a whole that has more than the fields.
# Of the survey nobody here has the token.
NEVER_DONE = {"tenants:staff_hand_over", "api:facility-basics", "engagement:answer"}
