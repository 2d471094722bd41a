"""A fund's year on paper."""

from datetime import date

from partners.models import Fund
from partners.queries.funds import Row, Year
from partners.wording import fen_text
from tenants.paper import Paper


def statement_paper(fund: Fund, year: Year, rows: list[Row], today: date) -> bytes:
    """The statement as PDF: what it began with, what came and went, what is left, every entry, and who signs."""
    paper = Paper(head=f"{fund.name} {year.year} 年对账单", foot=f"生成于 {today}", demo=fund.is_demo)
    paper.title_line(f"{year.year} 年对账单", f"{fund.name}（{fund.get_kind_display()}），管理单位：{fund.manager}")
    of = year.statement
    paper.heading("收支")
    paper.rows(
        ("项目", "金额（元）"),
        [
            ("期初结余", fen_text(of.opening_fen)), ("收入", fen_text(of.income_fen)), ("资助拨付", fen_text(-of.grants_fen)),
            ("直接支出", fen_text(-of.expenses_fen)), ("基金间净划入", fen_text(of.transferred_in_fen)),
            ("期末结余", fen_text(of.closing_fen)),
        ],
        (110, 64), align=("LEFT", "RIGHT"),
    )  # fmt: skip
    paper.note(f"资金用途：{fund.purpose}。管理制度：{fund.rules_document or '还没有登记'}。")
    paper.heading("按来源")
    paper.rows(
        ("来源", "收入（元）", "支出（元）"),
        [(label, fen_text(i), fen_text(o)) for label, i, o in year.sources],
        (70, 52, 52),
    )
    paper.heading("逐笔")
    paper.rows(
        ("号", "日期", "类别", "摘要", "附件", "增减（元）", "结余（元）"),
        [
            (row.entry.number, f"{row.entry.day}", row.entry.get_kind_display(), f"{row.entry.counterparty}：{row.entry.summary}",
             row.files or "", fen_text(row.change_fen), fen_text(row.held_fen))
            for row in rows
        ],
        (10, 22, 20, 56, 12, 27, 27), none="这一年没有记账。",
        align=("LEFT", "LEFT", "LEFT", "LEFT", "RIGHT", "RIGHT", "RIGHT"),
    )  # fmt: skip
    paper.note(f"“附件”是放款单上的佐证文件份数，本年共 {sum(row.files for row in rows)} 份。")
    paper.ln(8)
    paper.line_of("记账：                              复核：                              管理单位（章）：")
    return bytes(paper.output())
