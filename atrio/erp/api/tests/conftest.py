"""A program with a key, for each test that needs one."""

import itertools
import json

import pytest
from django.test import Client

from atrio.core import events
from atrio.core.scope import scope
from atrio.erp.api import keys
from atrio.erp.api.scopes import offered


class Program:
    """Speaks to the API as a program does: with a key, in JSON."""

    def __init__(self, text: str, slug: str = "acme"):
        self.client, self.slug, self.text = Client(raise_request_exception=False), slug, text

    def ask(self, method: str, path: str, data=None, *, kind="application/json", **headers):
        body = data if isinstance(data, (str, bytes)) or data is None else json.dumps(data)
        sent = {"Authorization": f"Bearer {self.text}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        url = f"/{self.slug}/api/v1/{path}"
        return self.client.generic(method, url, body or "", content_type=kind, headers=sent, CONTENT_TYPE=kind)

    def get(self, path: str, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path: str, data=None, **headers):
        return self.ask("POST", path, data, **headers)


@pytest.fixture
def program(world):
    """`program("sales_invoices:read")` is a program with a key of that scope; without any it has them all."""
    names = itertools.count()

    def make(*scopes: str, slug: str = "acme", **options) -> Program:
        actor = world.system(slug)
        with scope(actor):
            _key, text = keys.make(actor, f"ERP {next(names)}", list(scopes) or offered(), **options)
        return Program(text, slug)

    return make


@pytest.fixture
def settled(monkeypatch):
    """Inside one test transaction nothing is older than itself: pretend that it had ended."""
    monkeypatch.setattr(events, "horizon", lambda: 2**62)
