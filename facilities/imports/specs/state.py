"""The sheet 状态变更: suspended, reopened, merged into another, withdrawn, rebuilt as another type."""

from facilities.imports.cells import BadCell
from facilities.imports.check import Check, depend
from facilities.imports.rows import Difference, Row
from facilities.imports.sheets import Code, Column, Day, Kind, Sheet
from facilities.imports.specs.facility import CONSTRUCTION, LIFECYCLE
from facilities.imports.specs.timeline import plan_state, save_states
from facilities.models import FacilityLineage, Lifecycle
from facilities.operations.bulk import create_objects


def match(check: Check, rows: list[Row]) -> None:
    lineage = {
        (old, new)
        for old, new in FacilityLineage.objects.within(check.codes).values_list("facility_id", "successor_id")
    }
    for row in rows:
        facility = check.facility(row)
        on, lifecycle = row.values.get("starts_on"), row.values.get("lifecycle")
        if facility is None or on is None:
            continue
        row.label = f"{facility.name} · {on} 起{Lifecycle(lifecycle).label if lifecycle else ''}"
        row.target = facility
        given = {k: row.values[k] for k in ("construction_type", "lifecycle", "reason") if k in row.values}
        plan_state(check, row, facility, starts_on=on, given=given, column="starts_on")
        row.is_new = bool(row.also.get("states_new"))
        _successor(check, row, facility, lineage)


def _successor(check: Check, row: Row, facility, lineage: set) -> None:
    merged = row.values.get("lifecycle") == Lifecycle.MERGED
    if "successor" not in row.values:
        if merged:
            row.error("successor", "并入了哪一家没有填", "填承接设施的编号或名称")
        return
    try:
        successor = check.facilities.find(row.values["successor"])
    except BadCell as bad:
        row.bad("successor", bad)
        return
    if successor is facility:
        row.error("successor", "不能并入自己", "填另一家设施")
        return
    depend(row, check.facilities.row_of.get(id(successor)), "successor")
    if (facility.pk, successor.pk) not in lineage:
        kind = "merge" if merged else "move"
        row.also["lineage"] = (facility, successor, kind)
        if not row.is_new:
            row.differences.append(Difference("承接设施", "空", successor.name))


def save(check: Check, rows: list[Row]) -> None:
    save_states(check, rows)
    pairs = []
    for row in rows:
        if "lineage" in row.also:
            facility, successor, kind = row.also["lineage"]
            lineage = FacilityLineage(
                facility_id=facility.pk,
                successor_id=successor.pk,
                division_code=facility.division_code,
                kind=kind,
                effective_on=row.values["starts_on"],
            )
            pairs.append((row, lineage))
    create_objects(FacilityLineage, pairs)


STATES = Sheet(
    key="state",
    title="状态变更",
    order=20,
    match=match,
    save=save,
    aliases=("状态", "变更"),
    note="一行一次变更：暂停、恢复运行、并入、撤销、改建设类型。没有变更就不填。",
    columns=(
        Column("facility", "设施", Code(), "always", "设施编号或名称", "330105005-01", ("设施编号", "设施名称"), 22),
        Column("starts_on", "生效日", Day(), "always", "从哪天起", "2026-05-10", ("变更日期",)),
        Column("lifecycle", "状态", LIFECYCLE, "always", "筹建、运行、暂停、已并入、已撤销", "暂停"),
        Column("construction_type", "建设类型", CONSTRUCTION, "", "不填按原来的类型", ""),
        Column("reason", "理由", Kind(200), "", "", "消防改造", ("原因",), 24),
        Column("successor", "承接设施", Code(), "", "并入时填：并入到哪一家（编号或名称）", "", ("并入设施",), 22),
    ),
)
