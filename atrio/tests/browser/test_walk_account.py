"""One's own account: how it looks and reads, where it is signed in, its e-mail, and its end."""

import pytest

from atrio.testing.world import PASSWORD
from atrio.tests.browser.traveller import Traveller


@pytest.mark.parametrize("language", ["es"])
def test_an_account_from_its_looks_to_its_end(language, traveller, site):
    paula, elsewhere = traveller("Paula", language), traveller("Paula elsewhere", language)
    old = f"paula-{language}@acme.example"
    for one in (paula, elsewhere):
        one.sign_in(old, PASSWORD)
        one.is_in()
    _looks(paula)
    _sessions(paula, elsewhere)
    paula.sign_in(old, PASSWORD)
    paula.is_in()
    new = f"paulina-{language}@nueva.example"
    _email(paula, site, old, new)
    _end(paula, new)


def _looks(paula: Traveller) -> None:
    paula.mine("Profile and preferences")
    paula.at("Profile and preferences")
    paula.fill(username="no sirve", date_style="iso")
    paula.page.check("input[name=theme][value=dark]")
    paula.press("Save")
    assert paula.error_of("username") and paula.typed("username") == "no sirve"
    assert paula.typed("date_style") == "iso"
    paula.look("a user name that cannot be")
    paula.fill(username="")
    paula.press("Save")
    paula.reads("Your profile was saved.")
    assert paula.page.locator("html[data-bs-theme=dark]").count()
    paula.look("in dark")


def _sessions(paula: Traveller, elsewhere: Traveller) -> None:
    paula.press("Your sessions")
    paula.at("Your sessions")
    assert paula.page.locator("main li").count() == 2
    assert paula.page.locator("main li", has_text="2026-").or_(paula.page.locator("main li")).count() == 2
    paula.press("Sign out everywhere")
    paula.sure_at("Sign in", PASSWORD)
    paula.reads("You were signed out everywhere.")
    elsewhere.open("/acme/")
    elsewhere.at("Sign in")


def _email(paula: Traveller, site, old: str, new: str) -> None:
    paula.mine("Profile and preferences")
    paula.press("Change e-mail")
    paula.sure_at("Change e-mail", PASSWORD)
    paula.fill(email=old)
    paula.press("Send the link")
    assert paula.error_of("email") == paula.says("This is your e-mail already.")
    paula.fill(email=new)
    paula.press("Send the link")
    paula.at("Look into your mail")
    link = site.link_to(new, "/accounts/email/")
    paula.open(link)
    paula.at("Confirm your new e-mail")
    paula.press("Confirm")
    paula.at("Your e-mail was changed")
    subjects = [one["subject"] for one in site.letters_to(old)]
    assert {paula.says("Your e-mail is about to change"), paula.says("Your e-mail was changed")} <= set(subjects)
    paula.press("Back to the portal", "body")
    paula.is_in()


def _end(paula: Traveller, email: str) -> None:
    paula.mine("Profile and preferences")
    paula.press("Your data")
    paula.at("Your data")
    paula.press("Erase your account")
    paula.sure_at("Erase your account?", PASSWORD)
    paula.fill(sure="no")
    paula.press("Erase your account")
    assert paula.error_of("sure")
    paula.look("another word")
    paula.fill(sure=paula.says("ERASE"))
    paula.press("Erase your account")
    paula.at("Sign in")
    paula.reads("Your account was erased.")
    paula.fill(login=email, password=PASSWORD)
    paula.press("Sign in")
    paula.reads("The user name, e-mail or password is not right.")
