"""Every route says whom it is for, and nobody without a role gets past that."""

import pytest
from django.test import Client

from tenants.access import is_non_atomic, permission_of
from tenants.rules import Permission
from tests.structure.routes import all_routes

ROUTES = list(all_routes())

# Pages without login, and why.
PUBLIC = {
    "health": "asked by the start-up command and the proxy; says ok or nothing",
    "healthz": "says ok while the process lives",
    "readyz": "says ready or not; what is missing is in the log",
    "metrics": "a 404 but for the addresses and the token of the settings",
    "tenants:login": "where people sign in",
    "tenants:code": "the second step of signing in; leads back to the first without it",
    "tenants:sso_start": "leads to an outside login",
    "tenants:sso_finish": "where people come back from it",
    "tenants:invitation": "where an invited person chooses a password; the link is the secret",
    "tenants:logout": "ends the session, if there is one",
    "api:token": "where programs sign in",
    "api:schema": "describes the API to programs; no data",
    "api:docs": "shows the schema to people",
    "admin:login": "leads to the login page",
    "engagement:answer": "the questions of one survey; the link on the poster is the secret",
    "partners:apply": "the application page of one call; the link is the secret, and the call says whether it takes any",
    "assessments:public_directories": "what districts published",
    "assessments:public_document": "one published document",
    "assessments:public_file": "the same as a file",
    "assessments:phone": "the shell of the assessors' app, without data, so that it opens without signal",
    "assessments:phone_worker": "its script; no data",
    "assessments:phone_manifest": "its name and icon; no data",
}
NON_ATOMIC = {
    "tenants:login",
    "tenants:code",
    "tenants:sso_start",
    "tenants:sso_finish",
    "tenants:invitation",
    "tenants:logout",
    "api:token",
    "healthz",
    "readyz",
    "metrics",
}


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_route_declares_its_permission(route):
    assert isinstance(permission_of(route.view), Permission), f"{route.path}: use tenants.access.requires"


def test_public_routes_are_these_alone():
    assert {route.name for route in ROUTES if permission_of(route.view) is Permission.PUBLIC} == PUBLIC.keys()


def test_routes_outside_the_transaction_are_these_alone():
    assert {route.name for route in ROUTES if is_non_atomic(route.view)} == NON_ATOMIC
    assert PUBLIC.keys() >= NON_ATOMIC  # permissions are checked inside the transaction


@pytest.mark.django_db
@pytest.mark.parametrize("route", [r for r in ROUTES if not r.arguments and r.name not in PUBLIC], ids=str)
def test_nobody_gets_in_without_signing_in(route):
    answer = Client().get("/" + route.path.replace("\\Z", ""))
    if route.path.startswith("api/"):
        assert answer.status_code == 401
    else:
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login/")
