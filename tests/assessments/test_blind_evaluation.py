"""The self-evaluation at the spot check: frozen when a facility is drawn, and told to an assessor only after the item is recorded."""

import json

import pytest
from django.db import DatabaseError, transaction

from assessments import operations
from assessments.models import (
    Correction,
    Discrepancy,
    EvaluatedFacility,
    EvaluationEvent,
    EvaluationVersion,
    Filing,
    SampledFacility,
    SelfEvaluation,
)
from assessments.operations.evaluations import opening
from assessments.queries.checklist import claims_of
from tenants.scope import division_scope, opened_scope, scope_of
from tests.assessments import self_evaluation as se
from tests.assessments import year as y
from tests.people import GONGSHU, client_of
from tests.structure.canaries import text_of

pytestmark = pytest.mark.requirement("CHK-4")
CANARY, SHOWN = "86.42", ("8642", "86.42")  # % satisfied: no other number of these pages


@pytest.fixture
def visits(standards):
    """A drawn sample whose streets have filed; each says 86.42 % of its facilities' satisfaction."""
    with opened_scope(division_scope(GONGSHU)):
        year = y.Year(GONGSHU, readings=False, a_street=1)
        se.quarterly()
        opening.open_period(district=GONGSHU, quarter=se.Q3, today=se.TODAY, now=se.NOW)
        for evaluation in SelfEvaluation.objects.all():
            _, chief, _ = se.staff(evaluation.division_code)
            se.corrected(evaluation, "C1", CANARY, by=chief, reason="补录纸质问卷，满意 86.42 %")
            se.filed(evaluation, chief)
        return year.to_assigned(), year


def shown(answer) -> bool:
    return any(words in text_of(answer) for words in SHOWN)


def test_the_self_evaluated_figure_is_claimed_from_the_draw_on(visits):
    with opened_scope(division_scope(GONGSHU)):
        found = {claims_of(sampled).of("vitality-satisfaction") for sampled in SampledFacility.objects.all()}
    assert found == {8_642}


def test_no_self_evaluated_figure_reaches_an_assessor_before_the_item_is_recorded(visits):
    [own, *_], _ = visits
    client = client_of(own.user)
    with opened_scope(division_scope(GONGSHU)):
        row = EvaluatedFacility.objects.select_related("evaluation").get(facility=own.facility)
    for page in ("/my-visits/", f"/my-visits/{own.uuid}/", "/phone/pack/", "/phone/", "/my-visits/template/"):
        answer = client.get(page)
        assert (page, answer.status_code, shown(answer)) == (page, 200, False)
    assert "vitality-satisfaction" in client.get("/phone/pack/").content.decode(), "the item itself is asked"
    for page in (
        "/evaluations/", f"/evaluations/{row.evaluation.uuid}/", f"/evaluations/facilities/{row.uuid}/",
        f"/evaluations/{row.evaluation.uuid}/workbook/", "/evaluations/export/", "/vitality/",
    ):  # fmt: skip
        assert client.get(page).status_code == 403, page
    sent = {
        "id": "00000000-0000-4000-8000-000000000001", "visit": str(own.uuid), "kind": "found",
        "key": "vitality-room_use", "value": 4_000, "text": "", "at": "2026-11-22T09:00:00+08:00",
    }  # fmt: skip
    other = client.post("/phone/sync/", json.dumps({"operations": [sent]}), content_type="application/json")
    assert (list(other.json()["revealed"][str(own.uuid)]), shown(other)) == (["vitality-room_use"], False)
    recorded = {**sent, "id": "00000000-0000-4000-8000-000000000002", "key": "vitality-satisfaction", "value": 7_000}
    answer = client.post("/phone/sync/", json.dumps({"operations": [recorded]}), content_type="application/json")
    assert answer.json()["revealed"][str(own.uuid)]["vitality-satisfaction"] == 8_642
    assert "86.42" in client.get(f"/my-visits/{own.uuid}/").content.decode()


def test_the_database_shows_an_assessor_no_row_of_any_self_evaluation(visits):
    [own, *_], _ = visits
    with opened_scope(division_scope(GONGSHU)):
        scope = scope_of(y.current_appointment_of(own.user))
    with opened_scope(scope):
        for model in (SelfEvaluation, EvaluatedFacility, Correction, EvaluationVersion, Filing, EvaluationEvent):
            assert model.objects.count() == 0, model
        with pytest.raises(DatabaseError), transaction.atomic():
            SelfEvaluation.objects.create(
                division_code=own.facility.division_code, quarter="2026-Q1", frequency="quarterly", run_id=1,
                due_on=se.TODAY, opened_at=se.NOW,
            )  # fmt: skip


def test_what_was_found_otherwise_becomes_a_discrepancy_that_moves_no_tier(visits):
    [own, *_], year = visits
    with opened_scope(division_scope(GONGSHU)):
        own.refresh_from_db()
        records = [record for record in y.records(own) if record.kind == "sign"]
        found = y.noted(own, "vitality-satisfaction", 7_000)
        y.send(own, [found, *records])
        operations.discrepancies.close_visits(round=year.round, by=year.admin, now=y.RECEIVED)
        [row] = Discrepancy.objects.filter(key__startswith="vitality-")
    assert (row.claimed, row.found, row.changes_tier) == (8_642, 7_000, False)
    page = client_of(year.admin).get("/findings/").content.decode()
    assert ("群众满意度" in page, "86.42" in page, "70" in page) == (True, True, True)
