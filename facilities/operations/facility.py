"""A facility's registration, its states, and where it went: one transaction and one entry in the log of acts each."""

from datetime import date

from django.db import transaction

from facilities.models import ConstructionType, Coverage, Facility, FacilityLineage, FacilityState, Lifecycle
from tenants.models import User
from tenants.operations import record_act
from tenants.rules import STREET_WIDTH


class RecordRefused(ValueError):
    """Why something cannot be recorded, in words for the user."""


def register_facility(
    *,
    name: str,
    division_code: int,
    construction_type: ConstructionType,
    opened_on: date,
    by: User | None,
    lifecycle: Lifecycle = Lifecycle.OPEN,
    code: str = "",
    covered: tuple[int, ...] = (),
    reason: str = "",
    **described,
) -> Facility:
    """Register a facility with its first state. Without a code it gets the next number of its street.

    covered: codes of the communities a 片区化 facility serves (拱墅 三(三)1). described: the other fields of Facility.
    """
    with transaction.atomic():
        facility = Facility.objects.create(
            name=name, division_code=division_code, code=code or next_code(division_code), **described
        )
        FacilityState.objects.create(
            facility=facility,
            division_code=division_code,
            starts_on=opened_on,
            construction_type=construction_type,
            lifecycle=lifecycle,
            reason=reason,
        )
        Coverage.objects.bulk_create(
            Coverage(facility=facility, division_code=division_code, community_code=community, starts_on=opened_on)
            for community in covered
        )
        _act("登记设施", facility, by, reason)
    return facility


def next_code(division_code: int) -> str:
    """The next free number of a street among the facilities in scope: 330105005-03."""
    prefix = str(division_code // STREET_WIDTH)
    used = Facility.objects.filter(code__startswith=f"{prefix}-").values_list("code", flat=True)
    serials = [int(code.partition("-")[2]) for code in used if code.partition("-")[2].isdigit()]
    return f"{prefix}-{max(serials, default=0) + 1:02d}"


def change_state(
    *,
    facility: Facility,
    on: date,
    by: User | None,
    lifecycle: Lifecycle | None = None,
    construction_type: ConstructionType | None = None,
    successor: Facility | None = None,
    reason: str = "",
) -> FacilityState:
    """Open, suspend, merge, withdraw or rebuild a facility from a day on; the state before ends that day.

    A merger names the facility that carries on (杭州 二(一)3: 沿革 is kept). Raises RecordRefused.
    """
    with transaction.atomic():
        Facility.objects.select_for_update().get(pk=facility.pk)
        states = list(facility.states.order_by("starts_on"))
        before = next((state for state in reversed(states) if state.starts_on < on), None)
        after = next((state for state in states if state.starts_on > on), None)
        if any(state.starts_on == on for state in states):
            raise RecordRefused(f"{on} 已经有一次变更，一天只能有一次。")
        kind = construction_type or (before or after or states[0]).construction_type
        cycle = lifecycle or (before or after or states[0]).lifecycle
        if before and (before.construction_type, before.lifecycle) == (kind, cycle):
            raise RecordRefused(f"从 {before.starts_on} 起已经是{Lifecycle(cycle).label}。")
        if cycle == Lifecycle.MERGED and successor is None:
            raise RecordRefused("并入要填承接设施。")
        if successor is not None and successor.pk == facility.pk:
            raise RecordRefused("不能并入自己。")
        if before:
            before.ends_on = on
            before.save(update_fields=["ends_on"])
        state = FacilityState.objects.create(
            facility=facility,
            division_code=facility.division_code,
            starts_on=on,
            ends_on=after.starts_on if after else None,
            construction_type=kind,
            lifecycle=cycle,
            reason=reason,
        )
        if successor is not None:
            FacilityLineage.objects.create(
                facility=facility,
                successor=successor,
                division_code=facility.division_code,
                kind="merge" if cycle == Lifecycle.MERGED else "move",
                effective_on=on,
            )
        _act(f"设施{Lifecycle(cycle).label}", facility, by, reason, on=on.isoformat())
    return state


def _act(verb: str, facility: Facility, by: User | None, reason: str, **details) -> None:
    record_act(
        verb=verb, by=by, division_code=facility.division_code, subject=f"{facility.code} {facility.name}",
        subject_uuid=facility.uuid, reason=reason, details=details,
    )  # fmt: skip
