"""Sign-ins for the measures: a session made as Django makes it, without asking the sign-in page for each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.test import Client

COOKIE = "Cookie"


class Signed(Client):
    """A client that is signed in, and can find the first document of a list."""

    def first(self, path: str) -> str:
        """The address of the first document in a list."""
        text = self.get(path).content.decode()
        found = re.search(rf'href="({path}\d+/)"', text)
        assert found, f"{path} has no document"
        return found[1]


@contextmanager
def page_client(database: str, slug: str, email: str) -> Iterator[Signed]:
    """A client of the measuring process itself, in a database by name."""
    from atrio.people.models import User

    before = connection.settings_dict["NAME"]
    switch(database)
    try:
        client = Signed(headers={"host": "localhost"})
        client.force_login(User.objects.get(email=email))
        yield client
    finally:
        switch(before)


def switch(database: str) -> None:
    """Let this process's connection lead to another database."""
    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = database


def cookie_of(client: Client) -> dict[str, str]:
    name = settings.SESSION_COOKIE_NAME
    return {COOKIE: f"{name}={client.cookies[name].value}"}
