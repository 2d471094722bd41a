"""Criteria written one a line ("服务能力 40"), points given in their order, and averages in 0.01 of 100. Exact integers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

_LINE = re.compile(r"^(?P<label>.*?\S)[\s:：,，]+(?P<most>\d{1,3})\s*分?$")


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion: what is looked at, and how many points it can get."""

    label: str
    most: int


def parsed(text: str) -> tuple[Line, ...]:
    """The criteria of a text; lines that name no points are left out. For texts that were checked when they were saved."""
    found = (_LINE.match(line.strip()) for line in text.splitlines())
    return tuple(Line(match["label"], int(match["most"])) for match in found if match and int(match["most"]))


def checked(text: str, *, whole: int | None = 100) -> tuple[Line, ...]:
    """The criteria of a text. Raises ValueError, in Chinese, for a line without points or points that do not make `whole`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = parsed("\n".join(lines))
    for number, line in enumerate(lines, 1):
        if not parsed(line):
            raise ValueError(f"第 {number} 行“{line[:20]}”没有写分值。写成“服务能力 40”这样。")
    if len({one.label for one in found}) < len(found):
        raise ValueError("有两行名称一样，请合并或改名。")
    total = sum(one.most for one in found)
    if whole is not None and total != whole:
        raise ValueError(f"分值加起来应是 {whole} 分，现在是 {total} 分。")
    return found


def names(text: str) -> tuple[str, ...]:
    """The people of a panel, one a line, each once."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def within(points: Sequence[int], lines: Sequence[Line]) -> bool:
    """Whether there is one number for each line, none above what the line can get."""
    return len(points) == len(lines) and all(0 <= given <= one.most for given, one in zip(points, lines, strict=True))


def average(scores: Sequence[Sequence[int]], lines: Sequence[Line]) -> int | None:
    """The mean of several people's totals, in 0.01 of 100 points, cut and never rounded up. None without scores."""
    whole = sum(one.most for one in lines)
    if not scores or not whole:
        return None
    return int(Fraction(sum(sum(one) for one in scores) * 10_000, len(scores) * whole))


def below(satisfied: int, surveyed: int, percent: int) -> bool:
    """Strictly below the line, without rounding: 79.99 % is below 80 %, 80 % is not (reading G-13)."""
    return surveyed > 0 and satisfied * 100 < surveyed * percent
