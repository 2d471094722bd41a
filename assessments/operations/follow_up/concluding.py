"""The district concludes the follow-up of a facility: what it saw is frozen with it. And its rules."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from assessments.models import FollowUp, FollowUpRules, FollowUpState
from assessments.operations.checks import CheckRefusedError, require
from assessments.queries.follow_up.dimensions import dimensions
from assessments.rules.half_year import HalfYear
from tenants.models import User
from tenants.operations import record_act
from tenants.scope import set_reason

_LEAST = 10


@transaction.atomic
def conclude(*, follow_up: FollowUp, conclusion: str, by: User, today: date, now: datetime) -> FollowUp:
    """Write the conclusion; the five sides are kept as they stand now. Once done it stays."""
    found = FollowUp.objects.select_for_update(of=("self",), no_key=True).select_related("facility")
    one = found.get(pk=follow_up.pk)
    conclusion = conclusion.strip()
    require(one.state == FollowUpState.OPEN, "这一次已经核查过了，结论不再改。")
    require(len(conclusion) >= _LEAST, f"请写核查结论：看了什么、问题是什么、怎么办，至少 {_LEAST} 个字。")
    require(len(conclusion) <= 500, f"结论最多 500 个字，现在有 {len(conclusion)} 个。")
    set_reason(conclusion)
    one.findings = dimensions(one.facility, HalfYear.parse(one.half), today)
    one.state, one.conclusion, one.concluded_by, one.concluded_at = FollowUpState.DONE, conclusion, by, now
    one.save()
    record_act(
        verb="完成半年核查", by=by, division_code=one.division_code, subject=f"{one.facility.code} {one.facility.name} {one.half}",
        subject_uuid=one.uuid, reason=conclusion[:200],
    )  # fmt: skip
    return one


@transaction.atomic
def set_rules(*, district: int, starts_on: date, basis: str, by: User, today: date, **values: int) -> FollowUpRules:
    """Rules of a district from a day on; the open version ends there. What began already is not changed."""
    basis = basis.strip()
    require(len(basis) >= 4, "请写明依据：哪份文件、哪次会议、谁定的。")
    require(starts_on >= today, "只能从今天或以后起改规则，以前的照旧。")
    open_version = FollowUpRules.objects.filter(division_code=district, ends_on=None).first()
    if open_version is not None:
        require(open_version.starts_on < starts_on, f"{open_version.starts_on} 起的规则已经有了，新规则要晚于它。")
        open_version.ends_on = starts_on
        open_version.save(update_fields=["ends_on"])
    set_reason(basis)
    try:
        with transaction.atomic():
            made = FollowUpRules.objects.create(
                division_code=district, starts_on=starts_on, basis=basis[:200], **values
            )
    except IntegrityError as error:
        raise CheckRefusedError("这些数不在允许的范围里，请按每一格的提示改。") from error
    record_act(
        verb="设定核查规则",
        by=by,
        division_code=district,
        subject=f"{starts_on} 起",
        reason=basis,
        details=dict(values),
    )
    return made
