"""Refusals are pages in the reader's language, in the portal's frame where there is one."""

import pytest
from django.db import OperationalError
from django.test import Client

from atrio.home import errors, views
from atrio.people.models import User


@pytest.mark.parametrize(("language", "header"), [("es", "es"), ("pt-br", "pt-br"), ("en", "en")])
def test_nobody_there_in_three_languages(language, header, world):
    response = Client(headers={"accept-language": header}).get("/accounts/nothing/here/")
    assert response.status_code == 404
    assert f'lang="{language}"' in response.content.decode()
    assert "Error 404" in response.content.decode()


def test_inside_the_portal_the_frame_stays(world, as_):
    response = as_("ana").get("/acme/nothing-here/")
    assert response.status_code == 404
    assert 'class="sidebar"' in response.content.decode()


def test_a_foreign_portal_does_not_exist_in_ones_own_language(world, as_):
    User.objects.filter(pk=world.people["rita"].pk).update(language="pt-br")
    response = as_("rita").get("/acme/")
    assert response.status_code == 404
    assert 'lang="pt-br"' in response.content.decode() and "Acme" not in response.content.decode()


def test_a_form_without_its_token_is_refused_in_words(world, as_):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.people["ana"])
    response = strict.post("/acme/profile/preferences/", {"theme": "dark"})
    assert response.status_code == 403
    assert "This page was open for too long" in response.content.decode()
    assert User.objects.get(pk=world.people["ana"].pk).theme == "auto"


def test_our_own_failure_is_admitted_with_a_reference(world, as_, monkeypatch):
    def broken(actor):
        raise ZeroDivisionError

    monkeypatch.setattr(views, "boards_for", broken)
    ana = as_("ana")
    ana.raise_request_exception = False
    response = ana.get("/acme/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()
    assert "<code>" in response.content.decode() and "ZeroDivision" not in response.content.decode()


def test_a_hostile_host_is_a_bad_request(world):
    client = Client()
    client.raise_request_exception = False
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "This request cannot be read" in response.content.decode()


def test_the_page_of_an_outage_asks_the_session_for_nothing(world, rf):
    class InTheDatabase:
        def __iter__(self):
            raise OperationalError

    request = rf.get("/acme/")
    request._messages = InTheDatabase()
    response = errors.unavailable(request, OperationalError())
    assert response.status_code == 503 and "Not available just now" in response.content.decode()
