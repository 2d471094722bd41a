"""A sheet of A4 for agreements. The font comes in a wheel, so nothing depends on what a machine has installed."""

from collections.abc import Sequence
from importlib.resources import as_file, files

from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos

_FAMILY = "sans"


class AgreementPaper(FPDF):
    """demo: whether every page says that what stands on it is made up."""

    def __init__(self, number: str, *, demo: bool):
        super().__init__(format="A4")
        self.number, self.demo = number, demo
        with as_file(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf") as font:
            self.add_font(_FAMILY, fname=str(font))
        self.set_margins(27, 25, 27)
        self.set_auto_page_break(True, margin=22)
        self.set_lang("zh-CN")
        self.set_font(_FAMILY, size=11)
        self.add_page()

    def header(self) -> None:
        if self.demo:
            self.set_font(_FAMILY, size=9)
            self.set_xy(27, 12)
            self.cell(0, 5, "演示数据，均为虚构", align="R")
            self.set_xy(27, 25)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(_FAMILY, size=9)
        self.cell(0, 5, f"协议 {self.number}　第 {self.page_no()} 页，共 {{nb}} 页", align="C")

    def title_of(self, text: str, below: str) -> None:
        self.set_font(_FAMILY, size=19)
        self.multi_cell(0, 11, text, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font(_FAMILY, size=11)
        self.multi_cell(0, 8, below, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def heading_of(self, text: str) -> None:
        if self.will_page_break(20):
            self.add_page()
        self.ln(2)
        self.set_font(_FAMILY, size=12.5)
        self.cell(0, 8, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def sentence(self, text: str) -> None:
        self.set_font(_FAMILY, size=11)
        self.multi_cell(0, 7, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=WrapMode.CHAR)

    def table_of(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.set_font(_FAMILY, size=10.5)
        with self.table(line_height=6.5, padding=1, text_align="LEFT", first_row_as_headings=False) as table:
            for line in [tuple(head), *rows]:
                table.row(line)
