"""Every route answers the methods that docs/access.csv declares, and no other."""

import pytest

from tests.structure import walk
from tests.structure.walk import DECLARED, METHODS, ROUTES


@pytest.mark.parametrize("method", METHODS)
def test_the_declared_methods_are_those_that_are_answered(world, method):
    """Everything else is 405, for somebody with the permission. The admin of Django answers methods as it likes."""
    people = {who.name: who for who in world.identities}
    wrong = []
    for route in ROUTES:
        if route.path.startswith("admin/"):
            continue
        who = next((who for who in people.values() if walk.allowed(who, route, method) and not who.by_token), None)
        assert who, f"nobody may use {route}"
        address = walk.address_of(route, world.of("Facility")[-1]) if route.uuids else walk.plain_addresses(route)[0]
        answered = world.ask(who, method, address).status_code != 405
        if answered is not (method in DECLARED[route.key]):
            wrong.append((route.key, "answered" if answered else "refused"))
    assert wrong == []
