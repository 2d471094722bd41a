"""No page holds what the content security policy forbids: the HTML of every page is read, with rows in every list."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from standards.operations import load
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import COMMUNITY_OF, GONGSHU, signed_in
from tests.structure.routes import all_routes
from tests.structure.rows import make_row, scoped_models

ROUTES = list(all_routes())
POLICY = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}


class Inline(HTMLParser):
    """Collects what a strict policy would block, and what would come from another server."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" and not given.get("src") and given.get("type") not in {"application/json"}:
            self.found.append("<script> without src")
        if tag == "style":
            self.found.append("<style>")
        for name, value in attrs:
            if name == "style" or re.fullmatch("on[a-z]+", name) or name.startswith("hx-on"):
                self.found.append(f"{tag} {name}={value}")
            if name in {"src", "href", "action", "formaction"} and str(value).strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")
            if name in {"src", "srcset"} and str(value).startswith(("http:", "https:", "//")):
                self.found.append(f"{tag} from another server: {value}")
        if tag == "link" and str(given.get("href", "")).startswith(("http:", "https:", "//")):
            self.found.append(f"link from another server: {given['href']}")

    handle_startendtag = handle_starttag


def inline_parts(html: str) -> list[str]:
    reader = Inline()
    reader.feed(html)
    return reader.found


def test_the_reader_finds_what_it_should():
    bad = (
        "<script>x</script><style>a{}</style><p style='x'></p><a href=' JavaScript:x'></a><b onclick=x></b>"
        "<svg style='x'/><img src='https://elsewhere/x.png'><div hx-on:click='x'></div>"
    )
    assert len(inline_parts(bad)) == 8
    assert inline_parts("<script src='/static/x.js' defer></script><a href='/x'>x</a>") == []


@pytest.fixture
def portal():
    """The standards, and a row of every scoped model in a community of 拱墅; the signed-in head of the district."""
    load()
    with opened_scope(division_scope(330100000000)):
        parents: dict = {}
        rows = [make_row(model, COMMUNITY_OF[GONGSHU], parents) for model in scoped_models()]
    return signed_in(Role.DISTRICT_ADMIN, GONGSHU), [row for row in rows if hasattr(row, "uuid")]


def _addresses(rows) -> list[str]:
    plain = ["/" + route.path.replace("\\Z", "") for route in ROUTES if not route.arguments]
    return plain + [route.address(row.uuid) for route in ROUTES if route.uuids for row in rows]


@pytest.mark.django_db
def test_no_page_breaks_the_policy(portal):
    client, rows = portal
    client.raise_request_exception = False
    seen, broken = set(), {}
    for address in _addresses(rows):
        if address.startswith(("/logout", "/admin/logout")):
            continue
        answer = client.get(address, follow=True)
        if answer.headers.get("Content-Type", "").startswith("text/html") and answer.status_code < 500:
            seen.add(address)
            if found := inline_parts(answer.content.decode()):
                broken[address] = found
    for address in ("/login/", "/no-such-page/"):
        if found := inline_parts(Client().get(address).content.decode()):
            broken[address] = found
    assert broken == {}
    assert len(seen) >= 30


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/login/", "/no-such-page/", "/healthz", "/api/v1/me/"])
def test_every_answer_carries_the_headers(address):
    answer = Client().get(address)
    assert set(answer["Content-Security-Policy"].split("; ")) == POLICY
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_templates_hold_no_inline_code_even_where_no_page_shows_it():
    from launcher.checkout import ROOT

    broken = {}
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = re.sub(
            r"\{%.*?%\}|\{\{.*?\}\}", "x", path.read_text(encoding="utf-8")
        )  # words of the template's own language
        found = [part for part in inline_parts(text) if "another server" not in part]
        if found:
            broken[path.relative_to(ROOT).as_posix()] = found
    assert broken == {}
