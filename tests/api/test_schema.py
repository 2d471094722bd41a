"""The OpenAPI schema is complete and true, and no input makes a view break."""

import io
import time
from contextlib import contextmanager
from itertools import count

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks

from assessments.operations.evaluations import opening
from assessments.operations.follow_up import nightly
from assessments.rules.quarters import Quarter
from facilities.models import Facility
from happyhome.wsgi import application
from tenants.rules import Role, code_range
from tenants.scope import division_scope, opened_scope
from tests.api.conftest import GONGSHU, ApiClient, key_of
from tests.assessments.self_evaluation import TODAY, quarterly
from tests.engagement import records
from tests.people import person
from tests.structure.routes import all_routes

EXAMPLES_PER_OPERATION = 8
MOST_SECONDS = 40  # of work, whatever else the machine has to do
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def test_the_schema_is_complete_and_without_warnings():
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO())


@pytest.mark.django_db
def test_every_route_is_in_the_schema(admin):
    described = admin.get("/api/v1/schema/?format=json", headers={"Accept": "application/json"}).json()["paths"]
    routes = {"/" + route.path for route in all_routes() if route.path.startswith("api/v1/")}
    plain = {
        path.replace("<uuid:", "{").replace("<str:", "{").replace("<slug:", "{").replace(">", "}") for path in routes
    }
    assert plain - set(described) == {"/api/v1/schema/", "/api/v1/docs/"}
    assert set(described) <= plain


@contextmanager
def one_connection():
    """The test's transaction goes on from request to request, as with Django's own test client."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.django_db
def test_whatever_is_sent_the_answer_is_one_that_the_schema_names(registry):
    _filings()
    user = person(Role.DISTRICT_ADMIN, GONGSHU)
    known = known_objects(ApiClient(key_of(user)))
    began = time.process_time()
    with one_connection():
        schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)
        operations = [result.ok() for result in schema.get_all_operations()]
        answered = {operation.label: _ask(operation, key_of(user), known) for operation in operations}
    assert len(answered) == 46
    never_well = {label for label, statuses in answered.items() if not statuses & {200, 202, 204}}
    # Nobody guesses a password, a closed quarter or the version of a facility.
    assert never_well == {"POST /api/v1/token/", "POST /api/v1/runs/", "PATCH /api/v1/facilities/{uuid}/basics/"}
    assert set.union(*answered.values()) >= {200, 400, 401, 404}
    assert time.process_time() - began < MOST_SECONDS


def _filings() -> None:
    """A follow-up of each facility, an order for a survey below the line, and self-evaluations of the streets."""
    with opened_scope(division_scope(GONGSHU)):
        records.survey(Facility.objects.within(code_range(GONGSHU)).order_by("pk")[0], 799, 1000)
        nightly.open_in(district=GONGSHU, today=TODAY, now=timezone.now())
        quarterly()
        opening.open_period(district=GONGSHU, quarter=Quarter(2026, 3), today=TODAY, now=timezone.now())


def known_objects(client) -> dict[str, dict[str, str]]:
    """Names of objects that exist, by the beginning of the path that asks for them."""
    facility = client.get("/api/v1/facilities/").json()["results"][0]["uuid"]
    run = client.get("/api/v1/runs/").json()["results"][0]["uuid"]
    return {
        "/api/v1/divisions/": {"code": "330105005000"},
        "/api/v1/documents/": {"key": "gongshu-2025"},
        "/api/v1/facilities/": {"uuid": facility, "quarter": "2026-Q3"},
        "/api/v1/runs/": {"uuid": run},
        "/api/v1/follow-ups/": {"uuid": client.get("/api/v1/follow-ups/").json()["results"][0]["uuid"]},
        "/api/v1/rectifications/": {"uuid": client.get("/api/v1/rectifications/").json()["results"][0]["uuid"]},
        "/api/v1/self-evaluations/": {"uuid": client.get("/api/v1/self-evaluations/").json()["results"][0]["uuid"]},
        "/api/v1/standards/": {"key": "gongshu", "number": "2025-draft"},
    }


def _ask(operation, key: str, known: dict[str, dict[str, str]]) -> set[int]:
    """Send what the schema allows and what it forbids; three of four addresses name objects that exist. The statuses seen."""
    limits = settings(
        max_examples=EXAMPLES_PER_OPERATION,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    numbers, statuses = count(), set()
    names = next((names for path, names in known.items() if operation.path.startswith(path)), {})

    def call(case):
        if next(numbers) % 4:
            case.path_parameters.update({name: text for name, text in names.items() if name in case.path_parameters})
        statuses.add(case.call_and_validate(headers={"Authorization": f"Token {key}"}, checks=CHECKS).status_code)

    for mode in schemathesis.GenerationMode:
        limits(given(case=operation.as_strategy(generation_mode=mode))(call))()
    return statuses
