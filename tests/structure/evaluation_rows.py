"""Self-evaluations in the world of the matrix: one of each place, open, with a correction, a filed version and its number."""

from assessments.models import (
    Correction,
    EvaluatedFacility,
    EvaluationEvent,
    EvaluationVersion,
    Filing,
    Run,
    SelfEvaluation,
)
from facilities.models import Attachment, Facility
from tenants.rules import district_of
from tests.structure.rows import make_row


def of_place(world, code: int, facility: Facility) -> None:
    word = lambda what: world.canaries.word(what, code)  # noqa: E731
    run = Run.objects.filter(division_code=district_of(code), quarter="2026-Q3", state="computed").latest("pk")
    parents: dict = {
        (Facility, code): facility,
        (Attachment, code): Attachment.objects.filter(facility=facility).first(),
    }
    evaluation = make_row(
        SelfEvaluation, code, parents, run=run, quarter="2026-Q3", frequency="quarterly", version=1,
        returned_reason="", received_at=None,
    )  # fmt: skip
    parents[SelfEvaluation, code] = evaluation
    evaluated = make_row(EvaluatedFacility, code, parents, evaluation=evaluation)
    make_row(Correction, code, parents, evaluated=evaluated, indicator="C1", value=9_500)
    indicator = {
        "key": "C1", "recorded": None, "recorded_points": 0, "own_points": 0, "own": 9_500, "by": "",
        "reason": word("EvaluationVersion.content"), "evidence": {"name": word("EvaluationVersion.content"), "sha256": ""},
    }  # fmt: skip
    said = {
        "uuid": str(facility.uuid), "code": facility.code, "name": word("EvaluationVersion.content"), "recorded_score": 1,
        "own_score": 2, "indicators": [indicator],
    }  # fmt: skip
    version = make_row(
        EvaluationVersion, code, parents, evaluation=evaluation, number=1, reason=word("EvaluationVersion.reason"),
        signed_name=word("EvaluationVersion.signed_name"), content={"facilities": [said], "label": "示例口径"},
    )  # fmt: skip
    make_row(Filing, code, parents, version=version, district_code=district_of(code))
    make_row(EvaluationEvent, code, parents, evaluation=evaluation, reason=word("EvaluationEvent.reason"))
