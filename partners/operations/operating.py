"""Writes: operating figures and price lists."""

from typing import Any

from django.db import IntegrityError, models, transaction

from facilities.models import Facility
from tenants.editing import write_row
from tenants.editing.writing import refused
from tenants.models import User
from tenants.operations import record_act

REFUSALS = {
    "operating_figure_once": "这个月这一项已经登记了，打开它修改。",
    "price_once": "这项服务从这一天起的价格已经登记了，打开它修改。",
    "price_free_means_nothing_to_pay": "免费的价格填 0；低收费、市场价要大于 0。",
    "price_dates_in_order": "最后一天要在起始日之后，或者就是那一天。",
}


def record(model: type[models.Model], *, facility: Facility, by: User | None, values: dict[str, Any]) -> Any:
    """Add one row of a facility. Raises EditRefused with words for what the database refuses."""
    try:
        with transaction.atomic():
            row = model.objects.create(facility=facility, division_code=facility.division_code, **values)
            record_act(
                verb=f"登记{model._meta.verbose_name}", by=by, division_code=facility.division_code,
                subject=f"{facility.code} {facility.name}：{row}", subject_uuid=facility.uuid,
            )  # fmt: skip
    except IntegrityError as error:
        raise refused(error, REFUSALS) from error
    return row


def correct(*, row: Any, version: int, by: User | None, reason: str, values: dict[str, Any]) -> dict:
    """Correct a row; what changed. Raises EditConflict and EditRefused."""
    return write_row(
        row=row, version=version, values=values, by=by, verb=f"修改{row._meta.verbose_name}", reason=reason,
        subject=f"{row.facility.code} {row.facility.name}：{row}", subject_uuid=row.uuid, refusals=REFUSALS,
    )  # fmt: skip
