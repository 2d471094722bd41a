"""Each field of each form and serializer tried by each person, with every column of every table slipped in beside them.

What a form does not offer is left out or refused, whoever sends it; a row of another district is not to be had by its number
or its uuid either. Each request is a good one but for that, so that it goes all the way to the database.
"""

import re
from dataclasses import replace
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.urls import reverse

from tenants.models import RowChange
from tenants.rules import Permission, code_range, district_of, may
from tenants.scope import division_scope, opened_scope
from tests.people import SHANGCHENG
from tests.structure import smuggling, walk
from tests.structure.surfaces import NEVER_DONE, SURFACES, Surface
from tests.structure.walk import WRITING
from tests.structure.world import CITY, LIULANG, TAIZHOULU, Identity, Thing, World, facility_pk

DONE = {200, 201, 202, 204, 302}
# What writes nothing that is looked for: questions, and the note in the log of acts that somebody was refused.
HARMLESS = re.compile(
    r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|SHOW|INSERT INTO \"?tenants_act\"? |"
    r"EXECUTE happyhome_(session|user|current_appointment|set_scope|restore_scope|enter|set_reason|record_act)\b)"
)
REFUSED = 422  # what a view that answers a refusal like a success is said to have answered


def route_of(name: str):
    return WRITING[name.partition(" ")[0]]


@pytest.fixture(scope="module")
def smuggled(world) -> dict[str, str]:
    return smuggling.everything(world)


def beside(surface: Surface, smuggled: dict[str, str]) -> dict[str, str]:
    """The columns that are no fields; what a good request leaves out of the fields stays out."""
    fields = surface.columns | surface.names.keys() | {"last_day"}
    return {name: value for name, value in smuggled.items() if name not in fields}


def own_thing(world: World, who: Identity, route) -> Thing | None:
    """Something that this person sees, as far down as there is any; else something of the district, or that somebody has."""
    if not walk.takes_object(route):
        return None
    things = [thing for thing in world.of(walk.OBJECT_OF[route.key]) if thing.division_code]
    if walk.OBJECT_OF[route.key] == "Facility":  # those that have all ledgers
        things = [thing for thing in things if thing.pk == facility_pk(thing.division_code)]
    seen = [thing for thing in things if who.sees(thing)]
    seen = seen or [thing for thing in things if who.code and thing.division_code in code_range(district_of(who.code))]
    return next((thing for thing in reversed(seen) if thing.division_code % 1000), (seen or things)[-1])


def address(route, thing: Thing | None, surface: Surface) -> str:
    if thing:
        return walk.address_of(route, thing, **surface.arguments)
    return reverse(route.name, kwargs=surface.arguments) if surface.arguments else walk.plain_addresses(route)[0]


def on_whose_behalf(who: Identity, route, method: str) -> Identity:
    """A public page acts for nobody, whoever is signed in: what it writes lies where its link says."""
    is_public = walk.DECLARED[route.key][method] == Permission.PUBLIC
    return replace(who, role=None, code=None) if is_public else who


def send(world, who, route, surface, thing, values: dict, look, texts: list[str] | None = None) -> int:
    """One request with these values by the method that writes; its status. `look` sees what wrote, `texts` each answer."""
    method = walk.writing_method(route)
    content = {"data": surface.travels(values), "headers": surface.headers(thing)}
    if method != "POST" or surface.is_json or surface.content_type:
        content["content_type"] = surface.content_type or "application/json"
    elif not any(hasattr(value, "read") for value in content["data"].values()):  # as a page without a file sends it
        content |= {"data": urlencode(content["data"], doseq=True), "content_type": "application/x-www-form-urlencoded"}
    happened: list[bool] = []
    with transaction.atomic():
        arrange(who, route, surface, thing)
        statements: list[str] = []

        def note(execute, sql, params, many, context):
            statements.append(str(sql))
            return execute(sql, params, many, context)

        before, shown = smuggling.State.now(), shown_by(who, surface, thing)

        def looks(answer):
            if all(HARMLESS.match(one) for one in statements):
                return
            if surface.writes:
                with opened_scope(division_scope(CITY)):
                    happened.append(surface.writes in {change.table_name for change in smuggling.changes_since(before)})
            elif surface.shows:
                happened.append(shown_by(who, surface, thing) != shown)
            if look:
                look(answer, before)

        with connection.execute_wrapper(note):
            answer = world.ask(who, method, address(route, thing, surface), look=looks, **content)
        transaction.set_rollback(True)
    if texts is not None:
        texts.append(answer.content.decode())
    told = surface.writes or surface.shows
    return REFUSED if answer.status_code in DONE and told and not any(happened) else answer.status_code


def shown_by(who, surface, thing) -> object:
    with opened_scope(division_scope(CITY)):
        return surface.shows(who, thing) if surface.shows else None


def arrange(who, route, surface, thing: Thing | None) -> None:
    with opened_scope(division_scope(CITY)):
        if callable(surface.arranged):
            surface.arranged(who, thing)
        elif surface.arranged and thing:
            found = model_of(walk.OBJECT_OF[route.key])._base_manager.filter(pk=thing.pk)
            found.update(**surface.arranged)


def model_of(name: str):
    return next(model for model in apps.get_models() if model.__name__ == name)


def _answered(world, who, route, surface, thing, values: dict) -> tuple[int, str]:
    texts: list[str] = []
    status = send(world, who, route, surface, thing, values, None, texts)
    return status, "".join(texts)


def test_a_row_that_names_one_of_another_district_is_noticed(world):
    """Whatever its number is: no mark of the values that are sent would tell."""
    who = next(who for who in world.identities if who.code == TAIZHOULU)
    here, there = (
        next(one.pk for one in world.of("Fund") if one.division_code == code) for code in (TAIZHOULU, LIULANG)
    )
    written = {"table_name": "partners_payment", "division_code": TAIZHOULU, "operation": RowChange.Operation.INSERT}
    with opened_scope(division_scope(CITY)):
        assert smuggling.in_row(who, RowChange(**written, after={"fund_id": here}), set(), {}) == []
        told = smuggling.in_row(who, RowChange(**written, after={"fund_id": there}), set(), {})
    assert told == ["partners_payment.fund_id names a row elsewhere"]


@pytest.mark.parametrize("name", SURFACES)
def test_nothing_can_be_slipped_in_beside_the_fields(world, smuggled, name):
    """A good request of every person with every column of every table in it: what is no field has no effect."""
    route, surface, statuses = route_of(name), SURFACES[name], {}
    allowed = set(surface.columns)
    for who in world.identities:
        thing = own_thing(world, who, route)
        method = walk.writing_method(route)
        good = surface.good(who, thing) if walk.allowed(who, route, method) else {}
        found: list[str] = []
        writer = on_whose_behalf(who, route, method)

        def look(answer, before, who=writer, found=found):
            found += smuggling.found_in(who, before, allowed, smuggled)

        statuses[who.name] = send(world, who, route, surface, thing, {**beside(surface, smuggled), **good}, look)
        assert statuses[who.name] < 500, who.name
        assert found == [], (who.name, statuses[who.name])
        if not walk.allowed(who, route, method) or not (surface.needs is None or may(who.role, surface.needs)):
            to_the_login = statuses[who.name] == 302 and not who.signed_in
            assert to_the_login or statuses[who.name] not in DONE, who.name
    if name not in NEVER_DONE:
        people = [who for who in world.identities if who.role and walk.allowed(who, route, method)]
        assert DONE & {statuses[who.name] for who in people}, ("a good request is done for somebody", statuses)


def test_the_api_names_each_column_that_is_no_field(world, smuggled):
    """One at a time: 400 with the name, and nothing is written."""
    key, method = "api:facility-basics", "PATCH"
    route, surface = WRITING[key], SURFACES[key]
    who = next(who for who in world.identities if who.role and walk.allowed(who, route, method))
    thing, found = own_thing(world, who, route), []
    good = surface.good(who, thing)
    names = sorted(smuggled.keys() - surface.columns - {"reason"})
    assert len(names) > 100
    for name in names:
        status, text = _answered(world, who, route, surface, thing, {**good, name: smuggled[name]})
        assert (status, name in text) == (400, True), name
    send(
        world,
        who,
        route,
        surface,
        thing,
        {**smuggled, **good},
        lambda answer, before: found.extend(smuggling.found_in(who, before, set(), {})),
    )
    assert found == []


FOREIGN = [(key, name) for key, surface in SURFACES.items() for name in surface.names]


@pytest.mark.parametrize(("key", "name"), FOREIGN, ids=lambda value: value)
def test_a_row_of_another_district_is_not_to_be_had_by_its_number_or_uuid(world, key, name):
    """The good request is done; with the number or the uuid of a row elsewhere in one field it is refused."""
    route, surface = route_of(key), SURFACES[key]
    method = walk.writing_method(route)
    done = 0
    for who in world.identities:
        if not who.role or not walk.allowed(who, route, method) or (who.codes and LIULANG in who.codes):
            continue
        thing = own_thing(world, who, route)
        if thing and not who.sees(thing):
            continue
        done += send(world, who, route, surface, thing, surface.good(who, thing), None) in DONE
        for value in _elsewhere(world, surface.names[name]):
            found: list[str] = []

            def look(answer, before, who=who, found=found):
                found += smuggling.found_in(who, before, set(), {})

            status = send(world, who, route, surface, thing, {**surface.good(who, thing), name: value}, look)
            assert (status in DONE, found) == (False, []), (who.name, value, status)
    assert done or key in NEVER_DONE


def _elsewhere(world: World, model: str) -> list[str]:
    """How somebody may name a row of 柳浪 in 上城: by number, by uuid, by code; and one that never was."""
    if model == "Division":
        return [str(LIULANG), str(LIULANG // 10**6 * 10**6), "330199999999", str(CITY)]
    rows = [(thing.pk, thing.uuid) for thing in world.of(model) if thing.division_code == LIULANG]
    rows = rows or [(thing.pk, thing.uuid) for thing in world.of(model) if thing.division_code == SHANGCHENG]
    if not rows:  # of a model without a uuid
        with opened_scope(division_scope(CITY)):
            found = model_of(model)._base_manager.filter(division_code=LIULANG).values_list("pk", flat=True)
            rows = [(pk, uuid4()) for pk in found]
    assert rows, model
    return [str(rows[0][0]), str(rows[0][1]), str(uuid4()), "0"]
