"""The half-yearly follow-up in the world of the matrix: a follow-up, an order with a step, a decision on an item."""

from assessments.models import FollowUp, ItemDecision, Rectification, RectificationStep
from engagement.models import Survey
from facilities.models import Facility
from tests.structure.canaries import Canaries
from tests.structure.rows import make_row


def of_place(canaries: Canaries, code: int, facility: Facility) -> None:
    """Words stand in what was frozen too. The step is never changed, so its word is there from the start."""
    survey = Survey.objects.filter(facility=facility).first()
    parents = {(Facility, code): facility, (Survey, code): survey}
    line = {
        "label": "设施使用率",
        "value": canaries.word("FollowUp.findings", code),
        "note": "",
        "tone": "",
        "ledger": "",
    }
    make_row(FollowUp, code, parents, findings={"day": "2026-06-30", "asked": [line], "sides": []})
    parents[Rectification, code] = make_row(Rectification, code, parents, satisfied=1, valid=2)
    reason = canaries.word("RectificationStep.reason", code)
    make_row(RectificationStep, code, parents, reason=reason)
    effect = {"before": {"tier": 1}, "after": {"tier": 1}, "projects": [canaries.word("ItemDecision.effect", code)]}
    make_row(ItemDecision, code, parents, effect=effect)
