"""Whoever read the old mailbox takes a change of e-mail back, alone, once, for three days."""

import datetime as dt
import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail as outgoing
from django.test import Client
from django.utils import timezone

from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.people import links
from atrio.people.models import Session, SingleUseLink, User
from atrio.testing.sudo import sudo
from atrio.testing.untouched import changed, marks
from atrio.testing.world import PASSWORD

from .test_email import NEW, PAGE, ask

OLD = "bodega@acme.example"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.BASE_URL = "https://portal.example"


@pytest.fixture
def thief(world):
    """Somebody who knows the password."""
    client = Client()
    assert client.post("/accounts/login/", {"login": OLD, "password": PASSWORD}).status_code == 302
    return client


def change(client, run_jobs, email=NEW, old=OLD) -> str:
    """The change, as it goes through; the way back in the letter to the old mailbox."""
    assert client.post(ask(client, run_jobs, email)).status_code == 200
    outgoing.outbox.clear()
    run_jobs()
    to_old = next(m for m in outgoing.outbox if m.to == [old])
    return re.search(r"https://portal\.example(/accounts/email/back/\S+)", to_old.body)[1]


def bodega(world) -> User:
    return User.objects.get(pk=world.people["bodega"].pk)


def test_the_old_owner_takes_it_back_without_signing_in(world, thief, run_jobs):
    way, owner = change(thief, run_jobs), Client()
    before = marks(world.system())
    for _scanner in range(2):
        page = owner.get(way)
        assert page.status_code == owner.head(way).status_code == 200
    # With `no-referrer` browsers send `Origin: null` with the form, which is refused as another site's.
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert not changed(before, marks(world.system())) and bodega(world).email == NEW
    assert owner.post(way).status_code == 200
    user = bodega(world)
    assert user.email == OLD and not user.has_usable_password() and not Session.objects.filter(user=user).exists()
    assert thief.get("/acme/").status_code == 302
    for login in (OLD, NEW):
        assert Client().post("/accounts/login/", {"login": login, "password": PASSWORD}).status_code == 422
    outgoing.outbox.clear()
    run_jobs()
    assert sorted(m.to[0] for m in outgoing.outbox) == sorted([OLD, NEW]), "both are told"
    with scope(world.system()):
        event = Event.objects.get(doctype="people", kind="email_taken_back")
    assert event.internal and event.origin == "127.0.0.1"
    assert owner.post(way).status_code == owner.get(way).status_code == 404, "once"


def test_then_the_password_is_recovered_by_the_old_address(world, thief, run_jobs):
    Client().post(change(thief, run_jobs))
    outgoing.outbox.clear()
    Client().post("/accounts/password/reset/", {"email": OLD})
    run_jobs()
    found = re.search(r"https://portal\.example(/accounts/password/reset/\S+)", outgoing.outbox[-1].body)[1]
    new = {"password1": "Ventana-Lluvia-77", "password2": "Ventana-Lluvia-77"}
    assert Client().post(found, new).status_code == 303
    client = Client()
    client.post("/accounts/login/", {"login": OLD, "password": new["password1"]})
    assert client.get("/acme/").status_code == 200


def factor(user: User, name: str) -> Authenticator:
    data = {"name": name, "credential": {}}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def test_a_passkey_of_the_same_session_goes_and_one_from_before_stays(world, thief, run_jobs):
    mine = factor(bodega(world), "mine")
    Authenticator.objects.filter(pk=mine.pk).update(created_at=timezone.now() - dt.timedelta(days=9))
    assert "since" in thief.session["_began"]
    factor(bodega(world), "the thief's")
    sudo(thief)
    Client().post(change(thief, run_jobs))
    assert [one.data["name"] for one in Authenticator.objects.filter(user=bodega(world))] == ["mine"]


def test_what_the_thief_has_waiting_works_no_more(world, thief, run_jobs):
    way = change(thief, run_jobs)
    recovery = links.make("recovery", NEW, dt.timedelta(minutes=10), user=bodega(world))
    Client().post(way)
    assert links.look("recovery", recovery) is None


def test_the_oldest_address_has_the_last_word(world, thief, run_jobs):
    first = change(thief, run_jobs)
    second = change(thief, run_jobs, "tercera@nueva.example", old=NEW)
    assert Client().post(second).status_code == 200 and bodega(world).email == NEW
    assert Client().post(first).status_code == 200 and bodega(world).email == OLD
    assert SingleUseLink.objects.filter(used_at=None, expires_at__gt=timezone.now()).count() == 0


def test_not_after_three_days(world, thief, run_jobs):
    way = change(thief, run_jobs)
    link = SingleUseLink.objects.get(purpose="email_back")
    assert dt.timedelta(days=2, hours=23) < link.expires_at - timezone.now() <= dt.timedelta(days=3)
    SingleUseLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
    assert Client().post(way).status_code == 404 and bodega(world).email == NEW


def test_where_the_address_is_another_account_by_now_nothing_changes(world, thief, run_jobs):
    way = change(thief, run_jobs)
    User.objects.create_user(OLD, None, name="Otra")
    assert Client().post(way).status_code == 409
    assert bodega(world).email == NEW and bodega(world).has_usable_password()
    assert SingleUseLink.objects.get(purpose="email_back").used_at is None


def test_one_who_changes_it_back_alone_needs_no_link(world, as_, run_jobs):
    client = as_("bodega")
    way = change(client, run_jobs)
    User.objects.filter(pk=world.people["bodega"].pk).update(email=OLD)
    assert Client().post(way).status_code == 404 and bodega(world).has_usable_password()


def test_no_link_for_the_new_mailbox_and_no_other_secret(world, thief, run_jobs):
    change(thief, run_jobs)
    assert not [m for m in outgoing.outbox if m.to == [NEW] and "/email/back/" in m.body]
    assert Client().post("/accounts/email/back/x/").status_code == 404
    assert thief.post(PAGE, {"email": "x@y.example"}).status_code == 200
