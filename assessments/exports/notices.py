"""Paper from a published document: PDF with its type embedded, Word by python-docx.

The PDF has the type of `tenants.paper`, the same on every machine. Word names the typefaces of GB/T 9704 (方正小标宋、仿宋、
黑体), with Song where they are not installed.
"""

import io
import json
from collections.abc import Sequence
from importlib.resources import as_file, files

from django.utils import timezone
from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from assessments.exports.layout import (
    BOTTOM_MM,
    DEMO_MARK,
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
from tenants import paper
from tenants.word import in_chinese, measured


def _sheet(document: PublishedDocument, is_plaques: bool) -> Sheet:
    corrected = document.kind == DocumentKind.DIRECTORY
    entries = entries_now(document) if corrected else json.loads(document.content)["entries"]
    day = timezone.localtime(document.published_at).date()
    return sheet_of(document.kind, document.content, entries, day, is_plaques=is_plaques)


def pdf(document: PublishedDocument, *, plaques: bool = False) -> bytes:
    return pdf_of(_sheet(document, plaques))


def pdf_of(sheet: Sheet) -> bytes:
    """A sheet as PDF in the manner of GB/T 9704."""
    page = _Notice(title=sheet.title.replace("\n", ""), author=sheet.signature, is_demo=sheet.is_demo)
    for line in sheet.title.split("\n"):
        page.line_of(line, TITLE_PT, 34, "C")
    page.set_y(page.get_y() + _mm(LINE_PT))
    for paragraph in sheet.paragraphs:
        page.paragraph(paragraph)
    for section in sheet.sections:
        if section.heading:
            page.heading(section)
        page.grid(section, keep_mm=_mm(TABLE_PT + 2 * LINE_PT) if section is sheet.sections[-1] else 0)
    for line in (sheet.signature, sheet.day):
        page.line_of(line, TEXT_PT, LINE_PT, "R", indent=2 * TEXT_PT)
    return bytes(page.output())


def _mm(points: float) -> float:
    return points * 25.4 / 72


class _Notice(paper.Sheet):
    """Pages of a notice: text on 28 pt lines, tables whose head comes again, the page number at the outer edge."""

    def __init__(self, *, title: str, author: str, is_demo: bool = False):
        super().__init__(title=title, author=author)
        self.is_demo = is_demo
        with as_file(files("pylopdf_fonts_zh_cn") / "NotoSerifSC-Regular.otf") as font:
            self.add_font("serif", fname=str(font))
        self.set_margins(LEFT_MM, TOP_MM, RIGHT_MM)
        self.set_auto_page_break(False)
        self.add_page()

    def type(self, points: float) -> None:
        """Text and title are in a type with serifs, as 仿宋 and 小标宋 are; headings and the demonstration's mark are not."""
        self.set_font("serif", size=points)

    def header(self) -> None:
        if self.is_demo:
            super().type(TABLE_PT)
            self.set_xy(210 - RIGHT_MM - 60, 16)
            self.cell(60, 8, DEMO_MARK, border=1, align="C")
        self.set_xy(LEFT_MM, TOP_MM)

    def heading(self, section: Section) -> None:
        """With the head of its table and a row on the same page."""
        self.room_for(_mm(LINE_PT) + 20)
        super().type(TEXT_PT)
        self.set_x(LEFT_MM + _mm(2 * TEXT_PT))
        self.cell(0, _mm(LINE_PT), section.heading, new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        """— 1 — right on odd pages, left on even ones."""
        self.type(FOLIO_PT)
        self.set_y(297 - BOTTOM_MM + 7)
        indent = _mm(FOLIO_PT)
        self.set_x(LEFT_MM + indent)
        self.cell(
            self.epw - 2 * indent, _mm(FOLIO_PT), f"— {self.page_no()} —", align="R" if self.page_no() % 2 else "L"
        )

    def room_for(self, height_mm: float) -> bool:
        """Begin a page if so much does not fit; whether it did."""
        if self.get_y() + height_mm <= 297 - BOTTOM_MM:
            return False
        self.add_page()
        return True

    def line_of(self, text: str, size: float, leading: float, align: str, *, indent: float = 0) -> None:
        self.room_for(_mm(leading))
        self.type(size)
        self.set_x(LEFT_MM)
        self.cell(self.epw - _mm(indent), _mm(leading), text, align=align, new_x="LMARGIN", new_y="NEXT")

    def paragraph(self, text: str) -> None:
        """Two characters in, both edges straight."""
        self.type(TEXT_PT)
        first = _mm(2 * TEXT_PT)
        lines = self.broken(text, self.epw, first)
        for number, line in enumerate(lines):
            self.room_for(_mm(LINE_PT))
            self.type(TEXT_PT)
            indent = first if number == 0 else 0
            spare = self.epw - indent - self.get_string_width(line)
            spread = spare / (len(line) - 1) if number < len(lines) - 1 and len(line) > 1 else 0
            self.set_char_spacing(max(0, spread) * 72 / 25.4)
            self.set_x(LEFT_MM + indent)
            self.cell(0, _mm(LINE_PT), line, new_x="LMARGIN", new_y="NEXT")
            self.set_char_spacing(0)

    def grid(self, section: Section, *, keep_mm: float = 0) -> None:
        """keep_mm: what must follow the last row on its page, so that no signature stands on a page of its own."""
        self._row(section.head, section, is_head=True)
        for row in section.rows:
            self._row(row, section, keep_mm=keep_mm if row is section.rows[-1] else 0)
        self.set_y(self.get_y() + _mm(TABLE_PT))

    def _row(self, words: Sequence[str], section: Section, *, is_head: bool = False, keep_mm: float = 0) -> None:
        self.type(TABLE_PT)
        leading, pad = _mm(17), 1.0
        cells = [self.broken(word, width - 2 * pad - 1) for word, width in zip(words, section.widths_mm, strict=True)]
        height = max(map(len, cells)) * leading + 2 * pad
        if self.room_for(height + keep_mm) and not is_head:
            self._row(section.head, section, is_head=True)
        self.type(TABLE_PT)
        top, left = self.get_y(), float(LEFT_MM)
        for column, (lines, width) in enumerate(zip(cells, section.widths_mm, strict=True)):
            self.rect(left, top, width, height)
            at = top + (height - len(lines) * leading) / 2
            for line in lines:
                self.set_xy(left + pad, at)
                self.cell(width - 2 * pad, leading, line, align="C" if is_head or column == 0 else "L")
                at += leading
            left += width
        self.set_y(top + height)


def word(document: PublishedDocument, *, plaques: bool = False) -> bytes:
    sheet, made, out = _sheet(document, plaques), Document(), io.BytesIO()
    in_chinese(made)
    page = made.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(TOP_MM), Mm(BOTTOM_MM)
    page.left_margin, page.right_margin = Mm(LEFT_MM), Mm(RIGHT_MM)
    moment = document.published_at.replace(tzinfo=None, microsecond=0)
    made.core_properties.title, made.core_properties.author = sheet.title.replace("\n", ""), sheet.signature
    made.core_properties.created = made.core_properties.modified = moment
    if sheet.is_demo:
        _line(made, f"【{DEMO_MARK}】", "黑体", TABLE_PT, LINE_PT, WD_ALIGN_PARAGRAPH.RIGHT)
    for line in sheet.title.split("\n"):
        _line(made, line, "方正小标宋简体", TITLE_PT, 34, WD_ALIGN_PARAGRAPH.CENTER)
    _line(made, "", "仿宋_GB2312", TEXT_PT, LINE_PT, WD_ALIGN_PARAGRAPH.LEFT)
    for paragraph in sheet.paragraphs:
        _line(made, paragraph, "仿宋_GB2312", TEXT_PT, LINE_PT, WD_ALIGN_PARAGRAPH.JUSTIFY, first=2 * TEXT_PT)
    for section in sheet.sections:
        if section.heading:
            heading = _line(made, section.heading, "黑体", TEXT_PT, LINE_PT, WD_ALIGN_PARAGRAPH.LEFT, first=2 * TEXT_PT)
            heading.paragraph_format.keep_with_next = True
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
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for row_number, row in enumerate((section.head, *section.rows)):
        cells = table.rows[0].cells if row_number == 0 else table.add_row().cells
        for column, word_ in enumerate(row):
            paragraph = cells[column].paragraphs[0]
            centred = row_number == 0 or column == 0
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
            _run(paragraph, word_, "黑体" if row_number == 0 else "仿宋_GB2312", TABLE_PT)
    measured(table, section.widths_mm)
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
