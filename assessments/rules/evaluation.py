"""Periods of the street's self-evaluation, what it makes of a score, and which rows the district should look at. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import numpy as np

from assessments.rules.quarters import Quarter
from standards.rules.vitality import Ratio, Scale, Scores, score

# Quarters whose end closes a period. The second is in each: the one that is opened on 1 July, before the fourth quarter.
CLOSING = {"quarterly": (1, 2, 3, 4), "half_yearly": (2, 4), "yearly": (2,)}
MOST_PERCENT = 10_000  # hundredths
_PERCENT = "%"
MOST_OTHER = 100_000_000


def periods(frequency: str, *, today: date, back: int = 4) -> list[Quarter]:
    """Closing quarters of the periods that were due to open by a day, oldest first, of the last `back` quarters."""
    quarter, found = Quarter.of(today).previous, []
    for _ in range(back):
        if quarter.number in CLOSING[frequency]:
            found.append(quarter)
        quarter = quarter.previous
    return found[::-1]


def due_on(quarter: Quarter, *, fill_days: int, today: date, least_days: int) -> date:
    """The last day to file: so many days from the first day after the period; one opened late gets `least_days`."""
    usual = quarter.next.first_day + timedelta(days=fill_days - 1)
    return max(usual, today + timedelta(days=least_days))


def label(frequency: str, quarter: Quarter) -> str:
    """2026 年上半年; 2026 年第二季度; 2026 年度（到 6 月底）"""
    if frequency == "half_yearly":
        return f"{quarter.year} 年{'上' if quarter.number == 2 else '下'}半年"
    return quarter.label if frequency == "quarterly" else f"{quarter.year} 年度（到 6 月底）"


def corrected(scale: Scale, values: Mapping[str, Ratio], changes: Sequence[Mapping[str, int]]) -> dict[str, Ratio]:
    """The recorded ratios with what the street says in their place. changes: per facility, indicator → hundredths."""
    found = dict(values)
    size = len(changes)
    for indicator in scale.indicators:
        rows = [row for row in range(size) if indicator.key in changes[row]]
        if not rows:
            continue
        recorded = values[indicator.metric]
        above, below = recorded.numerator.copy(), recorded.denominator.copy()
        above[rows] = [changes[row][indicator.key] for row in rows]
        below[rows] = 100
        found[indicator.metric] = Ratio(above, below)
    return found


def scored(
    scale: Scale, values: Mapping[str, Ratio], flags: Mapping[str, np.ndarray], changes: Sequence[Mapping[str, int]]
) -> Scores:
    """The score of what the street says, by the engine that scores the records."""
    return score(scale, corrected(scale, values, changes), flags, len(changes))


def most(unit: str) -> int:
    """The largest value that an indicator can have, in hundredths."""
    return MOST_PERCENT if unit == _PERCENT else MOST_OTHER


def is_complete(scale: Scale, confirmed: Iterable[str], changed: Iterable[str]) -> bool:
    return {indicator.key for indicator in scale.indicators} <= {*confirmed, *changed}


# --- consistency ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """From how many points on a difference is flagged; `least_peers`: facilities of a tier that make a comparison."""

    above_records: int
    off_peers: int
    off_past: int
    least_peers: int
    street_above: int


@dataclass(frozen=True, slots=True)
class Line:
    """One facility of one self-evaluation. Scores in hundredths; unrecorded_weight: of indicators that only the street knows.

    past_own, past_recorded: of the self-evaluation before, None without one.
    """

    key: int
    street: int
    tier: int | None
    recorded: int
    own: int
    changes: int
    unrecorded_weight: int = 0
    past_own: int | None = None
    past_recorded: int | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """Why a row should be looked at. against: records, peers, past or street."""

    against: str
    text: str


AGAINST = {"records": "与台账", "peers": "与同等级", "past": "与上一期", "street": "与其他街道"}


def flags(lines: Sequence[Line], limits: Limits) -> dict[int, list[Flag]]:
    """Line → what is unusual about it, each with its figures. Lines that nothing is said of are left out."""
    found: dict[int, list[Flag]] = {}
    peers = _peers(lines, limits.least_peers)
    streets = _streets(lines)
    for line in lines:
        made = [
            *_against_records(line, limits),
            *_against_peers(line, peers, limits),
            *_against_past(line, limits),
            *_against_streets(line, streets, limits),
        ]
        if made:
            found[line.key] = made
    return found


def points(hundredths: int) -> str:
    """6850 → 68.5; −320 → −3.2"""
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".").replace("-", "−")


def _against_records(line: Line, limits: Limits) -> Iterable[Flag]:
    higher = line.own - line.recorded
    if higher >= limits.above_records * 100:
        yield Flag(
            "records",
            f"自评 {points(line.own)} 分，台账 {points(line.recorded)} 分，高 {points(higher)} 分，更正了 {line.changes} 项",
        )
    if line.unrecorded_weight > 0:
        yield Flag("records", f"台账没有数据的指标，自评填了值，权重共 {line.unrecorded_weight}")


def _peers(lines: Sequence[Line], least: int) -> dict[int | None, int]:
    """Tier → median of the self-evaluated scores, where there are enough of them."""
    by_tier: dict[int | None, list[int]] = {}
    for line in lines:
        by_tier.setdefault(line.tier, []).append(line.own)
    return {tier: int(median(scores)) for tier, scores in by_tier.items() if len(scores) >= least}


def _against_peers(line: Line, peers: Mapping[int | None, int], limits: Limits) -> Iterable[Flag]:
    middle = peers.get(line.tier)
    if middle is not None and line.own - middle >= limits.off_peers * 100 and line.own > line.recorded:
        yield Flag(
            "peers",
            f"同等级设施自评中位数 {points(middle)} 分，这座高 {points(line.own - middle)} 分，且比自己的台账高",
        )


def _against_past(line: Line, limits: Limits) -> Iterable[Flag]:
    if line.past_own is None or line.past_recorded is None:
        return
    moved, recorded = line.own - line.past_own, line.recorded - line.past_recorded
    if abs(moved) >= limits.off_past * 100 and abs(recorded) * 2 < abs(moved):
        yield Flag(
            "past",
            f"比上一期自评{'高' if moved > 0 else '低'} {points(abs(moved))} 分，台账只变了 {points(recorded)} 分",
        )


def _streets(lines: Sequence[Line]) -> dict[int, int]:
    """Street → mean of own − recorded, in hundredths, toward zero."""
    by_street: dict[int, list[int]] = {}
    for line in lines:
        by_street.setdefault(line.street, []).append(line.own - line.recorded)
    return {street: int(sum(differences) / len(differences)) for street, differences in by_street.items()}


def _against_streets(line: Line, streets: Mapping[int, int], limits: Limits) -> Iterable[Flag]:
    """A street that is generous to itself throughout: said at each of its facilities that it corrected upwards."""
    others = [mean for street, mean in streets.items() if street != line.street]
    if len(others) < 2 or line.own <= line.recorded:
        return
    own, usual = streets[line.street], int(median(others))
    if own - usual >= limits.street_above * 100:
        yield Flag("street", f"本街道自评平均比台账高 {points(own)} 分，其他街道的中位数是 {points(usual)} 分")
