"""The half-yearly follow-up (杭州 附件 四3): how often, and where the line of satisfaction lies. Pure; judged by the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standards.rules.amounts import AmountError, threshold_of, written_threshold
from standards.rules.building import RuleError
from standards.rules.criteria import Criterion, Kind, Operator, Outcome, Source
from standards.rules.judging import judge


@dataclass(frozen=True, slots=True)
class FollowUpStandard:
    """One version. satisfaction: the line, a share of whole numbers; small_sample: fewer answers than this are marked (G-13).

    dimensions: the five sides that are followed, with their clause in `followed`. half_yearly: the clause of the period.
    """

    version: str
    satisfaction: Criterion
    small_sample: int
    half_yearly: Source
    dimensions: tuple[str, ...]
    followed: Source

    @property
    def line(self) -> tuple[int, int]:
        """The line as a fraction: (4, 5) is 80 %."""
        limit = self.satisfaction.thresholds[0]
        assert limit is not None
        return limit.value, limit.parts

    @property
    def line_text(self) -> str:
        limit = self.satisfaction.thresholds[0]
        return written_threshold(limit, "%") if limit else ""

    def below(self, satisfied: NDArray[np.int64], valid: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which results lie strictly below the line, compared as whole numbers; nobody asked is not below. Shape (n,)."""
        facts = {"satisfied_answers": satisfied, "valid_answers": valid}
        found = judge(self.satisfaction, facts, np.zeros(len(valid), np.int8))
        return (found == Outcome.NOT_MET) & (valid > 0)

    def is_below(self, satisfied: int, valid: int) -> bool:
        return bool(self.below(np.array([satisfied], np.int64), np.array([valid], np.int64))[0])


def build_follow_up(data: Mapping[str, Any]) -> FollowUpStandard:
    """A follow-up standard from its parsed file. Raises RuleError that names what is wrong."""
    document = data["version"]["document"]
    duties = {entry["key"]: entry for entry in data["duty"]}
    try:
        period, asked, sides = duties["half_yearly"], duties["satisfaction"], duties["dimensions"]
        months = threshold_of(period["threshold"])
        limit = threshold_of(asked["threshold"])
        if months is None or months.value != 6:
            raise RuleError("half_yearly: the follow-up is made for half-years, 6 个月")
        if limit is None or asked["unit"] != "%":
            raise RuleError("satisfaction: the line is a share, such as 80 %")
        return FollowUpStandard(
            version=f"{data['standard']['key']}@{data['version']['number']}",
            satisfaction=Criterion(
                key="satisfaction", title=asked["title"], kind=Kind.CITY, operator=Operator(asked["operator"]),
                metrics=tuple(asked["metrics"]), denominators=tuple(asked["denominators"]), thresholds=(limit,) * 3,
                unit="%", source=_source(document, asked), interpretations=tuple(asked.get("interpretations", ())),
            ),
            small_sample=int(asked["small_sample"]),
            half_yearly=_source(document, period),
            dimensions=tuple(sides["names"]),
            followed=_source(document, sides),
        )  # fmt: skip
    except (KeyError, ValueError, AmountError) as error:
        if isinstance(error, RuleError):
            raise
        raise RuleError(f"{data['standard']['key']}: {error}") from error


def _source(document: str, entry: Mapping[str, Any]) -> Source:
    return Source(document, entry["clause"], entry["quote"], entry.get("severity", ""))
