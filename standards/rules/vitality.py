"""热活度: indicators, weights, floors and full-score targets as data, scored in exact integers for all facilities at once.

An indicator's value is a ratio of two integers, so nothing is rounded before the points are: half up, to 0.01 point.
A missing value earns nothing and lowers the coverage: what is not recorded can never raise a score, a rank or a grade.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standards.rules.building import RuleError
from standards.rules.criteria import MISSING

FULL = 10_000  # hundredths of a point: a score of 100.00
NO_GRADE = -1
_BLOCK = 65_536
_LARGEST = int(np.iinfo(np.int64).max)

# Every indicator that can be counted, with the unit of its value. There are no expressions: a new one is a collector.
METRICS = {
    "gathering": "人次/百人·月",
    "reach": "%",
    "group_reach": "%",
    "supply": "%",
    "room_use": "%",
    "hours_kept": "%",
    "functions_alive": "%",
    "returning": "%",
    "satisfaction": "%",
    "closed_in_time": "%",
    "partners_active": "%",
    "charity": "%",
    "space_and_balance": "%",
}
FLAGS = ("required_events",)  # conditions that may cap an indicator: 1 holds, 0 does not


@dataclass(frozen=True, slots=True)
class Indicator:
    """floor, target: hundredths of the unit; below the floor there are no points, from the target on all of them.

    capped_by: a flag without which only `cap` per cent of the weight can be earned; "" for none.
    """

    key: str
    dimension: str
    name: str
    metric: str
    unit: str
    weight: int
    floor: int
    target: int
    frequency: str
    formula: str
    basis: str
    capped_by: str = ""
    cap: int = 100


@dataclass(frozen=True, slots=True)
class Grade:
    name: str
    least: int  # hundredths of a point


@dataclass(frozen=True, slots=True)
class Gate:
    """Below `at_least` (hundredths of the indicator's unit), or without a value, no better grade than `best`."""

    indicator: str
    at_least: int
    best: int  # position in `Scale.grades`
    basis: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A version of the index. Weights add up to 100; grades fall from the best; parameters belong to the collectors."""

    version: str
    is_official: bool
    label: str
    indicators: tuple[Indicator, ...]
    grades: tuple[Grade, ...]
    gates: tuple[Gate, ...]
    coverage_for_grade: int
    params: tuple[tuple[str, int], ...]
    content_hash: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        text = json.dumps(_content(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        object.__setattr__(self, "content_hash", hashlib.sha256(text.encode()).hexdigest())

    def position(self, key: str) -> int:
        for position, indicator in enumerate(self.indicators):
            if indicator.key == key:
                return position
        raise KeyError(key)

    @property
    def parameters(self) -> dict[str, int]:
        return dict(self.params)


def _content(scale: Scale) -> dict[str, Any]:
    return {
        "version": scale.version,
        "indicators": [asdict(each) for each in scale.indicators],
        "grades": [asdict(each) for each in scale.grades],
        "gates": [asdict(each) for each in scale.gates],
        "coverage_for_grade": scale.coverage_for_grade,
        "params": scale.params,
    }


@dataclass(frozen=True, slots=True)
class Ratio:
    """Values of one indicator in its unit, as exact fractions: int64 (n,) each; MISSING in either means no value."""

    numerator: NDArray[np.int64]
    denominator: NDArray[np.int64]


Values = Mapping[str, Ratio]
Flags = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Scores:
    """Shapes (n, indicators) and (n,). points, score: hundredths of a point. coverage: the weight that has a value, 0–100.

    folded: the score as it would be if the indicators without a value were left out of the whole; shown, never ranked.
    grade: position in `Scale.grades`, NO_GRADE below the coverage. best_score: the score if every missing value were full.
    """

    points: NDArray[np.int64]
    known: NDArray[np.bool_]
    score: NDArray[np.int64]
    coverage: NDArray[np.int64]
    folded: NDArray[np.int64]
    best_score: NDArray[np.int64]
    grade: NDArray[np.int8]


def score(scale: Scale, values: Values, flags: Flags, size: int) -> Scores:
    """Score `size` facilities. A metric or flag that is not there at all is missing everywhere.

    Raises ValueError for negative amounts, OverflowError where exact 64-bit arithmetic would not hold.
    """
    kinds = len(scale.indicators)
    points = np.zeros((kinds, size), np.int64)
    known = np.zeros((kinds, size), np.bool_)
    held = np.ones((len(scale.gates), size), np.bool_)
    for start in range(0, size, _BLOCK):
        rows = slice(start, min(start + _BLOCK, size))
        for position, indicator in enumerate(scale.indicators):
            ratio = values.get(indicator.metric)
            if ratio is None:
                continue
            part = Ratio(ratio.numerator[rows], ratio.denominator[rows])
            points[position, rows], known[position, rows] = _points(indicator, part, _flag(indicator, flags, rows))
        for number, gate in enumerate(scale.gates):
            held[number, rows] = _reaches(scale.indicators[scale.position(gate.indicator)], gate, values, rows)
    weights = np.array([indicator.weight for indicator in scale.indicators], np.int64)
    total, coverage = points.sum(axis=0), weights @ known.astype(np.int64)
    folded = np.where(coverage > 0, (total * 200 + coverage) // np.maximum(2 * coverage, 1), 0)
    best = total + (100 - coverage) * 100
    return Scores(points.T, known.T, total, coverage, folded, best, _grades(scale, total, coverage, held))


def _points(indicator: Indicator, ratio: Ratio, flag) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """weight × clamp((x − floor) / (target − floor), 0, 1), half up to 0.01; 0 where there is no value."""
    known = (ratio.numerator != MISSING) & (ratio.denominator != MISSING) & (ratio.denominator != 0)
    above = np.where(known, ratio.numerator, 0)
    below = np.where(known, ratio.denominator, 1)
    if len(above) and (int(above.min()) < 0 or int(below.min()) < 0):
        raise ValueError(f"{indicator.key}: a negative amount")
    span = indicator.target - indicator.floor
    most_above, most_below = int(above.max(initial=0)), int(below.max(initial=1))
    if most_above * 100 > _LARGEST or most_below * max(span, indicator.floor, 1) * 20_000 > _LARGEST:
        raise OverflowError(f"{indicator.key}: amounts too large for exact 64-bit arithmetic")
    whole = span * below
    earned = np.clip(above * 100 - indicator.floor * below, 0, whole)
    points = (earned * (200 * indicator.weight) + whole) // (2 * whole)
    if flag is not None:
        points = np.where(flag == 1, points, np.minimum(points, indicator.weight * indicator.cap))
    return np.where(known, points, 0), known


def _flag(indicator: Indicator, flags: Flags, rows: slice):
    """The cap's condition, None without a cap. A missing condition does not hold."""
    if not indicator.capped_by:
        return None
    column = flags.get(indicator.capped_by)
    return np.zeros(1, np.int64) if column is None else column[rows]


def _reaches(indicator: Indicator, gate: Gate, values: Values, rows: slice) -> NDArray[np.bool_] | bool:
    ratio = values.get(indicator.metric)
    if ratio is None:
        return False
    above, below = ratio.numerator[rows], ratio.denominator[rows]
    known = (above != MISSING) & (below != MISSING) & (below != 0)
    return known & (np.where(known, above, 0) * 100 >= gate.at_least * np.where(known, below, 1))


def _grades(scale: Scale, total, coverage, held) -> NDArray[np.int8]:
    grade = np.full(len(total), len(scale.grades) - 1, np.int8)
    for position in range(len(scale.grades) - 1, -1, -1):
        grade[total >= scale.grades[position].least] = position
    for gate, reached in zip(scale.gates, held, strict=True):
        grade = np.where(reached, grade, np.maximum(grade, gate.best)).astype(np.int8)
    grade[coverage < scale.coverage_for_grade] = NO_GRADE
    return grade


# --- from a data file -------------------------------------------------------------------------------------------------


def build_scale(data: Mapping[str, Any]) -> Scale:
    """A scale from its parsed file. Raises RuleError that says which entry is wrong and what is expected."""
    indicators = tuple(_indicator(entry) for entry in data["indicator"])
    keys = [indicator.key for indicator in indicators]
    if len(set(keys)) != len(keys):
        raise RuleError("两个指标用了同一个编号")
    if (whole := sum(indicator.weight for indicator in indicators)) != 100:
        raise RuleError(f"各指标权重合计 {whole}，应当正好 100")
    grades = tuple(Grade(entry["name"], _hundredths(entry["least"])) for entry in data["grade"])
    if [grade.least for grade in grades] != sorted({grade.least for grade in grades}, reverse=True) or grades[-1].least:
        raise RuleError("等级要从高到低排列，最低一级从 0 分起")
    coverage = data["scale"]["coverage_for_grade"]
    if not 0 <= coverage <= 100:
        raise RuleError("评级所需的覆盖权重在 0 到 100 之间")
    if wrong := [key for key, value in data["params"].items() if not isinstance(value, int) or value < 1]:
        raise RuleError(f"参数 {'、'.join(wrong)} 要填大于 0 的整数")
    return Scale(
        version=f"{data['standard']['key']}@{data['version']['number']}",
        is_official=bool(data["scale"]["official"]),
        label=data["scale"]["label"],
        indicators=indicators,
        grades=grades,
        gates=tuple(_gate(entry, keys, [grade.name for grade in grades]) for entry in data.get("gate", ())),
        coverage_for_grade=coverage,
        params=tuple(sorted((key, int(value)) for key, value in data["params"].items())),
    )


def _indicator(entry: Mapping[str, Any]) -> Indicator:
    key = entry.get("key", "没有编号的指标")
    if entry.get("metric") not in METRICS:
        raise RuleError(f"{key}：没有“{entry.get('metric')}”这个可数的指标")
    floor, target = _hundredths(entry["floor"]), _hundredths(entry["target"])
    if not 0 <= floor < target:
        raise RuleError(f"{key}：满分线要高于起评线，起评线不小于 0")
    if not isinstance(entry["weight"], int) or not 0 <= entry["weight"] <= 100:
        raise RuleError(f"{key}：权重是 0 到 100 的整数")
    capped = entry.get("capped_by", "")
    if capped and capped not in FLAGS:
        raise RuleError(f"{key}：没有“{capped}”这个封顶条件")
    return Indicator(
        key=key, dimension=entry["dimension"], name=entry["name"], metric=entry["metric"], unit=METRICS[entry["metric"]],
        weight=entry["weight"], floor=floor, target=target, frequency=entry["frequency"], formula=entry["formula"],
        basis=entry["basis"], capped_by=capped, cap=entry.get("cap", 100),
    )  # fmt: skip


def _gate(entry: Mapping[str, Any], keys: Iterable[str], grades: list[str]) -> Gate:
    if entry["indicator"] not in keys:
        raise RuleError(f"门槛指向的指标 {entry['indicator']} 不存在")
    if entry["best_grade"] not in grades:
        raise RuleError(f"门槛写的等级“{entry['best_grade']}”不存在")
    return Gate(entry["indicator"], _hundredths(entry["at_least"]), grades.index(entry["best_grade"]), entry["basis"])


def _hundredths(written: Any) -> int:
    try:
        exact = Decimal(str(written)) * 100
    except InvalidOperation as error:
        raise RuleError(f"“{written}”不是数字") from error
    if not exact.is_finite():
        raise RuleError(f"“{written}”不是数字")
    if exact != int(exact):
        raise RuleError(f"“{written}”最多两位小数")
    return int(exact)
