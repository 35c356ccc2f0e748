"""Sessions: whose and where, for how long, ended by oneself or by a new password; and browsers that are new."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from atrio.core.models import Event, Portal
from atrio.core.scope import scope
from atrio.people.door import sessions
from atrio.people.door.browsers import COOKIE, in_words
from atrio.people.door.models import KnownDevice
from atrio.people.models import Session, User
from atrio.testing.sudo import sudo
from atrio.testing.world import PASSWORD

LOGIN, LIST = "/accounts/login/", "/acme/profile/sessions/"
CHANGE = "/accounts/password/change/"
NEW = "Otra-clave-nueva-2"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537 Chrome/140.0 Safari/537.36 Edg/140.0"
HOUR = 3600


def browser(agent: str = FIREFOX, who: str = "ana", address: str = "203.0.113.7", **data) -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    done = client.post(LOGIN, {"login": f"{who}@acme.example", "password": PASSWORD} | data)
    assert done.status_code == 302
    return client


def is_in(client) -> bool:
    return client.get("/acme/").status_code == 200


def row(client) -> Session:
    return Session.objects.get(session_key=client.session.session_key)


def age(client, **ago) -> None:
    """As if the person had come in or been seen so long ago."""
    session = client.session
    if "since" in ago:
        session["_began"] = session["_began"] | {"since": (timezone.now() - ago["since"]).isoformat()}
        session.save()
    if "seen" in ago:
        Session.objects.filter(session_key=session.session_key).update(seen_at=timezone.now() - ago["seen"])


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox · Windows"),
        (SAFARI, "Safari · iPhone"),
        (EDGE, "Edge · macOS"),
        ("curl/8", ""),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_a_browser_in_words(agent, words):
    assert in_words(agent) == words


def test_the_list_says_which_and_where_and_marks_this_one(world):
    here, other = browser(), browser(SAFARI, address="198.51.100.4")
    page = here.get(LIST).content.decode()
    assert "Firefox · Windows" in page and "203.0.113.7" in page and "This one" in page
    assert "Safari · iPhone" in page and "198.51.100.4" in page
    assert here.session.session_key not in page and other.session.session_key not in page
    assert "198.51.100.4" not in browser(who="bodega").get(LIST).content.decode()


def test_one_is_ended(world):
    here, other = browser(), browser(SAFARI)
    name = sessions.name_of(other.session.session_key)
    assert here.get(f"{LIST}end/", {"session": name}).status_code == 405 and is_in(other)
    assert sudo(here).post(f"{LIST}end/", {"session": name}).status_code == 303
    assert not is_in(other) and is_in(here)


def test_ending_takes_the_password(world, as_):
    """Whoever found an open browser does not lock the owner out of the others."""
    found, other = as_("ana", sure=False), browser(SAFARI)
    for path in ("end/", "end-all/"):
        asked = found.post(f"{LIST}{path}", {"session": sessions.name_of(other.session.session_key)})
        assert asked.status_code == 303 and asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert is_in(other) and is_in(found)


def test_nobody_ends_the_sessions_of_others(world):
    ana, bodega = browser(), sudo(browser(who="bodega"))
    for name in (sessions.name_of(ana.session.session_key), ana.session.session_key, "", "x" * 999):
        assert bodega.post(f"{LIST}end/", {"session": name}).status_code == 404
    assert is_in(ana)


def test_everywhere_means_here_too_and_no_browser_is_known_any_more(world, run_jobs):
    here, other, bodega = browser(), browser(SAFARI), browser(who="bodega")
    done = sudo(here).post(f"{LIST}end-all/")
    assert done.headers["Location"] == f"{LOGIN}?next=%2Facme%2F"
    assert "You were signed out everywhere." in here.get(LOGIN).content.decode()
    assert not is_in(here) and not is_in(other) and is_in(bodega)
    assert not KnownDevice.objects.filter(user=world.people["ana"]).exists()
    with scope(world.system()):
        assert Event.objects.filter(doctype="people", kind="signed_out_everywhere").count() == 1


def test_a_new_password_ends_the_others_and_is_told(world, run_jobs):
    here, other = browser(), browser(SAFARI)
    run_jobs()
    mail.outbox.clear()
    assert here.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}).status_code == 302
    assert is_in(here) and not is_in(other)
    assert Session.objects.filter(user=world.people["ana"]).count() == 1
    run_jobs()
    assert [one.subject for one in mail.outbox] == ["Your password was changed"]


def test_nobody_plants_a_session(world):
    """Session fixation: what a browser brings along is not what it has after signing in."""
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "x"
    session.save()
    client.cookies["sessionid"] = session.session_key
    client.post(LOGIN, {"login": "ana@acme.example", "password": PASSWORD})
    assert client.cookies["sessionid"].value != session.session_key and is_in(client)
    assert not Session.objects.filter(session_key=session.session_key).exists()
    made_up = Client()
    made_up.cookies["sessionid"] = "a" * 32
    made_up.post(LOGIN, {"login": "ana@acme.example", "password": PASSWORD})
    assert made_up.cookies["sessionid"].value != "a" * 32


@pytest.mark.parametrize(("kept", "hours"), [({}, 12), ({"remember": "on"}, 30 * 24)], ids=["today", "kept"])
def test_a_life_has_an_end_whatever_is_done(kept, hours, world):
    client = browser(**kept)
    cookie = client.cookies["sessionid"]
    assert bool(cookie["max-age"]) == bool(kept) and cookie["httponly"] and cookie["samesite"] == "Lax"
    assert abs((row(client).expire_date - timezone.now()).total_seconds() - hours * HOUR) < 60
    age(client, since=dt.timedelta(hours=hours, minutes=-5))
    assert is_in(client)
    client.post("/acme/profile/place/", {"place": "x"})
    assert (row(client).expire_date - timezone.now()).total_seconds() < 301, "use makes it no longer"
    age(client, since=dt.timedelta(hours=hours, minutes=1))
    assert not is_in(client)


def test_idle_sessions_end_where_the_site_says_so(world, settings):
    client = browser()
    age(client, seen=dt.timedelta(minutes=40))
    settings.SESSION_IDLE_AGE = 50 * 60
    assert is_in(client)
    settings.SESSION_IDLE_AGE = 30 * 60
    age(client, seen=dt.timedelta(minutes=31))
    assert not is_in(client) and client.get("/").headers["Location"].startswith(LOGIN)


def test_a_portal_may_say_sooner_and_whoever_works_stays(world):
    with scope(world.system()):
        Portal.objects.filter(slug="acme").update(settings={"idle_minutes": 30})
    client = browser()
    for _n in range(3):
        age(client, seen=dt.timedelta(minutes=29))
        assert is_in(client)
    age(client, seen=dt.timedelta(minutes=31))
    assert not is_in(client) and not Session.objects.filter(user=world.people["ana"]).exists()


def test_being_seen_is_written_down_every_ten_minutes(world, django_assert_num_queries):
    client = browser()
    age(client, seen=dt.timedelta(minutes=9))
    before = row(client).seen_at
    assert is_in(client) and row(client).seen_at == before
    age(client, seen=dt.timedelta(minutes=11))
    assert is_in(client) and timezone.now() - row(client).seen_at < dt.timedelta(seconds=30)


# --- new browsers


def test_a_new_browser_is_told_but_not_the_first_nor_a_known_one(world, run_jobs):
    first = browser()
    run_jobs()
    assert not mail.outbox, "the first of all"
    first.post("/accounts/logout/")
    first.post(LOGIN, {"login": "ana@acme.example", "password": PASSWORD})
    run_jobs()
    assert not mail.outbox and is_in(first)
    browser(SAFARI, address="198.51.100.4")
    run_jobs()
    (told,) = mail.outbox
    assert told.to == ["ana@acme.example"] and "New sign-in" in told.subject
    assert "Safari · iPhone" in told.body and "198.51.100.4" in told.body and "/accounts/password/reset/" in told.body


def test_a_browser_is_known_for_each_person_by_itself(world, run_jobs):
    User.objects.update(last_login=timezone.now())
    client = browser()
    client.post("/accounts/logout/")
    client.post(LOGIN, {"login": "bodega@acme.example", "password": PASSWORD})
    run_jobs()
    assert sorted(one.to[0] for one in mail.outbox) == ["ana@acme.example", "bodega@acme.example"]


def test_the_cookie_of_a_browser_is_ours_and_hidden(world, run_jobs):
    User.objects.update(last_login=timezone.now())
    client = browser()
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] == 365 * 86_400
    said = cookie.value.split(":")[0]
    assert said not in str(list(KnownDevice.objects.values()))
    forged = Client(headers={"cookie": f"{COOKIE}={said}:forged"})
    forged.post(LOGIN, {"login": "ana@acme.example", "password": PASSWORD})
    run_jobs()
    assert len(mail.outbox) == 2, "a forged cookie is a new browser"


def test_what_happens_to_an_account_is_an_event_of_its_places(world, as_):
    client = browser(who="bodega")
    client.post("/accounts/logout/")
    with scope(world.system()):
        found = list(Event.objects.filter(doctype="people").order_by("pk").values_list("kind", "origin", "actor_name"))
    assert found == [("signed_in", "203.0.113.7", "Bodega"), ("signed_out", "203.0.113.7", "Bodega")]
    with scope(world.system("rival")):
        assert not Event.objects.filter(doctype="people").exists()
