"""Before something sensitive the password is asked for again, and what was sent is not lost."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from atrio.config.urls import urlpatterns as real
from atrio.people.door import sudo as waiting
from atrio.people.models import Session, User
from atrio.people.sudo import sudo
from atrio.testing.sudo import later
from atrio.testing.world import PASSWORD

ASK = "/accounts/reauthenticate/"


@sudo
def sensitive(request, **_):
    return HttpResponse(f"{request.method} {request.POST.get('text', '')} {getattr(request, 'actor', '') and 'actor'}")


urlpatterns = [path("<slug:slug>/", include([path("sensitive/", sensitive)])), *real]


@pytest.fixture(autouse=True)
def _with_something_sensitive(settings):
    settings.ROOT_URLCONF = __name__


def test_it_is_asked_once_in_ten_minutes(world, as_):
    ana = as_("ana", sure=False)
    asked = ana.get("/acme/sensitive/")
    assert asked.status_code == 303 and asked.headers["Location"] == f"{ASK}?next=%2Facme%2Fsensitive%2F"
    wrong = ana.post(asked.headers["Location"], {"password": "no"})
    assert wrong.status_code == 422 and 'id="id_password_error"' in wrong.content.decode()
    assert ana.get("/acme/sensitive/").status_code == 303
    before = ana.session.session_key
    back = ana.post(asked.headers["Location"], {"password": PASSWORD})
    assert back.headers["Location"] == "/acme/sensitive/" and ana.get("/acme/sensitive/").status_code == 200
    assert ana.session.session_key != before and not Session.objects.filter(session_key=before).exists()
    assert later(ana, 590).get("/acme/sensitive/").status_code == 200
    assert later(ana, 11).get("/acme/sensitive/").status_code == 303


def test_what_was_sent_is_sent_after_it(world, as_):
    ana = as_("ana", sure=False)
    asked = ana.post("/acme/sensitive/", {"text": "<b>kept</b>", "password1": "Secreta-99"})
    ana.post(asked.headers["Location"], {"password": PASSWORD})
    page = ana.get("/accounts/continue/").content.decode()
    assert 'action="/acme/sensitive/"' in page and 'value="&lt;b&gt;kept&lt;/b&gt;"' in page
    kept = str([row.get_decoded() for row in Session.objects.all()])
    assert "Secreta-99" not in page + kept and "sessionid" not in kept, "neither passwords nor cookies are kept"
    assert ana.post("/acme/sensitive/", {"text": "kept"}).content == b"POST kept actor"


def test_what_waits_is_ones_own_and_ends(world, as_, monkeypatch):
    ana = as_("ana", sure=False)
    ana.post("/acme/sensitive/", {"text": "SECRET"})
    assert "SECRET" not in as_("bodega", sure=False).get("/accounts/continue/").content.decode()
    monkeypatch.setattr(waiting, "LASTS", -1)
    assert "Nothing to continue" in ana.get("/accounts/continue/").content.decode()
    assert Client().get("/accounts/continue/").status_code == 302


def test_by_htmx_the_whole_page_goes_there(world, as_):
    asked = as_("ana", sure=False).get("/acme/sensitive/", headers={"hx-request": "true"})
    assert asked.status_code == 204 and asked.headers["HX-Redirect"].startswith(ASK)


def test_somebody_elses_session_is_no_way_to_the_password(world, as_):
    ana = as_("ana", sure=False)
    codes = [ana.post(ASK, {"password": f"guess-{n}"}).status_code for n in range(6)]
    assert codes == [422] * 5 + [429]
    assert ana.post(ASK, {"password": PASSWORD}).status_code == 429


def test_a_stranger_signs_in_first(world):
    assert Client().get(ASK).headers["Location"].startswith("/accounts/login/")


def test_a_fresh_sign_in_counts_and_one_that_is_kept_does_not_for_ever(world):
    ana = Client()
    ana.post("/accounts/login/", {"login": "ana@acme.example", "password": PASSWORD, "remember": "on"})
    assert ana.get("/acme/sensitive/").status_code == 200
    asked = later(ana).get("/acme/sensitive/")
    assert asked.headers["Location"].startswith(ASK) and ana.session.get_expiry_age() > 86_400, "still signed in"


def test_a_session_that_nobody_gave_a_password_for_is_asked(world, as_):
    """As of an invitation that was accepted by its link."""
    assert as_("ana", sure=False).get("/acme/sensitive/").headers["Location"].startswith(ASK)


def test_whoever_has_no_password_is_led_to_one(world, client):
    bruno = User.objects.get(email="bruno@acme.example")
    bruno.set_unusable_password()
    bruno.save()
    client.force_login(bruno)
    asked = client.get("/acme/sensitive/")
    assert asked.headers["Location"].startswith("/accounts/password/reset/")
