"""What is done with an uploaded workbook; files of a facility; its contact persons."""

from datetime import UTC, datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from facilities.models import ImportBatch, ImportRow
from tenants.scope import division_scope, opened_scope
from tests.facilities import samples
from tests.structure.surfaces.base import Surface, said
from tests.structure.surfaces.registry import site_of
from tests.structure.world import CITY, facility_pk

CHECKED = {"state": "checked", "error": ""}
APPLIED_AT = datetime(2026, 11, 22, 1, tzinfo=UTC)  # an hour before the clock of the matrix


def _row(thing) -> ImportRow:
    with opened_scope(division_scope(CITY)):
        return ImportRow.objects.filter(batch=thing.pk).order_by("pk")[0]


def _first(who, thing) -> dict:
    """Its first row; how a request names it: `_typed`, `_pressed`."""
    return {"row": _row(thing).pk}


def _typed(values: dict) -> dict:
    return {**values, f"cell-{values.get('row')}-name": "改过的名称"}


def _pressed(button: str):
    return lambda values: {**values, button: f"{values.get('row')}:name"}


def _corrected_before(who, thing) -> None:
    ImportBatch.objects.filter(pk=thing.pk).update(**CHECKED)
    ImportRow.objects.filter(batch=thing.pk).update(corrections={"name": "改过一次"})


def _corrections(who, thing) -> list:
    return list(ImportRow.objects.filter(batch=thing.pk).order_by("pk").values_list("corrections", flat=True))


def _batch(who, thing) -> tuple:
    return ImportBatch.objects.values_list("state", "error", "with_doubtful", "applied_by", "undone_by").get(
        pk=thing.pk
    )


def _applied(who, thing) -> None:
    batch = ImportBatch.objects.filter(pk=thing.pk)
    batch.update(state="applied", error="", applied_at=APPLIED_AT, applied_by=batch.get().uploaded_by)


def _attached(who, thing) -> dict:
    """A picture of the first site of the facility."""
    about = site_of(facility_pk(thing.division_code))
    return {"kind": "photo", "about": about, "files": SimpleUploadedFile("正门.png", samples.picture("PNG"))}


CORRECT = "facilities:import_correct"
CORRECTED: dict = {"names": {"row": "ImportRow"}, "shows": _corrections}
SURFACES = {
    f"{CORRECT} typed": Surface(_first, **CORRECTED, travels=_typed, arranged=CHECKED),
    f"{CORRECT} fix": Surface(_first, **CORRECTED, travels=_pressed("fix"), arranged=CHECKED),
    f"{CORRECT} alike": Surface(_first, **CORRECTED, travels=_pressed("alike"), arranged=CHECKED),
    f"{CORRECT} revert": Surface(_first, **CORRECTED, travels=_pressed("revert"), arranged=_corrected_before),
    "facilities:import_confirm": Surface(said(with_doubtful="1"), arranged=CHECKED, shows=_batch),
    "facilities:import_undo": Surface(said(), arranged=_applied, shows=_batch),
    "facilities:import_abandon": Surface(said(), arranged=CHECKED, shows=_batch),
    "facilities:import_retry": Surface(said(), arranged={"state": "received", "error": "没有完成"}, shows=_batch),
    "facilities:attach": Surface(
        _attached, frozenset({"kind"}), {"about": "Site"}, writes="facilities_attachment",
        travels=lambda values: {**values, "about": f"site-{values.get('about')}"},
    ),
    "facilities:contact_reveal": Surface(said(reason="核对联系电话")),
    "facilities:contact_erase": Surface(said(reason="本人要求删除"), writes="facilities_contactperson"),
}  # fmt: skip
