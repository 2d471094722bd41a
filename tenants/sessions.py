"""Sessions in the database as Django keeps them; the one of a request is read by a prepared statement."""

from django.contrib.sessions.backends.db import SessionStore as InDatabase
from django.contrib.sessions.models import Session
from django.utils import timezone

from tenants.prepared import Prepared, columns_of, instances

_UNEXPIRED = Prepared(
    "session",
    ["text", "timestamptz"],
    f"SELECT {', '.join(columns_of(Session))} FROM django_session WHERE session_key = $1 AND expire_date > $2",  # noqa: S608
)


class SessionStore(InDatabase):
    def _get_session_from_db(self):
        found = instances(Session, _UNEXPIRED.rows(self.session_key, timezone.now()))
        if not found:
            self._session_key = None
            return None
        return found[0]
