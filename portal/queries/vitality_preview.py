"""What last quarter would have looked like under another version of the index: distribution and changes of rank."""

from dataclasses import dataclass

import numpy as np

from assessments.models import Run, VitalityRun, VitalityScore
from assessments.rules.packing import Layout
from assessments.rules.vitality import from_columns
from portal.queries.lively import grade_name, points_text
from standards.queries.liveliness import vitality_scale_named
from standards.rules.vitality import Scale, score


@dataclass(frozen=True, slots=True)
class Moved:
    """A facility before and after: score and rank."""

    name: str
    code: str
    before: str
    after: str
    rank_before: int
    rank_after: int
    grade_before: str
    grade_after: str

    @property
    def rise(self) -> int:
        return self.rank_before - self.rank_after


@dataclass(frozen=True)
class Preview:
    """grades: (name before the change or after, facilities before, facilities after)."""

    quarter: str
    facilities: int
    mean_before: str
    mean_after: str
    grades: list[tuple[str, int, int]]
    moved: list[Moved]


def preview(run: Run | None, scale: Scale) -> Preview | None:
    """A computed run scored again under another scale; None where it has no scores."""
    vitality = VitalityRun.objects.filter(run=run).first() if run else None
    if vitality is None:
        return None
    rows = list(VitalityScore.objects.filter(run=run).select_related("facility").order_by("facility_id"))
    if not rows:
        return None
    values, flags = from_columns(Layout.parse(vitality.layout).unpack([bytes(row.values) for row in rows]))
    after = score(scale, values, flags, len(rows))
    old = vitality_scale_named(vitality.scale)
    before = np.array([row.score for row in rows], np.int64)
    ranks = _ranks(before), _ranks(after.score)
    names = [grade.name for grade in scale.grades] + ["不评级"]
    was = [grade_name(old, row.grade) for row in rows]
    now = [grade_name(scale, int(grade)) for grade in after.grade]
    moved = [
        Moved(row.facility.name, row.facility.code, points_text(row.score), points_text(int(after.score[n])),
              int(ranks[0][n]), int(ranks[1][n]), was[n], now[n])
        for n, row in enumerate(rows)
    ]  # fmt: skip
    return Preview(
        quarter=run.quarter,
        facilities=len(rows),
        mean_before=points_text(int(before.sum()) // len(rows)),
        mean_after=points_text(int(after.score.sum()) // len(rows)),
        grades=[(name, was.count(name), now.count(name)) for name in names],
        moved=sorted((m for m in moved if m.rise), key=lambda m: (-abs(m.rise), m.code))[:12],
    )


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Competition ranks: equal scores share the better place."""
    return 1 + (scores[np.newaxis, :] > scores[:, np.newaxis]).sum(axis=1)
