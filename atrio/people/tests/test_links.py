"""Links of mails work once and for a while, and looking at them changes nothing."""

import datetime as dt

import pytest
from django.core import mail as outgoing
from django.utils import translation

from atrio.core.crossing import portal_by_slug
from atrio.people import letters, links
from atrio.people.models import SingleUseLink

TEN = dt.timedelta(minutes=10)
pytestmark = pytest.mark.django_db


def test_looking_changes_nothing_and_using_works_once():
    secret = links.make("recovery", "ana@acme.example", TEN, facts={"a": 1})
    for _scanner in range(3):
        assert links.look("recovery", secret).facts == {"a": 1}
    assert links.use("recovery", secret).email == "ana@acme.example"
    assert links.use("recovery", secret) is None and links.look("recovery", secret) is None


def test_only_the_hash_is_kept():
    secret = links.make("recovery", "ana@acme.example", TEN)
    assert secret not in str(SingleUseLink.objects.values().get())


def test_the_newest_of_a_purpose_is_the_only_one():
    first = links.make("recovery", "ana@acme.example", TEN)
    other = links.make("invitation", "ana@acme.example", TEN)
    second = links.make("recovery", "ANA@acme.example", TEN)
    assert links.use("recovery", first) is None
    assert links.look("recovery", second) and links.look("invitation", other)


def test_a_link_is_of_one_purpose_and_ends():
    secret = links.make("recovery", "ana@acme.example", TEN)
    assert links.use("invitation", secret) is None
    SingleUseLink.objects.update(expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    assert links.look("recovery", secret) is None and links.use("recovery", secret) is None


def test_a_letter_is_of_the_portal_and_in_the_readers_language(world, run_jobs, settings):
    settings.BASE_URL = "https://portal.example"
    with translation.override("en"):
        letter = letters.Letter("Come\r\nBcc: x@y.example", "You are <b>invited</b>.", "/accounts/x/", "Accept")
        letters.send(portal_by_slug("acme"), "new@example.com", "Nia", "en", letter)
    run_jobs()
    (sent,) = outgoing.outbox
    assert sent.to == ["new@example.com"] and sent.subject == "Come Bcc: x@y.example"
    assert "https://portal.example/accounts/x/" in sent.body and "Accept" in sent.body
    assert "&lt;b&gt;invited" in sent.alternatives[0][0] and sent.from_email.startswith("Acme")
