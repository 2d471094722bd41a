"""One facility of a self-evaluation as its page and its workbook show it: each indicator with both values and both points."""

from dataclasses import dataclass

from assessments.models import Correction, EvaluatedFacility
from assessments.queries.evaluations.values import Recorded, recorded, value_text
from assessments.rules.evaluation import points
from standards.rules.vitality import Indicator, Scores


@dataclass(frozen=True, slots=True)
class Item:
    """An indicator: what the records say, what the street says (a confirmed one says the same)."""

    indicator: Indicator
    recorded: str
    recorded_points: int
    own: str
    own_points: int
    has_record: bool
    correction: Correction | None
    is_confirmed: bool
    typed: str = ""

    @property
    def is_decided(self) -> bool:
        return self.is_confirmed or self.correction is not None

    @property
    def state(self) -> str:
        return "已更正" if self.correction else "已确认" if self.is_confirmed else "未确认"

    @property
    def recorded_text(self) -> str:
        return points(self.recorded_points)

    @property
    def own_text(self) -> str:
        return points(self.own_points)

    @property
    def range_text(self) -> str:
        return f"{points(self.indicator.floor)}–{points(self.indicator.target)} {self.indicator.unit}"


def items(row: EvaluatedFacility) -> list[Item]:
    """The indicators of one facility, in the order of the scale."""
    return items_of(recorded(row.evaluation, [row.facility_id]), [row])[row.pk]


def items_of(found: Recorded, rows: list[EvaluatedFacility]) -> dict[int, list[Item]]:
    """The same for several facilities, in the order in which `found` was read."""
    corrections: dict[int, dict[str, Correction]] = {row.pk: {} for row in rows}
    stored = Correction.objects.filter(evaluated__in=rows).select_related("attachment", "corrected_by")
    for one in stored:
        corrections[one.evaluated_id][one.indicator] = one
    before = found.scores
    after = found.scored([{key: one.value for key, one in corrections[row.pk].items()} for row in rows])
    return {
        row.pk: [
            _item(found, number, position, row, corrections[row.pk], before, after)
            for position in range(len(found.scale.indicators))
        ]
        for number, row in enumerate(rows)
    }


def _item(
    found: Recorded, number: int, position: int, row: EvaluatedFacility, corrections: dict[str, Correction],
    before: Scores, after: Scores,
) -> Item:  # fmt: skip
    indicator = found.scale.indicators[position]
    correction = corrections.get(indicator.key)
    text = found.text(number, indicator)
    return Item(
        indicator=indicator,
        recorded=text,
        recorded_points=int(before.points[number, position]),
        own=value_text(indicator, correction.value) if correction else text,
        own_points=int(after.points[number, position]),
        has_record=found.has_value(number, indicator),
        correction=correction,
        is_confirmed=indicator.key in row.confirmed,
        typed=points(correction.value) if correction else "",
    )
