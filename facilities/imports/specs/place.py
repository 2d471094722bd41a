"""The sheets 点位 and 空间: where a facility is, and the rooms that all areas are summed from."""

from decimal import Decimal
from difflib import get_close_matches

from facilities.imports.check import Check, depend
from facilities.imports.ledger import Ledger
from facilities.imports.rows import Row
from facilities.imports.sheets import Area, Choice, Code, Column, Day, Degrees, Kind, LastDay, Sheet, YesNo
from facilities.models import Facility, Site, Space, SpaceUse

_MUCH = Decimal("0.2")  # an area that changes by more than a fifth is asked about
HANGZHOU = (Decimal("118.3"), Decimal("120.8"), Decimal("29.1"), Decimal("30.6"))  # lon, lon, lat, lat
USES = Choice(
    values=tuple(SpaceUse.choices),
    also={
        "市场": "market", "企业": "market", "市场主体": "market", "社会": "social", "社会组织": "social", "公益": "social",
        "政府": "public", "公办": "public", "自营": "public", "办公室": "office",
    },
)  # fmt: skip
FIRST = Column(
    "starts_on", "起始日", Day(), "", "从哪天起；不填按设施启用日", "2024-05-01", ("启用日期", "起", "开始日期")
)
LAST = Column(
    "ends_on", "结束日", LastDay(), "", "最后一天；还在用就留空", "", ("停用日期", "止", "到期日", "结束日期")
)
FACILITY = Column(
    "facility", "设施", Code(), "always", "设施编号或名称", "330105005-01", ("设施编号", "设施名称", "所属设施"), 22
)


def _site_prepare(check: Check, row: Row, facility: Facility) -> None:
    longitude, latitude = row.values.get("longitude"), row.values.get("latitude")
    if (longitude is None) != (latitude is None) and not row.has_error:
        row.error("longitude" if longitude is None else "latitude", "经度、纬度要一起填", "都填，或都留空")
        return
    if longitude is not None and latitude is not None:
        west, east, south, north = HANGZHOU
        if west <= latitude <= east and south <= longitude <= north:
            row.error(
                "longitude", "经度和纬度填反了", f"经度约 120，纬度约 30：把 {latitude} 填到经度列", str(latitude)
            )
        elif not (west <= longitude <= east and south <= latitude <= north):
            row.error("longitude", "这个坐标不在杭州", "经度约 120.1，纬度约 30.3")


def _site_finish(check: Check, row: Row) -> None:
    if row.target is not None:
        facility = row.also.get("facility") or row.target.facility
        check.places.add(check.places.sites, facility, row.target, row)
        _much_changed(row, "floor_area_m2")


def _space_prepare(check: Check, row: Row, facility: Facility) -> None:
    name = row.values.get("site")
    if name is None:
        names = check.places.site_names(facility)
        if len(set(names)) != 1:
            if not row.is_broken("site"):
                row.error("site", "没有填点位", "这家设施有不止一个点位(或还没有),填“点位”表里的名称")
            return
        name = names[0]
    site = check.places.site(facility, name)
    if site is None:
        names = check.places.site_names(facility)
        guess = next(iter(get_close_matches(name, names, n=1, cutoff=0.5)), names[0] if len(names) == 1 else None)
        row.error("site", f"{facility.name}没有叫“{name}”的点位", "填“点位”表里的名称", guess)
        return
    depend(row, check.places.row_of.get(id(site)), "site")
    row.also["site"] = site
    usable, floor = row.values.get("usable_area_m2"), row.values.get("floor_area_m2")
    if usable and floor and usable > floor:
        row.error(
            "usable_area_m2", f"可用面积 {usable} ㎡ 大于建筑面积 {floor} ㎡", "可用面积不会超过建筑面积，核对两列"
        )


def _space_finish(check: Check, row: Row) -> None:
    if row.target is not None:
        if row.is_new:
            row.target.new_site = row.also["site"]
        facility = row.also.get("facility") or row.target.facility
        check.places.add(check.places.spaces, facility, row.target, row)
        _much_changed(row, "usable_area_m2")


def _much_changed(row: Row, attribute: str) -> None:
    if row.is_new or attribute not in row.assign:
        return
    old, new = getattr(row.target, attribute), row.assign[attribute]
    if old and new and abs(new - old) > old * _MUCH:
        row.warn(attribute, f"比台账里的 {old} ㎡ 差 {abs(new - old)} ㎡", "变化超过两成，确认没有填错")


_SITES = Ledger(
    model=Site,
    identity=("name",),
    attributes={
        k: k
        for k in ("name", "address", "floor_area_m2", "area_document", "longitude", "latitude", "starts_on", "ends_on")
    },
    word="点位",
    prepare=_site_prepare,
    finish=_site_finish,
    since_opening=True,
)
SITES = Sheet(
    key="site",
    title="点位",
    order=30,
    match=_SITES.match,
    save=_SITES.save,
    aliases=("点位台账", "场地"),
    note="一行一个点位。等级按有证明的建筑面积算（拱墅 三(一)1），没有面积证明的点位会标“缺数据”。",
    columns=(
        FACILITY,
        Column("name", "点位名称", Kind(60), "always", "", "主楼", ("点位",), 18),
        Column("address", "地址", Kind(120), "", "", "示例路 1 号", ("点位地址",), 22),
        Column("floor_area_m2", "建筑面积(㎡)", Area(), "", "最多两位小数", "1080.5", ("面积", "阵地面积"), 14),
        Column(
            "area_document", "面积证明", Kind(120), "", "不动产权证或测绘报告的名称与编号", "测绘报告(示例)2024-01",
            ("证明材料", "权属证"), 24,
        ),
        Column("longitude", "经度", Degrees(), "", "CGCS2000，如 120.135", "120.135", width=12),
        Column("latitude", "纬度", Degrees(), "", "CGCS2000，如 30.325", "30.325", width=12),
        FIRST,
        LAST,
    ),
)  # fmt: skip

_SPACES = Ledger(
    model=Space,
    identity=("site", "name"),
    attributes={
        k: k
        for k in (
            "name",
            "floor_area_m2",
            "usable_area_m2",
            "used_by",
            "is_open_24h",
            "is_multifunction",
            "starts_on",
            "ends_on",
        )
    }
    | {"site": "site"},
    resolved=frozenset({"site"}),
    word="空间",
    prepare=_space_prepare,
    finish=_space_finish,
    since_opening=True,
)
SPACES = Sheet(
    key="space",
    title="空间",
    order=40,
    match=_SPACES.match,
    save=_SPACES.save,
    aliases=("空间台账", "房间"),
    note="一行一个房间。市场化、社会化、24 小时、多功能的占比都由这里算出（拱墅 三(二)1），不用另填。",
    columns=(
        FACILITY,
        Column("site", "点位名称", Kind(60), "", "只有一个点位时可不填", "主楼", ("点位", "所在点位"), 18),
        Column("name", "空间名称", Kind(60), "always", "", "一楼社区食堂", ("空间", "房间"), 20),
        Column("floor_area_m2", "建筑面积(㎡)", Area(), "", "", "200", ("建筑面积",), 14),
        Column(
            "usable_area_m2",
            "可用面积(㎡)",
            Area(),
            "",
            "占比的分母，最多两位小数",
            "180",
            ("可用面积", "使用面积"),
            14,
        ),
        Column("used_by", "使用主体", USES, "new", "市场化、社会化、公共或办公", "市场化", ("主体性质",)),
        Column("is_open_24h", "24小时", YesNo(), "", "是或否，不填按否", "否", ("24小时开放", "24 小时"), 10),
        Column("is_multifunction", "多功能融合", YesNo(), "", "是或否，不填按否", "是", ("多功能", "一室多用"), 12),
        FIRST,
        LAST,
    ),
)
