"""Sheets of paper: headings, tables, notes. The font comes in a wheel, so nothing depends on what a machine has installed."""

from collections.abc import Iterable, Sequence
from importlib.resources import as_file, files

from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout, XPos, YPos

CANAL, INK, GREY, GROUND = (17, 94, 104), (26, 36, 40), (92, 106, 114), (239, 246, 246)
_FAMILY = "sans"


class Paper(FPDF):
    """A4 with a head line and `第 1 页，共 3 页` at the foot of each page. demo: whether the mark of the demonstration is set."""

    def __init__(self, *, head: str, foot: str, demo: bool):
        super().__init__(format="A4")
        self.head_line, self.foot_line, self.demo = head, foot, demo
        with as_file(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf") as font:
            self.add_font(_FAMILY, fname=str(font))
        self.set_margins(18, 22, 18)
        self.set_auto_page_break(True, margin=20)
        self.set_font(_FAMILY, size=10)
        self.set_lang("zh-CN")
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
        self.multi_cell(0, size * 0.55, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(*INK)

    def line_of(self, text: str) -> None:
        self.set_font(_FAMILY, size=10)
        self.multi_cell(0, 6, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rows(
        self, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int], *, none: str = "没有记录。"
    ) -> None:
        lines = [list(map(str, row)) for row in rows]
        if not lines:
            self.note(none, size=10)
            return
        self.set_font(_FAMILY, size=9)
        self.set_draw_color(215, 222, 223)
        style = FontFace(emphasis="", color=CANAL, fill_color=GROUND)
        with self.table(
            col_widths=tuple(widths), headings_style=style, line_height=5, padding=1.2, text_align="LEFT",
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        ) as table:  # fmt: skip
            for line in [list(head), *lines]:
                table.row(line)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.rows(("项目", "内容"), pairs, (32, 142))
