"""Asks routes on behalf of people and tells what two answers have that is not the same."""

import re
from dataclasses import dataclass

from django.db import connection
from django.urls import reverse

from happyhome import access_table
from tenants.access import runs_in_parts
from tenants.rules import Permission, may
from tests.structure.canaries import text_of
from tests.structure.routes import Route, all_routes
from tests.structure.world import Identity, Thing, World

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
ROUTES = list(all_routes())
TABLE = access_table.read()
OBJECT_OF = {row.route: row.object for row in TABLE}
DECLARED: dict[str, dict[str, str]] = {}  # route → method → permission
for _row in TABLE:
    DECLARED.setdefault(_row.route, {}).update(dict.fromkeys(_row.methods, _row.permission))

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
WRITING = {route.key: route for route in ROUTES if WRITES & set(DECLARED[route.key])}

# Arguments that exist, for routes to public documents; routes to objects get theirs from the world.
ARGUMENTS = {
    "tenants:sso_start": {"provider": "nobody"},
    "tenants:sso_finish": {"provider": "nobody"},
    "tenants:invitation": {"key": "no-such-key"},
    "tenants:export_new": {"kind": "facilities"},
    "portal:lifecycle_next": {"kind": "keep"},
    "partners:money_start": {"what": "exchange"},
    "engagement:ledger": {"ledger": "activities"},
    "engagement:export": {"ledger": "activities"},
    "engagement:answer": {"token": "no-such-token"},
    "partners:apply": {"token": "no-such-token"},
    "api:division": {"code": "330105005000"},
    "api:document": {"key": "gongshu-2025"},
    "api:standard": {"key": "gongshu"},
    "api:standard-version": {"key": "gongshu", "number": "2025.1"},
    "standards:document": {"key": "gongshu-2025"},
    "standards:clause": {"reference": "拱墅 三(一)1"},
    "standards:version": {"standard": "gongshu", "number": "2025.1"},
    "standards:reading": {"key": "G-1"},
    "standards:rule": {"key": "G-1"},
    "assessments:public_document": {"district": "330105", "year": "2026", "name": "directory-1"},
    "assessments:public_file": {"district": "330105", "year": "2026", "name": "directory-1", "form": "json"},
    "admin:view_on_site": {"content_type_id": "1", "object_id": "1"},
    "admin:app_list": {"app_label": "facilities"},
}
MORE = {"form": "xlsx", "what": "receipt"}  # other arguments beside an object's
# The ways to ask a list that may tell more than its first page: each is asked beside the plain address.
QUESTIONS = {
    "portal:facilities": [
        "q=qz",
        "street=330105002000",
        "sort=-name&page=2",
        "fails=demonstration_area",
        "changed=any",
    ],
    "portal:facilities_export": ["q=qz"],
    "portal:dashboard": ["quarter=2026-Q2"],
    "portal:vitality": ["quarter=2026-Q2", "street=330105002000&sort=score"],
    "portal:vitality_export": ["quarter=2026-Q2"],
    "engagement:ledger": ["q=qz", "kind=other&sort=oldest"],
    "engagement:export": ["q=qz"],
    "api:facilities": ["q=qz", "community=330105002051", "on=2026-06-30", "tier=demonstration&page_size=1"],
    "api:runs": ["quarter=2026-Q2"],
    "assessments:runs": ["quarter=2026-Q2"],
    "assessments:findings": ["state=open"],
    "assessments:findings_export": ["state=open"],
    "assessments:evaluations": ["q=qz", "quarter=2026-Q3&sort=-above", "flagged=1&overdue=1"],
    "assessments:evaluations_export": ["q=qz"],
    "assessments:evaluation_flags": ["q=qz", "against=records"],
    "assessments:follow_ups": ["q=qz", "state=done&sort=name"],
    "assessments:follow_ups_export": ["q=qz"],
    "assessments:rectifications": ["q=qz", "overdue=1"],
    "assessments:rectifications_export": ["q=qz"],
    "assessments:item_decisions": ["q=qz", "state=kept"],
    "assessments:item_decisions_export": ["q=qz"],
    "api:follow-ups": ["q=qz"],
    "api:rectifications": ["q=qz", "state=void"],
    "facilities:imports": ["q=qz", "state=checked"],
    "portal:decisions": ["q=qz", "state=proposed", "export=1"],
    "portal:endings": ["q=qz", "falls=1", "export=1"],
    "partners:partners": ["q=qz", "kind=market&sort=new", "licence=soon", "export=1"],
    "partners:calls": ["q=qz", "state=open", "export=1"],
    "partners:agreements": ["q=qz", "state=running", "ending=90", "export=1"],
    "partners:selections": ["q=qz", "export=1"],
    "partners:exemplars": ["q=qz", "state=draft", "export=1"],
    "portal:quality": ["q=qz", "level=2", "street=330105002000", "export=1"],
    "partners:funds": ["q=qz", "kind=street&sort=-held_fen", "export=1"],
    "partners:payments": ["q=qz", "state=proposed", "export=1"],
    "partners:subsidies": ["q=qz", "export=1"],
    "partners:fundraisers": ["q=qz", "export=1"],
    "partners:exchanges": ["q=qz", "state=ending", "export=1"],
    "partners:rents": ["export=1"],
    "partners:operating": ["by=partner&q=qz", "by=street&sort=rate", "export=1"],
    "partners:plans": ["q=qz", "state=draft", "export=1"],
    "partners:duty": ["street=330105002000&state=short", "export=1"],
    "partners:money_start": ["q=qz"],
    "portal:due": ["q=qz", "late=1", "export=1"],
    "portal:unusual": ["q=qz", "export=1"],
    "portal:streets": ["export=1"],
    "tenants:inbox": ["q=qz", "state=unread"],
    "tenants:export_new": ["q=qz"],
    "tenants:acts": ["q=qz", "page=2"],
    "tenants:acts_export": ["format=csv"],
    "tenants:changes": ["q=qz", "page=3", "table=facilities_facility"],
    "tenants:changes_export": ["format=csv", "q=qz"],
    "tenants:staff": ["q=qz"],
    "tenants:staff_export": ["q=qz"],
    "tenants:all_logins": ["q=qz"],
    "admin:facilities_facility_changelist": ["q=qz"],
    "admin:autocomplete": ["app_label=facilities&model_name=site&field_name=facility&term=qz"],
}
_TOKEN = re.compile(
    r'(csrfmiddlewaretoken" value=|name="token" value=|X-CSRFToken": )"[^"]+"|csrftoken=[^;]+|expires=[^;]+|sessionid=[^;]+|messages=[^;]+'
)
_NUMBER = re.compile(
    r"(?m)^(X-Request-ID|ETag|Expires): .*$|^Set-Cookie: (sessionid|csrftoken)=.*$"
    r"|\"reference\":\"[0-9a-f]+\"|参考号[^<]*|打印于[^<]*|<dcterms:(created|modified).*?</dcterms:"
)


_SAVEPOINT = re.compile(r"\bs\d+_x\d+\b")


@dataclass(frozen=True)
class Answer:
    """`statements`: what was asked of the database, without the values. How long an answer takes follows from them."""

    status: int
    text: str
    statements: tuple[str, ...]


def answer_of(world: World, who: Identity, method: str, address: str, **content) -> Answer:
    statements: list[str] = []

    def note(execute, sql, params, many, context):
        statements.append(sql if isinstance(sql, str) else repr(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = world.ask(who, method, address, **content)
    return Answer(answer.status_code, text_of(answer), tuple(_SAVEPOINT.sub("s", sql) for sql in statements))


def methods_to_ask(world: World, who: Identity, route: Route) -> list[str]:
    """The methods that do something for this person, GET, and one of the others in turn.

    A closed door is answered by `ScopeMiddleware` before any view, for all routes and methods alike, and 405 by the
    dispatch of the view before its body: `behind_the_door` compares each such answer with the others of the person. So one
    of them in turn is enough, and `test_every_pair_is_asked` sees to it that the turns meet every pair.
    """
    answered = [method for method in METHODS if method in DECLARED[route.key] and allowed(who, route, method)]
    if "GET" not in answered:
        answered.append("GET")
    others = [method for method in METHODS if method not in answered]
    turn = ROUTES.index(route) + world.identities.index(who)
    return [*answered, others[turn % len(others)]]


def behind_the_door(world: World, who: Identity, route: Route, method: str, answer: Answer) -> bool:
    """Whether a closed door stayed closed in the same way as all others of this person: status and statements are equal.

    Views that open their transactions themselves say 405 before they ask; views with a permission for each method are
    compared with themselves.
    """
    if runs_in_parts(route.view) and method not in DECLARED[route.key]:
        return answer.status == 405 or refused(who, route, answer)
    several = len(set(DECLARED[route.key].values())) > 1 or runs_in_parts(route.view)
    kind = (who.name, route.path.startswith("api/"), (route.key, method) if several else None)
    known = world.doors.setdefault(kind, (answer.status, answer.statements))
    return refused(who, route, answer) and known == (answer.status, answer.statements)


def said(answer: Answer, *named: str) -> tuple[int, str]:
    """What an answer says, without what differs from request to request and without the object's own name."""
    text = _TOKEN.sub("", _NUMBER.sub("", answer.text))
    for name in named:
        text = text.replace(name, "OBJECT")
    return answer.status, re.sub(r"\n+", "\n", text)


def address_of(route: Route, thing: Thing, **others) -> str:
    """The address of a route for one object: by uuid, or by number in the admin."""
    if route.uuids:
        known = {"tab": "spaces", "quarter": "2026-Q3", "kind": "suspend", "ledger": "activities"} | MORE | others
        others = {name: known[name] for name in route.arguments if name not in route.uuids}
        return reverse(route.name, kwargs={**others, **dict.fromkeys(route.uuids, thing.uuid)})
    if route.name.endswith(":"):
        return f"/admin/facilities/facility/{thing.pk}/"
    return reverse(route.name, kwargs={"object_id": thing.pk})


def writing_method(route: Route) -> str:
    return next(method for method in DECLARED[route.key] if method in WRITES)


def takes_object(route: Route) -> bool:
    return bool(route.uuids) or (route.path.startswith("admin/facilities/") and "object_id" in route.arguments)


def plain_addresses(route: Route) -> list[str]:
    """All ways in which a route without an object is asked."""
    if route.path.endswith(("$", ".*)$")) and route.name != "admin:app_list":
        return ["/admin/nothing/here/"]
    address = reverse(route.name, kwargs=ARGUMENTS.get(route.name, {}))
    return [address, *(f"{address}?{question}" for question in QUESTIONS.get(route.name, []))]


def allowed(who: Identity, route: Route, method: str) -> bool:
    """Whether the table lets this person through the door of a route; what is behind it depends on the object."""
    declared = DECLARED[route.key]
    permission = Permission(declared.get(method) or next(iter(declared.values())))
    if permission is Permission.PUBLIC:
        return True
    if who.role is None or (who.by_token and not route.path.startswith("api/")):
        return False
    return may(who.role, permission)


def refused(who: Identity, route: Route, answer: Answer) -> bool:
    """Whether an answer is the one of a closed door."""
    if not who.signed_in and not (who.by_token and route.path.startswith("api/")):
        if route.path.startswith("api/"):
            return answer.status == 401
        return answer.status == 302 and "/login/" in answer.text
    return answer.status == 403


def by_relation(world: World, who: Identity, model: str) -> dict[str, Thing]:
    """One object for everything that an object can be to a person."""
    found: dict[str, Thing] = {}
    for thing in world.of(model):
        somebodys = thing.division_code is not None and who.role is None
        found.setdefault("somebody's" if somebodys else who.relation(thing), thing)
    return found


def name_in(route: Route, thing: Thing) -> str:
    """What an address of the route calls the object."""
    return str(thing.uuid) if route.uuids else str(thing.pk)


def leaks(world: World, who: Identity, answer: Answer) -> list:
    """Words in an answer that are not for this person."""
    codes, grants = (who.codes, who.grants) if who.role else (None, ())
    return world.canaries.foreign_in(answer.text, codes, grants)
