"""拱墅区: 36 fictional facilities in the 18 real streets. `why` says which edge each one shows; today is 2026-11-22."""

from dataclasses import replace

from facilities.demo.kit import (
    ALL_DOMAINS,
    GOOD_CHARITY,
    SEVEN_ITEMS,
    SEVEN_ITEMS_FOUR_DOMAINS,
    SEVEN_ITEMS_SIX_DOMAINS,
    Demo,
    Shares,
    good,
    projects,
)

# rough position of each street; points stay inside the outline of the district
POINTS = {
    "米市巷": (120.152, 30.292), "湖墅": (120.147, 30.298), "小河": (120.133, 30.318), "和睦": (120.121, 30.312),
    "拱宸桥": (120.142, 30.324), "大关": (120.153, 30.312), "上塘": (120.156, 30.335), "祥符": (120.107, 30.334),
    "康桥": (120.152, 30.366), "半山": (120.184, 30.368), "天水": (120.163, 30.278), "武林": (120.157, 30.273),
    "长庆": (120.171, 30.272), "潮鸣": (120.178, 30.276), "朝晖": (120.168, 30.289), "文晖": (120.176, 30.300),
    "东新": (120.180, 30.318), "石桥": (120.188, 30.342),
}  # fmt: skip
CODES = {
    "米市巷": 1, "湖墅": 2, "小河": 3, "和睦": 4, "拱宸桥": 5, "大关": 7, "上塘": 8, "祥符": 9, "康桥": 10, "半山": 11,
    "天水": 12, "武林": 13, "长庆": 14, "潮鸣": 15, "朝晖": 16, "文晖": 17, "东新": 18, "石桥": 19,
}  # fmt: skip


def _at(street: str, community: str, name: str, why: str, serial: int, **changes) -> Demo:
    code = f"330105{CODES[street]:03d}-{serial:02d}"
    longitude, latitude = POINTS[street]
    point = (longitude + 0.0021 * (serial - 1), latitude - 0.0017 * (serial - 1))
    return good(code, f"{name}幸福家园", f"{street}街道", f"{community}社区", point, why, **changes)


def _one(area: int | None, documented: bool = True) -> tuple:
    return (("主楼", area, documented, ""),)


def _two(first: int, second: int) -> tuple:
    return (("东点位", first, True, ""), ("西点位", second, True, ""))


_SMALL = {"functions": SEVEN_ITEMS[:5], "local": (), "projects": projects(3, 2, 1)}  # 普惠型: 5 items, 5 of 6 projects
_ENDS_IN_Q3 = tuple(replace(p, ends_on="2026-08-15") if i < 3 else p for i, p in enumerate(projects(5, 5, 2)))
_IN_THE_HALL = tuple(replace(p, space="邻里客厅") if p.space == "办公室" else p for p in projects(6, 6, 3))

GONGSHU: tuple[Demo, ...] = (
    _at("米市巷", "夹城巷", "枕河", "集成式正好 1000 ㎡，示范型；个性化功能 1 项（G-17）", 1, sites=_one(100000), local=("新市民融入",)),
    _at("米市巷", "半道红", "半亩", "集成式 999.99 ㎡，差 0.01 ㎡", 2, sites=_one(99999)),
    _at("湖墅", "卖鱼桥", "听橹", "集成式正好 600 ㎡，普惠型", 1, sites=_one(60000), **_SMALL),
    _at("湖墅", "仁和仓", "仓前", "集成式 599.99 ㎡，未入名录", 2, sites=_one(59999), **_SMALL),
    _at("小河", "长征桥", "小河里", "片区化正好 1500 ㎡，覆盖 2 个社区", 1, construction="片区化", sites=_two(90000, 60000),
        covered="长征桥社区、小河社区"),
    _at("小河", "塘河新村", "塘河", "片区化 1499.99 ㎡，覆盖 3 个社区", 2, construction="片区化", sites=_two(90000, 59999),
        covered="塘河新村社区、明真宫社区、董家新村社区"),
    _at("和睦", "和睦", "和睦里", "街区化正好 1500 ㎡，有枢纽街巷", 1, construction="街区化", sites=_two(80000, 70000), hub="和睦演示街"),
    _at("和睦", "华丰", "白榆", "两个华丰社区之一（和睦）；片区化正好 1000 ㎡，普惠型", 2, construction="片区化",
        sites=_two(60000, 40000), covered="330105004051、化纤社区", **_SMALL),
    _at("拱宸桥", "桥西", "云橹", "每一条都过；同社区另有一家", 1, sites=_one(145000)),
    _at("拱宸桥", "桥西", "橘灯", "与云橹同在桥西社区；6 项基础功能", 2, functions=ALL_DOMAINS[:6]),
    _at("拱宸桥", "台州路", "登云", "综合运营协议 6 月 30 日到期，三季度掉档", 3,
        operator=("专业服务机构", "登云社区运营中心（演示）", "2025-07-01", "2026-06-30"), nil="综合运营"),
    _at("拱宸桥", "文澜", "文澜", "5 月 10 日新开两项功能，二季度由普惠升示范", 4,
        functions=(*SEVEN_ITEMS[:5], (24, "2026-05-10"), (27, "2026-05-10"))),
    _at("大关", "西苑第一", "西苑", "7 月 15 日增加一处 260 ㎡，三季度由普惠升示范", 1,
        sites=(("主楼", 80000, True, ""), ("北楼", 26000, True, "2026-07-15"))),
    _at("大关", "德胜", "青石", "项目 9 家，差 1 家", 2, projects=projects(5, 4, 2)),
    _at("上塘", "善贤", "善贤", "占比 12/15 正好 80 %；自营的占着大厅，按面积不够（G-2）", 1, projects=_IN_THE_HALL),
    _at("上塘", "瓜山", "瓜山", "占比 11/14，78.57 %，不足 80 %", 2, projects=projects(6, 5, 3)),
    _at("祥符", "祥符桥", "祥桥", "正好 7 项但只有 6 个领域，读法敏感（G-1）", 1, functions=SEVEN_ITEMS_SIX_DOMAINS),
    _at("祥符", "花园岗", "花园岗", "7 项集中在 4 个领域，读法敏感（G-1）", 2, functions=SEVEN_ITEMS_FOUR_DOMAINS),
    _at("祥符", "北星", "北星", "占比按项目 10/13 不足 80 %，按面积够，读法敏感（G-2）", 3, projects=projects(6, 4, 3)),
    _at("康桥", "康桥", "康桥里", "1200 ㎡ 没有面积证明，口径敏感（G-19）", 1, sites=_one(120000, documented=False)),
    _at("康桥", "义桥", "义桥", "建筑面积没有登记，缺数据", 2, sites=_one(None), usable=85000),
    _at("半山", "半山", "望山", "含居民合伙人才到 10 家，读法敏感（G-15）", 1, projects=projects(5, 4, 1, residents=1)),
    _at("半山", "田园", "田园", "10 个项目只有 6 个不同主体，读法敏感（G-3）", 2, projects=projects(5, 5, 2, partners=3)),
    _at("天水", "灯芯巷", "灯芯", "街区化 1499.99 ㎡，普惠型", 1, construction="街区化", sites=_two(100000, 49999), hub="灯芯演示巷"),
    _at("天水", "仓桥", "仓桥", "8 月 10 日起暂停，三季度不评", 2, states=(("2026-08-10", "暂停", "消防改造（演示）", ""),)),
    _at("武林", "竹竿巷", "竹竿巷", "片区化覆盖 4 个社区，类型要核对（G-18）", 1, construction="片区化", sites=_two(100000, 80000),
        covered="竹竿巷社区、仙林社区、中北社区、凤麟社区"),
    _at("武林", "安吉", "安吉", "没有综合运营方，且确认为空", 2, operator=None, nil="综合运营"),
    _at("长庆", "吴牙", "吴牙", "多功能 49.99 %、24 小时 9.99 %，义务差一点，不影响等级", 1, usable=100000,
        shares=Shares(multi=4999, open24h=999)),
    _at("潮鸣", "艮园", "艮园", "市场化 29.99 %、社会化正好 30 %", 1, usable=100000, shares=Shares(market=2999, social=3000)),
    _at("潮鸣", "东园", "东园", "5 月 1 日并入艮园", 2, sites=_one(60000), **_SMALL,
        states=(("2026-05-01", "已并入", "规模小、功能单一，并入艮园（演示）", "330105015-01"),)),
    _at("朝晖", "大木桥", "大木桥", "三个项目 8 月 15 日到期，三季度只剩 7 家，由示范降普惠", 1, projects=_ENDS_IN_Q3),
    _at("朝晖", "稻香园", "稻香", "3 个创投项目到账 149,999.99 元，差 1 分", 2,
        charity=(*GOOD_CHARITY[:2], ("邻里暖心基金", "50000", "2026-08-06", "9999.99"))),
    _at("文晖", "打铁关", "打铁关", "项目台账没有填，缺数据", 1, projects=(), charity=()),
    _at("文晖", "和平苑", "和平", "项目为零且确认为空；一老一小没有项目", 2, projects=(), nil="入驻运营项目、公益创投项目", charity=(),
        sites=_one(61000)),
    _at("东新", "新颜苑", "新颜", "4 项基础功能，差 1 项到普惠型；2 月 15 日以后的项目才开始", 1, functions=SEVEN_ITEMS[:4], local=(),
        projects=projects(3, 2, 1, since="2026-02-15")),
    _at("东新", "灯塔", "灯塔", "占比 7/10 正好 70 %，普惠型；一个空间没有可用面积", 2, sites=_one(70000), projects=projects(4, 3, 3),
        functions=SEVEN_ITEMS[:6], blank_usable=True),
    _at("石桥", "华丰", "华锦", "两个华丰社区之二（石桥）；7 月 1 日开的第 7 项功能，二季度不算三季度算", 1,
        functions=(*SEVEN_ITEMS[:6], (27, "2026-07-01"))),
    _at("石桥", "石桥", "石桥头", "2 月 15 日撤销", 2, sites=_one(45000), **_SMALL,
        states=(("2026-02-15", "已撤销", "长期闲置（演示）", ""),)),
    _at("石桥", "永丰", "永丰", "筹建，2027 年启用，不评", 3, lifecycle="筹建", opened="2026-06-01", projects=(), charity=(),
        functions=(), local=(), operator=None, shares=None),
    _at("半山", "沈家桥", "沈家桥", "没有个性化功能，示范型只差这一项", 3, local=()),
)  # fmt: skip
