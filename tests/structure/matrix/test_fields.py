"""Each field of each form and serializer tried by each person, with every column of every table slipped in beside them.

What a form does not offer is left out or refused, whoever sends it; a row of another district is not to be had by its number
or its uuid either. Each request is a good one but for that, so that it goes all the way to the database.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from engagement.models import Activity
from facilities.models import Decision, Facility, Operator, QuarterlyReturn, ReturnComment, Site, Space
from partners.models import ResidentProject, RunBy
from tenants.audit_export import as_xlsx
from tenants.scope import division_scope, opened_scope
from tests.structure import smuggling, walk
from tests.structure.walk import ROUTES
from tests.structure.world import CITY, LIULANG, TAIZHOULU, Identity, Thing, World, facility_pk

MODELS = {model.__name__: model for model in (Decision, QuarterlyReturn, ReturnComment)}
WRITES = {"POST", "PATCH", "PUT", "DELETE"}
WRITING = [route for route in ROUTES if WRITES & set(walk.DECLARED[route.key])]
DONE = {200, 201, 202, 204, 302}
DAY = "2026-03-01"


@dataclass(frozen=True)
class Surface:
    """A form or serializer: a good request of it, the columns it may set, and the fields that name other rows.

    good(person, object): the values. `names`: field → the model whose rows it takes.
    """

    good: Callable[[Identity, Thing | None], dict]
    columns: frozenset[str] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    is_json: bool = False
    headers: Callable[[Thing | None], dict] = lambda thing: {}
    arranged: dict = field(default_factory=dict)  # how the object stands before the request, and not afterwards


def version_of(model, pk: int) -> int:
    with opened_scope(division_scope(CITY)):
        return model.objects.values_list("version", flat=True).get(pk=pk)


def site_of(facility_id: int) -> int:
    with opened_scope(division_scope(CITY)):
        return Site.objects.filter(facility_id=facility_id).values_list("pk", flat=True)[0]


def edited(model, **values) -> Callable:
    def good(who, thing):
        version = version_of(model, thing.pk) if model else 0
        reason = {"reason": "改正"} if model else {}
        made = {name: value(thing) if callable(value) else value for name, value in values.items()}
        return {"token": str(uuid4()), "version": version, **reason, **made}

    return good


SITE = {"name": "新点位", "starts_on": DAY, "address": "新址"}
SITE_FIELDS = frozenset(SITE) | {"floor_area_m2", "area_document", "longitude", "latitude", "ends_on"}
SPACE = {"name": "新空间", "starts_on": DAY, "used_by": "public", "site": lambda thing: site_of(thing.facility_id)}
SPACE_FIELDS = frozenset(SPACE) | {
    "site_id", "usable_area_m2", "floor_area_m2", "is_open_24h", "is_multifunction", "ends_on",
}  # fmt: skip
PROJECT = {"name": "新项目", "starts_on": DAY, "run_by": RunBy.values[0]}
PROJECT_FIELDS = frozenset(PROJECT) | {
    "partner", "partner_id", "space", "space_id", "item_number", "fee_nature", "serves_elders", "serves_children",
    "ends_on",
}  # fmt: skip
BASICS = {"name", "address", "premises_form", "region_type", "hub_street", "city_type", "city_form", "nil_ledgers"}
PERSON = {"name": "张三", "phone": "13812340000", "position": "负责人"}
RULES = ("check_days", "plan_days", "mend_days", "failures", "failure_months")
SEALED = frozenset({"name", "phone", "position"})


ACTIVITY = {"name": "新活动", "held_on": DAY, "kind": "other", "target_group": "everybody", "sessions": 1}
ACTIVITY_FIELDS = frozenset(ACTIVITY) | {"item_number", "head_count", "partner", "partner_id", "remark"}
DECISION = {"effective_on": "2026-11-22", "reason": "测试", "document": "会议纪要"}
DECISION_FIELDS = frozenset(DECISION) | {"answers", "grounds"}  # the answers are what the form's own fields said
NEW_FACILITY_FIELDS = DECISION_FIELDS | BASICS | SITE_FIELDS | {"construction_type", "lifecycle"}
SUBMITTED = {"state": "submitted", "submitted_by": None, "checked_by": None, "accepted_by": None}


def because(who, thing) -> dict:
    return {"reason": "岗位调整"}


OPERATOR = {"kind": "person", "name": "新运营人", "agreement": "任命书 3", "starts_on": DAY}
OPERATOR_FIELDS = (*OPERATOR, "ends_on")


def new_facility(who, thing) -> dict:
    place = who.code if who.code % 1000 else TAIZHOULU if who.code and TAIZHOULU in who.codes else LIULANG
    told = {
        "name": "新设施",
        "community": place,
        "construction_type": "integrated",
        "site": "主楼",
        "lifecycle": "planned",
    }
    return {"token": str(uuid4()), "version": 0, **told, **DECISION}


def elsewhere(field: str, **more) -> Callable:
    """A good request of a list, in which one row of 柳浪 is named beside the own ones."""

    def good(who, thing):
        with opened_scope(division_scope(CITY)):
            uuids = QuarterlyReturn.objects.order_by("pk").values_list("division_code", "uuid")
            chosen = [str(uuid) for code, uuid in uuids if code == LIULANG or (who.codes and code in who.codes)]
        return {field: chosen if field == "uuid" else chosen[0], **more}

    return good


SURFACES = {
    "facilities:edit": Surface(edited(Facility, name="新名称", address="新址"), frozenset(BASICS)),
    "facilities:site_add": Surface(edited(None, **SITE), SITE_FIELDS),
    "facilities:site_edit": Surface(edited(Site, **SITE), SITE_FIELDS),
    "facilities:space_add": Surface(edited(None, **SPACE), SPACE_FIELDS, {"site": "Site"}),
    "facilities:space_edit": Surface(
        edited(Space, **SPACE), SPACE_FIELDS, {"site": "Site"}
    ),
    "facilities:operator_add": Surface(edited(None, **OPERATOR), frozenset(OPERATOR_FIELDS)),
    "facilities:operator_edit": Surface(edited(Operator, **OPERATOR), frozenset(OPERATOR_FIELDS)),
    "partners:project_add": Surface(
        edited(None, **PROJECT), PROJECT_FIELDS, {"partner": "Partner", "space": "Space"}
    ),
    "partners:project_edit": Surface(
        edited(ResidentProject, **PROJECT), PROJECT_FIELDS, {"partner": "Partner", "space": "Space"}
    ),
    "facilities:contact_add": Surface(lambda who, thing: dict(PERSON), SEALED),
    "partners:contact_add": Surface(lambda who, thing: dict(PERSON), SEALED),
    "facilities:attachment_remove": Surface(because, frozenset({"removed_reason"})),
    "facilities:imports": Surface(
        lambda who, thing: {"file": SimpleUploadedFile("台账.xlsx", as_xlsx("设施", ("名称",), [("新设施",)]))}
    ),
    "assessments:start": Surface(lambda who, thing: {"quarter": "2026-Q3", "based_on": 1, "reason": "数据补齐"}),
    "api:runs": Surface(
        lambda who, thing: {"quarter": "2026-Q3", "based_on": 1, "reason": "数据补齐", "rerun": True},
        names={"district": "Division"},
        is_json=True,
    ),
    "api:facility-basics": Surface(
        lambda who, thing: {"name": "新名称"},
        frozenset(BASICS),
        is_json=True,
        headers=lambda thing: {"If-Match": f'"{version_of(Facility, thing.pk)}"'},
    ),
    "standards:rule": Surface(
        lambda who, thing: {"option": "items_33", "effective_from": "2026-12-01", "reason": "会议纪要"},
        frozenset({"option", "effective_from", "reason"}),
    ),
    "tenants:staff_invite": Surface(
        lambda who, thing: {
            "username": "newcomer", "display_name": "新人", "role": "community_reporter", "division": who.code,
            "starts_on": DAY,
        },
        names={"division": "Division"},
    ),
    "tenants:staff_appoint": Surface(
        lambda who, thing: {"role": "street_clerk", "division": who.code, "starts_on": DAY},
        names={"division": "Division"},
    ),
    "tenants:staff_hand_over": Surface(
        lambda who, thing: {"successor": str(uuid4()), "on": DAY, "reason": "岗位调整"}, names={"successor": "User"}
    ),
    "tenants:staff_state": Surface(because),
    "tenants:staff_link": Surface(because),
    "tenants:staff_second_factor": Surface(because),
    "tenants:staff_unlock": Surface(because),
    "tenants:staff_release": Surface(because),
    "tenants:staff_identity_check": Surface(because),
    "tenants:security": Surface(
        lambda who, thing: {
            "roles": "street_clerk", "max_age_days": 60, "idle_minutes": 10, "starts_on": "2026-11-22",
            "reason": "年度要求",
        },
        frozenset({"second_factor_roles", "password_max_age_days", "idle_minutes", "starts_on", "ends_on"}),
    ),
    "engagement:add": Surface(edited(None, **ACTIVITY), ACTIVITY_FIELDS, {"partner": "Partner"}),
    "engagement:edit": Surface(edited(Activity, **ACTIVITY), ACTIVITY_FIELDS, {"partner": "Partner"}),
    "engagement:week": Surface(
        lambda who, thing: {"monday": "2026-11-16", "visits-2026-11-16": "12", "hours-2026-11-17": "8.5"}
    ),
    "engagement:answer": Surface(lambda who, thing: {"choice": "5"}),
    "portal:lifecycle_new": Surface(
        new_facility, NEW_FACILITY_FIELDS, {"community": "Division", "covered": "Division"}
    ),
    "portal:lifecycle_start": Surface(edited(None, **DECISION), DECISION_FIELDS),
    "portal:decision_act": Surface(
        lambda who, thing: {"act": "abandon"}, arranged={"state": "proposed"}
    ),
    "portal:return_save": Surface(
        lambda who, thing: {"edits": '[["return|remarks|text", "", "都核对过"]]', "serial": "0"},
        frozenset({"remarks"}),
        arranged={"state": "open", "remarks": ""},
    ),
    "portal:return_panel": Surface(lambda who, thing: {}, arranged={"state": "open"}),
    "portal:return_check": Surface(lambda who, thing: {"declared": "on"}, arranged={"state": "open"}),
    "portal:return_withdraw": Surface(lambda who, thing: {}, arranged=SUBMITTED),
    "portal:return_correct": Surface(
        because, frozenset({"reason"}), arranged={**SUBMITTED, "state": "accepted", "accepted_at": datetime(2026, 11, 1, tzinfo=UTC)}
    ),
    "portal:return_comment": Surface(
        lambda who, thing: {"cell": "site|n1|name", "text": "面积不对"},
        frozenset({"sheet", "row_key", "column", "label", "text"}),
        arranged=SUBMITTED,
    ),
    "portal:return_decide": Surface(
        lambda who, thing: {"act": "return", "reason": "面积不对"}, frozenset({"reason"}), arranged=SUBMITTED
    ),
    "portal:return_settle": Surface(lambda who, thing: {}, arranged={"settled_at": None, "settled_by": None}),
    "portal:returns_decide": Surface(elsewhere("uuid")),
    "portal:returns_choose": Surface(
        elsewhere("return-0", **{"rows": "1", "use-0": "file", "edits-0": '[["return", "remarks", "text", "", "新"]]'})
    ),
    "assessments:follow_up_rules": Surface(
        lambda who, thing: {**dict.fromkeys(RULES, 5), "starts_on": "2099-01-01", "basis": "会议纪要"},
        frozenset({*RULES, "starts_on", "ends_on", "basis"}),
    ),
    "tenants:tokens": Surface(lambda who, thing: {"name": "大屏", "days": "1", "permissions": "view_standards"}),
}  # fmt: skip
# There is no such successor; and the API refuses a request as a whole that has more than the fields.
# Of the survey nobody here has the token.
NEVER_DONE = {"tenants:staff_hand_over", "api:facility-basics", "engagement:answer"}


@pytest.fixture(scope="module")
def smuggled(world) -> dict[str, str]:
    return smuggling.everything(world)


def beside(surface: Surface, smuggled: dict[str, str]) -> dict[str, str]:
    """The columns that are no fields; what a good request leaves out of the fields stays out."""
    fields = surface.columns | surface.names.keys() | {"last_day"}
    return {name: value for name, value in smuggled.items() if name not in fields}


def own_thing(world: World, who: Identity, route) -> Thing | None:
    """Something that this person sees, as far down as there is any; else something that somebody has."""
    if not walk.takes_object(route):
        return None
    things = [thing for thing in world.of(walk.OBJECT_OF[route.key]) if thing.division_code]
    if walk.OBJECT_OF[route.key] == "Facility":  # those that have all ledgers
        things = [thing for thing in things if thing.pk == facility_pk(thing.division_code)]
    seen = [thing for thing in things if who.sees(thing)]
    return next((thing for thing in reversed(seen) if thing.division_code % 1000), (seen or things)[-1])


def address(route, thing: Thing | None) -> str:
    return walk.address_of(route, thing) if thing else walk.plain_addresses(route)[0]


def send(world, who, route, thing, values: dict, look) -> int:
    """One request with these values by the method that writes; its status."""
    surface = SURFACES.get(route.key)
    method = next(method for method in walk.DECLARED[route.key] if method in WRITES)
    content: dict = {"data": values}
    if method != "POST" or (surface and surface.is_json):
        content["content_type"] = "application/json"
    if surface:
        content["headers"] = surface.headers(thing)
    with transaction.atomic():
        if surface and surface.arranged and thing:
            with opened_scope(division_scope(CITY)):
                MODELS[walk.OBJECT_OF[route.key]].objects.filter(pk=thing.pk).update(**surface.arranged)
        status = world.ask(who, method, address(route, thing), look=look, **content).status_code
        transaction.set_rollback(True)
    return status


def _answered(world, who, route, thing, values: dict) -> tuple[int, str]:
    texts: list[str] = []
    status = send(world, who, route, thing, values, lambda answer: texts.append(answer.content.decode()))
    return status, "".join(texts)


def test_every_surface_is_a_route_that_writes():
    assert SURFACES.keys() <= {route.key for route in WRITING}
    assert len(smuggling.OURS) == 6


@pytest.mark.parametrize("route", WRITING, ids=lambda route: route.key)
def test_nothing_can_be_slipped_in_beside_the_fields(world, smuggled, route):
    """A good request of every person with every column of every table in it: what is no field has no effect."""
    surface, statuses, before = SURFACES.get(route.key, Surface(lambda who, thing: {})), {}, smuggling.State.now()
    allowed = set(surface.columns) if route.key in SURFACES else None
    for who in world.identities:
        thing = own_thing(world, who, route)
        method = next(method for method in walk.DECLARED[route.key] if method in WRITES)
        good = surface.good(who, thing) if walk.allowed(who, route, method) else {}
        found: list[str] = []

        def look(answer, who=who, found=found):
            found += smuggling.found_in(who, before, allowed, smuggled)

        statuses[who.name] = send(world, who, route, thing, {**beside(surface, smuggled), **good}, look)
        assert statuses[who.name] < 500, who.name
        assert found == [], (who.name, statuses[who.name])
    if route.key in SURFACES.keys() - NEVER_DONE:
        people = [who for who in world.identities if who.role and walk.allowed(who, route, method)]
        assert DONE & {statuses[who.name] for who in people}, ("a good request is done for somebody", statuses)


def test_the_api_names_each_column_that_is_no_field(world, smuggled):
    """One at a time: 400 with the name, and nothing is written."""
    key, method = "api:facility-basics", "PATCH"
    route, surface, before = next(r for r in WRITING if r.key == key), SURFACES[key], smuggling.State.now()
    who = next(who for who in world.identities if who.role and walk.allowed(who, route, method))
    thing, found = own_thing(world, who, route), []
    good = surface.good(who, thing)
    names = sorted(smuggled.keys() - surface.columns - {"reason"})
    assert len(names) > 100
    for name in names:
        status, text = _answered(world, who, route, thing, {**good, name: smuggled[name]})
        assert (status, name in text) == (400, True), name
    send(
        world,
        who,
        route,
        thing,
        {**smuggled, **good},
        lambda answer: found.extend(smuggling.found_in(who, before, set(), {})),
    )
    assert found == []


FOREIGN = [(key, name) for key, surface in SURFACES.items() for name in surface.names]


@pytest.mark.parametrize(("key", "name"), FOREIGN, ids=lambda value: value)
def test_a_row_of_another_district_is_not_to_be_had_by_its_number_or_uuid(world, key, name):
    """The good request is done; with the number or the uuid of a row elsewhere in one field it is refused."""
    route, surface = next(route for route in WRITING if route.key == key), SURFACES[key]
    method = next(method for method in walk.DECLARED[key] if method in WRITES)
    before, done = smuggling.State.now(), 0
    for who in world.identities:
        if not who.role or not walk.allowed(who, route, method) or (who.codes and LIULANG in who.codes):
            continue
        thing = own_thing(world, who, route)
        if thing and not who.sees(thing):
            continue
        done += send(world, who, route, thing, surface.good(who, thing), None) in DONE
        for value in _elsewhere(world, surface.names[name]):
            found: list[str] = []

            def look(answer, who=who, found=found):
                found += smuggling.found_in(who, before, set(), {})

            status = send(world, who, route, thing, {**surface.good(who, thing), name: value}, look)
            assert (status in DONE, found) == (False, []), (who.name, value, status)
    assert done or key in NEVER_DONE


def _elsewhere(world: World, model: str) -> list[str]:
    """How somebody may name a row of 柳浪 in 上城: by number, by uuid, by code; and one that never was."""
    if model == "Division":
        return [str(LIULANG), str(LIULANG // 10**6 * 10**6), "330199999999", str(CITY)]
    rows = [thing for thing in world.of(model) if thing.division_code == LIULANG]
    assert rows, model
    return [str(rows[0].pk), str(rows[0].uuid), str(uuid4()), "0"]
