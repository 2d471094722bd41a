"""The sheets 公示信息 and 服务与满意度: what a facility tells the public, and what it did for people in a quarter."""

import re
from decimal import Decimal

from facilities.imports.check import Check
from facilities.imports.ledger import Ledger, compare
from facilities.imports.rows import Row
from facilities.imports.sheets import Code, Column, Kind, Sheet, Whole
from facilities.imports.specs.place import FACILITY, FIRST, LAST
from facilities.models import PublicNotice, ServiceFigures
from facilities.operations.bulk import save_rows

_PHONE = re.compile(r"(0\d{2,3}-?)?\d{7,8}(-\d{1,6})?|1\d{10}|9\d{4,5}|12\d{3}|400-?\d{3}-?\d{4}")
_SATISFIED, _SAMPLE = Decimal("0.8"), 30  # 杭州 附件 四3; reading G-13
_QUARTER = re.compile(r"(20\d{2})-?Q([1-4])")


def _notice_finish(check: Check, row: Row) -> None:
    hotline = row.values.get("hotline")
    if hotline and not any(_PHONE.fullmatch(part) for part in re.split(r"[、,，;；/ ]+", hotline)):
        row.error("hotline", f"“{hotline}”不像电话号码", "填机构的电话，如 0571-12345678")
    elif hotline and re.fullmatch(r"1\d{10}", hotline):
        row.warn("hotline", "填的是手机号码，公示以后人人可见", "最好填机构的固定电话")


_NOTICES = Ledger(
    model=PublicNotice,
    identity=(),
    attributes={k: k for k in ("content", "hours", "responsible", "hotline", "board", "starts_on", "ends_on")},
    word="公示信息",
    finish=_notice_finish,
    since_opening=True,
)
NOTICES = Sheet(
    key="notice",
    title="公示信息",
    order=90,
    match=_NOTICES.match,
    save=_NOTICES.save,
    aliases=("公示", "公示栏"),
    note="一家一行：服务内容、时间、责任主体和监督电话，通过公示栏及线上平台公开（杭州 附件 四1）。",
    columns=(
        FACILITY,
        Column("content", "服务内容", Kind(400), "new", "对群众说得明白的话", "老年食堂、托育、图书阅览", (), 40),
        Column("hours", "服务时间", Kind(200), "new", "星期几、几点到几点", "周一至周日 8:30–20:30", ("开放时间",), 26),
        Column("responsible", "责任主体", Kind(80), "new", "谁负责：单位全名", "示例街道办事处", ("责任单位",), 24),
        Column(
            "hotline", "监督电话", Kind(40), "new", "机构的电话，公示以后人人可见", "0571-12345678", ("投诉电话",), 18
        ),
        Column("board", "公示方式", Kind(120), "", "公示栏在哪里、哪个线上平台", "一楼大厅公示栏", (), 24),
        FIRST,
        LAST,
    ),
)

_COUNTS = {
    "visits": ("服务人次", "本季度，含活动"),
    "elder_visits": ("其中老年人", "人次"),
    "child_visits": ("其中儿童", "人次"),
    "activities": ("活动场次", "本季度"),
    "health_talks": ("健康讲座或义诊", "场。设了养老服务的每月至少 1 次（杭州 附件 一(一)1）"),
    "job_events": ("技能或促就业活动", "场。设了就业帮扶的每年至少 2 场（杭州 附件 一(三)2）"),
    "sport_events": ("社区运动会或培训", "次。设了体育健身的每年不少于 4 次（杭州 附件 二3）"),
    "clinic_days": ("卫生站每周开放天数", "天。设了健康服务的每周不少于 5 天（杭州 附件 二2）"),
    "culture_hours": ("文化空间每周开放小时", "小时。设了文化休闲的每周不少于 28 小时（杭州 附件 二4）"),
    "volunteer_hours": ("志愿服务小时", "本季度"),
    "surveyed": ("满意度调查人数", "问了多少人；少于 30 人标“样本不足”（读法 G-13）"),
    "satisfied": ("其中满意人数", "低于八成的要督促调整（杭州 附件 四3）"),
}
_MOST = {"clinic_days": 7, "culture_hours": 168}


class QuarterText(Code):
    """2026-Q3, also 2026Q3 and 2026年第3季度."""

    def parse(self, raw: str) -> str:
        from facilities.imports.cells import BadCell

        folded = super().parse(raw).replace("年第", "-Q").removesuffix("季度")
        match = _QUARTER.fullmatch(folded)
        if match is None:
            raise BadCell(f"“{raw}”不是季度", "写成 2026-Q3")
        return f"{match[1]}-Q{match[2]}"


def match(check: Check, rows: list[Row]) -> None:
    owners = [(row, check.facility(row)) for row in rows]
    ids = {facility.pk for _, facility in owners if facility is not None and facility.pk}
    stored = {(f.facility_id, f.quarter): f for f in ServiceFigures.objects.filter(facility_id__in=ids)}
    claimed: dict[tuple, Row] = {}
    for row, facility in owners:
        quarter = row.values.get("quarter")
        if facility is None or quarter is None:
            continue
        row.label = f"{facility.name} · {quarter}"
        key = (facility.pk or id(facility), quarter)
        if (other := claimed.setdefault(key, row)) is not row:
            row.error("quarter", f"和“{other.sheet_title}”第 {other.number} 行重复", "一家一个季度只填一行")
            continue
        given = {name: row.values[name] for name in _COUNTS if name in row.values}
        given |= dict.fromkeys(row.cleared & _COUNTS.keys())
        figures = stored.get(key)
        if figures is None:
            row.is_new = True
            row.assign = given | {"facility": facility, "quarter": quarter}
            row.target = ServiceFigures(division_code=facility.division_code, quarter=quarter, **given)
        else:
            row.target = figures
            compare(row, figures, given, {name: name for name in _COUNTS})
        _plausible(row, {name: given.get(name, getattr(row.target, name)) for name in _COUNTS})


def _plausible(row: Row, figures: dict[str, int | None]) -> None:
    visits, surveyed, satisfied = figures["visits"], figures["surveyed"], figures["satisfied"]
    for part in ("elder_visits", "child_visits"):
        if visits is not None and (figures[part] or 0) > visits:
            row.error(part, f"{figures[part]} 比服务人次 {visits} 还多", "核对两个数")
    if satisfied is not None and (surveyed is None or satisfied > surveyed):
        row.error("satisfied", "满意人数比调查人数多" if surveyed is not None else "没有填调查人数", "核对两个数")
    elif surveyed and satisfied is not None:
        if satisfied < surveyed * _SATISFIED:
            row.warn("satisfied", f"满意的不到八成（{satisfied} / {surveyed}）", "要督促调整优化（杭州 附件 四3）")
        if surveyed < _SAMPLE:
            row.warn("surveyed", f"只问了 {surveyed} 人，样本不足", "问满 30 人，结论才站得住（读法 G-13）")


def save(check: Check, rows: list[Row]) -> None:
    save_rows(ServiceFigures, rows)


SERVICES = Sheet(
    key="service",
    title="服务与满意度",
    order=100,
    match=match,
    save=save,
    aliases=("服务数据", "服务和满意度"),
    note="一家一个季度一行。没有统计的留空，不要填 0。",
    columns=(
        FACILITY,
        Column("quarter", "季度", QuarterText(), "always", "写成 2026-Q4", "2026-Q4", ("所属季度",), 10),
        *(
            Column(key, title, Whole(low=0, high=_MOST.get(key, 9_999_999)), "", note, "", (), 12)
            for key, (title, note) in _COUNTS.items()
        ),
    ),
)
