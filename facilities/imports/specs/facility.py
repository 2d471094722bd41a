"""The sheet 设施: what a facility is, where it stands, its type and state, and the communities it covers."""

import re
from collections import Counter, defaultdict
from datetime import timedelta
from difflib import SequenceMatcher

from facilities.imports.books import street_of
from facilities.imports.cells import BadCell
from facilities.imports.check import Check, require_for_new
from facilities.imports.ledger import compare
from facilities.imports.rows import Difference, Row
from facilities.imports.sheets import Choice, Code, Column, Day, Kind, Several, Sheet, split
from facilities.imports.specs.timeline import plan_state, save_states
from facilities.models import ConstructionType, Coverage, Facility, Ledger, Lifecycle
from facilities.operations.bulk import create_objects, save_rows, update_objects
from facilities.rules import name_sort

CONSTRUCTION = Choice(
    values=tuple(ConstructionType.choices),
    also={
        "集成": "integrated",
        "集成型": "integrated",
        "片区": "area",
        "片区型": "area",
        "街区": "streetblock",
        "街区型": "streetblock",
    },
)
LIFECYCLE = Choice(
    values=tuple(Lifecycle.choices),
    also={
        "在建": "planned", "规划": "planned", "运营": "open", "运营中": "open", "开放": "open", "正常": "open", "启用": "open",
        "停用": "suspended", "关停": "suspended", "装修": "suspended", "合并": "merged", "并入": "merged",
        "撤销": "withdrawn", "注销": "withdrawn", "关闭": "withdrawn",
    },
)  # fmt: skip
_ALIKE = 0.7  # names less alike than this are taken for different facilities; most end in 幸福家园
_PLAIN = ("name", "address", "premises_form", "hub_street", "city_type", "city_form", "region_type", "nil_ledgers")


def _of(attribute: str) -> Choice:
    return Choice(values=tuple(Facility._meta.get_field(attribute).choices))


def match(check: Check, rows: list[Row]) -> None:
    taken = Counter()
    for code in check.facilities.by_code:
        taken[code[:9]] = max(taken[code[:9]], _serial(code))
    for row in rows:
        if code := row.values.get("code"):
            taken[code[:9]] = max(taken[code[:9]], _serial(code))
    claimed: dict[object, Row] = {}
    check.shelf["coverage"] = _stored_coverage(check)
    for row in rows:
        place = _place(check, row)
        facility = _registered(check, row, place)
        if facility is None:
            facility = _new(check, row, place, taken)
        else:
            given = {a: row.values[a] for a in _PLAIN if a in row.values}
            given |= {a: [] if a == "nil_ledgers" else "" for a in row.cleared if a in _PLAIN}
            if place is not None:
                given["division_code"] = place.code
            compare(row, facility, given, {a: a for a in _PLAIN} | {"community": "division_code"})
            row.target = facility
            _say_where(check, row)
            _doubt_identity(check, row, facility)
        if facility is None:
            continue
        row.label = f"{facility.code} {facility.name}"
        key = facility.pk or facility.code
        if (other := claimed.setdefault(key, row)) is not row:
            row.error("code" if "code" in row.values else "name", f"和第 {other.number} 行是同一家设施", "删去其中一行")
            continue
        _state(check, row, facility)
        _coverage(check, row, facility)


def save(check: Check, rows: list[Row]) -> None:
    for row in rows:
        if row.is_new or "name" in row.assign:
            row.assign["name_sort"] = name_sort(row.assign.get("name") or row.target.name)
    save_rows(Facility, rows)
    save_states(check, rows)
    added = [(row, coverage) for row in rows for coverage in row.also.get("coverage_new", [])]
    for row, coverage in added:
        coverage.facility_id, coverage.division_code = row.target.pk, row.target.division_code
    create_objects(Coverage, added)
    update_objects(
        Coverage, [(row, c, {"ends_on": on}) for row in rows for c, on in row.also.get("coverage_ended", [])]
    )


def _serial(code: str) -> int:
    tail = code.partition("-")[2]
    return int(tail) if tail.isdigit() else 0


def _place(check: Check, row: Row):
    """The community (or else street) that the facility stands in, if the row says so and it is in scope."""
    street = community = None
    column = "street"
    try:
        if raw := row.values.get("street"):
            street = check.divisions.street(raw)
        if raw := row.values.get("community"):
            column = "community"
            community = check.divisions.community(raw, street)
    except BadCell as bad:
        row.bad(column, bad)
        return None
    place = community or street
    if place is not None and place.code not in check.codes:
        row.error(column, f"{place.name}不在你的管理范围内", "只能导入本辖区的设施")
        return None
    return place


def _registered(check: Check, row: Row, place) -> Facility | None:
    """The registered facility that a row is about: by code, else by name and street."""
    name, code = row.values.get("name"), row.values.get("code")
    if code:
        facility = check.facilities.by_code.get(code)
        if facility is not None and facility.pk:
            return facility
        return None
    if not name or place is None:
        return None
    found = [f for f in check.facilities.in_street(name, street_of(place.code)) if f.pk]
    if len(found) > 1:
        row.error("name", f"{check.divisions.name(street_of(place.code))}有 {len(found)} 家“{name}”", "填上设施编号")
    return found[0] if found else None


def _say_where(check: Check, row: Row) -> None:
    """Name the communities of a move instead of showing their codes."""
    for difference in row.differences:
        if difference.title == row.sheet.by_key["community"].title:
            difference.old, difference.new = (
                f"{check.divisions.name(int(code))} {code}" for code in (difference.old, difference.new)
            )


def _doubt_identity(check: Check, row: Row, facility: Facility) -> None:
    """A code with quite another name, or in another street, is more often a wrong code than a renaming."""
    name = row.assign.get("name")
    if name and SequenceMatcher(None, name, facility.name).ratio() < _ALIKE:
        row.warn("code", f"编号 {facility.code} 在台账里是“{facility.name}”", "确实改名就确认，否则核对编号")
    moved_to = row.assign.get("division_code")
    if moved_to and street_of(moved_to) != street_of(facility.division_code):
        row.warn(
            "street",
            f"台账里在{check.divisions.name(street_of(facility.division_code))}",
            "确实迁址就确认，否则核对编号和街道",
        )


def _new(check: Check, row: Row, place, taken: Counter) -> Facility | None:
    require_for_new(row)
    name, code = row.values.get("name"), row.values.get("code")
    if place is None or not name:
        if not row.has_error:
            row.error("street", "没有填街道和社区", "新增设施要知道在哪个街道、社区")
        return None
    street = street_of(place.code)
    prefix = str(street)[:9]
    if code and not re.fullmatch(rf"{prefix}-\d{{2,4}}", code):
        row.error(
            "code", f"编号“{code}”不合规则", f"{check.divisions.name(street)}的编号是 {prefix}-两位序号；留空由系统编号"
        )
        return None
    twin = next(iter(check.facilities.in_street(name, street)), None)
    if twin is not None and twin.pk:
        row.warn(
            "code",
            f"{check.divisions.name(street)}已有同名设施，编号 {twin.code}",
            "是同一家，就改用这个编号",
            twin.code,
        )
    if not code:
        taken[prefix] += 1
        code = f"{prefix}-{taken[prefix]:02d}"
    given = {a: row.values[a] for a in _PLAIN if a in row.values}
    row.is_new = True
    row.assign = given | {"code": code, "division_code": place.code, "is_demo": check.is_demo}
    row.target = Facility(**row.assign)
    if code not in check.facilities.by_code:
        check.facilities.add(row.target, row)
    return row.target


def _state(check: Check, row: Row, facility: Facility) -> None:
    given = {k: row.values[k] for k in ("construction_type", "lifecycle") if k in row.values}
    since = row.values.get("since")
    if since:
        plan_state(check, row, facility, starts_on=since, given=given, column="since")
        return
    now = check.states.on(facility, check.day)
    changed = [k for k in given if now is not None and getattr(now, k) != given[k]]
    if changed:
        title = row.sheet.by_key[changed[0]].title
        row.error("since", f"{title}和台账不同，没有填从哪天起", "填状态起始日，如 2026-07-01")


def _coverage(check: Check, row: Row, facility: Facility) -> None:
    """Compare the covered communities with those registered; the set in the cell is the whole set."""
    if not row.given("covered"):
        _area_needs_communities(check, row, facility, None)
        return
    wanted: dict[int, str] = {}
    street = check.divisions.by_code.get(street_of(facility.division_code))
    for part in split(row.values.get("covered", "")):
        try:
            try:
                community = check.divisions.community(part, street)
            except BadCell:
                community = check.divisions.community(part, None)  # it may reach over the street's border
        except BadCell as bad:
            row.error("covered", bad.problem, bad.expected)
            return
        wanted[community.code] = community.name
    stored = check.shelf["coverage"].get(facility.pk, []) if facility.pk else []
    have = {c.community_code: c for c in stored}
    starts_on = check.day if facility.pk else row.values.get("since") or check.day
    row.also["coverage_new"] = [Coverage(community_code=c, starts_on=starts_on) for c in wanted if c not in have]
    row.also["coverage_ended"] = [
        (c, max(check.day, c.starts_on + timedelta(days=1))) for code, c in have.items() if code not in wanted
    ]
    if facility.pk and set(wanted) != set(have):
        row.differences.append(
            Difference(
                "覆盖社区", "、".join(map(check.divisions.name, have)) or "空", "、".join(wanted.values()) or "空"
            )
        )
    _area_needs_communities(check, row, facility, len(wanted))


def _area_needs_communities(check: Check, row: Row, facility: Facility, covered: int | None) -> None:
    """片区化 covers 2–3 communities, 街区化 has a hub street: definitions, so a warning (reading G-18)."""
    kind = row.values.get("construction_type")
    if not (row.is_new or row.differences) or kind is None:
        return
    if kind == ConstructionType.AREA and covered not in (2, 3) and (covered is not None or row.is_new):
        row.warn(
            "covered",
            f"片区化填了 {covered or 0} 个覆盖社区",
            "片区化覆盖 2–3 个社区（拱墅 三(三)1），否则核对建设类型",
        )
    if kind == ConstructionType.STREETBLOCK and not (row.values.get("hub_street") or facility.hub_street):
        row.warn("hub_street", "街区化没有填枢纽街巷", "填作为枢纽的街巷名（拱墅 三(三)2）")


def _stored_coverage(check: Check) -> dict[int, list[Coverage]]:
    stored = defaultdict(list)
    for coverage in Coverage.objects.within(check.codes).in_force(check.day).order_by("community_code"):
        stored[coverage.facility_id].append(coverage)
    return stored


FACILITIES = Sheet(
    key="facility",
    title="设施",
    order=10,
    match=match,
    save=save,
    aliases=("设施台账", "设施清单", "基本信息", "设施基本信息"),
    note="一行一家设施。按“设施编号”认，没有编号按“设施名称 + 街道”认。",
    columns=(
        Column(
            "code", "设施编号", Code(), note="街道 9 位代码-序号，如 330105005-02。新设施留空，由系统编号", width=16,
            example="330105005-01", aliases=("编号", "设施代码"),
        ),
        Column("name", "设施名称", Kind(60), "always", "设施的全名", "示例街区幸福家园", ("名称", "家园名称"), 26),
        Column("street", "街道", Kind(40), "", "街道全名或代码；社区填了代码可不填", "拱宸桥街道", ("所属街道", "街道(乡镇)"), 16),
        Column(
            "community", "社区", Kind(40), "", "社区全名或 12 位代码。华丰社区有两个，必须填街道或代码", "桥西社区",
            ("所在社区", "社区代码", "所属社区", "社区(村)"), 18,
        ),
        Column("address", "地址", Kind(120), "", "", "示例路 1 号", ("详细地址",), 22),
        Column("construction_type", "建设类型", CONSTRUCTION, "new", "集成式、片区化或街区化（拱墅 三(三)）", "集成式", ("类型",)),
        Column("lifecycle", "状态", LIFECYCLE, "", "不填按“运行”", "运行", ("设施状态", "运营状态")),
        Column(
            "since", "状态起始日", Day(), "new", "这个状态从哪天起，如启用日期", "2024-05-01", ("启用日期", "建成日期", "启用时间"), 14
        ),
        Column("premises_form", "用房形态", _of("premises_form"), "", "集成式填：单体、独幢或嵌入式", "独幢"),
        Column("covered", "覆盖社区", Kind(200), "", "片区化填 2–3 个社区，用顿号隔开（拱墅 三(三)1）", "", (), 26),
        Column("hub_street", "枢纽街巷", Kind(60), "", "街区化填作为枢纽的街巷（拱墅 三(三)2）", "", (), 16),
        Column("city_type", "市标类型", _of("city_type"), "", "枢纽型或基础型（杭州 二(一)1）", "基础型"),
        Column("city_form", "市标空间形式", _of("city_form"), "", "集聚式、分散式或嵌入式（杭州 二(一)3）", "集聚式"),
        Column("region_type", "区域类型", _of("region_type"), "", "", "城市"),
        Column(
            "nil_ledgers", "确认为空的台账", Several(values=tuple(Ledger.choices)), "",
            "确实一项也没有的台账，写名称用顿号隔开，才按 0 计；不写按缺数据计。可写：" + "、".join(Ledger.labels), "", (), 20,
        ),
    ),
)  # fmt: skip
