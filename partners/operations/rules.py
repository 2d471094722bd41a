"""Writes: the district's own rules of entry and exit, from a day on."""

from datetime import date

from django.db import transaction

from partners.models import EntryRules
from partners.operations.steps import require
from tenants.models import User
from tenants.operations import record_act
from tenants.scope import set_reason


@transaction.atomic
def set_rules(
    *, district: int, starts_on: date, source: str, by: User | None, today: date, **numbers: int
) -> EntryRules:
    """Rules that hold from a day on; the former ones end there. Not for days that have passed: what was decided stays."""
    require(starts_on >= today, "只能从今天或以后某一天起改，已经办过的不受影响。")
    require(numbers["panel_size"] >= 1, "评审至少 1 人。")
    set_reason(source)
    EntryRules.objects.filter(division_code=district, starts_on__gte=starts_on).delete()
    EntryRules.objects.in_force(starts_on).filter(division_code=district).update(ends_on=starts_on)
    made = EntryRules.objects.create(division_code=district, starts_on=starts_on, source=source, **numbers)
    record_act(
        verb="设定准入准出规则",
        by=by,
        division_code=district,
        subject=f"{starts_on} 起",
        reason=source,
        details=dict(numbers),
    )
    return made
