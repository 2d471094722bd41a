"""Who may do what: tables and arithmetic on division codes. No database, no clock; one setting chooses between tables."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from django.conf import settings

CITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH, COMMUNITY_WIDTH = 10**8, 10**6, 10**3, 1


@dataclass(frozen=True, slots=True)
class CodeRange:
    """A half-open range of 12-digit division codes, `[lo, hi)`: one pair serves city, district, street and community."""

    lo: int
    hi: int

    def __contains__(self, code: int) -> bool:
        return self.lo <= code < self.hi

    def covers(self, other: "CodeRange") -> bool:
        return self.lo <= other.lo and other.hi <= self.hi

    @property
    def ancestors(self) -> tuple[int, ...]:
        """Codes of the divisions strictly above this one: city, district, street, as far as they exist."""
        widths = (CITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH)
        return tuple(self.lo // w * w for w in widths if w > self.hi - self.lo)


def code_range(code: int) -> CodeRange:
    """The codes at and below a division: 330105000000 (district) → [330105000000, 330106000000).

    A code's level shows in its trailing zeros (统计用区划代码: 2+2+2+3+3 digits).
    """
    for width in (CITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH):
        if code % width == 0:
            return CodeRange(code, code + width)
    return CodeRange(code, code + COMMUNITY_WIDTH)


def district_of(code: int) -> int:
    """The district's code of any code at or below it."""
    return code // DISTRICT_WIDTH * DISTRICT_WIDTH


def street_of(code: int) -> int:
    return code // STREET_WIDTH * STREET_WIDTH


class Role(StrEnum):
    """Roles of requirement ORG-12; the public is the absence of a role. The last three are the separated administrators."""

    DISTRICT_ADMIN = "district_admin"
    DISTRICT_REVIEWER = "district_reviewer"
    STREET_CLERK = "street_clerk"
    STREET_REVIEWER = "street_reviewer"
    COMMUNITY_REPORTER = "community_reporter"
    DEPARTMENT_LIAISON = "department_liaison"
    ASSESSOR = "assessor"
    OPERATOR = "operator"
    CITY_OBSERVER = "city_observer"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


ROLE_LABELS: dict[Role, str] = {
    Role.DISTRICT_ADMIN: "区民政管理员",
    Role.DISTRICT_REVIEWER: "区审核员",
    Role.STREET_CLERK: "街道录入员",
    Role.STREET_REVIEWER: "街道审核员",
    Role.COMMUNITY_REPORTER: "社区填报员",
    Role.DEPARTMENT_LIAISON: "部门联络员",
    Role.ASSESSOR: "第三方评估员",
    Role.OPERATOR: "运营方",
    Role.CITY_OBSERVER: "市级观察员",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
}


class Permission(StrEnum):
    """What a route may demand. `SIGNED_IN` is for pages every member of staff has; `PUBLIC` for those without login."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    VIEW_FACILITIES = "view_facilities"
    EDIT_FACILITIES = "edit_facilities"
    IMPORT_FACILITIES = "import_facilities"
    REVIEW_RETURNS = "review_returns"
    VIEW_RESULTS = "view_results"
    RUN_QUARTER = "run_quarter"
    VIEW_STANDARDS = "view_standards"
    RULE_ON_READINGS = "rule_on_readings"
    VIEW_CHECKS = "view_checks"
    MANAGE_CHECKS = "manage_checks"
    RECORD_VISITS = "record_visits"
    ANSWER_FINDINGS = "answer_findings"
    DECIDE_DIRECTORY = "decide_directory"
    VIEW_EVALUATIONS = "view_evaluations"
    FILL_EVALUATIONS = "fill_evaluations"
    SIGN_EVALUATIONS = "sign_evaluations"
    REGISTER_EVALUATIONS = "register_evaluations"
    MANAGE_PARTNERS = "manage_partners"
    DECIDE_PARTNERS = "decide_partners"
    MANAGE_FOLLOW_UP = "manage_follow_up"
    RECTIFY = "rectify"
    VIEW_MONEY = "view_money"
    KEEP_MONEY = "keep_money"
    RELEASE_MONEY = "release_money"
    VIEW_ACTS = "view_acts"
    ADMINISTER = "administer"
    VIEW_ACCOUNTS = "view_accounts"
    MANAGE_ACCOUNTS = "manage_accounts"
    UNLOCK_ACCOUNTS = "unlock_accounts"
    SET_SECURITY_RULES = "set_security_rules"


PERMISSION_LABELS: dict[Permission, str] = {  # as people choose them for an API token
    Permission.VIEW_FACILITIES: "看设施",
    Permission.EDIT_FACILITIES: "改设施",
    Permission.IMPORT_FACILITIES: "导入设施",
    Permission.REVIEW_RETURNS: "审核填报",
    Permission.VIEW_RESULTS: "看测算结果",
    Permission.RUN_QUARTER: "发起测算",
    Permission.VIEW_STANDARDS: "看标准",
    Permission.RULE_ON_READINGS: "裁定读法",
    Permission.VIEW_CHECKS: "看抽检",
    Permission.MANAGE_CHECKS: "办抽检",
    Permission.RECORD_VISITS: "记录现场",
    Permission.ANSWER_FINDINGS: "答复差异、申诉",
    Permission.DECIDE_DIRECTORY: "审核名录",
    Permission.VIEW_EVALUATIONS: "看街道自评",
    Permission.FILL_EVALUATIONS: "填街道自评",
    Permission.SIGN_EVALUATIONS: "签署街道自评",
    Permission.REGISTER_EVALUATIONS: "受理、备案自评",
    Permission.MANAGE_PARTNERS: "办合伙人",
    Permission.DECIDE_PARTNERS: "定合伙人",
    Permission.MANAGE_FOLLOW_UP: "办半年核查",
    Permission.RECTIFY: "报送整改",
    Permission.VIEW_MONEY: "看资金账",
    Permission.KEEP_MONEY: "记资金账",
    Permission.RELEASE_MONEY: "复核放款",
    Permission.VIEW_ACTS: "看操作日志",
    Permission.ADMINISTER: "查阅数据",
    Permission.VIEW_ACCOUNTS: "看账号",
    Permission.MANAGE_ACCOUNTS: "管账号",
    Permission.UNLOCK_ACCOUNTS: "解锁账号",
    Permission.SET_SECURITY_RULES: "设安全规则",
}

_READ = frozenset(
    {Permission.VIEW_FACILITIES, Permission.VIEW_RESULTS, Permission.VIEW_STANDARDS, Permission.VIEW_MONEY}
)
_EDIT = _READ | {Permission.EDIT_FACILITIES, Permission.IMPORT_FACILITIES, Permission.KEEP_MONEY}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.DISTRICT_ADMIN: _EDIT
    | {Permission.RUN_QUARTER, Permission.RULE_ON_READINGS, Permission.VIEW_ACTS, Permission.ADMINISTER}
    | {Permission.REVIEW_RETURNS, Permission.RELEASE_MONEY}
    | {Permission.VIEW_ACCOUNTS, Permission.MANAGE_ACCOUNTS, Permission.UNLOCK_ACCOUNTS}
    | {Permission.VIEW_CHECKS, Permission.MANAGE_CHECKS, Permission.DECIDE_DIRECTORY}
    | {Permission.VIEW_EVALUATIONS, Permission.REGISTER_EVALUATIONS}
    | {Permission.MANAGE_PARTNERS, Permission.DECIDE_PARTNERS, Permission.MANAGE_FOLLOW_UP},
    Role.DISTRICT_REVIEWER: _READ
    | {Permission.RELEASE_MONEY}
    | {Permission.RUN_QUARTER, Permission.REVIEW_RETURNS, Permission.VIEW_CHECKS, Permission.DECIDE_DIRECTORY}
    | {Permission.VIEW_EVALUATIONS, Permission.REGISTER_EVALUATIONS}
    | {Permission.MANAGE_PARTNERS, Permission.DECIDE_PARTNERS, Permission.MANAGE_FOLLOW_UP},
    Role.STREET_CLERK: _EDIT
    | {Permission.ANSWER_FINDINGS, Permission.VIEW_EVALUATIONS, Permission.FILL_EVALUATIONS}
    | {Permission.MANAGE_PARTNERS, Permission.RECTIFY},
    Role.STREET_REVIEWER: _EDIT
    | {Permission.ANSWER_FINDINGS, Permission.REVIEW_RETURNS, Permission.RELEASE_MONEY}
    | {Permission.VIEW_EVALUATIONS, Permission.FILL_EVALUATIONS, Permission.SIGN_EVALUATIONS}
    | {Permission.MANAGE_PARTNERS, Permission.DECIDE_PARTNERS, Permission.RECTIFY},
    Role.COMMUNITY_REPORTER: _EDIT,
    Role.DEPARTMENT_LIAISON: _READ,
    Role.ASSESSOR: frozenset({Permission.VIEW_STANDARDS, Permission.RECORD_VISITS}),
    Role.OPERATOR: frozenset({Permission.VIEW_FACILITIES, Permission.VIEW_STANDARDS}),
    Role.CITY_OBSERVER: _READ | {Permission.VIEW_EVALUATIONS},
    Role.SYSTEM_ADMIN: frozenset({Permission.VIEW_ACCOUNTS, Permission.MANAGE_ACCOUNTS}),
    Role.SECURITY_ADMIN: frozenset(
        {Permission.VIEW_ACCOUNTS, Permission.UNLOCK_ACCOUNTS, Permission.SET_SECURITY_RULES}
    ),
    Role.AUDIT_ADMIN: frozenset({Permission.VIEW_ACTS}),
}

# 三员: no two of them in one hand, and none of them does business.
SEPARATED = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
# What is theirs. With `STRICT_SEPARATION` nobody else has any of it (docs/decisions/three-administrators.md).
ADMINISTRATIVE = frozenset(
    {
        Permission.VIEW_ACTS,
        Permission.VIEW_ACCOUNTS,
        Permission.MANAGE_ACCOUNTS,
        Permission.UNLOCK_ACCOUNTS,
        Permission.SET_SECURITY_RULES,
    }
)
# Whom each manager of accounts may appoint. Only the system administrator appoints the other two administrators.
_APPOINTABLE: dict[Role, frozenset[Role]] = {
    Role.DISTRICT_ADMIN: frozenset(Role) - SEPARATED - {Role.CITY_OBSERVER},
    Role.SYSTEM_ADMIN: frozenset(Role),
}
# Strictly, the three are appointed on the server alone: nobody makes a second one of them with a link in their own hand.
_STRICTLY_APPOINTABLE: dict[Role, frozenset[Role]] = {Role.SYSTEM_ADMIN: frozenset(Role) - SEPARATED}


def permissions_of(role: Role) -> frozenset[Permission]:
    """What a role may do in this installation."""
    held = PERMISSIONS[role]
    return held - ADMINISTRATIVE if settings.STRICT_SEPARATION and role not in SEPARATED else held


def appointable(holder: Role) -> frozenset[Role]:
    """The roles that somebody with the role `holder` may give in this installation."""
    table = _STRICTLY_APPOINTABLE if settings.STRICT_SEPARATION else _APPOINTABLE
    return table.get(holder, frozenset())


def hand(role: Role) -> Role | None:
    """Which of the three a role is; None for all that do business. One account never has two at once."""
    return role if role in SEPARATED else None


def may_appoint(holder: Role, own_code: int, role: Role, code: int) -> bool:
    """Whether somebody with `holder` for `own_code` may give `role` for `code`: never beyond the own scope."""
    return role in appointable(holder) and code_range(own_code).covers(code_range(code))


def may(role: Role | None, permission: Permission) -> bool:
    """Whether a role (None: nobody signed in) has a permission."""
    if permission is Permission.PUBLIC:
        return True
    if role is None:
        return False
    return permission is Permission.SIGNED_IN or permission in permissions_of(role)


def token_digest(key: str) -> str:
    """What is kept of an API key. A plain hash is enough: 256 random bits cannot be guessed, unlike a password."""
    return sha256(key.encode()).hexdigest()
