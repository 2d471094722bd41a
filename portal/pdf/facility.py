"""What stands in a facility's file: what it is, its tier with each criterion and clause, and its ledgers on a day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from assessments.rules.explanation import Line
from facilities.models import FacilityState, Lifecycle
from portal.queries.facility import Head
from portal.queries.functions import Functions
from portal.queries.judged import Result
from portal.queries.ledgers import CharityYear, Projects, Share, SiteRows
from portal.wording import OUTCOME_NAMES, m2_text, quarter_text, yuan_text
from tenants.paper import Paper

MARKS = {1: "✓ ", 0: "× ", 2: "？"}


@dataclass(frozen=True)
class File:
    """Everything that is printed; `result` None where no run judged the facility or the reader may not see it."""

    head: Head
    day: date
    printed_at: datetime
    printed_by: str
    demo: bool
    result: Result | None
    states: list[FacilityState]
    covered: list[str]
    sites: list[SiteRows]
    shares: list[Share]
    functions: Functions
    operators: list
    projects: Projects
    charity: list[CharityYear]


Part = Callable[[Paper], None]
BLOCK = 40  # rows of a ledger that are set in one go


def paper_of(file: File) -> Paper:
    """The first sheet with its title."""
    one = file.head.facility
    foot = f"{file.printed_by} 打印于 {file.printed_at:%Y-%m-%d %H:%M}，台账截至 {file.day}"
    paper = Paper(head=f"大运河幸福家园管理平台　设施档案　{one.code}", foot=foot, demo=file.demo)
    paper.set_title(f"{one.name} 设施档案")
    paper.title_line(
        one.name,
        f"{file.head.place}，{file.head.type_label or '类型未登记'}，{file.head.lifecycle_label or '状态未登记'}",
    )
    return paper


def parts_of(file: File) -> list[Part]:
    """What is to be set, one after the other; long ledgers in blocks, so that somebody who waits sees it move."""
    return [
        partial(_basics, file=file),
        partial(_tier, file=file),
        *_places(file),
        *_offer(file),
        partial(_money, file=file),
    ]


def _blocks(
    heading: str, head: Sequence[str], rows: Sequence[Sequence], widths: Sequence[int], *, note: str = ""
) -> list[Part]:
    """A ledger as parts: its heading and head come with the first."""

    def block(paper: Paper, start: int) -> None:
        if start == 0 and heading:
            paper.heading(heading)
        if start == 0 and not heading:
            paper.ln(2)
        paper.rows(head, rows[start : start + BLOCK], widths, goes_on=start > 0)
        if note and start + BLOCK >= len(rows):
            paper.note(note, size=9.5)

    return [partial(block, start=start) for start in range(0, max(1, len(rows)), BLOCK)]


def _basics(paper: Paper, file: File) -> None:
    one = file.head.facility
    paper.heading("基本信息")
    paper.pairs(
        [
            ("编号", one.code),
            ("地址", one.address or "未填"),
            ("枢纽街巷", one.hub_street or "未填"),
            ("覆盖社区", "、".join(file.covered) or "未登记"),
            ("用房形态", one.get_premises_form_display() or "未填"),
            (
                "市标类型与形式",
                "，".join(filter(None, (one.get_city_type_display(), one.get_city_form_display()))) or "未填",
            ),
        ]
    )
    paper.heading("类型与状态的沿革")
    paper.rows(
        ("从", "到", "建设类型", "状态", "理由"),
        [
            (
                s.starts_on,
                s.ends_on or "至今",
                s.get_construction_type_display(),
                Lifecycle(s.lifecycle).label,
                s.reason or "",
            )
            for s in file.states
        ],
        (24, 24, 24, 22, 80),
    )


def _tier(paper: Paper, file: File) -> None:
    paper.heading("等级与依据")
    if file.result is None:
        paper.note("没有测算结果。", size=10)
        return
    told = file.result.explanation
    quarter = quarter_text(file.result.point.quarter)
    paper.line_of(f"{quarter}测算：{told.headline}")
    paper.note(
        "测算是系统按台账计算的结果，不等于认定；名录以区民政局公布为准。"
        + ("依据中有征求意见稿。" if told.based_on_draft else "")
    )
    paper.ln(2)
    paper.rows(
        ("条件", "台账里的数", "普惠型", "示范型", "条款"),
        [(line.title, line.value, *_cells(line), line.clause.replace("、", "\n")) for line in told.gates],
        (38, 36, 36, 36, 28),
    )
    duties = [*told.duties, *file.result.definitions]
    if duties:
        paper.heading("应做到的和定义")
        paper.rows(
            ("条件", "台账里的数", "结论", "条款"),
            [(line.title, line.value, _told(line), line.clause.replace("、", "\n")) for line in duties],
            (52, 46, 42, 34),
        )
    if file.result.gap.target is not None and file.result.gap.steps:
        paper.heading(f"到{file.result.gap.target_label}最省力的办法")
        paper.rows(
            ("做什么", "说明", "做完后"),
            [
                (f"{s.title}{f'（{s.times} 次）' if s.times > 1 else ''}", s.detail, s.tier_label)
                for s in file.result.gap.steps
            ],
            (56, 88, 30),
        )
    _quotes(paper, (*told.gates, *duties))


def _cells(line: Line) -> list[str]:
    cells = [_cell(cell) for cell in line.cells]
    return [*cells, *[""] * (2 - len(cells))][:2]


def _cell(cell) -> str:
    if not cell.applies:
        return cell.threshold
    short = f"，{cell.shortfall}" if cell.shortfall else ""
    return f"{MARKS[int(cell.outcome)]}{cell.threshold}{short}"


def _told(line: Line) -> str:
    cell = line.cells[-1]
    return (
        f"{MARKS[int(line.outcome)]}{OUTCOME_NAMES[int(line.outcome)]}{f'，{cell.shortfall}' if cell.shortfall else ''}"
    )


def _quotes(paper: Paper, lines) -> None:
    """One clause may hold several of the sentences that are asked for."""
    said = list(dict.fromkeys((line.clause, line.quote, line.document) for line in lines if line.quote))
    paper.heading("条款原文")
    paper.rows(("条款", "原文（一字不改）"), [(clause, f"“{quote}”") for clause, quote, _ in said], (30, 144))
    for document in dict.fromkeys(document for _, _, document in said if document):
        paper.note(f"出自《{document}》。")


def _places(file: File) -> list[Part]:
    sites = [
        (r.site.name, r.site.address or "未填", m2_text(r.site.floor_area_m2), r.site.area_document or "没有")
        for r in file.sites
    ]
    spaces = [
        (s.name, row.site.name, s.get_used_by_display(), m2_text(s.usable_area_m2), _traits(s))
        for row in file.sites
        for s in row.spaces
    ]
    known = [f"{share.label} {share.percent} %" for share in file.shares if share.percent is not None]
    return [
        *_blocks("点位与空间", ("点位", "地址", "建筑面积", "面积证明"), sites, (36, 50, 32, 56)),
        *_blocks(
            "", ("空间", "点位", "使用主体", "可用面积", "特点"), spaces, (46, 36, 26, 30, 36),
            note=f"占可用面积：{'，'.join(known)}。" if known else "",
        ),
    ]  # fmt: skip


def _traits(space) -> str:
    return (
        "、".join(filter(None, ("24 小时" if space.is_open_24h else "", "多功能" if space.is_multifunction else "")))
        or "—"
    )


def _offer(file: File) -> list[Part]:
    offered = [
        (item.number, item.name, "、".join(item.city))
        for g in file.functions.groups
        for item in g.items
        if item.offered
    ]
    offered += [("", row.local_name, "个性化功能") for row in file.functions.local]
    run_by = [(o.name, o.get_kind_display(), o.agreement or "没有", o.ends_on or "长期") for o in file.operators]
    projects = [
        (
            p.name,
            p.get_run_by_display(),
            p.partner.name if p.partner else "未登记",
            p.get_fee_nature_display() or "未填",
        )
        for p in file.projects.rows
    ]
    return [
        *_blocks("功能", ("编号", "功能", "对应市标"), offered, (20, 84, 70)),
        *_blocks("综合运营与入驻项目", ("综合运营", "方式", "协议或任命文件", "止"), run_by, (60, 34, 52, 28)),
        *_blocks("", ("项目", "运营主体", "合伙人", "收费"), projects, (58, 34, 56, 26)),
    ]


def _money(paper: Paper, file: File) -> None:
    paper.heading("公益创投")
    paper.rows(
        ("年度", "项目", "合同额", "到账"),
        [(year.year, p.name, yuan_text(p.contract_fen), yuan_text(p.received_fen or 0)) for year in file.charity for p in year.rows],
        (20, 90, 32, 32),
    )  # fmt: skip
