from datetime import date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from openpyxl import Workbook

from facilities.imports.sheets import sheet
from facilities.models import ImportBatch
from facilities.operations import import_batch
from tenants.models import Appointment, User
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope

GONGSHU, GONGCHENQIAO, QIAOXI = 330105000000, 330105005000, 330105005054
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def divisions(db):
    call_command("load_divisions", verbosity=0)


@pytest.fixture
def catalogue(db):
    call_command("load_standard", verbosity=0)


@pytest.fixture
def registry(divisions, catalogue):
    """Divisions and catalogues, as a new portal has them."""


@pytest.fixture
def make_officer(db):
    """Makes somebody who may import for a division: `make_officer(330105005000)`."""

    def make(code=GONGSHU, role=Role.DISTRICT_ADMIN):
        user = User.objects.create_user(f"officer-{code}-{role}", password="x", display_name="测试员")
        with opened_scope(division_scope(code)):
            Appointment.objects.create(user=user, role=role, division_code=code, starts_on=date(2026, 1, 1))
        return user

    return make


@pytest.fixture
def officer(make_officer):
    return make_officer()


@pytest.fixture
def in_gongshu(registry):
    """The test runs inside the scope of the district."""
    with opened_scope(division_scope(GONGSHU)):
        yield


@pytest.fixture
def scope_of_gongshu(db):
    """The same scope in an empty portal."""
    with opened_scope(division_scope(GONGSHU)):
        yield


def book(sheets: dict[str, list], *, change=None) -> bytes:
    """An .xlsx of {title: rows}; the first row is the header. `change(workbook)` bends it before it is written."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        page = workbook.create_sheet(title)
        for row in rows:
            page.append(row)
    if change:
        change(workbook)
    buffer = BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def rows(key: str, *given: dict) -> list[list]:
    """Rows of one of the portal's sheets, header first, from mappings of column keys."""
    columns = sheet(key).columns
    return [[column.title for column in columns], *([row.get(column.key) for column in columns] for row in given)]


def a_facility(**changes) -> dict:
    return {
        "code": "330105005-01", "name": "云橹幸福家园", "street": "拱宸桥街道", "community": "桥西社区",
        "construction_type": "集成式", "lifecycle": "运行", "since": "2025-03-01",
    } | changes  # fmt: skip


def bring(content: bytes, *, by: User, name="台账.xlsx", code=GONGSHU) -> ImportBatch:
    """Upload, read and check a file; call it inside a scope."""
    batch = import_batch.receive(upload=ContentFile(content), name=name, by=by, division_code=code)
    import_batch.stage(batch_id=batch.pk, found=import_batch.read_file(batch))
    import_batch.check(batch_id=batch.pk, day=TODAY)
    return ImportBatch.objects.get(pk=batch.pk)


def confirm(batch: ImportBatch, *, by: User, with_doubtful=False) -> ImportBatch:
    import_batch.request_apply(batch=batch, by=by, with_doubtful=with_doubtful)
    import_batch.apply(batch_id=batch.pk, day=TODAY, now=NOW)
    return ImportBatch.objects.get(pk=batch.pk)


def bring_in(content: bytes, *, by: User, **options) -> ImportBatch:
    """Upload, check and confirm."""
    return confirm(bring(content, by=by, **options), by=by, with_doubtful=True)


def findings(batch: ImportBatch) -> list[tuple[str, str, str, str, str | None]]:
    """(sheet, cell, problem, expected, fix) of every finding, in the order of the file."""
    return [
        (row.sheet_title, f["cell"], f["problem"], f["expected"], f["fix"])
        for row in batch.rows.all()
        for f in row.findings
    ]
