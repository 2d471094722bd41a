"""The recorded values of a self-evaluation, as the run stored them, and what the street says in their place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from assessments.models import Correction, EvaluatedFacility, SelfEvaluation, VitalityScore
from assessments.rules import evaluation as rules
from assessments.rules.packing import Layout
from assessments.rules.vitality import from_columns
from standards.queries.liveliness import vitality_scale_named
from standards.rules import MISSING
from standards.rules.vitality import Indicator, Ratio, Scale, Scores


@dataclass(frozen=True)
class Recorded:
    """The records of some facilities in the order of `facility_ids`: ratios, conditions, and the score of the run."""

    scale: Scale
    facility_ids: tuple[int, ...]
    values: dict[str, Ratio]
    flags: dict[str, np.ndarray]

    def scored(self, changes: Sequence[dict[str, int]]) -> Scores:
        return rules.scored(self.scale, self.values, self.flags, changes)

    @property
    def scores(self) -> Scores:
        return self.scored([{}] * len(self.facility_ids))

    def has_value(self, row: int, indicator: Indicator) -> bool:
        ratio = self.values[indicator.metric]
        below = int(ratio.denominator[row])
        return int(ratio.numerator[row]) != MISSING and below not in {MISSING, 0}

    def text(self, row: int, indicator: Indicator) -> str:
        if not self.has_value(row, indicator):
            return "没有数据"
        ratio = self.values[indicator.metric]
        return f"{int(ratio.numerator[row]) / int(ratio.denominator[row]):,.2f} {indicator.unit}"


def scale_of(evaluation: SelfEvaluation) -> Scale:
    return vitality_scale_named(evaluation.run.vitality.scale)


def recorded(evaluation: SelfEvaluation, facility_ids: Iterable[int]) -> Recorded:
    """What the run of a self-evaluation found for some of its facilities. Raises LookupError if one has no score."""
    wanted = tuple(facility_ids)
    rows = VitalityScore.objects.filter(run=evaluation.run_id, facility_id__in=wanted)
    packed = {pk: bytes(values) for pk, values in rows.values_list("facility_id", "values")}
    if missing := set(wanted) - packed.keys():
        raise LookupError(f"no score of run {evaluation.run_id} for {sorted(missing)}")
    layout = Layout.parse(evaluation.run.vitality.layout)
    values, flags = from_columns(layout.unpack([packed[pk] for pk in wanted]))
    return Recorded(scale_of(evaluation), wanted, values, flags)


def changes_of(evaluated: Iterable[EvaluatedFacility]) -> list[dict[str, int]]:
    """Per facility, in the order given: indicator → what the street says, in hundredths."""
    rows = list(evaluated)
    found: dict[int, dict[str, int]] = {row.pk: {} for row in rows}
    corrections = Correction.objects.filter(evaluated__in=rows).values_list("evaluated_id", "indicator", "value")
    for pk, indicator, value in corrections:
        found[pk][indicator] = value
    return [found[row.pk] for row in rows]


def value_text(indicator: Indicator, hundredths: int) -> str:
    return f"{hundredths / 100:,.2f} {indicator.unit}"
