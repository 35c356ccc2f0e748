"""Sessions in the database that know whose they are: one query reads one, and what its person finds in a portal.

A session ends when its life is over, whatever is done in it, or when nothing is done in it for too long."""

import datetime as dt
import json
from typing import cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import connection
from django.utils import timezone

from .models import Session

SEEN_EVERY = 600  # seconds; what is written down of a person's coming and going is no finer
BEGAN = "_began"  # in the session: {"since", "browser", "address"}
_READ = """
select session_data, extract(epoch from clock_timestamp() - seen_at)::int, atrio_enter(%s, user_id)
from session where session_key = %s and expire_date > clock_timestamp() and user_id is not null
"""


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict) -> AbstractBaseSession:
        row = cast(Session, super().create_model_instance(data))
        began = data.get(BEGAN) or {}
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.browser, row.address = began.get("browser", ""), began.get("address", "")
        row.since, row.seen_at = _moment(began), timezone.now()
        return row

    def begin(self, browser: str, address: str) -> None:
        """From now on it is somebody's: its life is counted from here."""
        self[BEGAN] = {"since": timezone.now().isoformat(), "browser": browser, "address": address}

    def get_expiry_age(self, **kwargs) -> int:
        """Not longer for being used; Django's own starts anew with each thing written into it."""
        since = _moment(self.get(BEGAN) or {})
        if since is None:
            return super().get_expiry_age(**kwargs)
        kept = settings.SESSION_KEPT_AGE if self.get("_session_expiry") else settings.SESSION_COOKIE_AGE
        return max(0, int((since - timezone.now()).total_seconds()) + kept)

    def get_expiry_date(self, **kwargs) -> dt.datetime:
        return timezone.now() + dt.timedelta(seconds=self.get_expiry_age(**kwargs))

    def _get_session_from_db(self):
        row = super()._get_session_from_db()
        idle = dt.timedelta(seconds=settings.SESSION_IDLE_AGE)
        if row and row.user_id and idle and row.seen_at and row.seen_at < timezone.now() - idle:
            self._session_key = None
            return None
        return row

    def enter(self, slug: str) -> dict | None:
        """What the session's person finds in a portal; None where there is no such session, person or portal."""
        if self.session_key is None or hasattr(self, "_session_cache"):
            return None
        with connection.cursor() as cursor:
            cursor.execute(_READ, [slug, self.session_key])
            row = cursor.fetchone()
        if row is None:
            return None
        data, quiet, found = row[0], row[1], json.loads(row[2]) if row[2] else None
        idle = _idle(found["portal"]["settings"] if found else {})
        if idle and quiet is not None and quiet > idle:
            self.flush()
            return None
        self._session_cache = self.decode(data)
        self.accessed = True
        if quiet is None or quiet > min(SEEN_EVERY, idle // 3 or SEEN_EVERY):
            Session.objects.filter(session_key=self.session_key).update(seen_at=timezone.now())
        return found


def _idle(portal: dict) -> int:
    """After how many seconds without a sign of its person a session ends, as site or portal says; 0 for never."""
    asked = [settings.SESSION_IDLE_AGE, 60 * (portal.get("idle_minutes") or 0)]
    return min((seconds for seconds in asked if seconds), default=0)


def _moment(began: dict) -> dt.datetime | None:
    return dt.datetime.fromisoformat(began["since"]) if "since" in began else None
