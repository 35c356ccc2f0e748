"""Choosing a password: what is asked is shown, a portal may ask for more, and how it is composed does not matter."""

import unicodedata

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from atrio.core.models import Portal
from atrio.core.scope import scope
from atrio.people import passwords
from atrio.people.models import User
from atrio.testing.world import PASSWORD

CHANGE, LOGIN = "/accounts/password/change/", "/accounts/login/"


def change(client, new: str, again: str | None = None):
    return client.post(
        CHANGE, {"oldpassword": PASSWORD, "password1": new, "password2": new if again is None else again}
    )


def saved() -> User:
    return User.objects.get(email="ana@acme.example")


def portal_asks(world, **settings) -> None:
    with scope(world.system()):
        Portal.objects.filter(slug="acme").update(settings=settings)


@pytest.mark.parametrize(
    "weak",
    [
        "Atrio-2026",
        "Proveedor_1",
        "Contraseña-1",
        "Acme-2026!",
        "Corta-1",
        "sin-mayuscula-1",
        "SIN-MINUSCULA-1",
        "Sin-cifra-ninguna",
        "SinSigno123",
        "Password1!",
        "P@ssw0rd",
        "",
    ],
)
def test_what_is_weak_is_refused_beside_the_field(weak, world, as_):
    response = change(as_("ana"), weak)
    assert response.status_code == 422 and 'id="id_password1_error"' in response.content.decode()
    assert saved().check_password(PASSWORD)


def test_the_list_of_what_is_asked_stands_beside_the_field(world, as_):
    portal_asks(world, password_min=14)
    page = as_("ana").get(CHANGE).content.decode()
    assert page.count("data-rule=") == len(passwords.checklist()) == 5 and 'data-min="14"' in page
    assert "14 characters or more" in page and 'aria-describedby="id_password1_helptext"' in page
    assert 'autocomplete="new-password"' in page and 'autocomplete="current-password"' in page


@pytest.mark.parametrize(("asked", "least"), [(14, 14), (4, 8), (-1, 8), ("20", 8), (None, 8), (9999, 128)])
def test_a_portal_raises_what_is_asked_and_never_lowers_it(asked, least, world):
    portal_asks(world, password_min=asked)
    filled = "Aa1-" + "xyzuvw" * 30
    with pytest.raises(ValidationError):
        validate_password(filled[: least - 1], saved())
    validate_password(filled[:least], saved())


def test_the_most_demanding_portal_counts_and_only_for_its_people(world):
    portal_asks(world, password_min=14)
    validate_password("Ocho-letras1", User.objects.get(email="rita@rival.example"))
    with pytest.raises(ValidationError):
        validate_password("Ocho-letras1", saved())


def test_a_long_one_is_kept_whole_and_a_megabyte_is_refused_at_once(world, as_, monkeypatch):
    long = "Aa1-" + "ñandú " * 20 + "fin."
    assert len(long) == passwords.LONGEST and change(as_("ana"), long).status_code == 302
    assert saved().check_password(long) and not saved().check_password(long[:-1])
    monkeypatch.setattr(
        "django.contrib.auth.hashers.PBKDF2PasswordHasher.encode", lambda *_, **__: pytest.fail("hashed")
    )
    huge = "Aa1-" + "x" * 1_000_000
    response = Client().post(LOGIN, {"login": "ana@acme.example", "password": huge})
    assert response.status_code == 422 and 'id="id_password_error"' in response.content.decode()
    assert huge not in response.content.decode()


def test_how_a_keyboard_composes_letters_does_not_matter(world, as_):
    new = "Contraseña-única-1"
    composed, apart = unicodedata.normalize("NFC", new), unicodedata.normalize("NFD", new)
    assert composed != apart and change(as_("ana"), apart).status_code == 302
    for one in (composed, apart, unicodedata.normalize("NFKC", new)):
        assert Client().post(LOGIN, {"login": "ana@acme.example", "password": one}).status_code == 302


def test_both_must_be_the_same_and_spaces_count(world, as_):
    response = change(as_("ana"), "Otra-clave-2", "Otra-clave-3")
    assert response.status_code == 422 and 'id="id_password2_error"' in response.content.decode()
    ana = as_("ana")
    assert change(ana, " Otra clave-2 ").status_code == 302 and saved().check_password(" Otra clave-2 ")
    assert not saved().check_password("Otra clave-2")
