"""Scoring a computed run: 热活度 and the service frequencies, in the transaction that publishes its verdicts."""

# ruff: noqa: S608 (names of columns)

import hashlib

import numpy as np
from django.db import connection

from assessments.models import Run, VitalityRun, VitalityScore
from assessments.operations.copying import stage
from assessments.queries.runs import predecessor_runs, previous_runs
from assessments.queries.vitality.values import Collected, collect
from assessments.rules.packing import FactTable, Layout, result_hash
from assessments.rules.vitality import as_columns, layout_of
from engagement.queries.service import ServiceSheet, service_sheet
from standards.queries.liveliness import service_standard, vitality_scale, vitality_version
from standards.rules.service import SlotState
from standards.rules.vitality import Scale, Scores, score
from tenants.rules import DISTRICT_WIDTH

_COLUMNS = (
    "run_id", "facility_id", "division_code", "score", "coverage", "grade", "prev_score", "marks", "missed", "met", "unknown",
    "possible",
)  # fmt: skip
_MASKS = {
    "missed": SlotState.MISSED, "met": SlotState.MET, "unknown": SlotState.UNKNOWN, "possible": SlotState.POSSIBLE,
}  # fmt: skip


def score_runs(runs: list[Run], table: FactTable, tiers: np.ndarray) -> None:
    """Score every facility of some runs of one quarter. A district without a version of the index in force has no scores."""
    districts = table.division_codes // DISTRICT_WIDTH * DISTRICT_WIDTH
    for run in runs:
        rows = np.flatnonzero(districts == run.division_code)
        score_run(run, table.take(rows), tiers[rows])


def score_run(run: Run, table: FactTable, tiers: np.ndarray) -> VitalityRun | None:
    """Score one district's facilities of a run and store the result."""
    day = run.period.last_day
    version = vitality_version(run.division_code, day)
    if version is None or VitalityRun.objects.filter(run=run).exists():
        return None
    scale, service = vitality_scale(version), service_standard(run.division_code, day)
    sheet = service_sheet(service, table.facility_ids, day) if service else None
    found = collect(scale, run.period, table, tiers, sheet)
    scores = score(scale, found.values, found.flags, len(table))
    masks = _masks(sheet, len(table))
    layout = layout_of(scale)
    columns = as_columns(found.values, found.flags, layout, len(table))
    _store(run, table, scores, found, masks, columns, layout)
    return VitalityRun.objects.create(
        run=run,
        division_code=run.division_code,
        scale=scale.version,
        service_standard=service.version if service else "",
        duties=[duty.key for duty in service.duties] if service else [],
        layout=layout.texts,
        scale_hash=scale.content_hash,
        service_hash=service.content_hash if service else "",
        result_hash=hash_of(table.facility_ids, scale, scores, masks),
    )


def hash_of(facility_ids: np.ndarray, scale: Scale, scores: Scores, masks: dict[str, np.ndarray]) -> str:
    """SHA-256 over everything that was found, facilities ascending."""
    found = result_hash(facility_ids, scores.score, scores.coverage, scores.grade, *masks.values())
    return hashlib.sha256(f"{scale.content_hash}{found}".encode()).hexdigest()


def _masks(sheet: ServiceSheet | None, size: int) -> dict[str, np.ndarray]:
    masks = {name: np.zeros(size, np.int32) for name in _MASKS}
    for position, duty in enumerate(sheet.duties if sheet else ()):
        standing = duty.standing
        for name, state in _MASKS.items():
            masks[name] |= (standing == state).astype(np.int32) << position
    return masks


def _store(
    run: Run, table: FactTable, scores: Scores, found: Collected, masks: dict, columns: dict, layout: Layout
) -> None:
    if not len(table):
        return
    values = layout.pack_narrow(columns) if layout.fits(columns).all() else layout.pack(columns)
    stage(
        "staged_vitality",
        {
            "run_id": np.full(len(table), run.pk, np.int64),
            "facility_id": table.facility_ids,
            "division_code": table.division_codes,
            "score": scores.score.astype(np.int16),
            "coverage": scores.coverage.astype(np.int16),
            "grade": scores.grade.astype(np.int16),
            "prev_score": _previous(run, table.facility_ids),
            "marks": found.marks,
            **masks,
            "values": values,
        },
    )
    names = ", ".join((*_COLUMNS, '"values"'))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO assessments_vitalityscore ({names}) SELECT {names} FROM staged_vitality")
        cursor.execute("DROP TABLE staged_vitality")


def _previous(run: Run, facility_ids: np.ndarray) -> np.ndarray:
    """int16[n]: the score of the quarter before, -1 where there is none."""
    before = [
        *predecessor_runs([run.division_code], run.period.previous),
        *previous_runs([run.division_code], run.period).values(),
    ]
    scores = np.full(len(facility_ids), -1, np.int16)
    found = np.array(
        VitalityScore.objects.filter(run__in=before).values_list("facility_id", "score"), np.int64
    ).reshape(-1, 2)
    if len(found):
        places = np.minimum(np.searchsorted(facility_ids, found[:, 0]), len(facility_ids) - 1)
        same = facility_ids[places] == found[:, 0]
        scores[places[same]] = found[same, 1]
    return scores
