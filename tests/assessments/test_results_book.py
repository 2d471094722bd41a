"""Results by workbook: the template says nothing that was reported; errors name their cell; twice is once."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from assessments.models import VisitFinding, VisitOperation
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.people import GONGSHU, client_of


@pytest.fixture
def visits(standards):
    with opened_scope(division_scope(GONGSHU)):
        return y.Year(GONGSHU, readings=False, a_street=1).to_assigned()


def _filled(client, **values) -> SimpleUploadedFile:
    """The template with some items filled in: key → (found, text)."""
    book = load_workbook(io.BytesIO(client.get("/my-visits/template/").content))
    for row in book.active.iter_rows(min_row=3):
        if row[2].value in values:
            row[5].value, row[6].value = values[row[2].value]
            row[7].value = "2026-11-20 10:30:00"
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("结果.xlsx", out.getvalue())


def _said(client, file) -> str:
    return client.post("/my-visits/upload/", {"file": file}, follow=True).content.decode()


def test_a_workbook_is_taken_in_once_however_often_it_is_sent(visits):
    client = client_of(visits[0].user)
    mine = sum(visit.user_id == visits[0].user_id for visit in visits)
    for _ in range(2):
        file = _filled(client, floor_area_documented=("905.5", "测距仪"), operator_in_place=("是", ""))
        assert f"已收到 {mine * 2} 项。" in _said(client, file)
    with opened_scope(division_scope(GONGSHU)):
        assert VisitOperation.objects.count() == mine * 2
        found = VisitFinding.objects.filter(visit=visits[0])
        assert dict(found.values_list("key", "value")) == {"floor_area_documented": 90_550, "operator_in_place": 1}


def test_an_error_names_its_cell_and_keeps_the_whole_file_out(visits):
    client = client_of(visits[0].user)
    said = _said(client, _filled(client, floor_area_documented=("很大", ""), operator_in_place=("是", "")))
    assert "处要改，什么也没有写入" in said
    assert "“很大”不是数字" in said
    assert "F3：" in said
    other = next(visit for visit in visits if visit.user_id != visits[0].user_id)
    stolen = _filled(client_of(other.user), operator_in_place=("是", ""))
    assert "这次上门不是派给你的" in _said(client, stolen)
    assert "请先选一份" in client.post("/my-visits/upload/", follow=True).content.decode()
    assert "只收 .xlsx" in _said(client, SimpleUploadedFile("结果.exe", b"MZ"))
    with opened_scope(division_scope(GONGSHU)):
        assert VisitOperation.objects.count() == 0
