"""How people come in, in Spanish: partners are loaded, invited and accept; a stranger asks, is approved and accepts."""

import re

import pytest

from atrio.tests.browser.conftest import Person
from atrio.tests.browser.test_pages import SCREEN, Walk

PASSWORD = "Clave-nueva-de-Nora-7"  # noqa: S105 (of somebody who does not exist)
NUMBERS = (
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
)
WAYS = {"1280": {}, "390": {"viewport": {"width": 390, "height": 844}}, "plain": {"java_script_enabled": False}}


@pytest.fixture
def stranger(browser, site):
    """Somebody who is not signed in, before a screen of that kind."""
    opened = []

    def coming(way: str = "1280") -> Person:
        context = browser.new_context(**({"viewport": SCREEN, "locale": "es"} | WAYS[way]))
        context.set_default_timeout(10_000)
        opened.append(context)
        person = Person(context.new_page(), site)
        person.listen()
        return person

    yield coming
    for context in opened:
        context.close()


def _accept(person: Person, link: str) -> None:
    """A new account by the invitation, and in."""
    person.open(link)
    assert person.page.locator("h1").is_visible()
    person.page.fill("[name=name]", "Nora Nueva")
    person.page.fill("[name=password1]", PASSWORD)
    person.page.fill("[name=password2]", PASSWORD)
    person.page.click("main form.stack button.btn-primary")
    person.page.wait_for_url(f"{person.site}/acme/")


def _sign_in_again(person: Person, email: str) -> None:
    person.page.context.clear_cookies()
    person.open("/accounts/login/?next=/acme/")
    person.page.fill("[name=login]", email)
    person.page.fill("[name=password]", PASSWORD)
    person.page.click("main button.btn-primary")
    person.page.wait_for_url(f"{person.site}/acme/")


def _prove(person: Person) -> None:
    """The browser's own work; or the answer, for whoever has no script."""
    answer = person.page.locator("#id_answer")
    if answer.is_visible():
        asked = re.findall(r"\w+", person.page.locator("label[for=id_answer]").inner_text())
        answer.fill(str(sum(words.index(word) + 1 for words in NUMBERS for word in asked if word in words)))


def test_partners_are_loaded_invited_and_come_in(enter, site, stranger):
    ana = enter("ana")
    ana.open("/acme/invitations/load/")
    assert "dos@dos.example" in ana.page.locator(".panel:has(#doubtful-title)").inner_text()
    ana.page.click("form[action$='/invitations/load/'] .btn-primary")
    ana.page.wait_for_url(re.compile(r"/access_requests/\?state=not_invited$"))
    row = ana.page.locator("#results tr:has-text('ventas@aceros.example')")
    row.locator("[name=ids]").check()
    ana.page.click("#bulk button[value=invite]")
    ana.page.wait_for_url(re.compile(r"/invitations/\d+/$"))
    link = site.link_to("ventas@aceros.example", "/accounts/invitation/")
    ana.page.wait_for_selector("progress[value='100']")
    nora = stranger()
    _accept(nora, link)
    _sign_in_again(nora, "ventas@aceros.example")
    ana.open("/acme/access_requests/?q=ventas&state=active")
    assert "ventas@aceros.example" in ana.page.locator("#results").inner_text()
    assert not ana.complaints + nora.complaints


@pytest.mark.parametrize("way", WAYS)
def test_a_stranger_asks_is_approved_and_comes_in(way, enter, site, stranger):
    email, nora = f"nora-{way}@nueva.example", stranger(way)
    nora.open("/acme/join/")
    typed = {
        "company": "Tornillos Nandu",
        "tax_id": "860.003.020-1",
        "name": "Nora",
        "email": email,
        "phone": "601 3394949",
    }
    for name, value in typed.items():
        nora.page.fill(f"[name={name}]", value)
    nora.page.select_option("[name=side]", "supplier")
    _prove(nora)
    nora.page.click("main form.stack button.btn-primary")
    nora.page.wait_for_url(re.compile(r"/acme/join/\?sent"))
    assert [one for one in site.letters() if one["to"] == email]

    ana = enter("ana")
    ana.open(f"/acme/access_requests/?q={email}")
    ana.page.click("#results td.first a")
    assert "Tornillos Ñandú" in ana.page.locator(".panel:has(#matches-title)").inner_text()
    ana.follow('.actions a[href$="/approve/"]')
    form = ana.page.locator("form.sheetform")
    form.locator("[name=partners_typed]").fill("tornillos")
    form.locator("[name=role]").select_option("partner:reader")
    address = ana.page.url.removesuffix("approve/")
    with ana.page.expect_navigation(url=address):
        form.locator("button").last.click()
    _accept(nora, site.link_to(email, "/accounts/invitation/"))
    _sign_in_again(nora, email)
    assert not ana.complaints + nora.complaints


def test_the_page_of_an_invitation_is_clean(enter, site, stranger):
    """For a new person, for one with an account, and for whoever has nothing to do with it."""
    ana = enter("ana")
    for email in ("clean@nueva.example", "mercado@acme.example"):
        ana.open("/acme/access_requests/new/")
        ana.page.fill("[name=name]", "Nora")
        ana.page.fill("[name=email]", email)
        ana.page.fill("[name=partners_typed]", "tornillos")
        ana.page.click(".submitbar .btn-primary")
        ana.page.wait_for_url(re.compile(r"/access_requests/\d+/$"))
        link = site.link_to(email, "/accounts/invitation/")
        walk = Walk(stranger(), f"a stranger invited as {email}")
        walk.visit(link, one_for_all=False)
        other = Walk(ana, "ana, invited to nothing")
        other.visit(link, one_for_all=False)
        assert not walk.problems + other.problems, "\n".join(walk.problems + other.problems)
