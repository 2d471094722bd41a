"""What stands on paper, before it becomes PDF or Word: title, paragraphs, tables, signature. Pure.

Measures follow GB/T 9704-2012: A4, margins 37 / 35 / 28 / 26 mm (top, bottom, left, right), title 2 号 (22 pt), text 3 号
(16 pt) on 28 pt lines, page number 4 号 (14 pt) between dashes. No spaces between Chinese and digits.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 37, 35, 28, 26
TITLE_PT, TEXT_PT, LINE_PT, TABLE_PT, FOLIO_PT = 22, 16, 28, 12, 14
HEAD = ("序号", "名称", "街道", "建设类型", "变动")
WIDTHS_MM = (14, 62, 34, 24, 22)
PLAQUE_HEAD = ("序号", "牌匾文字", "设施", "街道", "数量")
PLAQUE_WIDTHS_MM = (14, 54, 44, 30, 14)
DEMO_MARK = "演示样稿，数据均为虚构"
_NUMBERS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Section:
    heading: str
    head: tuple[str, ...]
    widths_mm: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sheet:
    title: str
    paragraphs: tuple[str, ...]
    sections: tuple[Section, ...]
    signature: str
    day: str
    is_demo: bool = False


def tight(text: str) -> str:
    """Without the spaces that a page sets between Chinese and digits."""
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])\s+(?=[\u4e00-\u9fff])", "", text)


def written_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def notice(content: Mapping, *, published_on: date) -> Sheet:
    """The public notice (公示稿) of a proposal."""
    until = datetime.fromisoformat(content["notice_until"])
    demonstration, inclusive = (_of(content, tier) for tier in (2, 1))
    titles = [one["document"] for one in content["basis"]["standards"] if one.get("document")][:1]
    rests_on = "".join(f"根据《{title.replace('(', '（').replace(')', '）')}》有关要求，" for title in titles)
    lead = f"{rests_on}经第三方抽检评估和综合审核，"
    return Sheet(
        f"{content['year']}年度{content['district_name']}大运河幸福家园\n示范型和普惠型名录（公示稿）",
        (
            f"{lead}拟确定示范型{len(demonstration)}座、普惠型{len(inclusive)}座，现予公示。",
            f"公示期至{written_day(until.date())}{until:%H时%M分%S秒}止。对公示内容有异议的，请在公示期内向{_office(content)}书面反映，"
            "写明理由并署真实姓名和联系方式。",
        ),
        (*_listed(content), *_moved(content)),
        _office(content),
        written_day(published_on),
    )


def directory(content: Mapping, entries: list[Mapping], *, published_on: date) -> Sheet:
    """The directory as it was published."""
    content = {**content, "entries": entries}
    demonstration, inclusive = (_of(content, tier) for tier in (2, 1))
    reissue = (f"本名录替代前一版。理由：{content['reissue_reason']}。",) if content["reissue_reason"] else ()
    return Sheet(
        f"{content['year']}年度{content['district_name']}大运河幸福家园\n示范型和普惠型名录",
        (f"经公示，确定示范型{len(demonstration)}座、普惠型{len(inclusive)}座，现予公布。", *reissue),
        (*_listed(content), *_moved(content)),
        _office(content),
        written_day(published_on),
    )


def plaques(content: Mapping, entries: list[Mapping], *, published_on: date) -> Sheet:
    """The list by which the plaques are made: one a facility."""
    rows = tuple(
        (str(n), f"大运河幸福家园（{entry['tier_label']}）", tight(entry["name"]), entry["street"], "1")
        for n, entry in enumerate(sorted(entries, key=lambda e: (-e["tier"], e["code"])), 1)
    )
    return Sheet(
        f"{content['year']}年度{content['district_name']}\n大运河幸福家园牌匾制作清单",
        (f"共{len(rows)}块。",),
        (Section("", PLAQUE_HEAD, PLAQUE_WIDTHS_MM, rows),),
        _office(content),
        written_day(published_on),
    )


def sheet_of(kind: str, text: str, entries: list[Mapping], published_on: date, *, is_plaques: bool) -> Sheet:
    content = json.loads(text)
    if is_plaques:
        sheet = plaques(content, entries, published_on=published_on)
    elif kind == "notice":
        sheet = notice(content, published_on=published_on)
    else:
        sheet = directory(content, entries, published_on=published_on)
    return replace(sheet, is_demo=content.get("is_demo", False))


def _office(content: Mapping) -> str:
    return f"{content['district_name']}民政局"


def _of(content: Mapping, tier: int) -> list[Mapping]:
    return [entry for entry in content["entries"] if entry["tier"] == tier]


def _listed(content: Mapping) -> list[Section]:
    sections = []
    for number, (tier, label) in enumerate(((2, "示范型"), (1, "普惠型"))):
        rows = tuple(
            (str(n), tight(e["name"]), e["street"], e["construction"], e["movement"])
            for n, e in enumerate(_of(content, tier), 1)
        )
        sections.append(Section(f"{_NUMBERS[number]}、{label}（{len(rows)}座）", HEAD, WIDTHS_MM, rows))
    return sections


def _moved(content: Mapping) -> list[Section]:
    """Those that leave the directory or fall, with the reason: they would not show in the lists above."""
    falling = [change for change in content["changes"] if change["movement"] in {"降级", "移出"}]
    if not falling:
        return []
    rows = tuple(
        (str(n), tight(c["name"]), c["street"], f"{c['before']}→{c['after']}", tight(c["reason"]))
        for n, c in enumerate(falling, 1)
    )
    head = ("序号", "名称", "街道", "变动", "理由")
    return [Section(f"三、降级和移出（{len(rows)}座）", head, (12, 36, 26, 24, 58), rows)]
