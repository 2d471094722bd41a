"""Sheets of paper as PDF. The type comes in a wheel and is embedded, so nothing depends on what a machine has installed.

`Sheet` is A4 with that type and Chinese line breaks; `Paper` the portal's own look: headings, tables, notes.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.resources import as_file, files

from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout, XPos, YPos

CANAL, INK, GREY, GROUND = (17, 94, 104), (26, 36, 40), (92, 106, 114), (239, 246, 246)
_FAMILY = "sans"


_NEVER_FIRST = frozenset("，。、：；！？）》〉」』】〕”’…%℃,.:;!?)]}")
_NEVER_LAST = frozenset("（《〈「『【〔“‘([{")
_MADE = datetime(2025, 1, 1, tzinfo=UTC)  # a file says in its text when it was made; its bytes follow from its content


class Sheet(FPDF):
    """A4, the embedded type, and nothing on it. The same content gives the same bytes."""

    def __init__(self, *, title: str = "", author: str = ""):
        super().__init__(format="A4")
        self.set_creation_date(_MADE)
        self.set_title(title)
        self.set_author(author)
        with as_file(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf") as font:
            self.add_font(_FAMILY, fname=str(font))
        self.set_font(_FAMILY, size=10)
        self.set_lang("zh-CN")

    def type(self, points: float) -> None:
        self.set_font(_FAMILY, size=points)

    def broken(self, text: str, width: float, first: float = 0) -> list[str]:
        """The lines of a paragraph in the present type. width: mm; first: mm that the first line is indented by.

        A mark that may not begin a line takes the character before it along; one that may not end a line goes on to the next.
        """
        lines, line, room = [], "", width - first
        for character in text:
            if not line or self.get_string_width(line + character) <= room:
                line += character
                continue
            keep = len(line)
            if character in _NEVER_FIRST:
                keep -= 1
            while keep > 1 and (line[keep - 1] in _NEVER_LAST or line[keep : keep + 1] in _NEVER_FIRST):
                keep -= 1
            keep = keep if keep > 0 else len(line)
            lines.append(line[:keep])
            line, room = line[keep:] + character, width
        return [*lines, line] if line or not lines else lines


class Paper(Sheet):
    """A4 with a head line and `第 1 页，共 3 页` at the foot of each page. demo: whether the mark of the demonstration is set."""

    def __init__(self, *, head: str, foot: str, demo: bool):
        super().__init__()
        self.head_line, self.foot_line, self.demo = head, foot, demo
        self.set_margins(18, 22, 18)
        self.set_auto_page_break(True, margin=20)
        self.add_page()

    def header(self) -> None:
        self.set_xy(18, 10)
        self.set_font(_FAMILY, size=8.5)
        self.set_text_color(*GREY)
        self.cell(120, 5, self.head_line)
        if self.demo:
            self.set_xy(150, 9)
            self.set_text_color(115, 80, 0)
            self.set_draw_color(226, 201, 142)
            self.cell(42, 7, "演示数据，均为虚构", border=1, align="C")
        self.set_xy(18, 22)
        self.set_text_color(*INK)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(_FAMILY, size=8.5)
        self.set_text_color(*GREY)
        self.cell(110, 5, self.foot_line)
        self.cell(0, 5, f"第 {self.page_no()} 页，共 {{nb}} 页", align="R")
        self.set_text_color(*INK)

    def title_line(self, text: str, below: str) -> None:
        self.set_font(_FAMILY, size=20)
        self.set_text_color(*CANAL)
        self.multi_cell(0, 10, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.note(below)

    def heading(self, text: str) -> None:
        if self.will_page_break(28):
            self.add_page()
        self.ln(3)
        self.start_section(text)
        self.set_font(_FAMILY, size=13)
        self.set_text_color(*CANAL)
        self.cell(0, 8, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(*INK)

    def note(self, text: str, *, size: float = 9) -> None:
        self.set_font(_FAMILY, size=size)
        self.set_text_color(*GREY)
        self.multi_cell(0, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(*INK)

    def line_of(self, text: str) -> None:
        self.set_font(_FAMILY, size=10)
        self.multi_cell(0, 6, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rows(
        self, head: Sequence[str], rows: Iterable[Sequence], widths: Sequence[int], *, none: str = "没有记录。",
        goes_on: bool = False, align: str | tuple[str, ...] = "LEFT",
    ) -> None:  # fmt: skip
        """A table. widths: mm. align: of all columns, or of each. goes_on: its rows follow those of the table before, without
        a head of their own."""
        lines = [list(map(str, row)) for row in rows]
        if not lines:
            self.note(none, size=10)
            return
        self.set_font(_FAMILY, size=9)
        self.set_draw_color(215, 222, 223)
        style = FontFace(emphasis="", color=CANAL, fill_color=GROUND)
        with self.table(
            col_widths=tuple(widths), headings_style=style, line_height=5, padding=1.2, text_align=align,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES, first_row_as_headings=not goes_on,
        ) as table:  # fmt: skip
            for line in lines if goes_on else [list(head), *lines]:
                table.row(line)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.rows(("项目", "内容"), pairs, (32, 142))
