"""Another e-mail: only after its owner confirmed it, told to the old one, and to nobody else whether it is known."""

import datetime as dt
import re

import pytest
from django.core import mail as outgoing
from django.test import Client

from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.people.models import Session, SingleUseLink, User
from atrio.testing.sudo import sudo

PAGE = "/acme/profile/email/"
NEW = "bodega+nueva@año.example"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.BASE_URL = "https://portal.example"


@pytest.fixture
def bodega(as_):
    return sudo(as_("bodega"))


def email_of(world, who="bodega") -> str:
    return User.objects.get(pk=world.people[who].pk).email


def ask(client, run_jobs, email=NEW) -> str:
    """The link in the letter to the new address."""
    outgoing.outbox.clear()
    assert client.post(PAGE, {"email": email}, headers={"host": "localhost"}).status_code == 200
    run_jobs()
    to_new = next(m for m in outgoing.outbox if m.to == [email])
    found = re.search(r"https://portal\.example(/accounts/email/\S+)", to_new.body)
    return found[1] if found else ""


def test_it_changes_when_the_new_address_confirms(world, bodega, as_, run_jobs):
    elsewhere = as_("bodega")
    link = ask(bodega, run_jobs)
    (warning,) = [m for m in outgoing.outbox if m.to == ["bodega@acme.example"]]
    assert "b…@año.example" in warning.body and NEW not in warning.body
    for _scanner in range(2):
        assert bodega.get(link).status_code == bodega.head(link).status_code == 200
    assert email_of(world) == "bodega@acme.example"
    assert bodega.post(link).status_code == 200 and email_of(world) == NEW
    assert bodega.get("/acme/").status_code == 200 and elsewhere.get("/acme/").status_code == 302
    run_jobs()
    assert outgoing.outbox[-1].to == ["bodega@acme.example"], "the old address is told"
    assert bodega.post(link).status_code == 404, "once"
    with scope(world.system()):
        told = Event.objects.filter(doctype="people", user_id=world.people["bodega"].pk).order_by("pk")
        assert list(told.values_list("kind", flat=True)) == ["email_asked", "email_changed"]


def test_a_link_is_its_persons_only(world, bodega, as_, run_jobs):
    link = ask(bodega, run_jobs)
    assert as_("norte").get(link).status_code == as_("norte").post(link).status_code == 404
    assert Client().post(link).status_code == 302
    assert {email_of(world), email_of(world, "norte")} == {"bodega@acme.example", "norte@acme.example"}


def test_the_newest_link_only_and_not_for_long(world, bodega, run_jobs):
    first = ask(bodega, run_jobs)
    second = ask(bodega, run_jobs, "otra@nueva.example")
    assert bodega.post(first).status_code == 404
    SingleUseLink.objects.update(expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    assert bodega.post(second).status_code == 404 and email_of(world) == "bodega@acme.example"


def test_nobody_learns_who_has_an_account(world, bodega, run_jobs):
    known = bodega.post(PAGE, {"email": "ana@acme.example"})
    unknown = bodega.post(PAGE, {"email": "nobody@acme.example"})
    said = [re.sub(r"\w+@acme\.example", "", r.content.decode()) for r in (known, unknown)]
    assert known.status_code == unknown.status_code == 200
    assert re.sub(r'value="\w{64}"', "", said[0]) == re.sub(r'value="\w{64}"', "", said[1])
    run_jobs()
    (to_ana,) = [m for m in outgoing.outbox if m.to == ["ana@acme.example"]]
    assert "/accounts/email/" not in to_ana.body and SingleUseLink.objects.filter(used_at=None).count() == 1


def test_taken_meanwhile(world, bodega, run_jobs):
    link = ask(bodega, run_jobs)
    User.objects.create_user(NEW, None, name="Otra")
    response = bodega.post(link)
    assert response.status_code == 409 and email_of(world) == "bodega@acme.example"


@pytest.mark.parametrize(
    "email", ["", "no", "bodega@acme.example", "a@b.example\r\nBcc: c@d.example", "x" * 300 + "@a.example"]
)
def test_what_is_wrong_is_said_beside_the_field(email, world, bodega):
    response = bodega.post(PAGE, {"email": email})
    assert response.status_code == 422 and 'id="id_email_error"' in response.content.decode()
    assert not SingleUseLink.objects.exists()


def test_the_password_is_asked_for_first(world, as_):
    assert (
        as_("bodega", sure=False).post(PAGE, {"email": NEW}).headers["Location"].startswith("/accounts/reauthenticate/")
    )
    assert not SingleUseLink.objects.exists() and Session.objects.exists()
