"""The first day of a portal: it is opened, gets its mail and its partners, and the first of them comes in."""

import re

import pytest

from atrio.tests.browser.test_security import code_of
from atrio.tests.browser.traveller import Traveller
from atrio.tests.faults.smtp import Server

PASSWORD = "Una-clave-larga-7"  # noqa: S105 (of somebody who does not exist)
WALKS = [("es", 1280), ("es", 390), ("pt-br", 1280)]
# Two companies share an e-mail: nobody knows which of them it is.
PARTNERS = {
    "P1": ("Tornillos Ñandú", "nora@{slug}.example"),
    "P2": ("Aceros del Sur", "ventas@{slug}.example"),
    "P3": ("Bodega Norte", "compras@bodega.example"),
    "P4": ("Bodega Centro", "compras@bodega.example"),
}


@pytest.fixture
def mail(site):
    with Server() as server:
        yield server
        site.letters()  # what is still to be sent finds nobody later


def _invitation(mail: Server, to: str) -> str:
    """The newest link to accept one, as the mail server handed it over."""
    mine = [one for one in mail.received if one["to"] == to]
    plain = (part for one in mine for part in one.walk() if part.get_content_type() == "text/plain")
    texts = [part.get_payload(decode=True).decode() for part in plain]
    return re.findall(r"/accounts/invitation/[\w-]+/", "\n".join(texts))[-1]


@pytest.mark.parametrize(("language", "width"), WALKS)
def test_from_an_open_portal_to_a_partner_in_two_companies(language, width, traveller, site, mail):
    ana, name = traveller("Ana", language, width), f"Café {mail.port}"
    slug = f"cafe-{mail.port}"
    _open_portal(ana, name, slug)
    _set_mail(ana, mail)
    _load_partners(ana, site, slug)
    _invite(ana, site, slug)

    nora = traveller("Nora", language, width)
    nora.accept(_invitation(mail, f"nora@{slug}.example"), name, "Nora", PASSWORD)
    _second_factor(nora)

    _invite_to_another(ana, slug)
    site.letters(slug)
    nora.open(_invitation(mail, f"nora@{slug}.example"))
    _belong_to_two(nora, name)


def _open_portal(ana: Traveller, name: str, slug: str) -> None:
    ana.open("/new/")
    ana.at("Open a portal")
    ana.fill(name=name, person="Ana", email=f"ana@{slug}.example", password1=PASSWORD, password2=PASSWORD)
    ana.page.locator("#address", has_text=f"/{slug}/").wait_for()
    ana.press("Open the portal")
    ana.at("First steps")


def _set_mail(ana: Traveller, mail: Server) -> None:
    ana.press("Set up", of="E-mail")
    ana.at("E-mail settings")  # the password was typed a moment ago
    ana.fill(host="correo local", port=str(mail.port), security="none", sender="portal@cafe.example")
    ana.press("Save")
    assert ana.error_of("host") and ana.typed("port") == str(mail.port), "what was typed stays"
    ana.look("no such name of a server")
    ana.fill(host="127.0.0.1", port="9")  # where nothing answers
    ana.press("Save")
    ana.reads("The mail server was saved. Send a test now.")
    ana.fill(to="ana@cafe.example")
    ana.press("Send a test")
    assert ana.error_of("port") == ana.says("Nothing answers at this port.")
    assert ana.typed("to") == "ana@cafe.example"
    ana.look("the test did not leave")
    ana.fill(port=str(mail.port))
    ana.press("Save")
    ana.reads("The mail server was saved. Send a test now.")
    ana.fill(to="ana@cafe.example")
    ana.press("Send a test")
    ana.reads("The test left. Look whether it arrived.")
    ana.look("mail works")
    assert [one["to"] for one in mail.received] == ["ana@cafe.example"]


def _back_to_first_steps(ana: Traveller) -> None:
    ana.menu("Home")
    ana.press("First steps")
    ana.at("First steps")


def _load_partners(ana: Traveller, site, slug: str) -> None:
    _back_to_first_steps(ana)
    ana.press("Set up", of="Customers and suppliers")
    ana.at("Load data")
    assert ana.typed("kind") == "partners"
    ana.page.set_input_files("#id_file", files=[_sheet(ana, slug)])
    ana.press("Check the file")
    ana.at("Partners")
    ana.press("Load")
    ana.page.locator("#progress").wait_for()
    site.letters(slug)
    ana.page.locator("#progress .state-green").wait_for()
    ana.look("loaded")
    ana.press("To the list")
    ana.at("Partners")
    assert ana.page.locator("#results tbody tr").count() == len(PARTNERS)


def _sheet(ana: Traveller, slug: str) -> dict:
    """A file with columns in the language of whoever sends it."""
    header = [ana.says(label) for label in ("ERP id", "code", "name", "supplier", "e-mail")]
    yes = {"es": "Sí", "pt-br": "Sim"}[ana.language]
    rows = [(code, code, name, yes, email.format(slug=slug)) for code, (name, email) in PARTNERS.items()]
    text = "\n".join(";".join(row) for row in [header, *rows])
    return {"name": "terceros.csv", "mimeType": "text/csv", "buffer": text.encode()}


def _invite(ana: Traveller, site, slug: str) -> None:
    _back_to_first_steps(ana)
    ana.press("Set up", of="Invite")
    ana.at("Load partners")
    assert "compras@bodega.example" in ana.page.locator(".panel:has(#doubtful-title)").inner_text()
    ana.reads("Several companies have this e-mail.")
    ana.press("Load partners")
    ana.at("Access requests")
    for email in (f"nora@{slug}.example", f"ventas@{slug}.example"):
        ana.page.locator(f"#results tr:has-text('{email}') [name=ids]").check()
    ana.look("ticked")
    ana.press("Invite those selected")
    ana.sure_at("Invitations", PASSWORD)
    site.letters(slug)
    ana.page.locator("progress[value='100']").wait_for()
    ana.look("invited")


def _second_factor(nora: Traveller) -> None:
    nora.mine("Profile and preferences")
    nora.at("Profile and preferences")
    nora.press("Security")
    nora.at("Security of your account")
    nora.press("Set up an app")
    nora.at("Set up an app")
    nora.fill(code=code_of(nora.page.locator("code.key").inner_text(), 0))
    nora.press("Set up")
    nora.at("Recovery codes")
    nora.press("I have kept them")
    nora.at("Security of your account")
    nora.press("Back to the portal")
    nora.page.locator("summary.person").wait_for()


def _invite_to_another(ana: Traveller, slug: str) -> None:
    """The same person, of another of the companies."""
    ana.menu("Access requests")
    ana.at("Access requests")
    ana.press("Invite a person")
    ana.sure_at("Invite a person", PASSWORD)
    ana.fill(name="Nora", email=f"nora@{slug}.example", partners_typed="P2")
    ana.press("Invite a person")
    ana.sure_of(ana.page.locator(".notice.success"), PASSWORD)
    ana.page.wait_for_url(re.compile(r"/access_requests/\d+/$"))
    ana.look("an invitation")


def _belong_to_two(nora: Traveller, portal: str) -> None:
    nora.at("Invitation to %(portal)s", portal=portal)
    nora.press("Accept the invitation")
    nora.is_in()
    nora.mine("Switch company")
    nora.at("Where do you want to go?")
    nora.page.locator("main li", has_text="Tornillos Ñandú").get_by_role("button").click()
    nora.page.locator("summary.person", has_text="Tornillos Ñandú").wait_for()
    nora.mine("Switch company")
    nora.page.locator("main li", has_text="Aceros del Sur").get_by_role("button").click()
    nora.page.locator("summary.person", has_text="Aceros del Sur").wait_for()
