"""From counts to the ratios that `standards.rules.vitality` scores, and what in them looks made up. Pure, on whole arrays.

Every function takes int64 columns with MISSING where nobody recorded a value, and gives exact fractions. What is only partly
recorded counts with what there is over the whole period: leaving a bad month out never helps.
"""

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from assessments.rules.packing import Layout
from standards.rules import MISSING
from standards.rules.vitality import METRICS, Ratio, Scale

Ints = NDArray[np.int64]
MONTHS = 3
_PARTS = 10_000  # composed values are kept to 0.01 %


class Mark(IntFlag):
    """What looks wrong; it is shown with its reason and never changes the score."""

    SPLIT = 1
    CROWDED = 2
    TOO_MANY_VISITS = 4
    FEW_ANSWERS = 8


MARK_WORDS = {
    Mark.SPLIT: ("活动拆分", "同一天同一类登记了很多场，超出的没有计入场次，请核对是不是同一场活动"),
    Mark.CROWDED: ("人数存疑", "有活动登记的人数超过可用面积能站下的人数，请核对参加人次"),
    Mark.TOO_MANY_VISITS: ("到访存疑", "到访人次超过按面积和开放时长推算的上限，请核对计数器或登记"),
    Mark.FEW_ANSWERS: ("样本不足", "满意度答卷不足最少份数，按没有数据计"),
}


def layout_of(scale: Scale) -> Layout:
    """How the ratios of a scale are stored: two 4-byte columns an indicator, then the flag that may cap one."""
    metrics = [metric for metric in METRICS if any(i.metric == metric for i in scale.indicators)]
    names = [f"{metric}.{part}" for metric in metrics for part in ("n", "d")]
    return Layout((*names, "required_events"), (4,) * len(names) + (1,))


def as_columns(values: dict[str, Ratio], flags: dict[str, Ints], layout: Layout, size: int) -> dict[str, Ints]:
    """Columns to pack; what a scale does not read is left out, what is not collected is MISSING."""
    nothing = np.full(size, MISSING, np.int64)
    columns: dict[str, Ints] = {}
    for name in layout.metrics:
        metric, _, part = name.partition(".")
        if not part:
            columns[name] = flags.get(name, nothing)
        elif metric in values:
            columns[name] = values[metric].numerator if part == "n" else values[metric].denominator
        else:
            columns[name] = nothing
    return columns


def from_columns(columns: dict[str, Ints]) -> tuple[dict[str, Ratio], dict[str, Ints]]:
    """Stored columns as ratios and flags."""
    values = {
        name.removesuffix(".n"): Ratio(column, columns[name.removesuffix("n") + "d"])
        for name, column in columns.items()
        if name.endswith(".n")
    }
    return values, {name: column for name, column in columns.items() if "." not in name}


def known(*columns: Ints) -> NDArray[np.bool_]:
    """bool[n]: where every column has a value."""
    result = np.ones(len(columns[0]), np.bool_)
    for column in columns:
        result &= column != MISSING
    return result


def ratio(above: Ints, below: Ints, factor: int = 100) -> Ratio:
    """above ÷ below, times `factor`; no value where either is missing or the whole is nothing."""
    good = known(above, below) & (np.where(below == MISSING, 0, below) > 0)
    return Ratio(np.where(good, np.where(good, above, 0) * factor, MISSING), np.where(good, below, MISSING))


def capped_ratio(above: Ints, below: Ints) -> Ratio:
    """The same in per cent, at most 100 %."""
    good = known(above, below)
    return ratio(np.where(good, np.minimum(above, below), MISSING), below)


def mean_share(parts: list[tuple[Ints, Ints]]) -> Ratio:
    """The mean of several shares in per cent, each at most 100 % and cut to 0.01 %. Groups of nobody are left out.

    A group that exists but was not counted has no share, so the mean has no value: nothing is won by not counting.
    """
    size = len(parts[0][0])
    total, groups, whole = np.zeros(size, np.int64), np.zeros(size, np.int64), np.ones(size, np.bool_)
    for served, population in parts:
        nobody = population == 0
        good = known(served, population) & ~nobody
        below = np.where(good, population, 1)
        share = np.minimum(np.where(good, served, 0) * _PARTS // below, _PARTS)
        total += np.where(good, share, 0)
        groups += good
        whole &= good | nobody
    good = whole & (groups > 0)
    return Ratio(np.where(good, total, MISSING), np.where(good, groups * 100, MISSING))


def charity(projects: Ints, received: Ints, *, projects_year: int, fen_year: int, quarter: int) -> Ratio:
    """Half by projects, half by money that arrived, against what is due by the end of the quarter; in per cent."""
    good = known(projects, received)
    due_projects, due_fen = projects_year * quarter, fen_year * quarter
    a = np.minimum(np.where(good, projects, 0) * 4, due_projects)
    b = np.minimum(np.where(good, received, 0) * 4, due_fen)
    share_a, share_b = a * _PARTS // due_projects, b * _PARTS // due_fen
    return Ratio(np.where(good, share_a + share_b, MISSING), np.where(good, np.int64(200), MISSING))


def space_and_balance(multifunction: Ints, usable: Ints, income: Ints, cost: Ints) -> Ratio:
    """0.6 × multi-function share (full at 50 %) + 0.4 × income ÷ cost (full at 1), in per cent."""
    good = known(multifunction, usable, income, cost) & (np.where(usable == MISSING, 0, usable) > 0)
    good &= np.where(cost == MISSING, 0, cost) > 0
    space = np.minimum(np.where(good, multifunction, 0) * 2 * _PARTS // np.where(good, usable, 1), _PARTS)
    money = np.minimum(np.where(good, income, 0) * _PARTS // np.where(good, cost, 1), _PARTS)
    return Ratio(np.where(good, 60 * space + 40 * money, MISSING), np.where(good, np.int64(_PARTS), MISSING))
