"""上城区 of the demonstration: six facilities in streets that do not exist, to show that districts do not see each other."""

from facilities.demo.kit import SEVEN_ITEMS, Demo, good, projects


def _at(street: int, serial: int, community: str, name: str, why: str, **changes) -> Demo:
    code = f"3301029{street:02d}-{serial:02d}"
    point = (120.185 + 0.006 * serial, 30.245 + 0.008 * street)
    word = {1: "演示一街道", 2: "演示二街道"}[street]
    return good(code, f"{name}幸福家园", word, f"演示{community}社区", point, why, **changes)


def _one(area: int) -> tuple:
    return (("主楼", area, True, ""),)


SHANGCHENG: tuple[Demo, ...] = (
    _at(1, 1, "柳浪", "演示柳浪", "每一条都过"),
    _at(1, 2, "望江", "演示望江", "普惠型", sites=_one(65000), functions=SEVEN_ITEMS[:5], local=(), projects=projects(3, 2, 1)),
    _at(1, 3, "清波", "演示清波", "没有综合运营方", operator=None, nil="综合运营"),
    _at(2, 1, "紫阳", "演示紫阳", "片区化", construction="片区化", sites=(("甲点", 90000, True, ""), ("乙点", 70000, True, "")),
        covered="演示紫阳社区、演示南星社区"),
    _at(2, 2, "南星", "演示南星", "面积不足", sites=_one(50000)),
    _at(2, 3, "彭埠", "演示彭埠", "项目台账没有填", projects=(), charity=()),
)  # fmt: skip
