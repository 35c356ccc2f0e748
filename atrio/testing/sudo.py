"""A browser whose person has just shown that it is there."""

import time

from django.contrib.auth import SESSION_KEY
from django.test import Client


def sudo(client: Client) -> Client:
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = session[SESSION_KEY]
    session.save()
    return client
