"""An object of another kind, from elsewhere, answers byte for byte like what never existed.

Each route that takes a uuid is asked for an object of every model that has one, so a new route and a new model are covered
the day they land.
"""

from fnmatch import fnmatch

import pytest

from tests.structure import walk
from tests.structure.walk import ROUTES, answer_of, said
from tests.structure.world import NEVER, TAIZHOULU

OBJECT_ROUTES = [route for route in ROUTES if route.uuids]
# They have every right except on the object: the admin of the other district, and somebody of the neighbouring street.
OUTSIDERS = ["admin of 上城", "reviewer of 湖墅"]

# Routes that name their object otherwise than by uuid, and why the tests below need not ask them.
ELSEWHERE = {
    "tenants:export_new": "names a kind of list, no object",
    "engagement:*": "names a ledger of one's own, or a public form by a random key",
    "portal:lifecycle_next": "names a kind of decision, no object",
    "assessments:public_*": "published, for everybody",
    "partners:money_start": "names a kind of form, no object",
    "partners:apply": "found by a signed key: tests/partners/test_pages.py",
    "admin:*": "looked at in tests/tenants/test_admin.py",
    "api:division": "public data",
    "tenants:sso_*": "names a way to sign in, no object",
    "tenants:invitation": "found by a random key: tests/tenants/staff/test_invitations.py",
    "standards:document": "public data",
    "standards:clause": "public data",
    "standards:version": "public data",
    "standards:reading": "an entry of the public register; rulings beside it: tests/standards/test_pages.py",
    "standards:rule": "an entry of the public register; who may rule: tests/standards/test_pages.py",
    "api:document": "public data",
    "api:standard*": "public data",
    "standards:*": "documents, clauses and readings are public; the rulings shown with them are isolated rows",
    "api:catalogue*": "public data",
}


def test_every_route_to_an_object_is_covered():
    others = [str(route) for route in ROUTES if route.arguments and not route.uuids]
    assert [name for name in others if not any(fnmatch(name, known) for known in ELSEWHERE)] == []


def kinds_at(world, code: int) -> list:
    """One object of every kind at a place."""
    return list({thing.model: thing for thing in world.things if thing.division_code == code}.values())


@pytest.mark.parametrize("route", OBJECT_ROUTES, ids=str)
def test_an_object_of_any_kind_from_elsewhere_answers_like_one_that_never_existed(world, route):
    """The outsiders take turns, and so do the methods."""
    people = [next(who for who in world.identities if who.name == name) for name in OUTSIDERS]
    methods, nothing = sorted(walk.DECLARED[route.key]), {}
    kinds = kinds_at(world, TAIZHOULU)
    assert len(kinds) > 10
    for turn, thing in enumerate(kinds, ROUTES.index(route)):
        who, method = people[turn % 2], methods[turn // 2 % len(methods)]
        if (who.name, method) not in nothing:
            never = answer_of(world, who, method, route.address(NEVER))
            nothing[who.name, method] = (said(never, str(NEVER)), never.statements)
        answer = answer_of(world, who, method, route.address(thing.uuid))
        seen = (said(answer, str(thing.uuid)), answer.statements)
        assert seen == nothing[who.name, method], (who.name, method, thing.model)
