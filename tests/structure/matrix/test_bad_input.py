"""Whatever is written behind the question mark of an address: no page breaks, and what is refused is refused in clear words.

Every parameter that any page reads, at once, with values that are no number, no day, no choice, or more than fits.
"""

import re
from urllib.parse import urlencode

import pytest
from django.conf import settings

from tests.structure import walk
from tests.structure.walk import ROUTES

_READ = re.compile(r"""(?:GET|query|query_params|asked|wanted)(?:\.get|\.getlist)\(\s*["']([\w-]+)["']""")
_FIELD = re.compile(r"^ +(\w+) = (?:forms\.\w+|\w*[Ff]ield|day|_day)\(", re.MULTILINE)
APPS = ("tenants", "facilities", "partners", "engagement", "assessments", "standards", "portal")
GARBAGE = ["-1", "99999999999999999999", "2026-99-99"]
INSIDE = ("Traceback", "psycopg", "django.", "SELECT ", "/site-packages/", "RuntimeError", "ValueError")
PAGES = [route for route in ROUTES if "GET" in walk.DECLARED[route.key] and not route.path.startswith("admin/")]


def parameters() -> list[str]:
    """The names that pages read from their address, found in the code."""
    found: set[str] = set()
    for app in APPS:
        for file in (settings.BASE_DIR / app).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            found |= set(_READ.findall(text))
            if "forms" in file.name or "filters" in file.name:
                found |= set(_FIELD.findall(text))
    return sorted(found | {"page_size", "on"})  # those of the API's own classes


def address_and_person(world, route):
    """Somebody who may open the route, and an address of it that they see something at."""
    who = next((one for one in world.identities if one.role and walk.allowed(one, route, "GET")), None)
    if who is None:
        return None, ""
    if not walk.takes_object(route):
        return who, walk.plain_addresses(route)[0]
    things = world.of(walk.OBJECT_OF[route.key])
    seen = [(one, thing) for one in world.identities for thing in things if one.sees(thing)]
    seen = [(one, thing) for one, thing in seen if walk.allowed(one, route, "GET")]
    who, thing = seen[0] if seen else (who, things[0])
    return who, walk.address_of(route, thing)


def test_the_parameters_are_found():
    assert {"q", "page", "quarter", "street", "state", "sort", "from", "monday", "facility"} <= set(parameters())


@pytest.mark.parametrize("route", PAGES, ids=lambda route: route.key)
def test_no_parameter_breaks_a_page(world, route):
    who, address = address_and_person(world, route)
    if who is None:
        return  # nobody signed in opens it
    for value in GARBAGE:
        answer = world.ask(who, "GET", f"{address}?{urlencode(dict.fromkeys(parameters(), value))}")
        if route.name == "readyz":
            continue
        assert answer.status_code < 500, (who.name, value)
        if answer.status_code >= 400 and not answer.streaming:
            text = answer.content.decode()
            assert [word for word in INSIDE if word in text] == [], value
            if "text/html" in answer["Content-Type"]:
                assert re.search(r"[\u4e00-\u9fff]{4}", text), ("says nothing in Chinese", value)
                assert answer["X-Request-ID"]


@pytest.mark.parametrize(
    ("address", "content"),
    [
        ("/login/", {"content_type": "application/x-www-form-urlencoded", "data": "username=a%00b&password=x"}),
        ("/api/v1/token/", {"content_type": "application/json", "data": '{"username": "a\\u0000b", "password": "x"}'}),
    ],
)
def test_a_character_that_no_text_can_hold_is_refused_in_words(world, address, content):
    answer = world.ask(world.identities[0], "POST", address, **content)
    assert answer.status_code == 400
    assert "空字符" in answer.content.decode()
    assert answer["X-Request-ID"] in answer.content.decode()


def test_an_address_that_is_none_of_ours_leads_nowhere(world):
    who = next(one for one in world.identities if one.role)
    for target in ["x", "login", "//evil.example", "https://evil.example/", "javascript:alert(1)"]:
        assert world.ask(who, "GET", f"/login/?{urlencode({'next': target})}")["Location"] == "/"
