"""An agreement on paper: what stands in it, as Word and as PDF. The words come from the agreement and nowhere else."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from partners.models import Agreement
from partners.sheets import AgreementPaper
from standards.queries import function_names
from tenants.queries import division_names
from tenants.rules import street_of
from tenants.word import in_chinese, measured

ONE_DAY = timedelta(days=1)
BLANK = "____________"


@dataclass(frozen=True)
class Part:
    """A numbered part: sentences, and perhaps a table with its head."""

    title: str
    sentences: tuple[str, ...]
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Contract:
    title: str
    number: str
    parties: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    is_demo: bool
    state: str


def written_day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else "____年__月__日"


def contract_of(agreement: Agreement) -> Contract:
    """What an agreement says. Its facility, partner, space and prices must be readable."""
    facility, partner = agreement.facility, agreement.partner
    street = division_names([street_of(facility.division_code)]).get(street_of(facility.division_code), "")
    item = function_names(agreement.starts_on).get(agreement.item_number or 0, "")
    place = f"{facility.name}" + (f"“{agreement.space.name}”" if agreement.space else "（不占固定空间）")
    term = f"自{written_day(agreement.starts_on)}起，至{written_day(agreement.ends_on and agreement.ends_on - ONE_DAY)}止。"
    prices = tuple(
        (
            price.name,
            price.get_fee_nature_display(),
            "免费" if not price.price_fen else f"{price.price_fen / 100:.2f}元",
            f"每{price.unit}",
        )
        for price in agreement.prices.all()
    )
    return Contract(
        "大运河幸福家园合伙服务协议",
        agreement.number,
        (
            ("甲方", f"{street or BLANK}"),
            ("乙方", partner.name + (f"（统一社会信用代码 {partner.uscc}）" if partner.uscc else "")),
        ),
        (
            Part(
                "服务内容",
                (
                    f"乙方在{facility.name}提供“{agreement.service}”服务" + (f"，对应功能“{item}”。" if item else "。"),
                    f"入驻方式：{agreement.get_moves_in_display()}。"
                    + (f"运营模式：{agreement.get_run_as_display()}。" if agreement.run_as else ""),
                ),
            ),
            Part("服务地点和期限", (f"服务地点：{place}。", f"协议期{term}")),
            Part("服务时间", (agreement.hours,)),
            Part(
                "收费",
                ("按下列价目收取，价目在服务场所公示，不另行加价。" if prices else "不收费。",),
                ("项目", "收费性质", "单价", "单位") if prices else (),
                prices,
            ),
            Part("双方责任", tuple(line for line in agreement.duties.splitlines() if line.strip())),
            Part(
                "评估与退出",
                (
                    "甲方每年对乙方做能力评估，听取群众意见。评估不通过或群众满意度低于约定的，乙方限期整改。",
                    "任何一方要求退出，应提前告知对方，结清账目、交接场地以后办理准出。",
                ),
            ),
            Part("其他约定", tuple(line for line in agreement.terms.splitlines() if line.strip()) or ("无。",)),
        ),
        partner.is_demo,
        agreement.get_state_display(),
    )


NUMERALS = "一二三四五六七八九十"


def word(contract: Contract) -> bytes:
    """A .docx on A4, in Song and Hei as every office has them."""
    document = Document()
    in_chinese(document)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(27)
    page.top_margin = page.bottom_margin = Mm(20)
    normal = document.styles["Normal"]
    normal.font.size = Pt(12)
    normal.font.name = "宋体"
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    _paragraph(document, contract.title, size=20, bold=True, centred=True)
    _paragraph(document, f"编号：{contract.number}", centred=True)
    if contract.is_demo:
        _paragraph(document, "演示数据，均为虚构", bold=True, centred=True)
    for role, name in contract.parties:
        _paragraph(document, f"{role}：{name}")
    for numeral, part in zip(NUMERALS, contract.parts, strict=False):
        _paragraph(document, f"{numeral}、{part.title}", bold=True, keeps=True)
        for sentence in part.sentences:
            _paragraph(document, sentence, indented=True, keeps=part is contract.parts[-1])
        if part.rows:
            _table(document, part.head, part.rows)
    _paragraph(document, "", keeps=True)
    for role, _ in contract.parties:
        _paragraph(
            document, f"{role}（盖章或签字）：{BLANK}　　日期：____年__月__日", keeps=role != contract.parties[-1][0]
        )
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _paragraph(document, text: str, *, size: int = 12, bold=False, centred=False, indented=False, keeps=False) -> None:
    """keeps: on one page with what follows, as a heading with its text and the signatures with each other."""
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(6 if bold else 0), Pt(2), Pt(1.6 * size)
    form.keep_with_next = keeps
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indented:
        paragraph.paragraph_format.first_line_indent = Pt(24)


def _table(document, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=1, cols=len(head), style="Table Grid")
    for line, cells in [(table.rows[0], head), *((table.add_row(), row) for row in rows)]:
        for cell, text in zip(line.cells, cells, strict=True):
            cell.text = text
    measured(table, [156 / len(head)] * len(head))


def pdf(contract: Contract) -> bytes:
    """The same on A4, with the font in the file."""
    paper = AgreementPaper(contract.number, demo=contract.is_demo)
    paper.title_of(contract.title, f"编号：{contract.number}")
    for role, name in contract.parties:
        paper.sentence(f"{role}：{name}")
    for numeral, part in zip(NUMERALS, contract.parts, strict=False):
        paper.heading_of(f"{numeral}、{part.title}")
        for sentence in part.sentences:
            paper.sentence(f"　　{sentence}")
        if part.rows:
            paper.table_of(part.head, part.rows)
    paper.ln(8)
    for role, _ in contract.parties:
        paper.sentence(f"{role}（盖章或签字）：{BLANK}　　日期：____年__月__日")
        paper.ln(4)
    return bytes(paper.output())
