"""Whether an item is kept, adjusted or withdrawn: the effect is worked out first, then the district decides with a reason."""

from datetime import date, datetime

from django.db import transaction

from assessments.models import LIVE, ItemDecision, ItemDecisionState, Rectification
from assessments.operations.checks import require
from assessments.operations.follow_up.orders import LEAST_WORDS, end_with_item
from assessments.operations.follow_up.telling import item_name, tell_of_decision
from assessments.queries.facts import collect_some
from assessments.queries.whatif import standings
from facilities.models import OfferedFunction
from partners.models import ResidentProject
from tenants.models import User
from tenants.operations import record_act
from tenants.scope import set_reason

_COUNTED = ("base_items", "base_domains", "elder_items", "child_items", "city_services")


class _TakeBack(Exception):
    pass


def offered(decision: ItemDecision, day: date):
    """The rows of the function ledger that are this item, in force on a day."""
    rows = OfferedFunction.objects.filter(facility=decision.facility_id, item_number=decision.item_number)
    return rows.in_force(day)


def effect_of(decision: ItemDecision, day: date) -> dict:
    """What a withdrawal would do on a day: tier and counts before and after, the projects registered under the item.

    Worked out by the facts' own path, in a savepoint that is taken back. Empty where the ledger does not hold the item.
    """
    if not decision.item_number or not offered(decision, day).exists():
        return {}
    before, after = _state(decision.facility_id, day), {}
    try:
        with transaction.atomic():
            _end(decision, day)
            after = _state(decision.facility_id, day)
            raise _TakeBack
    except _TakeBack:
        pass
    projects = ResidentProject.objects.filter(facility=decision.facility_id, item_number=decision.item_number)
    names = list(projects.in_force(day).order_by("name").values_list("name", flat=True))
    return {"day": day.isoformat(), "before": before, "after": after, "projects": names}


def _state(facility_id: int, day: date) -> dict[str, int | None]:
    table = collect_some([facility_id], day).table
    if not len(table):
        return {}
    found = standings(table, day).get(facility_id)
    counts = {name: int(table.columns[name][0]) for name in _COUNTED if name in table.columns}
    return {"tier": found.tier if found else None, **counts}


def _end(decision: ItemDecision, day: date) -> None:
    """Offered until the day before; what began that day was never offered."""
    rows = offered(decision, day)
    rows.filter(starts_on=day).delete()
    for row in rows:
        row.ends_on = day
        row.save(update_fields=["ends_on"])


@transaction.atomic
def decide(
    *, decision: ItemDecision, choice: str, reason: str, by: User, today: date, now: datetime
) -> ItemDecision:  # fmt: skip
    """Keep, adjust or withdraw. A withdrawal ends the item in the ledger today and the order that is at work for it."""
    found = ItemDecision.objects.select_for_update(of=("self",), no_key=True).select_related("facility")
    decision = found.get(pk=decision.pk)
    reason = reason.strip()
    require(choice in {"kept", "adjusted", "withdrawn"}, "请选保留、调整或退出。")
    require(decision.state == ItemDecisionState.PROPOSED, f"已经决定过了：{decision.get_state_display()}。")
    require(len(reason) >= LEAST_WORDS, f"请写明决定的理由，至少 {LEAST_WORDS} 个字。")
    decision.effect = effect_of(decision, today)
    set_reason(reason)
    if choice == ItemDecisionState.WITHDRAWN:
        require(decision.effect, "功能台账里没有这个项目，没有可以退出的。请选保留或调整，或先补登功能。")
        _end(decision, today)
        decision.ends_on = today
    decision.state, decision.reason = ItemDecisionState(choice), reason[:500]
    decision.decided_by, decision.decided_at = by, now
    decision.save()
    if choice == ItemDecisionState.WITHDRAWN:
        _end_orders(decision, by, today, now)
    record_act(
        verb=f"项目去留：{decision.get_state_display()}"[:60], by=by, division_code=decision.division_code,
        subject=f"{decision.facility.code} {decision.facility.name}：{item_name(decision.item_number, today)}",
        subject_uuid=decision.uuid, reason=reason, details={"effect": decision.effect},
    )  # fmt: skip
    tell_of_decision(decision, day=today)
    return decision


def _end_orders(decision: ItemDecision, by: User, today: date, now: datetime) -> None:
    orders = Rectification.objects.filter(
        facility=decision.facility_id, item_number=decision.item_number, state__in=LIVE
    )
    for order in orders:
        end_with_item(order=order, by=by, today=today, now=now, reason=decision.reason)
