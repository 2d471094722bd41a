"""What holds for every model of ours."""

import pytest
from django.apps import apps
from django.db import models

from tenants.scoped import ScopedModel
from tests.structure import catalogue

OUR_LABELS = {"tenants", "standards", "facilities", "partners", "engagement", "assessments", "portal"}
OURS = [model for model in apps.get_models() if model._meta.app_label in OUR_LABELS]
SCOPED = [model for model in OURS if issubclass(model, ScopedModel)]

# Carry a division without being rows of a district's registry.
DIVISION_WITHOUT_SCOPED_MODEL = {
    "Act": "a log: its own policies (InsertOnly)",
    "RowChange": "a log: its own policies (InsertOnly)",
    "Standard": "public: the division says whose document it is",
    "Appointment": "read by its own user outside the scope too",
    "StoredAnswer": "read by its own user outside the scope too",
}


def _fields(model):
    return {field.name: field for field in model._meta.get_fields() if isinstance(field, models.Field)}


def test_every_model_with_a_division_is_scoped():
    loose = {model.__name__ for model in OURS if "division_code" in _fields(model) and model not in SCOPED}
    assert loose - DIVISION_WITHOUT_SCOPED_MODEL.keys() == set()


@pytest.mark.django_db
def test_every_scoped_model_keeps_its_history_or_says_that_it_does_not():
    tracked = {t["table"] for t in catalogue.rows(catalogue.TRIGGERS) if t["name"] == "history_update"}
    for model in SCOPED:
        assert (model._meta.db_table in tracked) is model.keeps_history, (
            f"{model.__name__}: add TrackHistory to its migration, or say keeps_history = False."
        )


def test_the_facility_path_of_every_scoped_model_exists():
    for model in SCOPED:
        columns = {field.attname for field in _fields(model).values()}
        assert model.facility_path is None or model.facility_path in columns, model.__name__


def test_an_instant_that_somebody_caused_names_them():
    """`<verb>_by` never stands without `<verb>_at`."""
    for model in OURS:
        fields = _fields(model)
        for name in fields:
            if name.endswith("_by") and fields[name].is_relation:
                assert name.removesuffix("_by") + "_at" in fields, f"{model.__name__}.{name}"


def test_scoped_rows_are_named_by_uuid_in_addresses():
    for model in SCOPED:
        if uuid := _fields(model).get("uuid"):
            assert uuid.unique, model.__name__
            assert not uuid.editable, model.__name__
