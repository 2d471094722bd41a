"""A facility's states follow one another without gaps: each ends where the next begins."""

from facilities.imports.check import Check
from facilities.imports.ledger import compare
from facilities.imports.rows import Difference, Row
from facilities.models import ConstructionType, Facility, FacilityState, Lifecycle
from facilities.operations.bulk import create_objects, update_objects


def plan_state(check: Check, row: Row, facility: Facility, *, starts_on, given: dict, column: str) -> None:
    """Plan the state that begins on a day: compare it with the registered one, or bring a new one."""
    states = check.states.states(facility)
    same_day = next((state for state in states if state.starts_on == starts_on), None)
    if same_day is not None:
        if id(same_day) in check.states.row_of:
            other = check.states.row_of[id(same_day)]
            row.error(
                column, f"和“{other.sheet_title}”第 {other.number} 行是同一天", "一天只能有一次变更，删去其中一行"
            )
            return
        plan = Row(row.sheet, row.sheet_title, row.number, {}, {})
        compare(plan, same_day, given, {})
        for attribute, value in plan.assign.items():
            row.differences.append(
                Difference(_title(attribute), _label(attribute, getattr(same_day, attribute)), _label(attribute, value))
            )
        if plan.assign:
            row.also.setdefault("states_changed", []).append((same_day, plan.assign))
        return
    before = check.states.on(facility, starts_on)
    construction_type = given.get("construction_type") or (before.construction_type if before else None)
    lifecycle = given.get("lifecycle") or (before.lifecycle if before else Lifecycle.OPEN)
    if construction_type is None:
        if row.is_broken("construction_type"):
            return
        row.error("construction_type", "没有填建设类型", "可填：" + "、".join(ConstructionType.labels))
        return
    if before and (before.construction_type, before.lifecycle) == (construction_type, lifecycle):
        row.warn(
            column,
            f"台账里从 {before.starts_on} 起已经是{ConstructionType(construction_type).label}、{Lifecycle(lifecycle).label}",
            "不会重复登记；日期要改，请联系区管理员",
        )
        return
    state = FacilityState(
        division_code=facility.division_code,
        starts_on=starts_on,
        construction_type=construction_type,
        lifecycle=lifecycle,
        reason=given.get("reason") or "",
    )
    check.states.add(facility, state, row)
    row.also.setdefault("states_new", []).append((facility, state))
    if not row.is_new:
        old = f"{Lifecycle(before.lifecycle).label}" if before else "空"
        row.differences.append(Difference(f"{starts_on} 起状态", old, Lifecycle(lifecycle).label))


def save_states(check: Check, rows: list[Row]) -> None:
    """Write planned states, then close the gaps and overlaps of each facility's chain."""
    changed = [(row, *pair) for row in rows for pair in row.also.get("states_changed", [])]
    update_objects(FacilityState, changed)
    new, touched = [], {}
    for row in rows:
        for facility, state in row.also.get("states_new", []):
            state.facility_id, state.division_code = facility.pk, facility.division_code
            new.append((row, state))
            touched[facility.pk] = row
    chains: dict[int, list[FacilityState]] = {pk: [] for pk in touched}
    for state in FacilityState.objects.filter(facility_id__in=list(touched)):
        chains[state.facility_id].append(state)
    for _, state in new:
        chains[state.facility_id].append(state)
    moved = []
    for pk, chain in chains.items():
        chain.sort(key=lambda state: state.starts_on)
        for state, following in zip(chain, [*chain[1:], None], strict=True):
            ends_on = following.starts_on if following else None
            if state.pk is None:
                state.ends_on = ends_on
            elif state.ends_on != ends_on:
                moved.append((touched[pk], state, {"ends_on": ends_on}))
    update_objects(FacilityState, moved)
    create_objects(FacilityState, new)


def _title(attribute: str) -> str:
    return str(FacilityState._meta.get_field(attribute).verbose_name)


def _label(attribute: str, value) -> str:
    kinds = {"construction_type": ConstructionType, "lifecycle": Lifecycle}
    return str(kinds[attribute](value).label) if attribute in kinds and value else str(value or "空")
