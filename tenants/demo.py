"""The fictional people and places of the demonstration. Everything here is marked 演示."""

from dataclasses import dataclass

from tenants.rules import ROLE_LABELS, Role

DEMO_PASSWORD = "yunhe-yanshi-2026"  # noqa: S105 public on purpose, see User.is_usable

GONGSHU, SHANGCHENG = 330105000000, 330102000000

# Streets and communities of 上城区, the second district, that exist nowhere: (code, name, level, code of the parent).
DEMO_DIVISIONS = (
    (330102901000, "演示一街道", "street", SHANGCHENG),
    (330102901001, "演示柳浪社区", "community", 330102901000),
    (330102901002, "演示望江社区", "community", 330102901000),
    (330102901003, "演示清波社区", "community", 330102901000),
    (330102902000, "演示二街道", "street", SHANGCHENG),
    (330102902001, "演示紫阳社区", "community", 330102902000),
    (330102902002, "演示南星社区", "community", 330102902000),
    (330102902003, "演示彭埠社区", "community", 330102902000),
)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account that the login page and the start-up command show."""

    username: str
    display_name: str
    role: Role
    division_code: int
    scope_name: str

    @property
    def password(self) -> str:
        return DEMO_PASSWORD

    @property
    def role_label(self) -> str:
        return ROLE_LABELS[self.role]


DEMO_STAFF = (
    DemoAccount("gongshu-admin", "周运河（演示）", Role.DISTRICT_ADMIN, GONGSHU, "拱墅区"),
    DemoAccount("gongshu-reviewer", "吴审核（演示）", Role.DISTRICT_REVIEWER, GONGSHU, "拱墅区"),
    DemoAccount("gongchenqiao", "郑宸桥（演示）", Role.STREET_CLERK, 330105005000, "拱墅区拱宸桥街道"),
    DemoAccount("hushu", "王湖墅（演示）", Role.STREET_CLERK, 330105002000, "拱墅区湖墅街道"),
    DemoAccount("gongchenqiao-reviewer", "冯街审（演示）", Role.STREET_REVIEWER, 330105005000, "拱墅区拱宸桥街道"),
    DemoAccount("taizhoulu", "陈社区（演示）", Role.COMMUNITY_REPORTER, 330105005052, "拱宸桥街道台州路社区"),
    DemoAccount("city", "褚观察（演示）", Role.CITY_OBSERVER, 330100000000, "杭州市"),
    DemoAccount("liaison", "卫联络（演示）", Role.DEPARTMENT_LIAISON, GONGSHU, "拱墅区"),
    DemoAccount("assessor", "蒋评估（演示）", Role.ASSESSOR, GONGSHU, "拱墅区，仅被派的设施"),
    DemoAccount("assessor-two", "何复核（演示）", Role.ASSESSOR, GONGSHU, "拱墅区，另一家机构"),
    DemoAccount("operator", "沈运营（演示）", Role.OPERATOR, GONGSHU, "拱墅区，仅自己运营的设施"),
    DemoAccount("gongshu-system", "杨系统（演示）", Role.SYSTEM_ADMIN, GONGSHU, "拱墅区，只管账号"),
    DemoAccount("gongshu-security", "朱安全（演示）", Role.SECURITY_ADMIN, GONGSHU, "拱墅区，只管安全规则"),
    DemoAccount("gongshu-audit", "秦审计（演示）", Role.AUDIT_ADMIN, GONGSHU, "拱墅区，只看日志"),
    DemoAccount("shangcheng-admin", "韩上城（演示）", Role.DISTRICT_ADMIN, SHANGCHENG, "上城区"),
)


def demo_accounts() -> tuple[DemoAccount, ...]:
    """The accounts to show; whoever shows them asks `settings.DEMO` first."""
    return DEMO_STAFF
