"""How long a session lasts: so long without a request (idle), so long at all (absolute). Both end it on the server."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.utils import timezone

from tenants import account_queries
from tenants.access import client_address
from tenants.account_models import AccountSession
from tenants.models import User

STARTED, SEEN, IDLE_MINUTES, PASSWORD_DAYS = "started_at", "seen_at", "idle_minutes", "password_days"
PENDING, REVIEWED = "pending", "reviewed"
NOTED_EVERY = timedelta(minutes=1)  # an instant of activity is written at most so often
IDLE, OVER = "idle", "over"


def lapsed(session, now: datetime) -> str | None:
    """Why a session of somebody signed in has ended at `now`: IDLE, OVER, or not at all."""
    started, seen = session.get(STARTED), session.get(SEEN)
    if started is None or seen is None or now >= _instant(started) + timedelta(seconds=settings.SESSION_COOKIE_AGE):
        return OVER
    idle = timedelta(minutes=session.get(IDLE_MINUTES) or settings.SESSION_IDLE_MINUTES)
    return IDLE if now >= _instant(seen) + idle else None


def begin(sender, request, user, **_kwargs) -> None:
    """Note the beginning; called by Django whenever somebody is signed in, after the session's key was changed."""
    now = timezone.now()
    request.session[STARTED] = request.session[SEEN] = int(now.timestamp())
    request.session[REVIEWED] = _review_of(user, now)
    if not request.session.session_key:
        request.session.create()
    AccountSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "started_at": now,
            "seen_at": now,
            "address": client_address(request) or None,
            "agent": request.META.get("HTTP_USER_AGENT", "")[:200],
        },
    )


user_logged_in.connect(begin, dispatch_uid="tenants.session_limits")


def review(*, request, user: User, now: datetime) -> None:
    """Write into the session what is demanded of its owner: how long it may idle, how old a password may be, what comes first.

    At the login, and with the first request after the rules, the role or the day have changed, or the portal was started
    again with other settings.
    """
    demands, steps = account_queries.demanded_of(user, now)
    request.session[IDLE_MINUTES] = demands.idle_minutes
    request.session[PASSWORD_DAYS] = demands.password_max_age_days
    request.session[PENDING] = steps
    request.session[REVIEWED] = _review_of(user, now)


def password_is_over(request, now: datetime) -> bool:
    """Whether the password has grown too old since the session was last looked at."""
    days = request.session.get(PASSWORD_DAYS)
    return bool(days) and account_queries.password_is_old(request.user, days, now)


def _review_of(user: User, now: datetime) -> list:
    """What a session was last looked at under: the account's demands, the day, the installation's own settings."""
    own = [
        settings.SESSION_IDLE_MINUTES,
        settings.PASSWORD_MAX_AGE_DAYS,
        sorted(settings.SECOND_FACTOR_ROLES),
        settings.STRICT_SEPARATION,
    ]
    return [user.demands_version, timezone.localdate(now).isoformat(), own]


class SessionLimits:
    """Ends a session that has lasted too long, and keeps `request.lapsed` for the words on the login page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.lapsed = None
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.get("_auth_user_id"):
            self._look_at(request, timezone.now())
        return self.get_response(request)

    @staticmethod
    def _look_at(request, now: datetime) -> None:
        user = request.user
        if not user.is_authenticated:  # disabled, or signed out by a new password
            return
        if request.session.get(REVIEWED) != _review_of(user, now):
            review(request=request, user=user, now=now)
        if reason := lapsed(request.session, now):
            AccountSession.objects.filter(session_key=request.session.session_key).delete()
            logout(request)
            request.lapsed = reason
        elif now - _instant(request.session[SEEN]) >= NOTED_EVERY:
            request.session[SEEN] = int(now.timestamp())
            AccountSession.objects.filter(session_key=request.session.session_key).update(seen_at=now)


def _instant(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, tz=timezone.get_default_timezone())
