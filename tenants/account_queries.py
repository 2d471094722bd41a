"""Reads about accounts: the rules in force for a person, their sessions, their logins, the people of a district."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from tenants.account_models import AccountSession, ExternalIdentity, Invitation, SecurityRules
from tenants.models import Act, Appointment, User
from tenants.queries import current_appointment
from tenants.rules import Role, code_range, token_digest
from tenants.scope import Scope, division_scope, opened_scope

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


def demanded_of(user: User, now: datetime) -> tuple[Demands, list[str]]:
    """What somebody must keep to in the role they have today, and what of it they must do before anything else."""
    with transaction.atomic():
        appointment = current_appointment(user)
    demands = rules_for(appointment.division_code if appointment else None, timezone.localdate(now))
    return demands, pending_steps(user, appointment, demands, now)


def pending_steps(user: User, appointment: Appointment | None, demands: Demands, now: datetime) -> list[str]:
    """What somebody must do before anything else: "password", "second_factor". Nothing for the demonstration's accounts."""
    if user.is_demo:
        return []
    steps = []
    must = user.must_change_password and user.has_usable_password()
    if must or password_is_old(user, demands.password_max_age_days, now):
        steps.append("password")
    if appointment and appointment.role in demands.second_factor_roles and not uses_second_factor(user):
        steps.append("second_factor")
    return steps


def password_is_old(user: User, most_days: int, now: datetime) -> bool:
    """Whether a password must be replaced. Those of the demonstration and of accounts that have none never."""
    age = now - (user.password_changed_at or user.date_joined)
    return not user.is_demo and user.has_usable_password() and age >= timedelta(most_days)


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


# --- the people of a district -----------------------------------------------------------------------------------------


def latest_appointment(user: User) -> Appointment | None:
    """The newest appointment of a person, wherever it is: a district must not act on people who have left it."""
    with opened_scope(Scope(user_id=user.pk, source="latest appointment")):
        return Appointment.objects.filter(user=user).order_by("-starts_on", "-pk").first()


def roles_of(user: User) -> list[tuple[Role, date | None]]:
    """Every role that a person has or had, wherever it was, with the first day without it."""
    with opened_scope(Scope(user_id=user.pk, source="roles of a person")):
        return [(Role(role), end) for role, end in Appointment.objects.filter(user=user).values_list("role", "ends_on")]


def people_within(appointment: Appointment):
    """The newest appointment, within the scope, of everybody who has or had one there; with the account."""
    codes = code_range(appointment.division_code)
    within = Appointment.objects.filter(division_code__gte=codes.lo, division_code__lt=codes.hi)
    newest = within.order_by("user_id", "-starts_on", "-pk").distinct("user_id")
    return Appointment.objects.filter(pk__in=newest.values("pk")).select_related("user")


def person_within(appointment: Appointment, uuid) -> Appointment | None:
    return people_within(appointment).filter(user__uuid=uuid).first()


class State(models.TextChoices):
    ACTIVE = "active", "在用"
    INVITED = "invited", "未设密码"
    UPCOMING = "upcoming", "未到任"
    ENDED = "ended", "已离任"
    DISABLED = "disabled", "已停用"


def state_of(held: Appointment, day: date) -> State:
    if not held.user.is_active:
        return State.DISABLED
    if held.ends_on and held.ends_on <= day:
        return State.ENDED
    if held.starts_on > day:
        return State.UPCOMING
    return State.ACTIVE if held.user.has_usable_password() else State.INVITED


def in_state(people, state: str, day: date):
    """Those of one state; the same rules as `state_of`, for the database."""
    ended, later = Q(ends_on__lte=day), Q(starts_on__gt=day)
    enabled, without = Q(user__is_active=True), Q(user__password__startswith="!")  # noqa: S106  # nosec B106 how Django marks none
    return people.filter(
        {
            State.DISABLED: ~enabled,
            State.ENDED: enabled & ended,
            State.UPCOMING: enabled & ~_known(ended) & later,
            State.INVITED: enabled & ~_known(ended) & ~later & without,
            State.ACTIVE: enabled & ~_known(ended) & ~later & ~without,
        }[State(state)]
    )


def _known(ended: Q) -> Q:
    """An open end is not over: without this, NULL would drop the row from the negation."""
    return ended & Q(ends_on__isnull=False)


def all_logins_within(appointment: Appointment):
    """Logins of the district's accounts, failed ones too."""
    codes = code_range(appointment.division_code)
    return Act.objects.filter(
        division_code__gte=codes.lo, division_code__lt=codes.hi, verb__in=LOGIN_VERBS
    ).select_related("actor")


def rules_history(code: int):
    return SecurityRules.objects.filter(division_code=code).select_related("set_by").order_by("-starts_on")


def open_invitation(key: str, now: datetime) -> Invitation | None:
    """The invitation of a key, if it has not been used, has not expired, and its account may act."""
    found = Invitation.objects.select_related("user").filter(digest=token_digest(key), used_at=None, expires_at__gt=now)
    row = found.first()
    return row if row and row.user.is_usable else None


def invitation_that_waits(user: User, now: datetime) -> Invitation | None:
    """The link of an account that opens nothing before the security administrator has released it (or does so again)."""
    row = user.invitations.filter(used_at=None, expires_at__gt=now).order_by("-pk").first()
    return row if row and row.needs_release else None


def identity_of(provider: str, subject: str) -> ExternalIdentity | None:
    """Who comes in with a subject of an outside login; nobody before it has been checked where that is demanded."""
    found = ExternalIdentity.objects.select_related("user").filter(provider=provider, subject=subject).first()
    return found if found and found.lets_in else None


def subject_of(user: User, provider: str) -> str:
    """Under which subject an outside login knows a person; "" if it does not, or it has not been checked."""
    found = user.external_identities.filter(provider=provider).first()
    return found.subject if found and found.lets_in else ""
