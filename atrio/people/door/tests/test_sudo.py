"""Before something sensitive the password is asked for again, and what was sent is not lost."""

import time

import pytest
from allauth.account.decorators import reauthentication_required
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from atrio.config.urls import urlpatterns as real
from atrio.people.door import sudo
from atrio.people.models import Session
from atrio.testing.world import PASSWORD

ASK = "/accounts/reauthenticate/"


@reauthentication_required
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
    session = ana.session
    assert session.session_key != before and not Session.objects.filter(session_key=before).exists()
    for one in session["account_authentication_methods"]:
        one["at"] = time.time() - 601
    session.save()
    assert ana.get("/acme/sensitive/").status_code == 303


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
    monkeypatch.setattr(sudo, "LASTS", -1)
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
