"""Writes: a district's own rules of entry and exit, of money and of plans, from a day on."""

from datetime import date
from typing import TypeVar

from django.db import transaction

from partners.models import EntryRules, MoneyRules
from partners.operations.steps import require
from tenants.models import User
from tenants.operations import record_act
from tenants.scope import set_reason
from tenants.scoped import DatedModel

Row = TypeVar("Row", bound=DatedModel)


def set_rules(
    *, district: int, starts_on: date, source: str, by: User | None, today: date, **numbers: int
) -> EntryRules:
    """Rules of entry and exit that hold from a day on."""
    require(numbers["panel_size"] >= 1, "评审至少 1 人。")
    return _from_a_day(EntryRules, "设定准入准出规则", district, starts_on, source, by, today, numbers)


def set_money_rules(
    *, district: int, starts_on: date, source: str, by: User | None, today: date, **numbers: int
) -> MoneyRules:
    """Settings of money and plans that hold from a day on; agreements that stand keep the tolerance they were made with."""
    require(numbers["slow_percent"] <= numbers["on_pace_percent"], "偏慢线不能高于正常线。")
    return _from_a_day(MoneyRules, "设定资金和规划规则", district, starts_on, source, by, today, numbers)


@transaction.atomic
def _from_a_day(
    model: type[Row], verb: str, district: int, starts_on: date, source: str, by: User | None, today: date, numbers: dict[str, int]
) -> Row:  # fmt: skip
    """The former ones end there. Not for days that have passed: what was decided stays."""
    require(starts_on >= today, "只能从今天或以后某一天起改，已经办过的不受影响。")
    set_reason(source)
    model.objects.filter(division_code=district, starts_on__gte=starts_on).delete()
    model.objects.in_force(starts_on).filter(division_code=district).update(ends_on=starts_on)
    made = model.objects.create(division_code=district, starts_on=starts_on, source=source, **numbers)
    record_act(
        verb=verb, by=by, division_code=district, subject=f"{starts_on} 起", reason=source, details=dict(numbers)
    )
    return made
