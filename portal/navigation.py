"""The left menu: which pages a role finds there, in groups, and which of them is open."""

from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.safestring import SafeString

from tenants.rules import Permission, Role, may, permissions_of

# They look after facilities of others: their start is the dashboard.
OVERSEERS = {Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER, Role.DEPARTMENT_LIAISON, Role.CITY_OBSERVER}
DESK = ("portal:workbench", "portal:due", "portal:quality", "portal:unusual", "portal:streets")
EDITING = (
    "portal:lifecycle",
    "portal:decision",
    "facilities:edit",
    "facilities:site",
    "facilities:space",
    "facilities:contact",
    "partners:project",
)
ENTRY = ("partners:call", "partners:application", "partners:score")
AGREEMENTS = ("partners:agreement", "portal:ending")
HONOURS = ("partners:honours", "partners:exemplar")


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the menu. `sections`: namespaces and route names under which it counts as open."""

    route: str
    label: str
    icon: str
    permission: Permission
    sections: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    label: str
    icon: str
    is_current: bool


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("portal:workbench", "工作台", "house", Permission.VIEW_FACILITIES, DESK),
            Entry("portal:dashboard", "总览", "layout-dashboard", Permission.VIEW_RESULTS, ("portal:dashboard",)),
        ),
    ),
    (
        "设施",
        (
            Entry(
                "portal:facilities",
                "设施台账",
                "building-2",
                Permission.VIEW_FACILITIES,
                ("portal:facilities", "portal:facility", *EDITING),
            ),
            Entry("portal:returns", "季度填报", "clipboard-pen", Permission.VIEW_FACILITIES, ("portal:return",)),
            Entry(
                "engagement:ledger",
                "活动与到访",
                "calendar-days",
                Permission.VIEW_FACILITIES,
                ("engagement:",),
                (("ledger", "activities"),),
            ),
            Entry(
                "facilities:imports",
                "数据导入",
                "file-spreadsheet",
                Permission.IMPORT_FACILITIES,
                ("facilities:import",),
            ),
        ),
    ),
    (
        "合伙人",
        (
            Entry(
                "partners:partners",
                "合伙人",
                "handshake",
                Permission.VIEW_FACILITIES,
                ("partners:partner", "partners:overview", "partners:contact", "partners:merge", "partners:rules"),
            ),
            Entry("partners:brands", "品牌", "building-2", Permission.VIEW_FACILITIES, ("partners:brand",)),
            Entry("partners:calls", "征集与准入", "megaphone", Permission.VIEW_FACILITIES, ENTRY),
            Entry("partners:agreements", "合伙协议", "file-text", Permission.VIEW_FACILITIES, AGREEMENTS),
            Entry("partners:selections", "遴选", "medal", Permission.VIEW_FACILITIES, ("partners:selection",)),
            Entry("partners:honours", "荣誉与典型", "trophy", Permission.VIEW_FACILITIES, HONOURS),
        ),
    ),
    (
        "资金",
        (
            Entry("partners:money", "资金总览", "landmark", Permission.VIEW_MONEY, ("partners:money", "partners:duty")),
            Entry("partners:plans", "规划与进度", "goal", Permission.VIEW_MONEY, ("partners:plan",)),
            Entry(
                "partners:funds",
                "基金",
                "wallet",
                Permission.VIEW_MONEY,
                ("partners:fund", "partners:payment", "partners:subsid", "partners:entry"),
            ),
            Entry(
                "partners:exchanges",
                "空间换服务",
                "arrow-left-right",
                Permission.VIEW_MONEY,
                ("partners:exchange", "partners:rent"),
            ),
            Entry(
                "partners:operating",
                "运营平衡",
                "scale",
                Permission.VIEW_MONEY,
                ("partners:operating", "partners:figure", "partners:price"),
            ),
        ),
    ),
    (
        "测算",
        (
            Entry("portal:vitality", "热活度", "activity", Permission.VIEW_RESULTS, ("portal:vitality",)),
            Entry(
                "assessments:evaluations",
                "街道自评",
                "file-check",
                Permission.VIEW_EVALUATIONS,
                ("assessments:evaluat",),
            ),
            Entry(
                "assessments:runs",
                "季度测算",
                "calculator",
                Permission.VIEW_RESULTS,
                ("assessments:run", "assessments:start"),
            ),
            Entry(
                "assessments:follow_ups",
                "半年核查",
                "list-checks",
                Permission.VIEW_RESULTS,
                ("assessments:follow_up", "assessments:rectification", "assessments:item_decision"),
            ),
            Entry("standards:index", "标准与读法", "scale", Permission.VIEW_STANDARDS, ("standards:",)),
        ),
    ),
    (
        "抽检与名录",
        (
            Entry("assessments:my_visits", "我的上门", "map-pin", Permission.RECORD_VISITS, ("assessments:my_visit",)),
            Entry(
                "assessments:checks",
                "年度抽检",
                "clipboard-check",
                Permission.VIEW_CHECKS,
                ("assessments:check", "assessments:visit"),
            ),
            Entry("assessments:findings", "核实差异", "scan-search", Permission.VIEW_RESULTS, ("assessments:finding",)),
            Entry("assessments:directories", "年度名录", "award", Permission.VIEW_RESULTS, ("assessments:director",)),
        ),
    ),
    (
        "管理",
        (
            Entry("tenants:staff", "账号与权限", "users", Permission.VIEW_ACCOUNTS, ("tenants:staff",)),
            Entry("tenants:security", "安全规则", "key-round", Permission.SET_SECURITY_RULES, ("tenants:security",)),
            Entry("tenants:acts", "操作日志", "history", Permission.VIEW_ACTS, ("tenants:acts", "tenants:changes")),
            Entry("tenants:all_logins", "登录记录", "log-in", Permission.VIEW_ACTS, ("tenants:all_logins",)),
            Entry("tenants:audit", "日志核验", "shield-check", Permission.VIEW_ACTS, ("tenants:audit",)),
            Entry("portal:components", "界面规范", "palette", Permission.ADMINISTER, ("portal:components",)),
        ),
    ),
)


def menu(role: Role | None, route: str) -> tuple[tuple[str, list[Link]], ...]:
    """Groups of links for a role; `route` is the name of the open page, as `portal:facility`."""
    return _menu(role, _held(role), route, get_script_prefix())


def menu_html(role: Role | None, route: str) -> SafeString:
    """The same as the page shows it: written once for what a role may do in this installation, and not on each page anew."""
    return _menu_html(role, _held(role), route, get_script_prefix())


def _held(role: Role | None) -> frozenset[Permission]:
    return permissions_of(role) if role else frozenset()


@lru_cache(maxsize=1024)
def _menu_html(role: Role | None, held: frozenset[Permission], route: str, prefix: str) -> SafeString:
    return render_to_string("parts/menu.html", {"menu": _menu(role, held, route, prefix)})


@lru_cache(maxsize=1024)
def _menu(
    role: Role | None, _held: frozenset[Permission], route: str, _prefix: str
) -> tuple[tuple[str, list[Link]], ...]:
    groups = []
    for title, entries in GROUPS:
        links = [link for entry in entries if _is_for(role, entry) and (link := _link(entry, route))]
        if links:
            groups.append((title, links))
    return tuple(groups)


def _is_for(role: Role | None, entry: Entry) -> bool:
    return may(role, entry.permission)


def _link(entry: Entry, route: str) -> Link | None:
    try:
        url = reverse(entry.route, kwargs=dict(entry.arguments))
    except NoReverseMatch:
        return None
    return Link(url, entry.label, entry.icon, any(route.startswith(section) for section in entry.sections))
