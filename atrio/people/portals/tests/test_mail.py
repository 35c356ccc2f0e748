"""The portal's mail server: kept safely, tried out, explained, and never one of our own network."""

import socket

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from atrio.core import mail, mailserver
from atrio.core.encryption import decrypt, encrypt
from atrio.core.models import Event, Mail, MailSettings
from atrio.core.scope import scope
from atrio.people.portals.mailpage import CAUSES, explained
from atrio.testing.sudo import sudo
from atrio.tests.faults.smtp import Server

PAGE, TEST = "/acme/settings/mail/", "/acme/settings/mail/test/"
CONSOLE = "django.core.mail.backends.console.EmailBackend"
SECRET = "Secreto-del-correo-9"


@pytest.fixture(autouse=True)
def _plain(settings):
    cache.clear()
    settings.PRIVATE_SMTP, settings.ENCRYPTION_KEYS = True, ["one"]


@pytest.fixture
def server():
    with Server() as server:
        yield server


@pytest.fixture
def ana(as_):
    return sudo(as_("ana"))


def typed(server, **other) -> dict:
    return {
        "host": "127.0.0.1",
        "port": str(server.port if server else 587),
        "security": "none",
        "login": "",
        "secret": "",
        "sender_name": "Compras Acme",
        "sender": "portal@acme.example",
        "reply_to": "ayuda@acme.example",
    } | other


def kept(world) -> MailSettings | None:
    with scope(world.system()):
        return mail.server_of(world.portals.acme.id)


def save(world, **facts) -> None:
    with scope(world.system()):
        MailSettings.objects.create(portal_id=world.portals.acme.id, sender="portal@acme.example", **facts)


def test_it_is_saved_tested_and_used(world, ana, server):
    assert ana.post(PAGE, typed(server)).status_code == 303
    assert ana.post(TEST, {"to": "yo@acme.example"}).status_code == 303
    assert kept(world).tested_at is not None
    (test,) = server.received
    assert test["to"] == "yo@acme.example" and test["from"] == "Compras Acme <portal@acme.example>"
    with scope(world.system()):
        one = Mail.objects.create(portal_id=world.portals.acme.id, to="x@y.example", subject="Orden", text="Hola")
    assert mail.send(world.system(), one.pk) is None
    sent = server.received[-1]
    assert (sent["subject"], sent["reply-to"]) == ("Orden", "ayuda@acme.example")
    with scope(world.system()):
        kinds = Event.objects.filter(doctype="mail_settings").order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["changed_settings", "tested"]


def test_the_password_is_never_shown_again(world, ana):
    ana.post(PAGE, typed(None, security="starttls", login="acme", secret=SECRET))
    row = kept(world)
    assert SECRET not in row.secret and decrypt(row.secret) == SECRET
    page = ana.get(PAGE).content.decode()
    assert SECRET not in page and row.secret not in page
    ana.post(PAGE, typed(None, security="starttls", login="otro"))
    assert decrypt(kept(world).secret) == SECRET, "an empty field keeps it"
    with scope(world.system()):
        assert SECRET not in str(list(Event.objects.filter(doctype="mail_settings").values()))
    ana.post(PAGE, typed(None, security="starttls", login="otro", forget="on"))
    assert kept(world).secret == ""


def test_the_password_is_not_sent_to_another_server(world, ana):
    ana.post(PAGE, typed(None, security="starttls", login="acme", secret=SECRET))
    response = ana.post(PAGE, typed(None, security="starttls", login="acme", host="203.0.114.9"))
    assert response.status_code == 422 and 'id="id_secret_error"' in response.content.decode()
    assert kept(world).host == "127.0.0.1"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("host", "smtp.example.com\r\nRCPT TO:<x@y.example>"),
        ("host", "http://169.254.169.254/"),
        ("port", "0"),
        ("port", "70000"),
        ("security", "xx"),
        ("sender", "no"),
        ("sender", "a@b.example\nBcc: c@d.example"),
        ("reply_to", "no"),
        ("sender_name", "x" * 81),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(field, value, world, ana):
    response = ana.post(PAGE, typed(None, **{field: value}))
    assert response.status_code == 422 and f'id="id_{field}_error"' in response.content.decode()
    assert kept(world) is None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "2130706433"],
)
def test_no_server_inside_our_network(host, world, ana, settings, server):
    settings.PRIVATE_SMTP = False
    response = ana.post(PAGE, typed(server, host=host, port="25"))
    assert response.status_code == 422 and 'id="id_host_error"' in response.content.decode()
    assert kept(world) is None and not server.received


def test_a_name_that_leads_inside_later_is_refused_when_it_is_used(world, ana, settings, server, monkeypatch):
    save(world, host="mail.evil.example", port=25, security="none")
    settings.PRIVATE_SMTP = False
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 25))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: inside)
    response = ana.post(TEST, {"to": "yo@acme.example"})
    assert response.status_code == 422 and 'id="id_host_error"' in response.content.decode()
    assert "inside the network" in kept(world).last_error and not server.received


def test_only_ports_of_mail_servers(settings):
    settings.PRIVATE_SMTP = False
    with pytest.raises(mailserver.Forbidden):
        mailserver.allowed_address("8.8.8.8", 22)
    assert mailserver.allowed_address("8.8.8.8", 587) == "8.8.8.8"


@pytest.mark.parametrize(
    ("command", "answer", "field"),
    [
        ("MAIL", "553 not your address", "sender"),
        ("RCPT", "550 nobody here", "to"),
        ("CONNECT", "554 go away", "host"),
        ("DATA", "hang up", "port"),
    ],
)
def test_what_the_server_says_stands_beside_the_field(command, answer, field, world, ana, server):
    ana.post(PAGE, typed(server))
    server.answers[command] = answer
    response = ana.post(TEST, {"to": "yo@acme.example"})
    text = response.content.decode()
    assert response.status_code == 422 and f'id="id_{field}_error"' in text
    assert kept(world).last_error and kept(world).tested_at is None
    assert "hang" in answer or answer[4:] in text


def test_encryption_that_the_server_does_not_offer(world, ana, server):
    ana.post(PAGE, typed(server, security="starttls"))
    text = ana.post(TEST, {"to": "yo@acme.example"}).content.decode()
    assert 'id="id_security_error"' in text and not server.received


def test_every_failure_has_words():
    for kinds, field, _words in CAUSES:
        first = kinds if isinstance(kinds, type) else kinds[0]
        problem = first.__new__(first)
        assert explained(problem)[0] == field, first


def test_who_may_not(world, as_, server):
    for who, status in (("clara", 403), ("bodega", 404), ("rita", 404)):
        client = sudo(as_(who))
        assert client.get(PAGE).status_code == client.post(PAGE, typed(server)).status_code == status
    assert kept(world) is None


def test_the_password_is_asked_for_again_first(world, as_, server):
    ana = as_("ana", sure=False)
    assert ana.get(PAGE).headers["Location"] == "/accounts/reauthenticate/?next=%2Facme%2Fsettings%2Fmail%2F"
    refused = ana.post(PAGE, typed(server) | {"secret": "hunter-22"})
    assert refused.headers["Location"] == "/accounts/reauthenticate/?next=%2Faccounts%2Fcontinue%2F"
    waits = str(ana.session["_suspended"])
    assert typed(server)["host"] in waits and "hunter-22" not in waits and kept(world) is None


def test_whether_a_portal_can_send(world, settings):
    acme, rival = world.portals.acme, world.portals.rival
    assert mail.can_send(acme), "by the installation's server"
    settings.EMAIL_BACKEND, settings.TRIAL = CONSOLE, False
    assert not mail.can_send(acme)
    save(world, host="mail.acme.example")
    assert mail.can_send(acme) and not mail.can_send(rival)
    settings.TRIAL = True
    assert mail.can_send(rival), "a trial shows its mails in the outbox"


def test_a_key_is_replaced(world, settings, capsys):
    save(world, host="mail.acme.example", secret=encrypt(SECRET))
    with scope(world.system()):
        settings.ENCRYPTION_KEYS = ["two", "one"]
        call_command("reencrypt")
        settings.ENCRYPTION_KEYS = ["two"]
        assert decrypt(kept(world).secret) == SECRET
        settings.ENCRYPTION_KEYS = ["three"]
        with pytest.raises(CommandError, match="typed again"):
            call_command("reencrypt")
        settings.ENCRYPTION_KEYS = ["two"]
        assert decrypt(kept(world).secret) == SECRET, "what cannot be read is left as it is"


def test_a_password_that_no_key_reads_is_said(world, ana, settings, server):
    ana.post(PAGE, typed(server, login="x", secret=SECRET))
    settings.ENCRYPTION_KEYS = ["lost"]
    assert "type it again" in ana.post(TEST, {"to": "yo@acme.example"}).content.decode()
