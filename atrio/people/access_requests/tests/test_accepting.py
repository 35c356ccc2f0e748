"""An invitation is accepted by the one invited, once, and by nobody else."""

import datetime as dt
import os

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone

from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.people.models import Membership, SingleUseLink, User
from atrio.testing import jobs
from atrio.testing.race import arena
from atrio.testing.sudo import sudo
from atrio.testing.world import PASSWORD as KNOWN
from atrio.testing.world import known

from .. import inviting
from .. import jobs as own_jobs
from ..models import AccessRequest, State
from .conftest import INVITED, NEW, PASSWORD, link_in


@pytest.fixture
def invite(as_, letters):
    """`invite(email=…)` invites by Ana into Tornillos; gives the link of the letter."""

    def one(who: str = "ana", **typed: str) -> str:
        common = INVITED | {"partners": "tornillos", "role": "partner:reader"}
        answer = as_(who).post("/acme/access_requests/new/", common | typed)
        assert answer.status_code == 303, answer.content.decode()[-3000:]
        return link_in([letter for letter in letters() if "/accounts/invitation/" in letter.body][0])

    return one


def places_of(world, email: str) -> list[tuple]:
    with scope(world.system()):
        rows = Membership.objects.filter(user__email=email)
        return list(rows.values_list("partner__code", "role__name", "is_active"))


def test_a_new_person_comes_in(world, invite, requests, as_):
    link, browser = invite(), Client()
    page = browser.get(link).content.decode()
    assert "Acme" in page and "Tornillos Ñandú" in page and "Nora Nueva" in page
    answer = browser.post(link, NEW)
    assert answer["Location"] == "/acme/" and browser.get("/acme/").status_code == 200
    assert browser.get("/acme/profile/email/").status_code == 200, "the password was typed a moment ago"
    (doc,) = requests()
    user = User.objects.get(email="nora@andina.example")
    assert (doc.state, doc.user_id) == (State.ACTIVE, user.pk) and user.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=user).verified and user.language == "es"
    assert places_of(world, user.email) == [("tornillos", "reader", True)]
    with scope(world.system()):
        event = Event.objects.get(doctype="access_requests", kind="accepted")
    assert (event.user_id, event.actor_name, event.origin) == (user.pk, "Nora Nueva", "127.0.0.1")
    assert doc.number in as_("ana").get("/acme/access_requests/?q=nora nueva").content.decode(), "found by the new name"
    again = Client()
    again.post("/accounts/login/", {"login": "nora@andina.example", "password": PASSWORD})
    assert SESSION_KEY in again.session, "and signs in by itself the next time"


def test_looking_uses_nothing_up(invite, requests):
    link = invite()
    for _scanner in range(3):
        assert Client().get(link).status_code == 200
        assert Client().head(link).status_code == 200
    assert requests()[0].state == State.INVITED and SingleUseLink.objects.get().used_at is None


def test_a_link_works_once(invite, world):
    link = invite()
    assert Client().post(link, NEW).status_code == 303
    for method in ("get", "post"):
        assert getattr(Client(), method)(link, NEW | {"name": "Otra"}).status_code == 404
    assert places_of(world, "nora@andina.example") == [("tornillos", "reader", True)]


def test_a_link_ends_after_seven_days_and_shows_so_at_once(world, invite, as_, requests):
    link = invite()
    over = timezone.now() - dt.timedelta(seconds=1)
    SingleUseLink.objects.update(expires_at=over)
    with scope(world.system()):
        AccessRequest.objects.update(expires_at=over)
    assert Client().get(link).status_code == 404 and Client().post(link, NEW).status_code == 404
    (doc,) = requests()
    for page in ("", f"{doc.pk}/"):
        assert "Expired" in as_("ana").get(f"/acme/access_requests/{page}").content.decode()
    assert doc.state == State.INVITED
    own_jobs.close_expired_invitations.func(timestamp=0)
    assert requests()[0].state == State.EXPIRED and not User.objects.filter(email=doc.email).exists()
    assert as_("ana").post(f"/acme/access_requests/{doc.pk}/invite/").status_code == 303


def test_a_new_link_voids_the_one_before(as_, invite, requests, letters):
    first, (doc,) = invite(), requests()
    assert as_("ana").post(f"/acme/access_requests/{doc.pk}/resend/").status_code == 303
    second = link_in(letters()[0])
    assert Client().post(first, NEW).status_code == 404
    assert Client().get(second).status_code == 200


def test_a_revoked_invitation_opens_nothing(as_, invite, requests, world):
    link, (doc,) = invite(), requests()
    assert as_("ana").post(f"/acme/access_requests/{doc.pk}/revoke/").status_code == 303
    assert Client().post(link, NEW).status_code == 404
    assert places_of(world, "nora@andina.example") == [] and not User.objects.filter(email=doc.email).exists()


def test_an_invitation_elsewhere_voids_none_here(invite, as_, letters, world):
    link = invite()
    typed = INVITED | {"partners": "clavos", "role": "partner:reader"}
    assert as_("rita").post("/rival/access_requests/new/", typed).status_code == 303
    assert Client().post(link, NEW).status_code == 303


@pytest.mark.parametrize("way", ["signed in as another", "as nobody, with an account"])
def test_an_invitation_is_for_the_invited_email_only(way, world, invite, as_, requests):
    link = invite(email="mercado@acme.example" if "nobody" in way else "nora@andina.example")
    browser = as_("aceros") if "another" in way else Client()
    assert browser.get(link).status_code == 200
    answer = browser.post(link, NEW)
    assert answer.status_code == 403 and requests()[0].state == State.INVITED
    assert places_of(world, "aceros@acme.example") == [("aceros", "administrator", True)]
    assert places_of(world, "mercado@acme.example") == [("mercado", "administrator", True)]
    assert not User.objects.filter(email="nora@andina.example").exists()
    assert User.objects.get(email="mercado@acme.example").check_password(KNOWN)
    if "another" in way:
        assert "This invitation is for another e-mail" in answer.content.decode()


def test_somebody_with_an_account_signs_in_first_and_accepts_then(world, invite, as_):
    link = invite(email="mercado@acme.example")
    page = Client().get(link).content.decode()
    assert "/accounts/login/?next=/accounts/invitation/" in page and 'name="password1"' not in page
    browser = as_("mercado")
    assert browser.post(link)["Location"] == "/acme/"
    assert sorted(places_of(world, "mercado@acme.example")) == [
        ("mercado", "administrator", True),
        ("tornillos", "reader", True),
    ]
    assert "Tornillos Ñandú" in browser.get("/acme/").content.decode(), "and stands where it was invited to"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password1": "corta", "password2": "corta"}, "password1"),
        ({"password1": "Password-1", "password2": "Password-2"}, "password2"),
        ({"password1": "nora@andina.Example1", "password2": "nora@andina.Example1"}, "password1"),
        ({"password1": "x" * 1_000_000, "password2": "x" * 1_000_000}, "password1"),
        ({"name": ""}, "name"),
        ({"language": "xx"}, "language"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_link_stays_good(typed, field, invite):
    link = invite()
    answer = Client().post(link, NEW | typed)
    assert answer.status_code == 422 and f'id="id_{field}_error"' in answer.content.decode()
    assert not User.objects.filter(email="nora@andina.example").exists()
    assert Client().post(link, NEW).status_code == 303


@pytest.mark.parametrize("written", ["x", "1", "1-x", "0-", "-", "²-x", "9" * 40 + "-x", "1-" + "x" * 500])
def test_a_link_that_nobody_made_opens_nothing(written, world):
    assert Client().get(f"/accounts/invitation/{written}/").status_code == 404


def test_the_secret_is_nowhere_but_in_the_letter(invite, world, as_, requests):
    secret = invite().split("/")[3].split("-", 1)[1]
    (doc,) = requests()
    page = as_("ana").get(f"/acme/access_requests/{doc.pk}/").content.decode()
    with scope(world.system()):
        facts = str(list(Event.objects.values_list("facts", flat=True)))
    assert secret not in page + facts + str(list(SingleUseLink.objects.values()))


def test_names_stay_texts_in_letters(world, as_, letters):
    world.people["ana"].name = "<img src=x> Ana\r\nBcc: x@y.example"
    world.people["ana"].save(update_fields=["name"])
    typed = INVITED | {"name": "<b>Nora</b>", "partners": "tornillos", "role": "partner:reader"}
    as_("ana").post("/acme/access_requests/new/", typed)
    (letter,) = letters()
    assert "<b>Nora" not in letter.alternatives[0][0] and "<img src=x>" not in letter.alternatives[0][0]
    assert "\n" not in letter.subject and letter.bcc == [] and letter.message()["Bcc"] is None


def test_an_open_place_keeps_its_role(world, as_, invite, letters):
    """An invitation into a place that somebody has already is not even written; one written before changes nothing."""
    link = invite(email="mercado@acme.example", role="partner:reader")
    with scope(world.system()):
        role = world.people["tornillos"].memberships.get().role
        Membership.objects.create(
            portal_id=role.portal_id, user=world.people["mercado"], partner=world.partners.tornillos, role=role
        )
    assert as_("mercado").post(link).status_code == 303
    assert ("tornillos", "administrator", True) in places_of(world, "mercado@acme.example")


# --- two at once ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["new", "known"])
def test_of_two_who_accept_at_once_one_wins(case, django_db_setup, django_db_blocker):
    email = "nora@andina.example" if case == "new" else "mercado@acme.example"

    def prepared():
        world = known()
        ana, mercado = Client(), Client()
        ana.force_login(world.people["ana"])
        sudo(ana)
        mercado.force_login(world.people["mercado"])
        typed = INVITED | {"email": email, "partners": "tornillos", "role": "partner:reader"}
        assert ana.post("/acme/access_requests/new/", typed).status_code == 303
        with scope(world.system()):
            doc = AccessRequest.objects.get()
        from atrio.people import links

        facts = {"portal": doc.portal_id, "request": doc.pk}
        secret = links.make(inviting.purpose(doc.pk), email, dt.timedelta(days=1), facts=facts)
        browsers = [Client(), Client()]
        for one in browsers if case == "known" else ():
            one.cookies = mercado.cookies.copy()
        return world, doc, f"/accounts/invitation/{doc.pk}-{secret}/", browsers

    with django_db_blocker.unblock(), arena(f"atrio_accept_{os.getpid()}") as ring:
        world, doc, link, browsers = ring.do(prepared)

        def lock() -> None:
            with scope(world.system()):
                AccessRequest.objects.select_for_update(of=("self",)).get(pk=doc.pk)

        answers = ring.collide(lock, *(lambda one=one: one.post(link, NEW) for one in browsers))
        assert sorted(one.status_code for one in answers) == [303, 404], answers

        def seen():
            jobs.run_all()
            with scope(world.system()):
                events = Event.objects.filter(kind="accepted").count()
            return events, places_of(world, email), AccessRequest.objects.filter(pk=doc.pk).count()

        events, places, _rows = ring.do(seen)
        assert events == 1 and places.count(("tornillos", "reader", True)) == 1
