"""Word documents: mainland Chinese, columns as wide as told."""

from docx import Document
from docx.oxml.ns import qn

from tenants.word import in_chinese, measured


def test_a_document_is_in_chinese_and_its_columns_are_as_wide_as_told():
    document = Document()
    in_chinese(document)
    [language] = document.styles.element.iter(qn("w:lang"))
    assert language.get(qn("w:eastAsia")) == "zh-CN"
    assert document.styles["Normal"].element.pPr.find(qn("w:autoSpaceDN")).get(qn("w:val")) == "0"
    table = document.add_table(rows=2, cols=2)
    measured(table, [30, 126])
    assert [round(column.width.mm) for column in table.columns] == [30, 126]
    assert round(table.rows[1].cells[1].width.mm) == 126
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
