"""Browsers whose person has just shown that it is there, or long ago."""

import time

from django.test import Client

from atrio.people.sudo import AT


def sudo(client: Client) -> Client:
    session = client.session
    session[AT] = time.time()
    session.save()
    return client


def later(client: Client, seconds: int = 601) -> Client:
    """The same browser after so long without being asked."""
    session = client.session
    session[AT] = session.get(AT, 0) - seconds
    for one in session.get("account_authentication_methods", []):
        one["at"] -= seconds
    session.save()
    return client
