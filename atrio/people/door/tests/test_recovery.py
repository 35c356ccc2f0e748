"""A forgotten password: a link for whoever has the account, and the same answer for everybody else."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from atrio.core.models import Event, Portal
from atrio.core.scope import scope
from atrio.people.door.models import Tries
from atrio.people.models import Session, SingleUseLink, User
from atrio.testing.race import arena
from atrio.testing.world import PASSWORD

from .solving import solved

ASK, SENT = "/accounts/password/reset/", "/accounts/password/reset/sent/"
NEW = "Otra-clave-nueva-2"
BOTH = {"password1": NEW, "password2": NEW}


@pytest.fixture(autouse=True)
def _site(settings):
    settings.BASE_URL = "https://portal.example"


def ask(client=None, query: str = "", **data):
    client = client or Client()
    page = client.get(f"{ASK}{query}").content.decode()
    return client.post(f"{ASK}{query}", {"email": "ana@acme.example"} | solved(page) | data)


def links() -> list[str]:
    """The addresses of links in the mails, as a path of this site."""
    return [path for one in mail.outbox for path in re.findall(r"https://portal\.example(/accounts/\S+)", one.body)]


def saved() -> User:
    return User.objects.get(email="ana@acme.example")


@pytest.fixture
def link(world, run_jobs) -> str:
    assert ask().headers["Location"] == SENT
    run_jobs()
    (found,) = links()
    mail.outbox.clear()
    return found


def test_from_the_form_to_the_new_password(world, link, run_jobs, as_):
    elsewhere = as_("ana")
    client = Client()
    page = client.get(link)
    assert page.status_code == 200 and "data-rules" in page.content.decode()
    # The address is a secret of this site; with `no-referrer` browsers send `Origin: null`, which is refused.
    assert page.headers["Referrer-Policy"] == "same-origin" and "no-store" in page.headers["Cache-Control"]
    done = client.post(link, BOTH)
    assert done.status_code == 303 and done.headers["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session, "a link is no way around a second factor"
    assert saved().check_password(NEW) and not saved().must_change_password
    assert not Session.objects.filter(user=saved()).exists(), "all sessions ended, before anybody looks"
    assert elsewhere.get("/acme/").status_code == 302
    run_jobs()
    (told,) = mail.outbox
    assert told.to == ["ana@acme.example"] and "Your password was changed" in told.subject
    with scope(world.system()):
        kinds = list(Event.objects.filter(doctype="people").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["recovery_asked", "password_recovered"]


def test_looking_at_a_link_changes_nothing(world, link):
    for _scanner in range(3):
        assert Client().get(link).status_code == 200 and Client().head(link).status_code == 200
    assert saved().check_password(PASSWORD)
    assert Client().post(link, BOTH).status_code == 303


def test_a_link_works_once(world, link):
    assert Client().post(link, BOTH).status_code == 303
    assert Client().get(link).status_code == 410
    assert Client().post(link, {"password1": "Tercera-clave-3", "password2": "Tercera-clave-3"}).status_code == 410
    assert saved().check_password(NEW)


def test_a_link_lives_ten_minutes(world, link):
    row = SingleUseLink.objects.get()
    assert timedelta(minutes=9, seconds=50) < row.expires_at - timezone.now() <= timedelta(minutes=10)
    SingleUseLink.objects.update(expires_at=timezone.now())
    assert Client().get(link).status_code == Client().post(link, BOTH).status_code == 410
    assert saved().check_password(PASSWORD)


def test_only_the_newest_works(world, link, run_jobs):
    ask()
    run_jobs()
    (newer,) = links()
    assert Client().post(link, BOTH).status_code == 410 and saved().check_password(PASSWORD)
    assert Client().post(newer, BOTH).status_code == 303


@pytest.mark.parametrize("secret", ["x", "%00", "..%2f..", "a" * 5000, "é"])
def test_a_made_up_link_opens_nothing(secret, world):
    assert Client().get(f"{ASK}{secret}/").status_code in (404, 410)
    assert Client().post(f"{ASK}{secret}/", BOTH).status_code in (404, 410)


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "new@acme.example"}], ids=lambda c: next(iter(c)))
def test_a_link_is_of_the_account_as_it_was(change, world, link):
    User.objects.filter(pk=saved().pk).update(**change)
    assert Client().post(link, BOTH).status_code == 410
    assert User.objects.get(pk=world.people["ana"].pk).check_password(PASSWORD)


@pytest.mark.parametrize("weak", ["corta", "Password1!", "a" * 1_000_000, "Ana@acme.example1"])
def test_a_weak_password_is_refused_and_the_link_still_works(weak, world, link):
    response = Client().post(link, {"password1": weak, "password2": weak})
    assert response.status_code == 422 and 'id="id_password1_error"' in response.content.decode()
    assert weak not in response.content.decode() and saved().check_password(PASSWORD)
    assert Client().post(link, BOTH).status_code == 303


# --- nobody learns who has an account


def test_the_answer_and_its_work_are_the_same_for_everybody(world, run_jobs):
    told = []
    for email in ("ana@acme.example", "nobody@acme.example", "bodega@acme.example"):
        Tries.objects.all().delete()
        client = Client()
        client.get(ASK)
        with CaptureQueriesContext(connection) as seen:
            response = client.post(ASK, {"email": email})
        page = client.get(response.headers["Location"]).content.decode()
        told.append((response.status_code, response.headers["Location"], re.sub(r'value="\w{64}"', "", page)))
        told[-1] += (len(seen.captured_queries),)
        assert not mail.outbox and not SingleUseLink.objects.exists(), "nothing is looked up before the answer"
    assert told[0] == told[1] == told[2]
    run_jobs()
    assert sorted(one.to[0] for one in mail.outbox) == ["ana@acme.example", "bodega@acme.example"]


@pytest.mark.parametrize(
    "email",
    [
        "nobody@acme.example",
        "ana+x@acme.example",
        "aná@acme.example",
        "ana@acme.example.evil.example",
        "ana@ACMÉ.example",
    ],
)
def test_what_only_looks_like_the_address_gets_nothing(email, world, run_jobs):
    assert ask(email=email).status_code in (303, 422)
    run_jobs()
    assert not mail.outbox and not SingleUseLink.objects.exists()


@pytest.mark.parametrize("email", ["ana+ventas@acme.example", "ana@ñandú.example"])
def test_plus_and_accents_belong_to_an_address(email, world, run_jobs):
    User.objects.filter(pk=saved().pk).update(email=email)
    ask(email=email.upper())
    run_jobs()
    assert [one.to for one in mail.outbox] == [[email]]


def test_what_is_no_address_is_said_beside_the_field(world):
    response = ask(email="x\r\nBcc: y@z.example")
    assert response.status_code == 422 and 'id="id_email_error"' in response.content.decode()


def test_a_closed_account_gets_nothing(world, run_jobs):
    User.objects.filter(pk=saved().pk).update(is_active=False)
    ask()
    run_jobs()
    assert not mail.outbox


def test_no_header_gets_into_a_link(world, run_jobs):
    evil = Client(headers={"host": "evil.example"})
    assert evil.get(ASK).status_code == 400 and evil.post(ASK, {"email": "ana@acme.example"}).status_code == 400
    ask(Client(headers={"x-forwarded-host": "evil.example", "origin": "https://evil.example"}))
    run_jobs()
    assert len(links()) == 1 and "evil" not in mail.outbox[0].body + mail.outbox[0].alternatives[0][0]


def test_a_mailbox_is_not_flooded_and_the_answer_is_the_same(world, run_jobs):
    for n in range(6):
        assert ask(Client(REMOTE_ADDR=f"203.0.113.{n}")).headers["Location"] == SENT
        run_jobs()
    assert len(mail.outbox) == 3


def test_one_place_asks_for_work_and_then_stops(world):
    client = Client()
    codes = [ask(client, email=f"p{n}@x.example").status_code for n in range(13)]
    assert codes == [303] * 12 + [429]
    assert client.post(ASK, {"email": "ana@acme.example"}).status_code == 422, "without work"


def test_another_site_cannot_send_it(world):
    strict = Client(enforce_csrf_checks=True)
    for url in (ASK, "/accounts/login/", f"{ASK}x/", "/accounts/logout/", "/accounts/reauthenticate/"):
        assert strict.post(url, {"email": "ana@acme.example"}).status_code in (403, 302), url
    assert not Tries.objects.exists()


# --- the strict form


@pytest.fixture
def strict(world):
    with scope(world.system()):
        Portal.objects.filter(slug="acme").update(settings={"recovery": "strict"}, tax_id="900.123.456-7")
    User.objects.filter(email="bodega@acme.example").update(username="bodega1")
    return {"email": "bodega@acme.example", "username": "Bodega1", "tax_id": world.partners.bodega.tax_id}


def test_the_strict_form_asks_for_more_and_for_work(strict, world, run_jobs):
    page = Client().get(f"{ASK}?next=/acme/").content.decode()
    assert all(f'name="{name}"' in page for name in strict) and "data-challenge" in page
    assert Client().post(f"{ASK}?next=/acme/", strict).status_code == 422, "without work"
    done = ask(query="?next=/acme/", **strict)
    assert done.status_code == 303
    run_jobs()
    (link,) = links()
    assert Client().post(link, BOTH).status_code == 303


def test_staff_say_the_tax_id_of_the_portal(strict, world, run_jobs):
    ask(query="?next=/acme/", email="ana@acme.example", username="ana@acme.example", tax_id="9001234567")
    run_jobs()
    assert len(links()) == 1


@pytest.mark.parametrize(
    "wrong", [{"tax_id": "1"}, {"tax_id": "-"}, {"username": "x"}, {"email": "norte@acme.example"}]
)
def test_what_does_not_fit_gets_the_same_answer_and_no_mail(wrong, strict, world, run_jobs):
    done = ask(query="?next=/acme/", **strict | wrong)
    assert (done.status_code, done.headers["Location"]) == (303, f"{SENT}?next=%2Facme%2F")
    run_jobs()
    assert not mail.outbox and not SingleUseLink.objects.exists()


def test_nobody_gets_around_the_strict_form_by_the_other(strict, world, run_jobs):
    ask(email="bodega@acme.example")
    run_jobs()
    assert links() == [f"{ASK}?next=/acme/"] and not SingleUseLink.objects.exists()


# --- two at once


def test_two_use_one_link_at_once_and_one_wins(_known):
    from atrio.people import links as single
    from atrio.people.door import entrance

    with arena("atrio_door_race") as ring:
        ana = ring.do(lambda: User.objects.get(email="ana@acme.example"))
        secret = ring.do(lambda: single.make("recovery", ana.email, timedelta(minutes=10), user=ana))
        request = Client().get("/accounts/login/").wsgi_request

        def use(password: str):
            return lambda: entrance.recover(request, secret, password)

        hold = lambda: list(SingleUseLink.objects.select_for_update())  # noqa: E731
        won = ring.collide(hold, use(NEW), use("Tercera-clave-3"))
        assert sorted(won) == [False, True], won
        after = ring.do(lambda: User.objects.get(pk=ana.pk))
        assert after.check_password((NEW, "Tercera-clave-3")[won.index(True)])
