"""A server that takes its time holds no transaction of ours: neither the mail server that is tried nor a provider."""

import os
import socket
import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from atrio.core.models import MailSettings
from atrio.core.scope import scope
from atrio.people.factors.models import IdentityProvider
from atrio.people.models import Role
from atrio.people.portals import mailpage
from atrio.testing.race import arena
from atrio.testing.sudo import sudo
from atrio.testing.world import known

OPEN = "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"


class Silent:
    """Takes a call, says nothing until it is let go, and hangs up."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.reached, self.go = threading.Event(), threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        taken, _address = self.socket.accept()
        self.reached.set()
        self.go.wait(20)
        taken.close()
        self.socket.close()


@pytest.fixture(scope="module")
def ring(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_outside_{os.getpid()}") as found:
        yield found


@pytest.fixture
def silent(settings):
    server = Silent()
    settings.PRIVATE_SMTP, settings.PROVIDER_HOSTS = True, {f"127.0.0.1:{server.port}"}
    yield server
    server.go.set()


def administrator() -> Client:
    client = Client()
    client.force_login(known().people["ana"])
    return sudo(client)


def prepared(port: int) -> tuple[Client, dict]:
    cache.clear()
    world = known()
    with scope(world.system()):
        facts = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "portal@acme.example"}
        MailSettings.objects.update_or_create(portal_id=world.portals.acme.id, defaults=facts)
        role = Role.objects.get(audience="staff", name="reader").pk
    typed = {"name": "Entra", "issuer": f"http://127.0.0.1:{port}", "client_id": "atrio", "role": str(role)}
    return administrator(), typed


@pytest.mark.parametrize("path", ["/acme/settings/mail/test/", "/acme/settings/providers/new/"])
def test_no_transaction_waits_for_it(path, ring, silent):
    client, typed = ring.do(lambda: prepared(silent.port))

    def ask():
        return client.post(path, typed | {"to": "ana@acme.example"})

    def watch() -> int:
        assert silent.reached.wait(20)
        with connection.cursor() as cursor:
            cursor.execute(OPEN)
            found = cursor.fetchone()[0]
        silent.go.set()
        return found

    answer, waiting = ring.race(ask, watch)
    assert waiting == 0 and answer.status_code == 422, "said beside its field"
    text = answer.content.decode()
    assert 'id="id_issuer_error"' in text if "providers" in path else 'id="id_port_error"' in text


def test_what_was_tried_is_what_is_marked(world, as_, monkeypatch, settings):
    """The settings that somebody saved meanwhile were not tried."""
    settings.PRIVATE_SMTP = True
    with scope(world.system()):
        facts = {"host": "127.0.0.1", "port": 25, "security": "none", "sender": "portal@acme.example"}
        kept = MailSettings.objects.create(portal_id=world.portals.acme.id, **facts)

    def meanwhile(actor, tried, to):
        with scope(world.system()):
            MailSettings.objects.filter(pk=kept.pk).update(host="other.example")
        return "", ""

    monkeypatch.setattr(mailpage, "attempt", meanwhile)
    assert as_("ana").post("/acme/settings/mail/test/", {"to": "ana@acme.example"}).status_code == 409
    with scope(world.system()):
        kept.refresh_from_db()
    assert kept.tested_at is None


def test_a_provider_that_is_gone_meanwhile_is_not_found(world, as_, monkeypatch):
    from atrio.people.factors import providers

    with scope(world.system()):
        role = Role.objects.get(audience="staff", name="reader").pk
        common = {"portal_id": world.portals.acme.id, "role_id": role, "issuer": "https://old.example"}
        one = IdentityProvider.objects.create(name="Entra", client_id="atrio", **common)

    def meanwhile(issuer):
        with scope(world.system()):
            IdentityProvider.objects.all().delete()
        return issuer

    monkeypatch.setattr(providers, "describe", meanwhile)
    typed = {"name": "Entra", "issuer": "https://new.example", "client_id": "atrio", "role": str(role)}
    assert as_("ana").post(f"/acme/settings/providers/{one.pk}/", typed).status_code == 404
    with scope(world.system()):
        assert not IdentityProvider.objects.exists()
