"""Second factors, company sign-in and terms, by a person: every page clean in light and dark, and on a telephone."""

import os
import re
from pathlib import Path

import pytest
from allauth.mfa.totp.internal import auth
from django.test import override_settings

from atrio.testing.world import PASSWORD
from atrio.tests.browser.test_pages import SCREEN, Walk

PLATFORM = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def walk(browser, site):
    """A new browser that has signed in nowhere."""
    from atrio.tests.browser.conftest import Person

    context = browser.new_context(viewport=SCREEN, reduced_motion="reduce", locale="es-CO", accept_downloads=True)
    context.set_default_timeout(10_000)
    person = Person(context.new_page(), site)
    person.listen()
    found = Walk(person, "clara")
    yield found
    context.close()
    assert not found.problems + person.complaints, "\n".join(found.problems + person.complaints)


def look(walk, what: str) -> None:
    """And a picture, for whoever wants to see it: ATRIO_PICTURES names a folder."""
    walk.look(what)
    if folder := os.environ.get("ATRIO_PICTURES"):
        walk.page.screenshot(path=Path(folder) / f"{what}.png", full_page=True)
        walk.page.set_viewport_size({"width": 390, "height": 844})
        walk.page.emulate_media(color_scheme="dark")
        walk.page.screenshot(path=Path(folder) / f"{what}-390-dark.png", full_page=True)
        walk.page.emulate_media(color_scheme="light")
        walk.page.set_viewport_size(SCREEN)


def sign_in(walk, who: str = "clara", portal: str = "acme") -> None:
    walk.person.open(f"/accounts/login/?next=/{portal}/")
    walk.page.fill("[name=login]", f"{who}@{portal}.example")
    walk.page.fill("[name=password]", PASSWORD)
    walk.page.click("main form:has([name=password]) button.btn-primary")


def code_of(key: str, later: int) -> str:
    import time

    with override_settings(MFA_TOTP_DIGITS=6):
        return auth.format_hotp_value(auth.hotp_value(key.replace(" ", ""), int(time.time()) // 30 + later))


def test_an_app_and_a_passkey(walk, site):
    page = walk.page
    sign_in(walk)
    look(walk, "home-first")
    walk.person.open("/accounts/security/")
    look(walk, "security-empty")
    page.click("a[href$='/security/app/']")
    look(walk, "app")
    assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 100, "the picture can be read"
    key = page.inner_text("code.key")
    page.fill("[name=code]", "000000")
    page.click("main button.btn-primary")
    page.locator("#id_code_error").wait_for()
    look(walk, "app-wrong")
    assert page.inner_text("code.key") == key
    page.fill("[name=code]", code_of(key, 0))
    page.click("main button.btn-primary")
    page.locator("textarea.codes").wait_for()
    look(walk, "codes")
    codes = page.input_value("textarea.codes").split()
    with page.expect_download() as kept:
        page.click("a[download]")
    assert Path(kept.value.path()).read_text().split() == codes and len(codes) == 10
    page.click("main a.btn-primary")
    look(walk, "security-app")
    walk.person.open("/accounts/security/codes/")
    look(walk, "codes-new")
    walk.person.open("/accounts/security/")

    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})
    page.click("a[href$='/passkeys/add/']")
    look(walk, "passkey-add")
    page.fill("[name=name]", "Portátil de Clara")
    page.click("main button.btn-primary")
    page.wait_for_url(f"{site}/accounts/security/")
    look(walk, "security-both")
    page.click("a[href*='/passkeys/']:has-text('Portátil'), li a.btn-small")
    page.locator("[name=name]").wait_for()
    look(walk, "passkey")

    page.context.clear_cookies()
    sign_in(walk)
    page.wait_for_url(re.compile("/security/code/"))
    look(walk, "second-step")
    page.fill("[name=code]", codes[0])
    page.click("main button.btn-primary")
    page.wait_for_url(f"{site}/acme/")
    page.context.clear_cookies()
    walk.person.open("/accounts/login/?next=/acme/")
    page.click("form[data-passkey] button")
    page.wait_for_url(f"{site}/acme/")


def test_rules_providers_and_terms(walk, site):
    page = walk.page
    sign_in(walk, "ana")
    walk.person.open("/acme/settings/sign-in/")
    look(walk, "rules")
    page.fill("[name=password_min]", "3")
    page.locator("form:has([name=password_min]) button.btn-primary").evaluate("b => { b.form.noValidate = true }")
    page.click("form:has([name=password_min]) button.btn-primary")
    page.locator("#id_password_min_error").wait_for()
    look(walk, "rules-wrong")
    walk.person.open("/acme/settings/providers/")
    look(walk, "providers")
    page.click("main tbody a")
    look(walk, "provider")
    walk.person.open("/acme/settings/providers/new/")
    look(walk, "provider-new")
    walk.person.open("/accounts/company/acme/")
    look(walk, "company")
    walk.person.open("/accounts/login/?next=/acme/")


def test_terms_are_published_and_accepted(walk, site):
    page = walk.page
    sign_in(walk, "rita", "rival")  # in a portal that no other test of browsers enters
    walk.person.open("/rival/settings/terms/terms/")
    look(walk, "terms-edit")
    page.fill("[name=es]", "# Uso del portal\n\nQuien entra cuida su clave.\n\n" + "Texto de ejemplo. " * 60)
    page.click("[name=publish]")
    page.wait_for_url(re.compile("/accounts/terms/rival/"))
    look(walk, "terms-accept")
    page.click("main button.btn-primary")
    page.locator("#id_accept_error").wait_for()
    look(walk, "terms-accept-wrong")
    page.check("[name=accept]")
    page.click("main button.btn-primary")
    page.wait_for_url(f"{site}/rival/settings/terms/")
    look(walk, "terms-list")
    page.context.clear_cookies()
    walk.person.open("/rival/terms/")
    look(walk, "terms-public")
