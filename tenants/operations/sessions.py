"""Sessions of accounts: begun at a login with what is still to be done first, ended one by one or all at once."""

from django.contrib.auth import login as start_session
from django.contrib.sessions.models import Session
from django.utils import timezone

from tenants.account_models import AccountSession
from tenants.models import User
from tenants.session_limits import PENDING, review

_BACKEND = "tenants.backends.StaffBackend"


def begin_session(*, request, user: User) -> None:
    """Sign somebody in whose identity is shown. The session's key changes; what they must do first is noted in it."""
    start_session(request, user, backend=_BACKEND)
    review(request=request, user=user, now=timezone.now())


def done(*, request, step: str) -> None:
    """A step that was to be done first is done."""
    request.session[PENDING] = [other for other in request.session.get(PENDING, ()) if other != step]


def end_sessions(*, user: User, but: str | None = None) -> int:
    """Sign somebody out everywhere, but for one session key; how many sessions there were."""
    rows = AccountSession.objects.filter(user=user).exclude(session_key=but or "")
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)


def end_session(*, row: AccountSession) -> None:
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()


def forget_session(*, session_key: str | None) -> None:
    """The session's own sign-out: Django removes the session, this its entry in the list."""
    AccountSession.objects.filter(session_key=session_key or "").delete()
