"""Every route without an object × method × person: nothing from outside a person's scope reaches them.

Routes to objects are in test_objects.py: two files, so that two processes share the work.
"""

from difflib import unified_diff

import pytest
from django.db import transaction

from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry
from tests.structure import walk
from tests.structure.canaries import fields_for_words
from tests.structure.walk import METHODS, ROUTES, answer_of, leaks, said
from tests.structure.world import PLACES, XIAWAN, facility_pk

OTHER_ROUTES = [route for route in ROUTES if not walk.takes_object(route)]
OF_TENANTS = {"Facility", "Run", "ImportBatch", "Act", "RowChange", "AuditCheck", "InterpretationRuling"}
NOT_READY = "readyz"  # 503 while no worker runs, which is what it is for


def test_every_free_text_of_every_tenant_carries_a_word(world):
    planted = {canary.what for canary in world.canaries.planted.values()}
    assert fields_for_words() - planted == set()
    assert {canary.code for canary in world.canaries.planted.values()} == set(PLACES)


def test_enough_people_ask(world):
    assert len(world.identities) >= 14
    assert {who.role for who in world.identities} == {*Role, None}


def test_every_pair_is_asked(world):
    """Each route by each method, each person by each method, and each person at each route."""
    pairs, asked = set(), {"route": set(), "person": set()}
    for route in ROUTES:
        for who in world.identities:
            for method in walk.methods_to_ask(world, who, route):
                pairs.add((route.key, who.name))
                asked["route"].add((route.key, method))
                asked["person"].add((who.name, method))
    assert len(pairs) == len({route.key for route in ROUTES}) * len(world.identities)
    assert asked["person"] == {(who.name, method) for who in world.identities for method in METHODS}
    missing = {(route.key, method) for route in ROUTES for method in METHODS} - asked["route"]
    assert missing == set()


@pytest.mark.parametrize("route", OTHER_ROUTES, ids=lambda route: route.key)
def test_no_word_leaves_its_scope(world, route):
    """Pages, fragments, files, exports, lists and searches, for everybody and by every method."""
    found = []
    for who in world.identities:
        for method in walk.methods_to_ask(world, who, route):
            door_open = walk.allowed(who, route, method)
            addresses = walk.plain_addresses(route)
            for address in addresses if method == "GET" and door_open else addresses[:1]:
                answer = answer_of(world, who, method, address)
                assert answer.status < 500 or route.name == NOT_READY, (who.name, method, address)
                assert door_open or walk.behind_the_door(world, who, route, method, answer), (who.name, method, answer)
                found += [(who.name, method, address, canary) for canary in leaks(world, who, answer)]
    assert found == []


def differing(one: str, other: str) -> list[str]:
    """The lines in which two answers differ, for the message of a failure."""
    return [line[:300] for line in unified_diff(one.splitlines(), other.splitlines(), n=0, lineterm="")]


def test_what_happens_elsewhere_changes_nothing_here(world):
    """Counts, totals of pages, choices, maps: answers stay the same, byte for byte, when another place gets a facility."""
    routes = [
        route for route in OTHER_ROUTES if walk.OBJECT_OF[route.key] in OF_TENANTS and "GET" in walk.DECLARED[route.key]
    ]
    asked = [
        (who, address)
        for who in world.identities
        for route in routes
        for address in walk.plain_addresses(route)[:2]
        if who.role and walk.allowed(who, route, "GET")
        if not (who.codes and XIAWAN in who.codes) and facility_pk(XIAWAN) not in who.grants
    ]
    before = [said(answer_of(world, who, "GET", address)) for who, address in asked]
    with transaction.atomic():
        with opened_scope(division_scope(XIAWAN)):
            registry.facility(60, code=XIAWAN)
        for (who, address), said_before in zip(asked, before, strict=True):
            said_now = said(answer_of(world, who, "GET", address))
            assert said_now == said_before, (who.name, address, differing(said_before[1], said_now[1]))
        transaction.set_rollback(True)


def test_the_api_counts_what_a_person_sees_and_no_more(world):
    facilities = world.of("Facility")
    route = next(route for route in OTHER_ROUTES if route.name == "api:facilities")
    for who in world.identities:
        if walk.allowed(who, route, "GET"):
            counted = world.ask(who, "GET", "/api/v1/facilities/?page_size=1").json()["count"]
            assert counted == sum(who.sees(thing) for thing in facilities), who.name


SEARCHES = [
    "/facilities/?q={}", "/facilities/export/?q={}", "/api/v1/facilities/?q={}", "/imports/?q={}", "/acts/?q={}",
    "/acts/export/?format=csv&q={}", "/audit/changes/?q={}", "/audit/changes/export/?format=csv&q={}",
    "/admin/facilities/facility/?q={}",
]  # fmt: skip


@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_for_a_foreign_word_finds_as_much_as_one_for_no_word(world, search):
    for who in world.identities:
        if not who.role or world.ask(who, "GET", search.format("")).status_code != 200:
            continue
        foreign = [w for w, c in world.canaries.planted.items() if not c.is_for(who.codes, who.grants)]
        asked = {w for w in foreign if world.canaries.planted[w].what in {
            "Facility.name", "Facility.code", "Facility.address", "ImportBatch.file_name", "Act.subject", "Act.reason",
            "RowChange.reason", "User.display_name",
        }}  # fmt: skip
        nothing = said(answer_of(world, who, "GET", search.format("qz99999x")), "qz99999x")
        for word in sorted(asked)[:3] + sorted(asked)[-3:]:
            assert said(answer_of(world, who, "GET", search.format(word)), word) == nothing, (who.name, word)
