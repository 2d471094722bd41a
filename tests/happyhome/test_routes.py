"""Apps beside each other at the root: asked only for addresses that one of their routes begins like."""

import sys
from types import ModuleType

import pytest
from django.http import HttpResponse
from django.urls import URLResolver, get_resolver, path, resolve, reverse

from happyhome.routes import AtRoot, at_root


def at_the_root() -> list[URLResolver]:
    return [one for one in get_resolver().url_patterns if isinstance(getattr(one, "pattern", None), AtRoot)]


def test_every_route_of_an_app_at_the_root_is_found_by_its_address():
    found = 0
    for resolver in at_the_root():
        for route in resolver.url_patterns:
            if not route.pattern.converters:
                match = resolve(reverse(f"{resolver.namespace}:{route.name}"))
                found += match.func is route.callback
    assert found > 80


def test_an_app_is_asked_for_its_own_beginnings_alone():
    asked = {one.app_name: one.pattern.match("dashboard/") is not None for one in at_the_root()}
    assert asked == {
        "tenants": False,
        "assessments": False,
        "engagement": False,
        "facilities": False,
        "partners": False,
        "portal": True,
    }


def test_an_app_whose_route_begins_with_an_argument_is_refused(monkeypatch):
    module = ModuleType("routes_of_anything")
    module.urlpatterns = [path("<slug:any>/", lambda request, any: HttpResponse())]
    monkeypatch.setitem(sys.modules, "routes_of_anything", module)
    with pytest.raises(ValueError, match="begins with an argument"):
        at_root("routes_of_anything")
