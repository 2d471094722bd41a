"""Two facilities side by side, line by line: the same question asked of both, and which of them stands better."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from assessments.queries.follow_up.surveys import newest_by_item, results
from assessments.rules.quarters import Quarter
from engagement.models import Catchment, Figure, MonthlyFigure, Survey
from facilities.models import Facility
from portal.queries import judged, lively
from portal.queries.judged import Result
from portal.queries.lively import Score
from portal.wording import TIER_NAMES
from standards.queries import function_names

NONE = "没有数据"


@dataclass(frozen=True, slots=True)
class Side:
    """What one facility says to a line. tone: pass, fail, warn, info or nothing. bar: of 100, None where there is none."""

    text: str
    tone: str = ""
    note: str = ""
    bar: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    sides: tuple[Side, Side]
    note: str = ""

    @property
    def differs(self) -> bool:
        return self.sides[0].text != self.sides[1].text


@dataclass(frozen=True, slots=True)
class Section:
    """title; hint: where it comes from; lines in a fixed order."""

    title: str
    hint: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Known:
    """What is read of one facility, once."""

    facility: Facility
    result: Result | None
    score: Score | None
    day: date


def compared(one: Facility, two: Facility, today: date) -> list[Section]:
    """Both as of the newest quarter that judged each of them."""
    pair = (_known(one, today), _known(two, today))
    return [_tier(pair), _vitality(pair), _frequencies(pair), _satisfaction(pair), _per_head(pair)]


def _known(facility: Facility, today: date) -> _Known:
    result = judged.result_of(judged.history(facility), None)
    score, _ = lively.scores_of(facility, None)
    return _Known(facility, result, score, min(Quarter.parse(score.quarter).last_day, today) if score else today)


def _both(pair: tuple[_Known, _Known], say: Callable[[_Known], Side]) -> tuple[Side, Side]:
    return say(pair[0]), say(pair[1])


_TONES = {1: "pass", 0: "fail", 2: "warn"}


def _tier(pair: tuple[_Known, _Known]) -> Section:
    """The tier, then every gate of either; two districts may be judged by different gates."""

    def tier(known: _Known) -> Side:
        if known.result is None:
            return Side("没有测算")
        point = known.result.point
        return Side(TIER_NAMES[point.tier], note=point.quarter)

    lines = [Line("测算等级", _both(pair, tier))]
    keyed = [{line.key: line for line in known.result.explanation.gates} if known.result else {} for known in pair]
    for key in dict.fromkeys([*keyed[0], *keyed[1]]):
        title = next(gates[key].title for gates in keyed if key in gates)
        sides = tuple(
            Side(gates[key].value, _TONES[int(gates[key].outcome)]) if key in gates else Side("不按这一条判")
            for gates in keyed
        )
        lines.append(Line(title, (sides[0], sides[1])))
    return Section("等级条件", "最近一次季度测算，对照示范型；测算不等于认定", tuple(lines))


def _vitality(pair: tuple[_Known, _Known]) -> Section:
    def whole(known: _Known) -> Side:
        if known.score is None:
            return Side(NONE, "warn")
        return Side(
            f"{known.score.score_text} 分",
            note=f"{known.score.grade}，已评 {known.score.coverage}，{known.score.quarter}",
            bar=known.score.score // 100,
        )

    lines = [Line("总分", _both(pair, whole))]
    parts = [{part.indicator.metric: part for part in known.score.parts} if known.score else {} for known in pair]
    for metric in dict.fromkeys([*parts[0], *parts[1]]):
        sides = tuple(_part(each.get(metric)) for each in parts)
        name = next(each[metric].indicator.name for each in parts if metric in each)
        lines.append(Line(name, (sides[0], sides[1])))
    return Section("热活度各指标", "示例口径，附件 2 没有公布，不是官方指标", tuple(lines))


def _part(part: Any) -> Side:
    if part is None or not part.known:
        return Side(NONE, "warn")
    return Side(part.value, note=f"{part.points_text} / {part.indicator.weight} 分", bar=part.points * 100 // part.full)


def _frequencies(pair: tuple[_Known, _Known]) -> Section:
    found = [{each.duty.key: each for each in known.result.frequencies} if known.result else {} for known in pair]
    lines = []
    for key in dict.fromkeys([*found[0], *found[1]]):
        title = next(each[key].duty.title for each in found if key in each)
        sides = tuple(Side(each[key].shown[0], each[key].shown[1]) if key in each else Side("没有判") for each in found)
        lines.append(Line(title, (sides[0], sides[1])))
    return Section("服务频次", "杭州 4+5+X 附件，季度最后一天的状态", tuple(lines))


def _satisfaction(pair: tuple[_Known, _Known]) -> Section:
    found = []
    for known in pair:
        ended = Survey.objects.filter(facility=known.facility, last_day__lt=known.day).order_by("last_day", "pk")
        found.append(newest_by_item(results(ended)))
    names = function_names(pair[0].day)
    lines = []
    for item in sorted({*found[0], *found[1]}):
        sides = tuple(
            Side(one.percent_text, "fail" if one.is_below else "pass", f"{one.satisfied} / {one.valid} 份")
            if (one := each.get(item))
            else Side("没有调查")
            for each in found
        )
        lines.append(Line(names.get(item, "整个设施") if item else "整个设施", (sides[0], sides[1])))
    return Section("群众满意度", "每个服务项目最近一次结束的调查；低于标准的线标出来", tuple(lines))


def _per_head(pair: tuple[_Known, _Known]) -> Section:
    """Counts by the people whom a facility is there for: what makes a large and a small one comparable."""
    people = []
    for known in pair:
        row = Catchment.objects.filter(facility=known.facility).in_force(known.day).order_by("-starts_on").first()
        people.append(row.residents if row else 0)
    lines = [Line("覆盖人口", _pair(f"{n:,} 人" if n else NONE for n in people))]
    for label, figure, subject in (
        ("近 12 个月服务人数", Figure.PERSONS_12M, 0),
        ("近 30 天实名到访", Figure.PERSONS_30D, 0),
    ):
        amounts = [_newest(known, figure, subject) for known in pair]
        lines.append(
            Line(
                f"{label}，每百名居民",
                _pair(
                    NONE if amount is None or not residents else f"{amount * 10_000 // residents / 100:g} 人"
                    for amount, residents in zip(amounts, people, strict=True)
                ),
            )
        )
    return Section("按人口比", "月度数据里最近一个月的数，除以覆盖人口", tuple(lines))


def _newest(known: _Known, figure: int, subject: int) -> int | None:
    rows = MonthlyFigure.objects.filter(facility=known.facility, figure=figure, subject=subject, month__lte=known.day)
    return rows.order_by("-month").values_list("amount", flat=True).first()


def _pair(texts) -> tuple[Side, Side]:
    one, two = (Side(text, "warn" if text == NONE else "") for text in texts)
    return one, two
