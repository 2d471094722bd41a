"""Reads about accounts: the rules in force for a person, their sessions, their logins, the people of a district."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q

from tenants.account_models import AccountSession, SecurityRules
from tenants.models import Act, Appointment, User
from tenants.rules import code_range
from tenants.scope import division_scope, opened_scope

LOGIN_VERBS = ("登录", "登录失败", "登录被锁定", "验证码有误", "退出登录", "签发接口令牌")
_HISTORY = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Demands:
    """What an account must keep to: figures of the installation, or stricter ones of its district."""

    idle_minutes: int
    password_max_age_days: int
    second_factor_roles: frozenset[str]


def rules_for(code: int | None, day: date) -> Demands:
    """What holds for accounts of a division on a day. The nearest division with rules decides; figures only get stricter."""
    row = _rules_near(code, day) if code else None
    if row is None:
        roles = frozenset(settings.SECOND_FACTOR_ROLES)
        return Demands(settings.SESSION_IDLE_MINUTES, settings.PASSWORD_MAX_AGE_DAYS, roles)
    return Demands(
        min(row.idle_minutes, settings.SESSION_IDLE_MINUTES),
        min(row.password_max_age_days, settings.PASSWORD_MAX_AGE_DAYS),
        frozenset(row.second_factor_roles),
    )


def _rules_near(code: int, day: date) -> SecurityRules | None:
    with opened_scope(division_scope(code, source="security rules")):
        above = (code, *code_range(code).ancestors)
        return SecurityRules.objects.in_force(day).filter(division_code__in=above).order_by("-division_code").first()


def pending_steps(user: User, appointment: Appointment | None, demands: Demands, now: datetime) -> list[str]:
    """What somebody must do before anything else: "password", "second_factor". Nothing for the demonstration's accounts."""
    if user.is_demo:
        return []
    steps = []
    age = now - (user.password_changed_at or user.date_joined)
    if user.has_usable_password() and (user.must_change_password or age >= timedelta(demands.password_max_age_days)):
        steps.append("password")
    if appointment and appointment.role in demands.second_factor_roles and not uses_second_factor(user):
        steps.append("second_factor")
    return steps


def uses_second_factor(user: User) -> bool:
    found = getattr(user, "authenticator", None)
    return found is not None and found.confirmed_at is not None


# --- sessions and logins ----------------------------------------------------------------------------------------------


def open_sessions(user: User, now: datetime) -> list[AccountSession]:
    """Browsers in which an account is signed in at `now`, the last used first."""
    idle = now - timedelta(minutes=settings.SESSION_IDLE_MINUTES)
    rows = list(user.account_sessions.filter(seen_at__gt=idle))
    live = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=now)
    keys = set(live.values_list("session_key", flat=True))
    return [row for row in rows if row.session_key in keys]


def logins_of(user: User, now: datetime):
    """What the log says about somebody's own logins, failed ones too, newest first."""
    own = Q(actor=user) | Q(subject_uuid=user.uuid)
    return Act.objects.filter(own, verb__in=LOGIN_VERBS, at__gte=now - _HISTORY)


_BROWSERS = (
    ("Edg/", "Edge"),
    ("QIHU|360", "360 浏览器"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "安卓"),
    ("iPhone|iPad", "苹果手机或平板"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """`Edge，Windows`: enough for somebody to recognise their own computer."""
    found = [next((name for mark, name in names if re.search(mark, agent)), "") for names in (_BROWSERS, _SYSTEMS)]
    return "，".join(filter(None, found)) or "未知的浏览器"
