"""The monthly bulletin on paper: figures, a chart of the trend, tables. Made by a task (`tenants.exports`)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone

from portal.queries.bulletin import Bulletin, bulletin, months, range_asked
from tenants.exports import Kind, Table
from tenants.models import Appointment
from tenants.paper import CANAL, GREY, INK, Paper
from tenants.rules import Permission

_TONES = ((17, 94, 104), (192, 138, 46), (47, 42, 107))
_DASHES = ((), (3, 1.5), (1, 1.5))


def paper_of(found: Bulletin, *, printed_at: datetime, printed_by: str, demo: bool) -> Paper:
    """The sheet with its title; the parts are set one by one."""
    title = f"{found.name}幸福家园 {found.month.year} 年 {found.month.month} 月月报"
    paper = Paper(
        head="大运河幸福家园管理平台　月报", foot=f"{printed_by} 生成于 {printed_at:%Y-%m-%d %H:%M}", demo=demo
    )
    paper.set_title(title)
    paper.title_line(title, f"{found.facilities} 座在用设施。数据来自运行台账，没有记的写“没有记录”，不当作 0。")
    return paper


def _figures(paper: Paper, found: Bulletin) -> None:
    change = f"上月 {found.before:,}" if found.before else "上月没有记录"
    boxes = (
        ("到访（人次）", f"{found.visits:,}", change), ("活动（场）", f"{found.sessions:,}", f"{found.heads:,} 人次参加"),
        ("频次未达（项次）", f"{sum(row[2] for row in found.duties)}", f"待确认 {sum(row[3] for row in found.duties)}"),
        ("生成时在办整改单（张）", f"{found.live}", f"已逾期 {found.overdue}"),
    )  # fmt: skip
    paper.ln(3)
    left, top, width = 18.0, paper.get_y(), 42.0
    for number, (label, value, below) in enumerate(boxes):
        x = left + number * 44
        paper.set_draw_color(215, 222, 223)
        paper.rect(x, top, width, 23)
        for text, y, size, tone in ((label, 2, 9, GREY), (value, 7, 16, CANAL), (below, 16, 8.5, GREY)):
            paper.set_xy(x + 2, top + y)
            paper.set_font("sans", size=size)
            paper.set_text_color(*tone)
            paper.cell(width - 4, 6, text)
    paper.set_text_color(*INK)
    paper.set_xy(left, top + 26)


def _visits(paper: Paper, found: Bulletin) -> None:
    paper.heading("到访与活动")
    paper.rows(
        ("设施" if found.is_street else "街道", "设施", "到访", "上月", "变化", "活动", "参加"),
        [
            (
                place.name, f"{place.facilities} 座", _people(place.visits), _people(place.before), place.change,
                f"{place.sessions} 场", f"{place.heads:,} 人次",
            )
            for place in found.places
        ],
        (44, 18, 26, 26, 22, 18, 20),
    )  # fmt: skip
    if found.quiet:
        paper.note(
            "到访最少的（只在有计数的设施里排）："
            + "，".join(f"{name} {count:,} 人次" for name, count in found.quiet)
            + "。"
        )


def _people(count: int | None) -> str:
    return "没有记录" if count is None else f"{count:,} 人次"


def _activities(paper: Paper, found: Bulletin) -> None:
    paper.heading("活动类别")
    paper.rows(
        ("类别", "场次", "参加"), [(kind, f"{sessions} 场", f"{heads:,} 人次") for kind, sessions, heads in found.kinds],
        (94, 40, 40), none="这个月没有登记活动。",
    )  # fmt: skip


def _frequencies(paper: Paper, found: Bulletin) -> None:
    paper.heading("服务频次（杭州 4+5+X 附件）")
    paper.note("按月末逐格判定，一格未达即未达；没有记录的待确认。")
    paper.rows(
        ("频次", "达到", "未达", "待确认、还来得及"),
        [(title, f"{met} 座", f"{missed} 座", f"{waiting} 座") for title, met, missed, waiting in found.duties],
        (82, 28, 28, 36), none="这个月没有适用的服务频次标准。",
    )  # fmt: skip
    if found.idle:
        paper.note(
            "没什么人用的功能（不到 10 人次）：" + "，".join(f"{name} {count} 座" for name, count in found.idle) + "。"
        )


def _trend(paper: Paper, found: Bulletin) -> None:
    paper.heading("热活度走势（示例口径）")
    if not found.trend:
        paper.note("还没有评了级的季度：已评权重不到线的设施不评级，不进平均。", size=10)
        return
    if paper.will_page_break(62):
        paper.add_page()
    top, left, width, high = paper.get_y() + 2, 26.0, 120.0, 40.0
    paper.set_font("sans", size=8)
    paper.set_line_width(0.15)
    for mark in (0, 50, 100):
        y = top + high - mark * high / 100
        paper.set_draw_color(215, 222, 223)
        paper.line(left, y, left + width, y)
        paper.set_xy(left - 9, y - 2)
        paper.cell(8, 4, str(mark), align="R")
    place = [left + width * n / max(len(found.quarters) - 1, 1) for n in range(len(found.quarters))]
    for x, quarter in zip(place, found.quarters, strict=True):
        paper.set_xy(x - 9, top + high + 1)
        paper.cell(18, 4, quarter, align="C")
    ends = []
    for line, tone, dash in zip(found.trend, _TONES, _DASHES, strict=False):
        known = [
            (x, top + high - mean * high / 10_000)
            for x, mean in zip(place, line.means, strict=True)
            if mean is not None
        ]
        paper.set_draw_color(*tone)
        paper.set_line_width(0.6)
        with paper.local_context():
            if dash:
                paper.set_dash_pattern(*dash)
            for (x1, y1), (x2, y2) in pairwise(known):
                paper.line(x1, y1, x2, y2)
        ends.append((known[-1][1], line.label, tone))
    free = 0.0
    for y, label, tone in sorted(ends):
        free = max(y, free)
        paper.set_text_color(*tone)
        paper.set_xy(left + width + 3, free - 2)
        paper.cell(26, 4, label)
        free += 4.5
    paper.set_line_width(0.2)
    paper.set_text_color(*INK)
    paper.set_xy(18, top + high + 8)
    paper.rows(
        ("等级", *found.quarters),
        [(line.label, *("没有" if mean is None else f"{mean / 100:.2f}" for mean in line.means)) for line in found.trend],
        (34, *[140 // len(found.quarters)] * len(found.quarters)),
    )  # fmt: skip
    paper.note("拱墅征求意见稿三(五)2 说的附件 2 没有公布，指标和权重是示例口径，不是官方指标。")


def _rectification(paper: Paper, found: Bulletin) -> None:
    paper.heading("满意度整改（杭州 附件 四3）")
    paper.line_of(
        f"本月开出 {found.opened} 张，销号 {found.closed} 张；生成时在办 {found.live} 张，其中已逾期 {found.overdue} 张。"
    )
    paper.rows(("设施", "服务项目", "开单时满意度", "进展"), found.orders, (48, 44, 30, 52), none="没有在办的整改单。")


_PARTS: tuple[Callable[[Paper, Bulletin], None], ...] = (
    _figures, _visits, _activities, _frequencies, _trend, _rectification,
)  # fmt: skip


def table(appointment: Appointment, query: QueryDict, today: date) -> Table:
    """Month and street as the page asked for them; the newest month where it cannot be read. Parts stand for rows."""
    choices = months(today)
    month = next((each for each in choices if f"{each:%Y-%m}" == query.get("month", "")), choices[0])
    found = bulletin(appointment, range_asked(appointment, query.get("street", "")), month, today)
    paper = paper_of(found, printed_at=timezone.localtime(), printed_by=str(appointment.user), demo=settings.DEMO)
    return Table(
        title="月报", head=(), keys=range(len(_PARTS)), lines=lambda keys: [_PARTS[key] for key in keys],
        writer=lambda path: _written(path, paper, found), chunk=1, is_large=True,
    )  # fmt: skip


class _Setter:
    def __init__(self, paper: Paper, found: Bulletin):
        self._paper, self._found = paper, found

    def add(self, rows: Iterable[Callable[[Paper, Bulletin], None]]) -> None:
        for part in rows:
            part(self._paper, self._found)


@contextmanager
def _written(path: Path, paper: Paper, found: Bulletin) -> Iterator[_Setter]:
    yield _Setter(paper, found)
    path.write_bytes(bytes(paper.output()))


BULLETIN = Kind("bulletin", "月报", Permission.VIEW_RESULTS, table, formats=("pdf",))
