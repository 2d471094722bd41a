"""Results by workbook: the template says nothing that was reported; errors name their cell; twice is once."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from assessments.models import VisitFinding, VisitOperation
from facilities.uploads import store
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.facilities.test_archives import picture
from tests.people import GONGSHU, client_of


@pytest.fixture
def visits(standards):
    with opened_scope(division_scope(GONGSHU)):
        return y.Year(GONGSHU, readings=False, a_street=1).to_assigned()


def _filled(client, photos: str = "", **values) -> SimpleUploadedFile:
    """The template with some items filled in: key → (found, text); `photos`: what stands in the column of the first such row."""
    book = load_workbook(io.BytesIO(client.get("/my-visits/template/").content))
    for row in book.active.iter_rows(min_row=3):
        if row[2].value in values:
            row[5].value, row[6].value = values[row[2].value]
            row[7].value = "2026-11-20 10:30:00"
            row[8].value, photos = photos, ""
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


def _zip(**files) -> SimpleUploadedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in files.items():
            package.writestr(f"现场/{name}.jpg", content)
    return SimpleUploadedFile("照片.zip", out.getvalue(), "application/zip")


def test_photos_come_by_name_and_what_does_not_match_is_named(visits, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = client_of(visits[0].user)
    for _ in range(2):
        book = _filled(client, "正门.jpg、不见.jpg、坏的.jpg", floor_area_documented=("905.5", ""))
        archive = _zip(正门=picture(), 坏的=b"no picture", 多余=picture("red"))
        page = client.post("/my-visits/upload/", {"file": book, "photos": archive}, follow=True).content.decode()
        assert "收到照片 1 张" in page
        assert "压缩包里没有的照片：不见.jpg（I3）" in page
        assert "没有收下：多余.jpg" in page
        assert "照片 坏的.jpg：" in page
    with opened_scope(division_scope(GONGSHU)):
        [row] = VisitOperation.objects.filter(kind="photo")
        assert (row.visit_id, row.key, row.state) == (visits[0].pk, "floor_area_documented", "applied")
        assert store.content_of(row.stored_sha256)


def test_a_bomb_beside_the_workbook_keeps_everything_out(visits):
    client = client_of(visits[0].user)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a.jpg", bytes(30_000_000))
    book = _filled(client, "a.jpg", floor_area_documented=("905.5", ""))
    archive = SimpleUploadedFile("照片.zip", out.getvalue())
    page = client.post("/my-visits/upload/", {"file": book, "photos": archive}, follow=True).content.decode()
    assert "a.jpg 解开以后大得不正常" in page
    with opened_scope(division_scope(GONGSHU)):
        assert VisitOperation.objects.count() == 0
