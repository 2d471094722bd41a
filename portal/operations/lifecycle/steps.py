"""What each kind of decision does to the ledgers. Nothing here asks whether it should: that is `deciding` and the people."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.db import connection

from facilities.models import (
    ConstructionType,
    Coverage,
    Decision,
    DecisionKind,
    Facility,
    FacilityLineage,
    FacilityState,
    Lifecycle,
    OfferedFunction,
    Operator,
    Site,
    Space,
)
from facilities.operations.facility import RecordRefused, change_state, register_facility
from partners.models import ResidentProject
from portal.operations.lifecycle import partnered
from portal.operations.lifecycle.written import Written, columns_of
from tenants.models import User

LIFECYCLES = {
    DecisionKind.SUSPEND: Lifecycle.SUSPENDED,
    DecisionKind.REOPEN: Lifecycle.OPEN,
    DecisionKind.WITHDRAW: Lifecycle.WITHDRAWN,
    DecisionKind.MERGE: Lifecycle.MERGED,
}


def carry_out(decision: Decision, *, by: User, today: date) -> tuple[Facility, Written]:
    """Write what was decided, in the running transaction. Raises RecordRefused and, for broken promises, IntegrityError."""
    written = Written(today)
    facility = _STEPS[DecisionKind(decision.kind)](decision, by, written)
    with connection.cursor() as cursor:  # say now what the database would say at the commit
        cursor.execute("SET CONSTRAINTS state_no_overlap IMMEDIATE")
        cursor.execute("SET CONSTRAINTS state_no_overlap DEFERRED")
    return facility, written


def _of(decision: Decision) -> Facility:
    if decision.facility is None:
        raise RecordRefused("这座设施已经不在了。")
    return decision.facility


def _codes(decision: Decision, name: str) -> tuple[int, ...]:
    return tuple(int(code) for code in decision.answers.get(name, []))


def _register(decision: Decision, by: User, written: Written) -> Facility:
    told, on = decision.answers, decision.effective_on
    facility = register_facility(
        name=told["name"], division_code=int(told["community"]), construction_type=ConstructionType(told["construction_type"]),
        lifecycle=Lifecycle(told["lifecycle"]), opened_on=on, by=by, covered=_codes(decision, "covered"), reason=decision.reason,
        address=told.get("address", ""), hub_street=told.get("hub_street", ""),
    )  # fmt: skip
    written.add(facility)
    if told.get("site"):
        _site(decision, facility, written)
    return facility


def _site(decision: Decision, facility: Facility, written: Written) -> Site:
    told = decision.answers
    return written.add(
        Site.objects.create(
            facility=facility, division_code=facility.division_code, name=told["site"], address=told.get("address", ""),
            floor_area_m2=Decimal(told["floor_area_m2"]) if told.get("floor_area_m2") else None,
            area_document=told.get("area_document", ""), starts_on=decision.effective_on,
        )
    )  # fmt: skip


def _state(decision: Decision, by: User, written: Written, **values) -> Facility:
    facility = _of(decision)
    before = {state.pk: state for state in facility.states.all()}
    lineage = set(FacilityLineage.objects.filter(facility=facility).values_list("pk", flat=True))
    state = change_state(facility=facility, on=decision.effective_on, by=by, reason=decision.reason, **values)
    for known in before.values():
        now = FacilityState.objects.get(pk=known.pk)
        if now.ends_on != known.ends_on:
            written.changed.append(
                (known._meta.label, known.pk, {"ends_on": known.ends_on and known.ends_on.isoformat()})
            )
    written.add(state)
    for row in FacilityLineage.objects.filter(facility=facility).exclude(pk__in=lineage):
        written.add(row)
    return facility


def _retype(decision: Decision, by: User, written: Written) -> Facility:
    """片区化 names the 2–3 communities it covers, 街区化 its street (拱墅 三(三)1—2)."""
    kind = ConstructionType(decision.answers["construction_type"])
    facility = _state(decision, by, written, construction_type=kind)
    if hub_street := decision.answers.get("hub_street"):
        written.change(facility, hub_street=hub_street)
    if kind == ConstructionType.AREA:
        _cover(decision, facility, written)
    return facility


def _cover(decision: Decision, facility: Facility, written: Written) -> None:
    on, wanted = decision.effective_on, set(_codes(decision, "covered"))
    for row in facility.coverages.in_force(on):
        if row.community_code in wanted:
            wanted.discard(row.community_code)
        else:
            written.end(row, on)
    for code in sorted(wanted):
        written.add(
            Coverage.objects.create(
                facility=facility, division_code=facility.division_code, community_code=code, starts_on=on
            )
        )


def _move(decision: Decision, by: User, written: Written) -> Facility:
    """The sites and rooms of before end; the new site begins. Functions, operator and projects go along."""
    facility, on = _of(decision), decision.effective_on
    for model in (Space, Site):
        for row in model.objects.filter(facility=facility).in_force(on):
            written.end(row, on)
    partnered.end_spaces(facility, on, written)
    partnered.tell_of_old_spaces(facility, written)
    new_code = int(decision.answers["community"])
    values = {"address": decision.answers.get("address", "")}
    if new_code != facility.division_code:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        values["division_code"] = new_code
    written.change(facility, **values)
    facility.refresh_from_db()
    _site(decision, facility, written)
    if "division_code" in values:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return facility


def _merge(decision: Decision, by: User, written: Written) -> Facility:
    """Into the facility that carries on: its lineage, and on request its sites with rooms, functions and projects."""
    facility, on = _of(decision), decision.effective_on
    successor = Facility.objects.filter(uuid=decision.answers["successor"]).first()
    if successor is None:
        raise RecordRefused("承接设施已经不在你的范围里了。请重新选择。")
    taken = set(decision.answers.get("takes_over", []))
    _state(decision, by, written, lifecycle=Lifecycle.MERGED, successor=successor)
    spaces = _hand_over_places(facility, successor, on, written, copied="sites" in taken)
    _hand_over(OfferedFunction, facility, successor, on, written, spaces, copied="functions" in taken)
    projects = _hand_over(ResidentProject, facility, successor, on, written, spaces, copied="projects" in taken)
    _settle_partners(decision, facility, successor, by, written, projects=projects, spaces=spaces)
    for row in Operator.objects.filter(facility=facility).in_force(on):
        written.end(row, on)
    return facility


def _settle_partners(
    decision: Decision, facility: Facility, successor: Facility, by: User, written: Written, *, projects, spaces
) -> None:
    on, takes_over = decision.effective_on, bool(projects)
    partnered.end_spaces(facility, on, written)
    carried = partnered.carry_agreements(facility, successor, on, written, by=by, projects=projects, spaces=spaces)
    reason = f"设施并入 {successor.name}，没有一并转过去：{decision.reason}"
    partnered.end_agreements(facility, on, written, by=by, reason=reason, carried=carried)
    partnered.end_prices(facility, successor if takes_over else None, on, written)
    partnered.tell_what_stays(facility, written)


def _hand_over_places(
    source: Facility, target: Facility, on: date, written: Written, *, copied: bool
) -> dict[int, int]:
    """Sites and spaces end at the one and begin at the other; old space → new space."""
    sites, spaces = {}, {}
    for site in Site.objects.filter(facility=source).in_force(on):
        written.end(site, on)
        if copied:
            sites[site.pk] = _copy(site, target, on, written, name=f"{site.name}（原{source.name}）"[:60])
    for space in Space.objects.filter(facility=source).in_force(on):
        written.end(space, on)
        if copied and space.site_id in sites:
            spaces[space.pk] = _copy(space, target, on, written, site=sites[space.site_id]).pk
    return spaces


def _hand_over(
    model, source: Facility, target: Facility, on: date, written: Written, spaces: dict[int, int], *, copied: bool
) -> dict:
    """What the other one has already is not entered twice. Old id → the new row."""
    label = _LABEL_OF[model]
    known = {label(row) for row in model.objects.filter(facility=target).in_force(on)}
    copies = {}
    for row in model.objects.filter(facility=source).in_force(on):
        written.end(row, on)
        if copied and label(row) not in known:
            copies[row.pk] = _copy(row, target, on, written, space_id=spaces.get(row.space_id))
    return copies


_LABEL_OF: dict[type, Callable] = {
    OfferedFunction: lambda row: (row.item_number, row.local_name),
    ResidentProject: lambda row: row.name,
}


def _copy(row, target: Facility, on: date, written: Written, **other):
    """With the end it had: what was agreed until a day is not agreed for longer elsewhere."""
    values = columns_of(row, facility=target, division_code=target.division_code, starts_on=on, **other)
    return written.add(type(row).objects.create(**values))


def _pause(decision: Decision, by: User, written: Written) -> Facility:
    return _state(decision, by, written, lifecycle=LIFECYCLES[DecisionKind(decision.kind)])


def _withdraw(decision: Decision, by: User, written: Written) -> Facility:
    """Its agreements and projects end with it; what it was stays readable for the days before."""
    facility = _state(decision, by, written, lifecycle=Lifecycle.WITHDRAWN)
    on = decision.effective_on
    partnered.end_spaces(facility, on, written)
    partnered.end_agreements(facility, on, written, by=by, reason=f"设施退出：{decision.reason}")
    partnered.end_prices(facility, None, on, written)
    partnered.tell_what_stays(facility, written)
    for model in (ResidentProject, Operator, OfferedFunction, Space, Site):
        for row in model.objects.filter(facility=facility).in_force(decision.effective_on):
            written.end(row, decision.effective_on)
    return facility


def _keep(decision: Decision, by: User, written: Written) -> Facility:
    """保留并升级功能: nothing changes in the ledgers, the decision itself is on record."""
    return _of(decision)


_STEPS: dict[DecisionKind, Callable[[Decision, User, Written], Facility]] = {
    DecisionKind.NEW: _register,
    DecisionKind.RETYPE: _retype,
    DecisionKind.MOVE: _move,
    DecisionKind.MERGE: _merge,
    DecisionKind.SUSPEND: _pause,
    DecisionKind.REOPEN: _pause,
    DecisionKind.WITHDRAW: _withdraw,
    DecisionKind.KEEP: _keep,
}
