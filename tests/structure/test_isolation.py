"""The database alone keeps districts apart: for every scoped model, with the filters of the application removed."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from facilities.models import Facility, FacilityLineage, Site
from tenants.queries import current_appointment, scope_of
from tenants.rules import Role
from tenants.scope import Scope, division_scope, opened_scope
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, person
from tests.structure.rows import facility_in, make_row, scoped_models

CITY = 330100000000
MODELS = pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model.__name__)
NOBODY = Scope()


def ids_seen(model) -> set:
    return set(model._base_manager.values_list("pk", flat=True))


def row_of(model, district: int):
    with opened_scope(division_scope(district)):
        return make_row(model, COMMUNITY_OF[district])


def number_touched(write) -> int:
    """The rows that a statement changed; none where the application may not even ask (a log)."""
    try:
        with transaction.atomic():
            return write()
    except ProgrammingError as refused:
        if "permission denied for table" not in str(refused):
            raise
        return 0


@MODELS
@pytest.mark.django_db
def test_a_row_is_seen_in_its_own_district_alone(model):
    rows = {district: row_of(model, district) for district in (GONGSHU, SHANGCHENG)}
    for district, row in rows.items():
        with opened_scope(division_scope(district)):
            assert ids_seen(model) == {row.pk}
    with opened_scope(division_scope(CITY)):
        assert ids_seen(model) == {row.pk for row in rows.values()}
    with opened_scope(NOBODY):
        assert ids_seen(model) == set()
    assert ids_seen(model) == set()


@MODELS
@pytest.mark.django_db
def test_a_row_cannot_be_changed_or_removed_from_another_district(model):
    row = row_of(model, GONGSHU)
    with opened_scope(division_scope(SHANGCHENG)):
        everything = model._base_manager.filter(pk=row.pk)
        assert number_touched(lambda: everything.update(division_code=COMMUNITY_OF[SHANGCHENG])) == 0
        assert number_touched(lambda: everything._raw_delete(everything.db)) == 0
    with opened_scope(division_scope(GONGSHU)):
        assert ids_seen(model) == {row.pk}


@MODELS
@pytest.mark.django_db
def test_a_row_cannot_be_put_into_another_district(model):
    row, parents = row_of(model, GONGSHU), {}
    with opened_scope(division_scope(SHANGCHENG)):
        make_row(model, COMMUNITY_OF[SHANGCHENG], parents)
    with pytest.raises(ProgrammingError, match="row-level security"), opened_scope(division_scope(GONGSHU)):
        make_row(model, COMMUNITY_OF[SHANGCHENG], parents)
    # A frozen table and a log refuse any change, each with a reason of its own.
    refused = (ProgrammingError, IntegrityError)
    with (
        pytest.raises(refused, match=r"row-level security|never edited|permission denied"),
        opened_scope(division_scope(GONGSHU)),
    ):
        model._base_manager.filter(pk=row.pk).update(division_code=COMMUNITY_OF[SHANGCHENG])


@MODELS
@pytest.mark.django_db
def test_both_rings_say_the_same(model):
    """`.visible_to(appointment)` in a scope that sees everything equals no filter under that appointment's scope."""
    with opened_scope(division_scope(CITY)):
        parents: dict = {}
        rows = [make_row(model, code, parents) for code in sorted(set(COMMUNITY_OF.values()))]
        rows += [make_row(model, code, parents) for code in (GONGSHU, HUSHU)]
    granted = [row.pk if model.facility_path == "id" else getattr(row, model.facility_path or "pk") for row in rows[:1]]
    for role, code, facility_ids in [
        (Role.DISTRICT_ADMIN, GONGSHU, []),
        (Role.STREET_CLERK, HUSHU, []),
        (Role.COMMUNITY_REPORTER, COMMUNITY_OF[HUSHU], []),
        (Role.CITY_OBSERVER, CITY, []),
        (Role.OPERATOR, GONGSHU, granted),
    ]:
        user = person(role, code, facility_ids=facility_ids)
        with transaction.atomic():
            appointment = current_appointment(user)
        with opened_scope(scope_of(appointment)):
            by_database = ids_seen(model)
        with opened_scope(division_scope(CITY)):
            by_query = set(model.objects.visible_to(appointment).values_list("pk", flat=True))
            assert model.objects.visible_to(None).count() == 0
        assert by_database == by_query, role


@pytest.mark.django_db
def test_a_street_sees_neither_its_neighbour_nor_the_district():
    with opened_scope(division_scope(GONGSHU)):
        own, sibling, above = facility_in(GONGCHENQIAO), facility_in(HUSHU), facility_in(GONGSHU)
    with opened_scope(division_scope(GONGCHENQIAO)):
        assert ids_seen(Facility) == {own.pk}
    with opened_scope(division_scope(GONGSHU)):
        assert ids_seen(Facility) == {own.pk, sibling.pk, above.pk}


@pytest.mark.django_db
def test_a_child_cannot_claim_another_division_than_its_facility():
    with opened_scope(division_scope(CITY)):
        facility = facility_in(COMMUNITY_OF[GONGSHU])
        with pytest.raises(IntegrityError, match="same_division"), transaction.atomic():
            make_row(Site, COMMUNITY_OF[SHANGCHENG], facility=facility)


@pytest.mark.django_db
def test_a_facility_can_only_be_succeeded_by_one_that_is_seen():
    with opened_scope(division_scope(SHANGCHENG)):
        foreign = facility_in(COMMUNITY_OF[SHANGCHENG])
    with opened_scope(division_scope(GONGSHU)):
        own, neighbour = facility_in(GONGCHENQIAO), facility_in(HUSHU)
        make_row(FacilityLineage, GONGCHENQIAO, facility=own, successor=neighbour)
    with pytest.raises(ProgrammingError, match="outside the scope"), opened_scope(division_scope(GONGSHU)):
        make_row(FacilityLineage, GONGCHENQIAO, facility=own, successor=foreign)


@pytest.mark.django_db
def test_a_new_code_reaches_every_child_of_a_facility():
    """A re-organisation is one update: composite keys carry the code on."""
    children = [m for m in scoped_models() if m.facility_path == "facility_id" and not m.keeps_its_code]
    results = [m for m in scoped_models() if m.facility_path == "facility_id" and m.keeps_its_code]
    old, new = COMMUNITY_OF[GONGSHU], COMMUNITY_OF[HUSHU]
    with opened_scope(division_scope(GONGSHU)):
        parents: dict = {}
        rows = [make_row(model, old, parents) for model in children]
        found = [make_row(model, old, parents) for model in results]
        facility = parents[Facility, old]
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        Facility.objects.filter(pk=facility.pk).update(division_code=new)
        for row in rows:
            row.refresh_from_db()
        for row in found:
            row.refresh_from_db()
        assert {type(row).__name__: row.division_code for row in rows} == {model.__name__: new for model in children}
        assert {row.division_code for row in found} == {old}, "what was found stays as it was written"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("prepare_threshold", [None, 0])
def test_a_reused_connection_carries_no_scope_over(prepare_threshold):
    """Also with statements prepared on the server, whose plan was made in another scope."""
    connection.ensure_connection()
    connection.connection.prepare_threshold = prepare_threshold
    uuid = uuid4()
    with opened_scope(division_scope(GONGSHU)):
        facility = facility_in(GONGCHENQIAO, uuid=uuid)

    def found():
        return list(Facility.objects.filter(uuid=uuid).values_list("pk", flat=True))

    for _ in range(8):  # PostgreSQL turns to a generic plan after five executions
        with opened_scope(division_scope(GONGSHU)):
            assert found() == [facility.pk]
        assert found() == []
        with opened_scope(division_scope(SHANGCHENG)):
            assert found() == []
        with transaction.atomic():
            assert found() == []
