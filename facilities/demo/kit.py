"""Building blocks of the fictional workbooks: whole facilities that meet everything, to be bent by a scenario.

Areas are integers in 0.01 ㎡ until they are written, so that an edge like 999.99 ㎡ or exactly 30 % stays exact.
"""

from dataclasses import dataclass, field, replace
from random import Random

SEED = 20261122
OPENED = "2025-03-01"

# name, catalogue item, usual runner, fee, for elders, for children
PROJECTS = (
    ("社区食堂", 11, "市场主体", "低偿", True, False),
    ("四点半课堂", 10, "社会组织", "低偿", False, True),
    ("银龄学堂", 2, "社会组织", "免费", True, False),
    ("家政服务站", 13, "市场主体", "市场价", False, False),
    ("向阳托育班", 7, "市场主体", "市场价", False, True),
    ("邻里康养小站", 1, "社会组织", "低偿", True, False),
    ("共享健身房", 22, "市场主体", "低偿", False, False),
    ("亲子阅读会", 24, "社会组织", "免费", False, True),
    ("健康驿站", 18, "市场主体", "低偿", True, False),
    ("儿童游戏屋", 27, "社会组织", "免费", False, True),
    ("非遗手作坊", 25, "社会组织", "低偿", False, False),
    ("青年夜校", 14, "社会组织", "低偿", False, False),
    ("便民理发铺", 13, "市场主体", "低偿", True, False),
    ("心语小屋", 19, "社会组织", "免费", False, False),
    ("乒乓球馆", 23, "市场主体", "市场价", False, False),
)
OWN_PROJECTS = (
    ("居民议事厅", 12, "自营或公办", "免费", False, False),
    ("党群服务站", None, "自营或公办", "免费", False, False),
    ("图书角", 24, "自营或公办", "免费", False, False),
    ("便民代办点", None, "自营或公办", "免费", False, False),
    ("志愿者之家", None, "自营或公办", "免费", False, False),
)
RESIDENT_PROJECTS = (
    ("老手艺修补摊", 13, "居民", "免费", False, False),
    ("广场舞队", 3, "居民", "免费", True, False),
    ("棋友会", 3, "居民", "免费", True, False),
)
PARTNERS = {
    "市场主体": ("橹声餐饮服务", "云帆家政服务", "小满托育服务", "晴川健身管理", "安禾健康管理", "巷口便民服务"),
    "社会组织": (
        "桥畔社会工作服务中心",
        "拾光助老服务中心",
        "萤火儿童关爱中心",
        "半亩文化促进中心",
        "同舟社会组织发展中心",
    ),
    "居民": ("老手艺互助队", "清晨舞蹈队", "河畔棋友会"),
}
ALL_DOMAINS = (1, 2, 7, 10, 11, 13, 18, 22, 24, 27)  # ten items, all seven domains
SEVEN_ITEMS = (1, 11, 13, 18, 22, 24, 27)
SEVEN_ITEMS_SIX_DOMAINS = (1, 7, 11, 13, 18, 22, 24)  # nothing of 儿童游憩
SEVEN_ITEMS_FOUR_DOMAINS = (1, 2, 3, 7, 11, 13, 18)


@dataclass(frozen=True)
class Shares:
    """Parts of the usable area in hundredths of a per cent (3000 = 30 %): who uses it, 24 h, multi-function."""

    market: int = 3200
    social: int = 3300
    office: int = 400
    open24h: int = 1100
    multi: int = 5200


@dataclass(frozen=True)
class Project:
    """A project; `runner` overrides who usually runs it, `partner` whom it is run by, dates as written in the sheet."""

    template: tuple
    runner: str = ""
    starts_on: str = OPENED
    ends_on: str = ""
    partner: str | None = None
    space: str = ""


@dataclass(frozen=True)
class Demo:
    """One fictional facility. Defaults meet every condition of 示范型 for 集成式."""

    code: str
    name: str
    street: str
    community: str
    point: tuple[float, float]
    why: str
    construction: str = "集成式"
    opened: str = OPENED
    lifecycle: str = "运行"
    sites: tuple[tuple, ...] = (("主楼", 120000, True, ""),)  # name, 0.01 ㎡ (None: not recorded), documented, since
    usable: int | None = None  # 0.01 ㎡; 85 % of the documented area if not given
    shares: Shares | None = field(default_factory=Shares)
    functions: tuple = ALL_DOMAINS  # item, or (item, since), or (item, since, until)
    local: tuple = ("新市民融入", "就业创业指导")
    operator: tuple | None = ("专业服务机构", "云橹社区运营中心（演示）", OPENED, "")
    projects: tuple[Project, ...] = ()
    charity: tuple[tuple, ...] = ()  # name, contract yuan, day, yuan
    covered: str = ""
    hub: str = ""
    nil: str = ""
    states: tuple[tuple, ...] = ()  # day, state, reason, successor
    blank_usable: bool = False  # one space has no usable area recorded


ROOMS = {
    "市场主体": ("社区食堂", "便民服务铺"),
    "社会组织": ("长者活动室", "社会组织之家"),
    "居民": ("邻里客厅",),
    "自营或公办": ("办公室",),
}


def projects(market: int, social: int, own: int, *, residents: int = 0, partners: int = 99, since: str = OPENED):
    """That many projects by market, social, resident and own staff; `partners` bounds the distinct partners of a kind."""
    chosen = []
    for runner, number, names in (("市场主体", market, PROJECTS), ("社会组织", social, PROJECTS)):
        mine = [t for t in names if t[2] == runner]
        others = [t for t in names if t[2] != runner]
        for index, template in enumerate((mine + others)[:number]):
            pool = PARTNERS[runner]
            partner = pool[index % min(partners, len(pool))]
            label = template if template in mine else (f"{template[0]}(第二处)", *template[1:])
            room = ROOMS[runner][index % 2]
            chosen.append(Project(label, runner=runner, partner=partner, starts_on=since, space=room))
    chosen += [Project(t, starts_on=since, space="办公室") for t in OWN_PROJECTS[:own]]
    chosen += [
        Project(t, starts_on=since, partner=PARTNERS["居民"][i], space="邻里客厅")
        for i, t in enumerate(RESIDENT_PROJECTS[:residents])
    ]
    return tuple(chosen)


GOOD_PROJECTS = projects(5, 5, 2)  # 10 of 12
GOOD_CHARITY = (
    ("银龄互助计划", "80000", "2026-02-12", "80000"),
    ("萤火课后陪伴", "60000", "2026-05-20", "60000"),
    ("邻里暖心基金", "50000", "2026-08-06", "40000"),
)


def good(code, name, street, community, point, why, **changes) -> Demo:
    """A facility that meets everything, bent by `changes`."""
    base = Demo(code, name, street, community, point, why, projects=GOOD_PROJECTS, charity=GOOD_CHARITY)
    return replace(base, **changes)


def metres(hundredths: int | None) -> str:
    return "" if hundredths is None else f"{hundredths / 100:.2f}"


def spaces_of(demo: Demo, random: Random) -> list[dict[str, str]]:
    """Rooms that add up exactly to the usable area and to each share."""
    if demo.shares is None:
        return []
    documented = sum(area or 0 for _, area, _, _ in demo.sites) or 100000
    total = demo.usable or documented * 85 // 100 // 100 * 100
    part = {name: total * value // 10000 for name, value in vars(demo.shares).items()}
    public = total - part["market"] - part["social"] - part["office"]
    open24h = part["open24h"]
    multi_social = max(0, min(part["social"], part["multi"] - public))
    multi_public_24h = min(open24h, part["multi"])
    rooms = [
        ("社区食堂", part["market"] * 55 // 100, "市场化", False, False),
        ("便民服务铺", part["market"] - part["market"] * 55 // 100, "市场化", False, False),
        ("邻里客厅", public - open24h, "公共", False, True),
        ("24小时书房", multi_public_24h, "公共", True, True),
        ("长者活动室", multi_social, "社会化", False, True),
        ("社会组织之家", part["social"] - multi_social, "社会化", False, False),
        ("办公室", part["office"], "办公", False, False),
    ]
    del random
    first = demo.sites[0][0]
    rows = []
    for index, (name, area, used_by, is_24h, is_multi) in enumerate(rooms):
        if area <= 0:
            continue
        usable = "" if demo.blank_usable and index == 1 else metres(area)
        rows.append(
            {
                "facility": demo.code, "site": first, "name": name, "floor_area_m2": metres(area * 115 // 100),
                "usable_area_m2": usable, "used_by": used_by, "is_open_24h": "是" if is_24h else "否",
                "is_multifunction": "是" if is_multi else "否", "starts_on": demo.opened,
            }
        )  # fmt: skip
    return rows


def rows_of(demo: Demo, random: Random) -> dict[str, list[dict[str, str]]]:
    """The rows that a facility has in each sheet, by sheet key."""
    longitude, latitude = demo.point
    return {
        "facility": [
            {
                "code": demo.code, "name": demo.name, "street": demo.street, "community": demo.community,
                "address": f"{demo.name.removesuffix('幸福家园')}演示路 {random.randint(1, 98)} 号",
                "construction_type": demo.construction, "lifecycle": demo.lifecycle, "since": demo.opened,
                "premises_form": random.choice(["单体", "独幢", "嵌入式"]) if demo.construction == "集成式" else "",
                "covered": demo.covered, "hub_street": demo.hub,
                "city_type": random.choice(["枢纽型", "基础型"]),
                "city_form": {"集成式": "集聚式"}.get(demo.construction, "分散式"), "region_type": "城市",
                "nil_ledgers": demo.nil,
            }
        ],
        "state": [
            {"facility": demo.code, "starts_on": day, "lifecycle": state, "reason": reason, "successor": successor}
            for day, state, reason, successor in demo.states
        ],
        "site": [
            {
                "facility": demo.code, "name": name, "address": "", "floor_area_m2": metres(area),
                "area_document": f"测绘报告（演示）{demo.code[-5:]}-{index + 1}" if documented else "",
                "longitude": f"{longitude + 0.0006 * index:.4f}", "latitude": f"{latitude + 0.0004 * index:.4f}",
                "starts_on": since or demo.opened,
            }
            for index, (name, area, documented, since) in enumerate(demo.sites)
        ],
        "space": spaces_of(demo, random),
        "function": [_function(demo, entry) for entry in demo.functions]
        + [{"facility": demo.code, "local_name": name, "starts_on": demo.opened, "evidence": "需求调查（演示）"} for name in demo.local],
        "operator": [_operator(demo)] if demo.operator else [],
        "project": [_project(demo, project) for project in demo.projects],
        "charity": [
            {
                "facility": demo.code, "year": day[:4] if day else "2026", "name": name,
                "kind": "慈善创投" if "基金" in name else "公益创投", "contract_fen": contract, "received_on": day,
                "amount_fen": amount, "voucher": f"演示凭-{demo.code}-{index + 1:02d}" if amount else "",
            }
            for index, (name, contract, day, amount) in enumerate(demo.charity)
        ],
    }  # fmt: skip


def _function(demo: Demo, entry) -> dict[str, str]:
    item, since, until = (*entry, "", "")[:3] if isinstance(entry, tuple) else (entry, "", "")
    return {
        "facility": demo.code, "item": str(item), "starts_on": since or demo.opened, "ends_on": until,
        "evidence": "公示栏照片（演示）",
    }  # fmt: skip


def _operator(demo: Demo) -> dict[str, str]:
    kind, name, since, until = demo.operator
    return {
        "facility": demo.code, "kind": kind, "name": name,
        "agreement": "综合运营协议（演示）" if kind == "专业服务机构" else "任命文件（演示）", "starts_on": since, "ends_on": until,
    }  # fmt: skip


def _project(demo: Demo, project: Project) -> dict[str, str]:
    name, item, usual, fee, elders, children = project.template
    runner = project.runner or usual
    partner = project.partner if project.partner is not None else ""
    return {
        "facility": demo.code, "name": name, "run_by": runner, "partner": f"{partner}（演示）" if partner else "",
        "partner_kind": {"市场主体": "市场合伙人", "社会组织": "公益合伙人", "居民": "居民合伙人"}[runner] if partner else "",
        "item": str(item) if item else "", "space": project.space, "fee_nature": fee,
        "serves_elders": "是" if elders else "否", "serves_children": "是" if children else "否",
        "starts_on": max(project.starts_on, demo.opened), "ends_on": project.ends_on,
    }  # fmt: skip


def workbook_rows(demos: tuple[Demo, ...]) -> dict[str, list[dict[str, str]]]:
    """All rows of a workbook by sheet key, the same on every run."""
    random = Random(SEED)  # noqa: S311 fictional addresses, nothing secret
    sheets: dict[str, list[dict[str, str]]] = {}
    for demo in demos:
        for key, rows in rows_of(demo, random).items():
            sheets.setdefault(key, []).extend(rows)
    return sheets
