"""What the street does with each indicator: it confirms the recorded value, or says another with a reason and a file."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from assessments.models import Correction, EvaluatedFacility, SelfEvaluation
from assessments.operations.checks import require
from assessments.operations.evaluations.course import in_one_go, require_open
from assessments.queries.evaluations.values import changes_of, recorded, scale_of
from assessments.rules.evaluation import most
from facilities.models import Attachment, Facility
from standards.rules.vitality import Indicator
from tenants.models import User
from tenants.scope import set_reason


@in_one_go
def confirm(*, evaluation: SelfEvaluation, evaluated: EvaluatedFacility, keys: Iterable[str], by: User) -> int:
    """Confirm the recorded value of some indicators of a facility; those corrected before lose their correction."""
    require_open(evaluation)
    known = {indicator.key for indicator in scale_of(evaluation).indicators}
    wanted = set(keys)
    require(wanted and wanted <= known, "先选要确认的指标。")
    fresh = _locked(evaluation, evaluated)
    fresh.corrections.filter(indicator__in=wanted).delete()
    fresh.confirmed = sorted(wanted | set(fresh.confirmed))
    _rescored(evaluation, fresh)
    return len(wanted)


@in_one_go
def confirm_rest(*, evaluation: SelfEvaluation, by: User, evaluated: EvaluatedFacility | None = None) -> int:
    """Confirm every indicator that nobody has decided yet: of one facility, or of all; how many.

    A facility that has moved to another street is out of this street's sight and no longer its to assess.
    """
    require_open(evaluation)
    known = [indicator.key for indicator in scale_of(evaluation).indicators]
    rows = EvaluatedFacility.objects.select_for_update(no_key=True).filter(evaluation=evaluation)
    rows = rows.filter(facility__in=Facility.objects.all())
    rows = rows.filter(pk=evaluated.pk) if evaluated else rows
    count, changed = 0, []
    for row in rows.prefetch_related("corrections"):
        decided = {*row.confirmed, *(correction.indicator for correction in row.corrections.all())}
        left = [key for key in known if key not in decided]
        if left:
            row.confirmed = sorted({*row.confirmed, *left})
            changed.append(row)
            count += len(left)
    EvaluatedFacility.objects.bulk_update(changed, ["confirmed"])
    return count


@in_one_go
def correct(
    *, evaluation: SelfEvaluation, evaluated: EvaluatedFacility, key: str, value: str, reason: str,
    attachment: Attachment | None, by: User, now: datetime,
) -> Correction:  # fmt: skip
    """Say another value for one indicator. attachment: a file of the same facility that has not been removed."""
    require_open(evaluation)
    found = {each.key: each for each in scale_of(evaluation).indicators}.get(key)
    require(found is not None, "没有这项指标，刷新页面再试。")
    assert found is not None
    hundredths, reason = hundredths_of(found, value), reason.strip()
    require(
        4 <= len(reason) <= 300,
        f"{found.name}：写明更正的理由，4 到 300 个字，例如“计数器 5 月停用 9 天，按登记本补计”。",
    )
    fresh = _locked(evaluation, evaluated)
    good = attachment is not None and attachment.facility_id == fresh.facility_id and attachment.removed_at is None
    require(good, f"{found.name}：更正要附佐证，请上传一份，或从这座设施已有的资料里选。")
    set_reason(reason)
    made, _ = Correction.objects.update_or_create(
        evaluated=fresh, indicator=key,
        defaults={
            "division_code": evaluation.division_code, "value": hundredths, "reason": reason, "attachment": attachment,
            "corrected_by": by, "corrected_at": now,
        },
    )  # fmt: skip
    fresh.confirmed = [each for each in fresh.confirmed if each != key]
    _rescored(evaluation, fresh)
    return made


@in_one_go
def take_back(*, evaluation: SelfEvaluation, evaluated: EvaluatedFacility, key: str, by: User) -> None:
    """Leave an indicator undecided again; a correction is removed and stays in the history."""
    require_open(evaluation)
    fresh = _locked(evaluation, evaluated)
    fresh.corrections.filter(indicator=key).delete()
    fresh.confirmed = [each for each in fresh.confirmed if each != key]
    _rescored(evaluation, fresh)


def hundredths_of(indicator: Indicator, text: str) -> int:
    """A typed value in hundredths of the indicator's unit. Raises CheckRefusedError with words for the user."""
    try:
        exact = Decimal(text.replace(",", "").replace("，", "").strip().removesuffix("%")) * 100
        require(exact.is_finite() and exact == int(exact), f"{indicator.name}：最多两位小数，例如 62.5。")
    except InvalidOperation:
        require(False, f"{indicator.name}：自评值填数字，例如 62.5；单位是{indicator.unit}。")
    top = most(indicator.unit)
    require(0 <= exact <= top, f"{indicator.name}：自评值在 0 到 {top // 100:,} {indicator.unit}之间。")
    return int(exact)


def _locked(evaluation: SelfEvaluation, evaluated: EvaluatedFacility) -> EvaluatedFacility:
    return EvaluatedFacility.objects.select_for_update(no_key=True).get(pk=evaluated.pk, evaluation=evaluation)


def _rescored(evaluation: SelfEvaluation, row: EvaluatedFacility) -> None:
    """Score what the street says and save the row."""
    scores = recorded(evaluation, [row.facility_id]).scored(changes_of([row]))
    row.own_score, row.own_coverage, row.own_grade = (
        int(scores.score[0]), int(scores.coverage[0]), int(scores.grade[0]),
    )  # fmt: skip
    row.save()
