"""What every Word document of the portal needs: the language of its words, tables of measured columns, lines that stay together."""

from collections.abc import Sequence

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt


def in_chinese(document) -> None:
    """Chinese punctuation and glyphs of the mainland; no space is put between Chinese and digits (GB/T 9704)."""
    defaults = document.styles.element.find(qn("w:docDefaults"))
    run = defaults.find(qn("w:rPrDefault")).find(qn("w:rPr"))
    language = run.find(qn("w:lang"))
    if language is None:
        language = run.makeelement(qn("w:lang"), {})
        run.append(language)
    language.set(qn("w:eastAsia"), "zh-CN")
    paragraph = document.styles["Normal"].element.get_or_add_pPr()
    for number, name in enumerate(("w:autoSpaceDE", "w:autoSpaceDN")):
        off = OxmlElement(name)
        off.set(qn("w:val"), "0")
        paragraph.insert(number, off)


def measured(table, widths_mm: Sequence[float], *, pad_pt: float = 3) -> None:
    """Columns as wide as told, whoever opens the file; air above and below each line; no row is broken over a page."""
    table.autofit = False
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths_mm, strict=True):
            cell.width = Mm(width)
            for paragraph in cell.paragraphs:
                form = paragraph.paragraph_format
                form.space_before = form.space_after = Pt(pad_pt)
                form.line_spacing = 1.0
