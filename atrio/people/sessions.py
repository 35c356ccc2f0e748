"""Sessions in the database that know whose they are: one query reads one, and what its person finds in a portal."""

import json

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import connection

from .models import Session

_READ = """
select session_data, atrio_enter(%s, user_id) from session
where session_key = %s and expire_date > now() and user_id is not null
"""


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
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
        self._session_cache = self.decode(row[0])
        self.accessed = True
        return json.loads(row[1]) if row[1] else None
