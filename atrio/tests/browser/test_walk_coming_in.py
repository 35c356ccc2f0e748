"""How people come in without being invited first: they ask for it, or they forgot the password."""

import re

import pytest

from atrio.testing.world import PASSWORD
from atrio.tests.browser.traveller import Traveller

NEW = "Otra-clave-larga-8"


@pytest.mark.parametrize("language", ["es", "en", "pt-br"])
def test_a_stranger_asks_and_is_let_in(language, traveller, site):
    nora, email = traveller("Nora", language), f"nora-{language}@pide.example"
    nora.open("/acme/join/")
    nora.at("Ask for access")
    _ask(nora, email)
    nora.at("What happens now")
    assert [one["to"] for one in site.letters_to(email)] == [email], "it was received"

    iris = traveller("Iris", language)
    iris.sign_in(f"iris-{language}@acme.example", PASSWORD)
    iris.is_in()
    iris.menu("Access requests")
    iris.at("Access requests")
    iris.page.locator("#results tr", has_text=email).locator("td.first a").click()
    iris.page.locator("#matches-title").wait_for()
    assert "Tornillos Ñandú" in iris.page.locator(".panel:has(#matches-title)").inner_text(), "by its name"
    iris.look("a request")
    iris.choose("Approve")
    iris.at("Approve")
    iris.fill(partners_typed="nadie")
    iris.press("Approve", "dialog[open]")
    assert "nadie" in iris.error_of("partners")
    iris.fill(partners_typed="tornillos", role="partner:reader")
    iris.press("Approve", "dialog[open]")
    iris.sure_of(iris.page.locator(".notice.success"), PASSWORD)
    iris.reads("Approved and invited")
    iris.look("approved")

    nora.accept(site.link_to(email, "/accounts/invitation/"), "Acme", "Nora", PASSWORD)
    nora.mine("Sign out")
    nora.page.wait_for_url(re.compile("/accounts/login/"))
    nora.sign_in(email, PASSWORD)
    nora.is_in()


def _ask(nora: Traveller, email: str) -> None:
    nora.fill(company="Tornillos Nandu", tax_id="900-1", name="Nora", email=email, phone="601 3394949")
    nora.fill(side="supplier")
    nora.press("Ask for access")
    assert nora.error_of("tax_id")
    assert nora.typed("company") == "Tornillos Nandu", "what was typed stays"
    nora.look("a doubtful tax id")
    nora.fill(tax_id="860.003.020-1")
    nora.press("Ask for access")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_forgotten_password(width, traveller, site):
    gabi, email = traveller("Gabi", "es", width), "gabi@acme.example"
    gabi.open("/acme/")
    gabi.at("Sign in")
    gabi.press("Forgot your password?")
    gabi.at("Forgot your password?")
    gabi.fill(email="gabi")
    gabi.press("Send me the link")
    assert gabi.error_of("email") and gabi.typed("email") == "gabi"
    gabi.fill(email=email)
    gabi.press("Send me the link")
    gabi.at("Look into your mail")
    _choose_anew(gabi, site.link_to(email, "/accounts/password/reset/"), email, f"{NEW}{width}")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_forgotten_password_where_more_is_asked(width, traveller, site):
    sol, email = traveller("Sol", "es", width), "sol@estricta.example"
    sol.open("/estricta/")
    sol.press("Forgot your password?")
    sol.at("Forgot your password?")
    wrong = [("900.111", 0)] if width > 390 else []  # three letters an hour, and what does not fit counts
    for tax_id, letters in [*wrong, ("860.003.020-1", 1)]:
        before = len(site.letters_to(email, "estricta"))
        sol.fill(tax_id=tax_id, username="sol.ferreteria", email=email)
        sol.press("Send me the link")
        sol.at("Look into your mail")
        assert len(site.letters_to(email, "estricta")) - before == letters, "the answer is the same, the mail is not"
        if not letters:
            sol.press("Ask again")
            sol.at("Forgot your password?")
    _choose_anew(sol, site.link_to(email, "/accounts/password/reset/", "estricta"), email, f"{NEW}{width}")


def _choose_anew(person: Traveller, link: str, email: str, password: str) -> None:
    person.open(link)
    person.at("Choose a new password")
    person.fill(password1="corta", password2="corta")
    person.press("Save the new password")
    person.error_of("password1")
    person.look("a short password")
    person.fill(password1=password, password2=password)
    person.press("Save the new password")
    person.at("Sign in")
    person.reads("Your password was changed. Sign in with the new one.")
    person.fill(login=email, password=password)
    person.press("Sign in")
    person.is_in()
    person.open(link)
    person.at("This link works no more")
