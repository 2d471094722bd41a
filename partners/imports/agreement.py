"""The sheet 合伙协议: agreements that run already on paper, taken over with their price lists.

Taken over are agreements that were signed: 待落地, 服务中, 已准出. A new one begins with a call, so no other state comes in by a
sheet; and what is registered goes on by its steps (fixtures/partners/life.toml), never by a sheet.
"""

from datetime import timedelta
from typing import Any

from facilities.imports.check import Check, depend
from facilities.imports.rows import Row
from facilities.imports.sheets import Choice, Code, Column, Day, Kind, LastDay, Sheet, YesNo
from facilities.imports.specs.offer import resolve_item, resolve_space
from facilities.imports.specs.place import FACILITY
from facilities.operations.bulk import create_objects
from partners.imports.books import partners, projects
from partners.imports.kinds import PriceList
from partners.models import Agreement, AgreementPrice, AgreementState, MovesIn, Partner, ResidentProject, RunAs
from partners.operations.agreement import DEAREST, RUN_BY
from partners.operations.steps import note
from tenants.rules import Permission

ONE_DAY = timedelta(days=1)
STATES = (AgreementState.SIGNED, AgreementState.RUNNING, AgreementState.ENDED)
_GIVEN = (
    "service", "starts_on", "ends_on", "signed_on", "state", "moves_in", "run_as", "hours", "duties", "terms", "serves_elders",
    "serves_children", "left_on", "left_reason",
)  # fmt: skip


def match(check: Check, rows: list[Row]) -> None:
    book, seen = partners(check), {}
    facilities = [check.facility(row) for row in rows]
    ids = {one.pk for one in facilities if one is not None and one.pk}
    found = Agreement.objects.filter(facility_id__in=ids).select_related("partner", "facility")
    stored = {(one.facility_id, one.number): one for one in found}
    for row, facility in zip(rows, facilities, strict=True):
        partner = book.find(row)
        if facility is None or "number" not in row.values:
            continue
        row.label = f"{facility.name} · {row.values['number']}"
        key = (facility.pk or id(facility), row.values["number"])
        if (first := seen.setdefault(key, row)) is not row:
            row.error("number", f"和第 {first.number} 行重复", "一份协议只写一行，删去其中一行")
            continue
        if row.has_error or partner is None:
            continue
        if (registered := stored.get(key)) is not None:
            _unchanged(row, registered, partner)
        else:
            _new(check, row, facility, partner)


def _unchanged(row: Row, registered: Agreement, partner: Partner) -> None:
    """A registered agreement goes on by its steps; a sheet that says something else about it names what."""
    row.target = registered
    if registered.partner_id != partner.pk:
        row.error(
            "partner",
            f"这份协议登记的合伙人是“{registered.partner.name}”",
            "核对协议编号和合伙人",
            registered.partner.name,
        )
    for name in ("service", "starts_on", "ends_on", "signed_on", "state"):
        old = getattr(registered, name)
        if name in row.values and row.values[name] != old:
            column = row.sheet.by_key[name]
            shown = column.kind.show(old) or (registered.get_state_display() if name == "state" else "空")
            row.error(name, f"登记的{column.title}是 {shown}", "已登记的协议在协议页上办理，表里不改", shown)


def _new(check: Check, row: Row, facility, partner: Partner) -> None:
    for column in row.sheet.columns:
        if column.required == "new" and column.key not in row.values:
            row.error(column.key, f"没有填{column.title}", column.note or "补录协议时必填")
    if row.has_error:
        return
    values: dict[str, Any] = {name: row.values[name] for name in _GIVEN if name in row.values}
    _dates(check, row, values)
    resolve_space(check, row, facility)
    if "item" in row.values:
        row.also["item_number"] = resolve_item(check, row, "item")
    if values["state"] == AgreementState.RUNNING:
        _project(check, row, facility, partner, values)
    if row.has_error:
        return
    row.is_new, row.also["facility"], row.also["partner"] = True, facility, partner
    row.target = Agreement(number=row.values["number"], **values)


def _dates(check: Check, row: Row, values: dict[str, Any]) -> None:
    begun, last, state = values["starts_on"], values["ends_on"], values["state"]
    if last <= begun:
        row.error("ends_on", f"最后一天早于起始日 {begun}", f"填 {begun} 或以后的日期")
    if values["signed_on"] > check.day:
        row.error("signed_on", f"{values['signed_on']} 还没有到", "补录的是已经签订的协议")
    if state == AgreementState.ENDED and "left_on" not in values:
        row.error("left_on", "没有填准出前最后一天", "已准出的协议要写服务到哪一天")
    if state != AgreementState.ENDED and "left_on" in values:
        row.error("left_on", f"{AgreementState(state).label}的协议没有准出日", "改成已准出，或清空这一格")
    if values.get("left_on") and values["left_on"] > check.day + ONE_DAY:
        row.error("left_on", "准出的日子还没有到", "还在服务的填服务中，到时在协议页办准出")
    if state == AgreementState.RUNNING and last <= check.day:
        row.error(
            "state",
            f"协议 {last - ONE_DAY} 已经到期，不会还在服务中",
            "填已准出，或核对最后一天",
            AgreementState.ENDED.label,
        )
    if state == AgreementState.RUNNING and begun > check.day:
        row.error("state", f"协议 {begun} 才开始", "填待落地，或核对起始日", AgreementState.SIGNED.label)


def _project(check: Check, row: Row, facility, partner: Partner, values: dict[str, Any]) -> None:
    """The project that runs under it: the registered one of this name, or a new one, so that tiers follow from dated facts."""
    book = projects(check)
    project = book.found.get((facility.pk or id(facility), values["service"]))
    if project is not None and (project.ends_on is None or project.ends_on > check.day):
        if project.pk and hasattr(project, "agreement"):
            row.error(
                "service",
                f"“{project.name}”已经挂在协议 {project.agreement.number} 上",
                "核对服务项目，或写成不同的名称",
            )
        owner = project.partner if project.partner_id else None
        if owner is not None and partner.pk and owner.pk != partner.pk:
            row.error(
                "partner", f"台账里的项目“{project.name}”登记的是“{owner.name}”", "核对合伙人，或先改项目", owner.name
            )
        depend(row, book.row_of.get(id(project)), "service")
        row.also["project"] = project
        return
    row.also["new_project"] = ResidentProject(
        name=values["service"], run_by=RUN_BY[partner.kind], starts_on=values["starts_on"], ends_on=values["ends_on"],
        serves_elders=values.get("serves_elders", False), serves_children=values.get("serves_children", False),
        fee_nature=next((n for n in DEAREST if n in {p.fee_nature for p in row.values.get("prices", [])}), ""),
    )  # fmt: skip
    row.warn("service", "设施里还没有同名的入驻项目，会同时登记一个", "项目计入等级测算，确认从起始日就在运行")


def save(hand, rows: list[Row]) -> None:
    made, new_projects, prices = [], [], []
    for row in rows:
        if not row.is_new:
            continue
        one, facility, partner = row.target, row.also["facility"], row.also["partner"]
        one.facility, one.partner, one.division_code = facility, partner, facility.division_code
        one.space, one.item_number = row.also.get("space"), row.also.get("item_number")
        if project := row.also.get("new_project"):
            project.facility, project.division_code, project.partner = facility, facility.division_code, partner
            project.space, project.item_number = one.space, one.item_number
            new_projects.append((row, project))
        made.append((row, one))
    create_objects(ResidentProject, new_projects)
    for row, one in made:
        one.project = row.also.get("project") or row.also.get("new_project")
    create_objects(Agreement, made)
    for row, one in made:
        prices += [
            (row, AgreementPrice(division_code=one.division_code, agreement=one, facility=one.facility, name=price.name,
                                 fee_nature=price.fee_nature, price_fen=price.price_fen, unit=price.unit))
            for price in row.values.get("prices", [])
        ]  # fmt: skip
        note("补录合伙协议", one, hand and hand.by, reason=hand.reason if hand else "", state=str(one.state))
    create_objects(AgreementPrice, prices)


AGREEMENTS = Sheet(
    key="agreement",
    title="合伙协议",
    order=76,
    match=match,
    save=save,
    aliases=("协议", "协议台账", "合伙协议台账"),
    groups=("partners",),
    permission=Permission.MANAGE_PARTNERS,
    note="补录已经签订的纸质协议：待落地、服务中、已准出三种。新协议从征集和准入开始办；登记以后按步骤走，表里不改。",
    columns=(
        FACILITY,
        Column("number", "协议编号", Kind(40), "always", "同一座设施里不重复", "拱宸桥协 2025-03", ("编号",), 20),
        Column("partner", "合伙人", Kind(80), "always", "登记的名称", "示例社工发展中心", ("合伙人名称", "乙方"), 26),
        Column(
            "state", "进度",
            Choice(values=tuple((one.value, one.label) for one in STATES),
                   also={"在办": "running", "履行中": "running", "运行": "running", "终止": "ended", "到期": "ended"}),
            "new", "待落地、服务中或已准出", "服务中", ("状态", "协议状态"), 10,
        ),
        Column("service", "服务项目", Kind(60), "new", "和入驻项目同名就挂在一起", "四点半课堂", ("项目名称", "服务内容"), 22),
        Column("item", "功能编号或名称", Code(), "", "对应的清单功能", "10", ("功能编号", "对应功能"), 16),
        Column("space", "空间", Kind(60), "", "不占固定空间就留空", "", ("空间名称",), 16),
        Column("signed_on", "签订日", Day(), "new", "", "2025-02-20", ("签订日期",)),
        Column("starts_on", "起始日", Day(), "new", "协议从哪天起", "2025-03-01", ("协议起", "开始日期")),
        Column("ends_on", "最后一天", LastDay(), "new", "协议期的最后一天", "2027-02-28", ("结束日", "协议止", "到期日")),
        Column("moves_in", "入驻方式", Choice(values=tuple(MovesIn.choices)), "new", "机构入驻或服务入驻", "服务入驻"),
        Column("run_as", "运营模式", Choice(values=tuple(RunAs.choices)), "", "公建民营、民办公助或其他", "公建民营"),
        Column("hours", "服务时间", Kind(120), "new", "", "周一至周五 15:30–18:00", (), 22),
        Column("prices", "价目", PriceList(2000), "", "几项用分号隔开", "课后照护 低收费 30 元/次；量血压 免费", ("价格",), 30),
        Column("duties", "双方责任", Kind(1000), "new", "", "街道供场地，中心供人员。", ("责任",), 30),
        Column("terms", "其他约定", Kind(1000), "", "", "", (), 20),
        Column("serves_elders", "涉老", YesNo(), "", "服务老年人填是", "否", ("服务老人",), 8),
        Column("serves_children", "涉小", YesNo(), "", "服务儿童填是", "是", ("服务儿童",), 8),
        Column("left_on", "准出前最后一天", LastDay(), "", "已准出才填", "", ("准出日",), 16),
        Column("left_reason", "准出原因", Kind(200), "", "已准出才填", "", (), 20),
    ),
)  # fmt: skip
