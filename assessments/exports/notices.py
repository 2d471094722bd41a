"""Paper from a published document: PDF by reportlab, Word by python-docx.

The PDF names the standard Song typeface of Adobe's Simplified Chinese collection and embeds none: readers bring it or a
like one. Word names the typefaces of GB/T 9704 (方正小标宋、仿宋、黑体), with Song where they are not installed.
"""

import io
import json
from html import escape

from django.utils import timezone
from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
from reportlab.platypus import paragraph as paragraphs

from assessments.exports.layout import (
    BOTTOM_MM,
    FOLIO_PT,
    LEFT_MM,
    LINE_PT,
    RIGHT_MM,
    TABLE_PT,
    TEXT_PT,
    TITLE_PT,
    TOP_MM,
    Section,
    Sheet,
    sheet_of,
)
from assessments.models import DocumentKind, PublishedDocument
from assessments.queries.directories import entries_now

SONG = "STSong-Light"
# The library knows the Japanese marks that do not begin a line; Chinese has these too.
paragraphs.ALL_CANNOT_START += "，：；！？）》”’"
pdfmetrics.registerFont(UnicodeCIDFont(SONG))


def _sheet(document: PublishedDocument, is_plaques: bool) -> Sheet:
    corrected = document.kind == DocumentKind.DIRECTORY
    entries = entries_now(document) if corrected else json.loads(document.content)["entries"]
    day = timezone.localtime(document.published_at).date()
    return sheet_of(document.kind, document.content, entries, day, is_plaques=is_plaques)


def pdf(document: PublishedDocument, *, plaques: bool = False) -> bytes:
    return pdf_of(_sheet(document, plaques))


def pdf_of(sheet: Sheet) -> bytes:
    """A sheet as PDF in the manner of GB/T 9704."""
    out = io.BytesIO()
    pages = SimpleDocTemplate(
        out, pagesize=A4, topMargin=TOP_MM * mm, bottomMargin=BOTTOM_MM * mm, leftMargin=LEFT_MM * mm,
        rightMargin=RIGHT_MM * mm, title=sheet.title.replace("\n", ""), author=sheet.signature, invariant=1,
    )  # fmt: skip
    story = [
        *(Paragraph(escape(line), _style(TITLE_PT, 34, TA_CENTER)) for line in sheet.title.split("\n")),
        Spacer(1, LINE_PT),
    ]
    text = _style(TEXT_PT, LINE_PT, TA_JUSTIFY, first=2 * TEXT_PT)
    story += [Paragraph(escape(paragraph), text) for paragraph in sheet.paragraphs]
    for section in sheet.sections:
        if section.heading:
            story.append(Paragraph(escape(section.heading), text))
        story += [_table(section), Spacer(1, TABLE_PT)]
    for line in (sheet.signature, sheet.day):
        story.append(Paragraph(escape(line), _style(TEXT_PT, LINE_PT, TA_RIGHT, right=2 * TEXT_PT)))
    pages.build(story, onFirstPage=_folio, onLaterPages=_folio)
    return out.getvalue()


def _style(size: int, leading: int, alignment: int, *, first: int = 0, right: int = 0) -> ParagraphStyle:
    return ParagraphStyle(
        f"{size}-{alignment}-{first}", fontName=SONG, fontSize=size, leading=leading, alignment=alignment,
        firstLineIndent=first, rightIndent=right, wordWrap="CJK",
    )  # fmt: skip


def _table(section: Section) -> Table:
    cell = _style(TABLE_PT, 17, TA_JUSTIFY)
    head = _style(TABLE_PT, 17, TA_CENTER)
    rows = [[Paragraph(escape(word), head) for word in section.head]]
    rows += [
        [Paragraph(escape(word), head if column == 0 else cell) for column, word in enumerate(row)]
        for row in section.rows
    ]
    made = Table(rows or [[""]], colWidths=[width * mm for width in section.widths_mm], repeatRows=1)
    made.setStyle(
        TableStyle([("GRID", (0, 0), (-1, -1), 0.5, black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                    ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 4)])
    )  # fmt: skip
    return made


def _folio(canvas, document) -> None:
    """— 1 — at the outer edge: right on odd pages, left on even ones."""
    canvas.saveState()
    canvas.setFont(SONG, FOLIO_PT)
    text, y = f"— {document.page} —", BOTTOM_MM * mm - 7 * mm - FOLIO_PT
    if document.page % 2:
        canvas.drawRightString(A4[0] - RIGHT_MM * mm - FOLIO_PT, y, text)
    else:
        canvas.drawString(LEFT_MM * mm + FOLIO_PT, y, text)
    canvas.restoreState()


def word(document: PublishedDocument, *, plaques: bool = False) -> bytes:
    sheet, made, out = _sheet(document, plaques), Document(), io.BytesIO()
    page = made.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(TOP_MM), Mm(BOTTOM_MM)
    page.left_margin, page.right_margin = Mm(LEFT_MM), Mm(RIGHT_MM)
    moment = document.published_at.replace(tzinfo=None, microsecond=0)
    made.core_properties.title, made.core_properties.author = sheet.title.replace("\n", ""), sheet.signature
    made.core_properties.created = made.core_properties.modified = moment
    for line in sheet.title.split("\n"):
        _line(made, line, "方正小标宋简体", TITLE_PT, 34, WD_ALIGN_PARAGRAPH.CENTER)
    _line(made, "", "仿宋_GB2312", TEXT_PT, LINE_PT, WD_ALIGN_PARAGRAPH.LEFT)
    for paragraph in sheet.paragraphs:
        _line(made, paragraph, "仿宋_GB2312", TEXT_PT, LINE_PT, WD_ALIGN_PARAGRAPH.JUSTIFY, first=2 * TEXT_PT)
    for section in sheet.sections:
        if section.heading:
            _line(made, section.heading, "黑体", TEXT_PT, LINE_PT, WD_ALIGN_PARAGRAPH.LEFT, first=2 * TEXT_PT)
        _word_table(made, section)
    _line(made, "", "仿宋_GB2312", TEXT_PT, LINE_PT, WD_ALIGN_PARAGRAPH.LEFT)
    for line in (sheet.signature, sheet.day):
        made_line = _line(made, line, "仿宋_GB2312", TEXT_PT, LINE_PT, WD_ALIGN_PARAGRAPH.RIGHT)
        made_line.paragraph_format.right_indent = Pt(2 * TEXT_PT)
    _word_folio(page)
    made.save(out)
    return out.getvalue()


def _line(at, text: str, face: str, size: int, leading: int, alignment, *, first: int = 0):
    paragraph = at.add_paragraph()
    paragraph.alignment = alignment
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(leading)
    if first:
        form.first_line_indent = Pt(first)
    _run(paragraph, text, face, size)
    return paragraph


def _run(paragraph, text: str, face: str, size: int):
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), face
    run._element.rPr.rFonts.set(qn("w:eastAsia"), face)
    return run


def _word_table(made, section: Section) -> None:
    table = made.add_table(rows=1, cols=len(section.head), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for row_number, row in enumerate((section.head, *section.rows)):
        cells = table.rows[0].cells if row_number == 0 else table.add_row().cells
        for column, word_ in enumerate(row):
            cells[column].width = Mm(section.widths_mm[column])
            paragraph = cells[column].paragraphs[0]
            centred = row_number == 0 or column == 0
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
            _run(paragraph, word_, "黑体" if row_number == 0 else "仿宋_GB2312", TABLE_PT)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)


def _word_folio(page) -> None:
    paragraph = page.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, "— ", "宋体", FOLIO_PT)
    run = _run(paragraph, "", "宋体", FOLIO_PT)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._element.append(element)
    _run(paragraph, " —", "宋体", FOLIO_PT)
