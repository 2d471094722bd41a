"""Through real requests: what lies outside the scope answers byte for byte like what never existed.

Each route that takes a uuid is asked for an object of every scoped model that has one, so a new route and a new model
are covered the day they land.
"""

from fnmatch import fnmatch
from uuid import UUID

import pytest

from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, person, signed_in
from tests.structure.routes import all_routes
from tests.structure.rows import facility_in, make_row, scoped_models

CITY = 330100000000
NEVER = UUID("00000000-0000-4000-8000-000000000000")
ROUTES = list(all_routes())
OBJECT_ROUTES = [route for route in ROUTES if route.uuids]
PLAIN_ROUTES = [route for route in ROUTES if not route.arguments and route.name not in {"tenants:logout", "readyz"}]
# The outsider has every right except on the object: the admin of the other district, and the neighbouring street.
OUTSIDERS = {"other district": (Role.DISTRICT_ADMIN, SHANGCHENG), "other street": (Role.STREET_CLERK, HUSHU)}
METHODS = ["get", "post", "put", "patch", "delete"]

# Routes that name their object otherwise than by uuid, and why the tests below need not ask them.
ELSEWHERE = {
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


@pytest.fixture
def objects():
    """A row of every scoped model with a uuid, and a person, in a community of 拱宸桥."""
    with opened_scope(division_scope(CITY)):
        parents: dict = {}
        models = [model for model in scoped_models() if any(field.name == "uuid" for field in model._meta.fields)]
        rows = [make_row(model, COMMUNITY_OF[GONGCHENQIAO], parents) for model in models]
    return [*rows, person(Role.COMMUNITY_REPORTER, COMMUNITY_OF[GONGCHENQIAO])]


def said(answer) -> tuple:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, answer.get("Content-Type"), answer.get("Location"), body


@pytest.mark.django_db
@pytest.mark.parametrize("outsider", OUTSIDERS)
@pytest.mark.parametrize("route", OBJECT_ROUTES, ids=str)
def test_a_foreign_object_answers_like_one_that_never_existed(route, outsider, objects):
    client = signed_in(*OUTSIDERS[outsider])
    for method in METHODS:
        nothing = said(getattr(client, method)(route.address(NEVER)))
        for row in objects:
            address = route.address(row.uuid)
            assert said(getattr(client, method)(address)) == nothing, (method, type(row).__name__)


# Answers only once a quarter has been computed; tests/api/test_verdicts.py computes one and asks from inside and outside.
_NEEDS_A_COMPUTED_RUN = {"api:verdict"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "route", [route for route in OBJECT_ROUTES if str(route) not in _NEEDS_A_COMPUTED_RUN], ids=str
)
def test_the_object_is_there_for_those_whose_it_is(route, objects):
    """So that the test above compares with something that exists."""
    client = signed_in(Role.DISTRICT_ADMIN, GONGSHU)
    answers = [client.get(route.address(row.uuid)).status_code for row in objects]
    assert any(status != 404 for status in answers)


@pytest.mark.django_db
@pytest.mark.parametrize("outsider", OUTSIDERS)
@pytest.mark.parametrize("route", PLAIN_ROUTES, ids=str)
def test_no_page_shows_a_name_from_outside(route, outsider):
    with opened_scope(division_scope(CITY)):
        facility_in(COMMUNITY_OF[GONGCHENQIAO], name="拱宸桥绝密家园")
    answer = signed_in(*OUTSIDERS[outsider]).get("/" + route.path.replace("\\Z", ""))
    assert answer.status_code < 500
    assert "绝密" not in said(answer)[3].decode(errors="ignore")
