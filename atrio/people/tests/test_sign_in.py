"""Signing in and out: messages beside fields, safe ways on, and a given password that must be replaced."""

import pytest
from django.test import Client

from atrio.core.models import Portal
from atrio.core.scope import scope
from atrio.people.models import User
from atrio.testing.world import PASSWORD

LOGIN = "/accounts/login/"
CHANGE = "/accounts/password/change/"
NEW = "Otra-clave-nueva-2"

WAYS_OFF = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "https:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/acme/\r\nSet-Cookie: a=b",
    " //evil.example",
    "http://localhost/",
    "evil.example",
]


def sign_in(client, **data):
    return client.post(LOGIN, {"login": "ana@acme.example", "password": PASSWORD} | data)


def saved(world, who: str = "ana") -> User:
    return User.objects.get(pk=world.people[who].pk)


def change(world, **facts) -> None:
    User.objects.filter(pk=world.people["ana"].pk).update(**facts)


def is_in(client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["ana@acme.example", "ANA@acme.example", " ana@acme.example ", "Ana.Admin"])
def test_by_e_mail_or_user_name(login, world):
    change(world, username="ana.admin")
    client = Client()
    response = sign_in(client, login=login)
    assert response.status_code == 302 and response.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/acme/"
    assert "Successfully signed in" not in client.get("/acme/").content.decode()


def test_what_is_missing_is_said_beside_its_field(world):
    client = Client()
    text = client.post(LOGIN, {"login": "", "password": ""}).content.decode()
    assert 'id="id_login_error"' in text and 'id="id_password_error"' in text
    assert not is_in(client)


@pytest.mark.parametrize("data", [{"password": "wrong"}, {"login": "nobody@acme.example"}, {"login": "\x00"}])
def test_a_wrong_guess_is_refused_and_what_was_typed_is_kept(data, world):
    client = Client()
    response = sign_in(client, **data)
    assert response.status_code == 422 and not is_in(client)
    assert 'role="alert"' in response.content.decode() or "_error" in response.content.decode()
    assert PASSWORD not in response.content.decode()


def test_an_unknown_account_and_a_wrong_password_read_the_same(world):
    def said(**data) -> str:
        text = sign_in(Client(), **data).content.decode()
        return text[text.index('role="alert"') : text.index("</form>")].split("</div>")[0]

    assert said(password="wrong") == said(login="nobody@acme.example", password="wrong")


def test_the_way_on_is_kept_and_the_portal_is_named(world):
    client = Client()
    asked = client.get("/acme/purchase_orders/?state=sent")
    assert asked.status_code == 302
    page = client.get(asked.headers["Location"]).content.decode()
    assert "Acme" in page and 'value="/acme/purchase_orders/?state=sent"' in page
    response = client.post(asked.headers["Location"], {"login": "ana@acme.example", "password": PASSWORD})
    assert response.headers["Location"] == "/acme/purchase_orders/?state=sent"


@pytest.mark.parametrize("way", WAYS_OFF)
def test_no_way_leads_off_the_site(way, world):
    client = Client()
    assert client.get(LOGIN, {"next": way}).status_code == 200
    assert sign_in(client, next=way).headers["Location"] == "/"


def test_nobody_signs_up(world):
    assert Client().get("/accounts/signup/").status_code == 404
    assert "signup" not in Client().get(LOGIN).content.decode()


def test_signing_out_takes_a_post(world, as_):
    ana = as_("ana")
    assert ana.get("/accounts/logout/").status_code == 200 and is_in(ana)
    assert ana.post("/accounts/logout/").status_code == 302 and not is_in(ana)
    assert ana.get("/acme/").status_code == 302


def test_an_inactive_person_stays_out(world):
    change(world, is_active=False)
    client = Client()
    assert "This account is closed" in sign_in(client).content.decode()
    assert not is_in(client)


def test_a_given_password_opens_only_the_page_that_replaces_it(world, as_):
    change(world, must_change_password=True)
    client = as_("ana")
    response = client.get("/acme/purchase_orders/")
    assert response.status_code == 303
    assert response.headers["Location"] == f"{CHANGE}?next=%2Facme%2Fpurchase_orders%2F"
    assert client.post("/acme/profile/preferences/", {"theme": "dark"}).headers["Location"].startswith(CHANGE)
    assert saved(world).theme == "auto"

    same = {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD}
    assert "differs from the present one" in client.post(CHANGE, same).content.decode()
    weak = {"oldpassword": PASSWORD, "password1": "corta", "password2": "corta"}
    assert 'id="id_password1_error"' in client.post(CHANGE, weak).content.decode()
    ana = saved(world)
    assert ana.must_change_password and ana.check_password(PASSWORD)

    good = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    done = client.post(response.headers["Location"], good)
    assert done.headers["Location"] == "/acme/purchase_orders/"
    ana = saved(world)
    assert not ana.must_change_password and ana.check_password(NEW)
    assert client.get("/acme/purchase_orders/").status_code == 200


def test_changing_a_password_asks_for_the_present_one(world, as_):
    response = as_("ana").post(CHANGE, {"oldpassword": "no", "password1": NEW, "password2": NEW})
    assert 'id="id_oldpassword_error"' in response.content.decode()
    assert saved(world).check_password(PASSWORD)


@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_strangers_choose_their_language(language, world):
    client = Client()
    response = client.post(
        "/profile/preferences/", {"language": language}, headers={"referer": f"http://testserver{LOGIN}"}
    )
    assert response.headers["Location"].endswith(LOGIN)
    assert f'<html lang="{language}"' in client.get(LOGIN).content.decode()


def test_the_door_wears_the_portals_colour(world, client):
    with scope(world.system()):
        Portal.objects.filter(slug="acme").update(accent="#9a3412")
    page = client.get("/accounts/login/?next=/acme/").content.decode()
    assert 'href="/acme/brand.css"' in page
    assert client.get("/acme/brand.css").content.decode() == ":root{--atrio-accent:#9a3412}"
    assert client.get("/nowhere/brand.css").status_code == 302
