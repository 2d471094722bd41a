"""Every route to an object × method × person × {own, child, above, siblings, another assessor's, deleted, never existed}.

What lies outside a person's scope answers byte for byte like what never existed.
"""

import pytest

from tests.structure import walk
from tests.structure.walk import ROUTES, answer_of, leaks, name_in, said
from tests.structure.world import KEPT_FOR_GOOD, Thing

OBJECT_ROUTES = [route for route in ROUTES if walk.takes_object(route)]
# Nobody deletes there; the files of the world's exports are of people who do not ask, and none of those who ask was sent on
# a visit (tests/assessments/test_blind.py).
NEVER_FOUND = {"admin:facilities_facility_delete", "tenants:export", "assessments:my_visit"}


@pytest.mark.parametrize("route", OBJECT_ROUTES, ids=lambda route: route.key)
def test_what_lies_outside_answers_like_what_never_existed(world, route):
    """Byte for byte, and by the same statements to the database: neither the words nor the time tell what exists."""
    model, found = walk.OBJECT_OF[route.key], 0
    for who in world.identities:
        things = walk.by_relation(world, who, model)
        never = things.pop("never existed")
        assert "deleted" in things or model in KEPT_FOR_GOOD, model
        for method in walk.methods_to_ask(world, who, route):
            if not walk.allowed(who, route, method):
                answer = answer_of(world, who, method, walk.address_of(route, next(iter(things.values()))))
                assert walk.behind_the_door(world, who, route, method, answer), (who.name, method, answer)
                assert leaks(world, who, answer) == [], (who.name, method)
                continue
            nothing = answer_of(world, who, method, walk.address_of(route, never))
            assert nothing.status < 500, (who.name, method)
            for relation, thing in _worth_asking(things, route, method):
                answer = answer_of(world, who, method, walk.address_of(route, thing))
                assert answer.status < 500, (who.name, method, relation)
                if who.sees(thing):
                    closed = method in walk.DECLARED[route.key] and answer.status in {401, 403, 404}
                    assert not closed or route.path.startswith("admin/"), (who.name, method, relation, answer.status)
                    found += method in walk.DECLARED[route.key]
                else:
                    assert said(answer, name_in(route, thing)) == said(nothing, name_in(route, never)), (
                        who.name, method, relation, answer.status,
                    )  # fmt: skip
                    assert answer.statements == nothing.statements, (who.name, method, relation)
                assert leaks(world, who, answer) == [], (who.name, method, relation)
    assert found or route.key in NEVER_FOUND, "somebody must find something, or nothing is compared"


def _worth_asking(things: dict[str, Thing], route, method: str):
    """All relations where the object is looked at; by a method that is not answered, one."""
    return list(things.items()) if method in walk.DECLARED[route.key] else list(things.items())[:1]


def test_every_tab_of_a_foreign_facility_is_closed_and_of_an_own_one_clean(world):
    from portal.views.facility import TABS

    route = next(route for route in OBJECT_ROUTES if route.name == "portal:facility_tab")
    for who in world.identities:
        if not walk.allowed(who, route, "GET"):
            continue
        things = list(walk.by_relation(world, who, "Facility").values())
        own, foreign = [t for t in things if who.sees(t)], [t for t in things if not who.sees(t)]
        for thing in own[:1] + foreign:
            for tab in TABS:
                answer = answer_of(world, who, "GET", walk.address_of(route, thing, tab=tab))
                assert leaks(world, who, answer) == [], (who.name, tab)
                assert who.sees(thing) or answer.status == 404, (who.name, tab)
