"""Whatever a field of a form or serializer holds: no request breaks, and what is refused is refused in words.

Each field of each surface in a request that is good but for it, sent by somebody for whom the good request is done.
"""

from itertools import cycle

import pytest

from tests.structure import walk
from tests.structure.matrix.test_fields import DONE, own_thing, route_of, send
from tests.structure.surfaces import SURFACES

# No number, endless, more than any column holds, no digit though Unicode says so, what no text can hold, no day, too long.
VALUES = ["NaN", "1e400", "9" * 400, "²²²²²²", "a\0b", "2026-99-99", "长" * 5000]
NOT_A_FIELD = {"token", "version"}  # of the form itself, not of what somebody fills in


@pytest.mark.parametrize("name", SURFACES)
def test_no_value_of_a_field_breaks_a_form(world, name):
    surface, values = SURFACES[name], cycle(VALUES)
    route = route_of(name)
    who, thing = somebody(world, name)
    good = surface.good(who, thing)
    fields = sorted({*good, *surface.columns, *surface.names} - NOT_A_FIELD)
    for _ in range(list(SURFACES).index(name) % len(VALUES)):
        next(values)
    for field, value in zip(fields, values, strict=False):
        status = send(world, who, route, surface, thing, {**surface.good(who, thing), field: value}, None)
        assert status < 500, (field, value[:12])


def somebody(world, name):
    """A person for whom the good request is done, or who may try."""
    route, surface = route_of(name), SURFACES[name]
    method = walk.writing_method(route)
    able = [who for who in world.identities if who.role and walk.allowed(who, route, method)]
    pairs = [(who, own_thing(world, who, route)) for who in able]
    done = (pair for pair in pairs if send(world, pair[0], route, surface, pair[1], surface.good(*pair), None) in DONE)
    return next(done, pairs[0])
