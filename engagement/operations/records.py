"""Single records of any ledger of this app: added, and corrected under the version that was read."""

from typing import Any

from django.db import IntegrityError, models, transaction

from facilities.models import Facility
from tenants.editing import EditRefused, write_row
from tenants.editing.writing import refused
from tenants.models import User
from tenants.operations import record_act

REFUSALS = {
    "activity_plan_once_a_month": "这个月的活动计划已经登记了，打开它修改。",
    "catchment_once": "这一天起的覆盖人口已经登记了，打开它修改。",
    "catchment_elders_are_residents": "60 岁以上不能多于常住人口。",
    "catchment_children_are_residents": "0–12 岁不能多于常住人口。",
    "catchment_low_income_are_residents": "困难群众不能多于常住人口。",
    "catchment_disabled_are_residents": "持证残疾人不能多于常住人口。",
    "opening_hours_once": "这一天这个时间已经登记了，打开它修改。",
    "opening_hours_within_a_day": "关门要晚于开门。",
    "closure_once": "从这一天起的停开已经登记了，打开它修改。",
    "certificate_once": "同名、同编号、同一天发的证照已经登记了。",
    "certificate_dates_in_order": "有效期要在发证日期之后。",
    "complaint_due_after_receipt": "办结期限不能早于收到日期。",
    "complaint_closed_after_receipt": "办结日期不能早于收到日期。",
    "complaint_closed_with_an_outcome": "填了办结日期，也要写处理结果。",
    "survey_dates_in_order": "结束日期不能早于开始日期。",
    "survey_satisfied_are_valid": "满意的份数不能多于有效份数。",
    "upkeep_next_is_later": "下次维护要晚于这一次。",
    "disabled_home_once": "这个街道已经登记了同名的残疾人之家。",
    "engagement_activity_partner_same_district": "承办合伙人要是本区登记的。",
}


def record(
    model: type[models.Model],
    *,
    facility: Facility,
    by: User | None,
    values: dict[str, Any],
    division_code: int | None = None,
) -> Any:
    """Add one record of a facility. Raises EditRefused with words for what the database refuses."""
    owner = {} if model.facility_path is None else {"facility": facility}
    code = division_code or facility.division_code
    try:
        with transaction.atomic():
            row = model.objects.create(division_code=code, **owner, **values)
            record_act(
                verb=f"登记{model._meta.verbose_name}", by=by, division_code=code,
                subject=f"{facility.code} {facility.name}：{row}", subject_uuid=facility.uuid,
            )  # fmt: skip
    except IntegrityError as error:
        raise refused(error, REFUSALS) from error
    return row


def correct(
    *, row: models.Model, version: int, by: User | None, reason: str, about: str, values: dict[str, Any]
) -> dict:
    """Correct a record; what changed. Raises EditConflict and EditRefused."""
    return write_row(
        row=row, version=version, values=values, by=by, verb=f"修改{row._meta.verbose_name}", reason=reason, subject=about,
        subject_uuid=row.uuid, refusals=REFUSALS,
    )  # fmt: skip


__all__ = ["EditRefused", "correct", "record"]
