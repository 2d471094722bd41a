"""The public notice, the directory and the list of plaques on paper, and the public pages and files."""

import io
import json
from datetime import UTC, datetime

import pytest
from django.test import Client
from docx import Document
from pypdf import PdfReader

from assessments.exports import notices
from assessments.models import DocumentKind, PublishedDocument
from assessments.operations.publishing import canonical
from assessments.rules.sampling import sha256
from tenants.scope import division_scope, opened_scope
from tests.assessments import year as y
from tests.people import GONGSHU

ENTRY = {
    "code": "330105005-01", "name": "第 1 幸福家园", "street": "拱宸桥街道", "construction": "集成式", "tier": 2,
    "tier_label": "示范型", "movement": "升级", "basis": "抽检核实",
}  # fmt: skip
FALLEN = {
    "code": "330105002-01", "name": "=cmd", "street": "湖墅街道", "movement": "降级", "before": "示范型", "after": "普惠型",
    "reason": "填报 6 / 6，核实 5 / 6。建筑面积 600 ㎡", "clause": "拱墅 三(一)1",
}  # fmt: skip


def _published(kind: DocumentKind, many: int = 1, **more) -> PublishedDocument:
    entries = [{**ENTRY, "code": f"330105005-{n:02d}", "tier": 2 - n % 2} for n in range(many)]
    content = {
        "district": GONGSHU, "district_name": "拱墅区", "year": 2026, "revision": 1, "reissue_reason": "",
        "basis": {"standards": [{"version": "gongshu@2025-draft", "status": "draft", "document": "实施意见(征求意见稿)"}]},
        "entries": [*entries, {**ENTRY, "code": "330105002-01", "name": "=cmd", "tier": 1}], "changes": [FALLEN], **more,
    }  # fmt: skip
    text = canonical(content)
    return PublishedDocument.objects.create(
        kind=kind, district=GONGSHU, year=2026, title="拱墅区2026 年度名录", content=text, sha256=sha256(text), sm3="0" * 64,
        published_at=datetime(2026, 12, 2, 1, 0, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.django_db
def test_the_notice_on_paper_says_when_it_ends_and_whom_to_write_to():
    document = _published(DocumentKind.NOTICE, many=60, notice_until="2026-12-01T23:59:59+08:00")
    reader = PdfReader(io.BytesIO(notices.pdf(document)))
    assert len(reader.pages) >= 2
    assert [round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]] == [210, 297]
    paper = Document(io.BytesIO(notices.word(document)))
    text = "".join(paragraph.text for paragraph in paper.paragraphs)
    for said in (
        "2026年度拱墅区大运河幸福家园",
        "根据《实施意见（征求意见稿）》有关要求",
        "公示期至2026年12月1日23时59分59秒止",
        "向拱墅区民政局书面反映",
        "三、降级和移出（1座）",
        "2026年12月2日",
    ):
        assert said in text, said
    section = paper.sections[0]
    assert [round(side.mm) for side in (section.top_margin, section.bottom_margin, section.left_margin)] == [37, 35, 28]
    assert notices.pdf(document) == notices.pdf(document), "the same bytes each time"
    assert "演示样稿" not in text


@pytest.mark.django_db
def test_paper_of_the_demonstration_says_so_on_every_page_and_brings_its_type_along():
    document = _published(DocumentKind.NOTICE, many=60, notice_until="2026-12-01T23:59:59+08:00", is_demo=True)
    reader = PdfReader(io.BytesIO(notices.pdf(document)))
    assert all("演示样稿，数据均为虚构" in page.extract_text().replace("\x00", "") for page in reader.pages)
    fonts = reader.pages[0]["/Resources"]["/Font"]
    descendants = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts.values()]
    assert len(descendants) == 2, "a type with serifs for the text, one without for headings"
    assert all("/FontFile3" in each["/FontDescriptor"] for each in descendants), "embedded"
    paper = Document(io.BytesIO(notices.word(document)))
    assert paper.paragraphs[0].text == "【演示样稿，数据均为虚构】"


@pytest.mark.django_db
def test_the_plaques_are_one_a_facility():
    document = _published(DocumentKind.DIRECTORY, many=3)
    rows = Document(io.BytesIO(notices.word(document, plaques=True))).tables[0].rows
    assert [row.cells[1].text for row in rows[1:]] == [f"大运河幸福家园（{ENTRY['tier_label']}）"] * 4
    assert PdfReader(io.BytesIO(notices.pdf(document, plaques=True))).pages


@pytest.mark.django_db
def test_anybody_reads_what_was_published_at_addresses_that_stay():
    client = Client()
    assert "还没有公布名录" in client.get("/directory/").content.decode()
    document = _published(DocumentKind.DIRECTORY)
    assert document.title in client.get("/directory/").content.decode()
    address = "/directory/330105/2026/directory-1"
    page = client.get(f"{address}/").content.decode()
    assert "第 1 幸福家园" in page
    assert document.sha256 in page
    assert "第 1 幸福家园" not in client.get(f"{address}/?q=湖墅").content.decode()
    raw = client.get(f"{address}.json")
    assert (sha256(raw.content.decode()), raw["X-Content-SHA256"]) == (document.sha256, document.sha256)
    assert json.loads(raw.content)["year"] == 2026
    table = client.get(f"{address}.csv").content.decode("utf-8-sig")
    assert "330105002-01,'=cmd,拱宸桥街道" in table
    for form, magic in (("pdf", b"%PDF"), ("docx", b"PK"), ("plaques.pdf", b"%PDF"), ("plaques.docx", b"PK")):
        answer = client.get(f"{address}.{form}")
        assert answer.content[: len(magic)] == magic, form
        assert answer["Content-Disposition"].startswith("attachment"), form
    for missing in ("directory-2/", "directory-1.exe", "directory-1.py", "draw-1/", "x/", "directory-١/"):
        assert client.get(f"/directory/330105/2026/{missing}").status_code == 404, missing


@pytest.mark.django_db
def test_what_is_only_computed_is_not_among_what_is_published(standards):
    """The public views read one table. A computed run, a proposal, an approval leave it empty."""
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU, readings=False, a_street=1)
        y.operations.directories.propose(round=year.round, run=year.run, by=year.admin, now=y.RECEIVED)
    assert PublishedDocument.objects.count() == 0
    assert "还没有公布名录" in Client().get("/directory/").content.decode()
