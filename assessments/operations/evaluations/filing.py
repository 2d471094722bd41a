"""Signing and filing with the district, which receives, returns or registers; a later version of what was registered."""

import hashlib
import json
from datetime import datetime

from django.db import connection
from django.db.models import Max
from django.utils.timezone import localdate

from assessments.models import (
    Correction,
    EvaluatedFacility,
    EvaluationState,
    EvaluationStep,
    EvaluationVersion,
    Filing,
    SelfEvaluation,
)
from assessments.operations.checks import require
from assessments.operations.evaluations.course import act, in_one_go, in_state, note, require_open
from assessments.queries.evaluations.values import recorded, scale_of
from assessments.rules.evaluation import is_complete
from facilities.models import Facility
from standards.rules import MISSING
from tenants.models import User
from tenants.rules import district_of
from tenants.scope import set_reason

_LEAST, _MOST = 4, 300


@in_one_go
def sign_and_file(
    *, evaluation: SelfEvaluation, by: User, signed_name: str, declared: bool, now: datetime, reason: str = ""
) -> EvaluationVersion:
    """The person in charge declares it true under their own name; from now on it is frozen. Raises CheckRefusedError.

    reason: why there is another version; needed from the second on.
    """
    require_open(evaluation)
    require(declared, "报送前要勾选“以上自评属实”。")
    require(signed_name.strip() == by.display_name, f"签署要写你自己的姓名：{by.display_name}。")
    reason = (reason.strip() or evaluation.reason)[:_MOST]
    if evaluation.version:
        require(
            len(reason) >= _LEAST, f"这是第 {evaluation.version + 1} 版，写明改了什么、为什么，至少 {_LEAST} 个字。"
        )
    has_any = evaluation.facilities.filter(facility__in=Facility.objects.all()).exists()
    require(has_any, "这份自评里的设施都已划到别的街道，没有可以报送的内容。请告诉区民政局，由区里核对设施的归属。")
    content = content_of(evaluation)
    left = content["undecided"]
    require(not left, f"还有 {left} 项指标没有确认或更正，全部办完才能报送。")
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    evaluation.version += 1
    made = EvaluationVersion.objects.create(
        evaluation=evaluation, division_code=evaluation.division_code, number=evaluation.version, content=content,
        content_hash=hashlib.sha256(text.encode()).hexdigest(), reason=reason if evaluation.version > 1 else "",
        signed_name=signed_name.strip(), signed_by=by, signed_at=now,
    )  # fmt: skip
    evaluation.state, evaluation.signed_by, evaluation.signed_at = EvaluationState.FILED, by, now
    evaluation.received_by = evaluation.received_at = None
    evaluation.reason = evaluation.returned_reason = ""
    evaluation.save()
    note(evaluation, EvaluationStep.FILED, by=by, now=now, reason=made.reason)
    act("签署并报送自评", evaluation, by, version=made.number, content=made.content_hash)
    return made


@in_one_go
def receive(*, evaluation: SelfEvaluation, by: User, now: datetime) -> None:
    """The district takes it in to look at it."""
    in_state(evaluation, EvaluationState.FILED)
    _somebody_else(evaluation, by)
    evaluation.state, evaluation.received_by, evaluation.received_at = EvaluationState.RECEIVED, by, now
    evaluation.save()
    note(evaluation, EvaluationStep.RECEIVED, by=by, now=now)
    act("受理自评", evaluation, by, version=evaluation.version)


@in_one_go
def send_back(*, evaluation: SelfEvaluation, by: User, now: datetime, reason: str) -> None:
    """Return it to the street, which can fill it in again."""
    in_state(evaluation, EvaluationState.FILED, EvaluationState.RECEIVED)
    reason = reason.strip()
    require(len(reason) >= _LEAST, "写明退回的理由，哪座设施、哪项指标、要补什么。")
    set_reason(reason)
    evaluation.state, evaluation.returned_reason = EvaluationState.RETURNED, reason[:500]
    evaluation.received_by = evaluation.received_at = None
    evaluation.save()
    note(evaluation, EvaluationStep.RETURNED, by=by, now=now, reason=reason)
    act("退回自评", evaluation, by, reason=reason, version=evaluation.version)


@in_one_go
def register(*, evaluation: SelfEvaluation, by: User, now: datetime) -> Filing:
    """Give the filed version its number: the next of the district and year, in this transaction, so that none is left out."""
    in_state(evaluation, EvaluationState.RECEIVED)
    _somebody_else(evaluation, by)
    district, year = district_of(evaluation.division_code), localdate(now).year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('filing'), %s)", [district // 10**6])
    last = Filing.objects.filter(district_code=district, year=year).aggregate(last=Max("serial"))["last"] or 0
    made = Filing.objects.create(
        version=evaluation.versions.get(number=evaluation.version), division_code=evaluation.division_code,
        district_code=district, year=year, serial=last + 1, registered_by=by, registered_at=now,
    )  # fmt: skip
    evaluation.state = EvaluationState.REGISTERED
    evaluation.save()
    note(evaluation, EvaluationStep.REGISTERED, by=by, now=now, reason=made.number)
    act("备案自评", evaluation, by, number=made.number, version=evaluation.version)
    return made


@in_one_go
def reopen(*, evaluation: SelfEvaluation, by: User, now: datetime, reason: str) -> None:
    """The street opens another version of what is registered; the registered one and its number stay."""
    in_state(evaluation, EvaluationState.REGISTERED)
    reason = reason.strip()
    require(len(reason) >= _LEAST, "写明为什么要更正，至少 4 个字。")
    set_reason(reason)
    evaluation.state, evaluation.reason = EvaluationState.OPEN, reason[:_MOST]
    evaluation.save()
    note(evaluation, EvaluationStep.REOPENED, by=by, now=now, reason=reason)
    act("更正自评", evaluation, by, reason=reason, version=evaluation.version + 1)


def content_of(evaluation: SelfEvaluation) -> dict:
    """What is filed, as JSON: facilities with both scores, and of every indicator both values. `undecided`: how many are open."""
    rows = list(
        EvaluatedFacility.objects.filter(evaluation=evaluation).select_related("facility").order_by("facility__code")
    )
    found, scale = recorded(evaluation, [row.facility_id for row in rows]), scale_of(evaluation)
    corrections: dict[int, dict[str, Correction]] = {row.pk: {} for row in rows}
    for one in Correction.objects.filter(evaluated__in=rows).select_related("attachment", "corrected_by"):
        corrections[one.evaluated_id][one.indicator] = one
    scores = found.scored([{key: one.value for key, one in corrections[row.pk].items()} for row in rows])
    before = found.scores
    facilities = []
    undecided = 0
    for number, row in enumerate(rows):
        mine = corrections[row.pk]
        if not is_complete(scale, row.confirmed, mine):
            undecided += len([i for i in scale.indicators if i.key not in mine and i.key not in row.confirmed])
        facilities.append(
            {
                "uuid": str(row.facility.uuid), "code": row.facility.code, "name": row.facility.name,
                "recorded_score": row.recorded_score, "recorded_coverage": row.recorded_coverage,
                "own_score": int(scores.score[number]), "own_coverage": int(scores.coverage[number]),
                "own_grade": int(scores.grade[number]), "recorded_grade": row.recorded_grade,
                "indicators": [
                    _indicator(found, number, position, mine.get(indicator.key), scores, before)
                    for position, indicator in enumerate(scale.indicators)
                ],
            }
        )  # fmt: skip
    return {
        "quarter": evaluation.quarter, "scale": scale.version, "label": scale.label, "undecided": undecided,
        "facilities": facilities,
    }  # fmt: skip


def _indicator(found, number: int, position: int, correction: Correction | None, scores, before) -> dict:
    indicator = found.scale.indicators[position]
    ratio = found.values[indicator.metric]
    above, below = int(ratio.numerator[number]), int(ratio.denominator[number])
    known = above != MISSING and below not in {MISSING, 0}
    entry = {
        "key": indicator.key, "recorded": [above, below] if known else None,
        "recorded_points": int(before.points[number, position]), "own_points": int(scores.points[number, position]),
    }  # fmt: skip
    if correction:
        entry |= {
            "own": correction.value, "reason": correction.reason, "by": str(correction.corrected_by or ""),
            "evidence": {"name": correction.attachment.name, "sha256": correction.attachment.sha256},
        }  # fmt: skip
    return entry


def _somebody_else(evaluation: SelfEvaluation, by: User) -> None:
    require(evaluation.signed_by_id != by.pk, "这份是你签署报送的，要由另一位受理和备案。")
