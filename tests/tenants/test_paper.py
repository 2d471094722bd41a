"""Lines of Chinese as they are set: what may not begin or end a line, and the same bytes for the same content."""

import io

import pytest
from pypdf import PdfReader

from tenants.paper import Paper, Sheet


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("示范型普惠型", ["示范型普", "惠型"]),
        ("示范型普，惠型", ["示范型", "普，惠型"]),  # no mark begins a line
        ("示范型（普惠）", ["示范型", "（普惠）"]),  # and none that opens ends one
        ("示范型普”。惠", ["示范型", "普”。惠"]),
        ("", [""]),
    ],
)
def test_marks_stay_where_they_may_stand(text, lines):
    sheet = Sheet()
    sheet.type(10)
    assert sheet.broken(text, 4 * sheet.get_string_width("示") + 0.01) == lines


def test_the_type_is_embedded_and_the_same_content_gives_the_same_bytes():
    def made() -> bytes:
        paper = Paper(head="档案", foot="打印", demo=True)
        paper.heading("基本信息")
        paper.pairs([("名称", "登云幸福家园")])
        return bytes(paper.output())

    assert made() == made()
    page = PdfReader(io.BytesIO(made())).pages[0]
    assert "登云幸福家园" in page.extract_text().replace("\x00", "")
    [font] = [entry.get_object() for entry in page["/Resources"]["/Font"].values()]
    described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    assert {"/FontFile2", "/FontFile3"} & set(described)


def test_the_head_of_a_long_ledger_comes_once():
    paper = Paper(head="", foot="", demo=False)
    paper.rows(("名称", "面积"), [("甲", 1)], (80, 80))
    paper.rows(("名称", "面积"), [("乙", 2)], (80, 80), goes_on=True)
    text = PdfReader(io.BytesIO(bytes(paper.output()))).pages[0].extract_text().replace("\x00", "")
    assert [text.count(word) for word in ("名称", "甲", "乙")] == [1, 1, 1]
