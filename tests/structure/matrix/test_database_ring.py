"""The filters of the application removed: row level security alone lets nothing out, in the tables and through the views."""

import pytest
from django.db import transaction

from tenants import audit_queries, queries
from tenants.models import Act, RowChange
from tenants.scope import Scope, set_scope
from tenants.scoped import ScopedQuerySet
from tests.structure import walk
from tests.structure.matrix.test_objects import OBJECT_ROUTES
from tests.structure.matrix.test_walk import OTHER_ROUTES
from tests.structure.rows import scoped_models
from tests.structure.walk import answer_of, leaks, name_in, said
from tests.structure.world import PLACES


@pytest.fixture
def no_filters(monkeypatch):
    """Ring 2 taken out: every query reads what the database gives it."""
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda rows, appointment: rows.all())
    monkeypatch.setattr(queries, "acts_within", lambda appointment: Act.objects.select_related("actor"))
    changes = RowChange.objects.select_related("user").order_by("-pk")
    monkeypatch.setattr(audit_queries, "changes_within", lambda appointment: changes.all())


def one_a_scope(world, route, method) -> list:
    """Of those whom the door is open to, one for each scope: what the database lets through depends on nothing else."""
    people = [who for who in world.identities if who.role and walk.allowed(who, route, method)]
    return list({(who.codes, who.grants): who for who in reversed(people)}.values())


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model.__name__)
def test_no_foreign_row_is_read(world, model):
    for who in world.identities:
        with transaction.atomic():
            codes = who.codes if who.role else None
            set_scope(Scope(codes=codes, grants=who.grants if who.role else ()))
            rows = model._base_manager.filter(division_code__in=PLACES)
            foreign = 0
            for row in rows:
                above = model.shared_down and codes and row.division_code in codes.ancestors
                granted = model.facility_path and getattr(row, model.facility_path) in who.grants
                foreign += not ((codes and row.division_code in codes) or above or granted)
            assert foreign == 0, who.name
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    "route", [r for r in OTHER_ROUTES if walk.OBJECT_OF[r.key] != "-"], ids=lambda route: route.key
)
def test_views_without_filters_show_nothing_foreign(world, no_filters, route):
    for who in one_a_scope(world, route, "GET"):
        for address in walk.plain_addresses(route)[:2]:
            assert leaks(world, who, answer_of(world, who, "GET", address)) == [], (who.name, address)


@pytest.mark.parametrize("route", [r for r in OBJECT_ROUTES if r.uuids], ids=lambda route: route.key)
def test_views_without_filters_know_no_foreign_object(world, no_filters, route):
    model = walk.OBJECT_OF[route.key]
    method = next(iter(walk.DECLARED[route.key]))
    for who in one_a_scope(world, route, method):
        things = walk.by_relation(world, who, model)
        never = things.pop("never existed")
        nothing = said(answer_of(world, who, method, walk.address_of(route, never)), name_in(route, never))
        for relation, thing in things.items():
            answer = answer_of(world, who, method, walk.address_of(route, thing))
            assert leaks(world, who, answer) == [], (who.name, relation)
            if not who.sees(thing):
                assert said(answer, name_in(route, thing)) == nothing, (who.name, relation)
