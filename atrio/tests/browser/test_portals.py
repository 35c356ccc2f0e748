"""Somebody opens a portal and makes it the company's own, in Spanish."""

import re
from pathlib import Path

import pytest
from PIL import Image

from atrio.tests.browser.conftest import Person
from atrio.tests.browser.test_pages import Walk

PASSWORD = "Una-clave-larga-7"


@pytest.fixture
def stranger(browser, site):
    context = browser.new_context(locale="es-CO", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    found = Person(context.new_page(), site)
    found.listen()
    yield found
    context.close()


def test_a_portal_is_opened_and_made_ones_own(stranger, site, tmp_path):
    walk = Walk(stranger, "a stranger")
    page = stranger.page
    stranger.open("/new/")
    page.fill("#id_name", "Café Ñandú")
    page.locator("#address", has_text="/cafe-nandu/").wait_for()
    page.fill("#id_slug", "acme")
    page.locator("#address .error", has_text="acme-2").wait_for()
    walk.look("a taken address")
    page.fill("#id_slug", "")
    for name, typed in (("person", "Nora"), ("email", "nora@nueva.example"), ("password1", PASSWORD)):
        page.fill(f"#id_{name}", typed)
    page.fill("#id_password2", "otra")
    page.click("main button.btn-primary")
    page.locator("#id_password2_error").wait_for()
    assert page.input_value("#id_name") == "Café Ñandú"
    page.fill("#id_password1", PASSWORD)
    page.fill("#id_password2", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_url(f"{site}/cafe-nandu/first-steps/")
    walk.look("first steps")
    page.click("main ol .btn-primary")
    page.wait_for_url(re.compile("/settings/brand/"))
    brand(stranger, walk, tmp_path / "logo.png")
    stranger.open("/cafe-nandu/settings/share/")
    assert page.input_value("#share-link") == f"{site}/cafe-nandu/"
    walk.look("share")
    stranger.open("/cafe-nandu/first-steps/")
    assert page.locator("main .state-green").count() == 1
    assert not walk.problems + stranger.complaints, "\n".join(walk.problems + stranger.complaints)


def brand(person: Person, walk: Walk, file: Path) -> None:
    """The picture is shown before it is sent; what is cut off it is cut off for everybody."""
    Image.new("RGB", (400, 200), "#0b6e4f").save(file)
    page = person.page
    page.set_input_files("#id_file", file)
    page.locator("#logo-preview.cutting").wait_for()
    page.focus("#id_right")
    for _press in range(25):
        page.keyboard.press("ArrowRight")
    assert "25%" in page.locator("#logo-preview img").evaluate("image => image.style.clipPath")
    walk.look("the brand")
    page.click("form[action$='/logo/'] .btn-primary")
    page.locator(".sidebar .brand img").wait_for()
    size = page.locator("#logo-preview img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert size == [300, 200]
    page.fill("#id_accent", "#ffee00")
    page.locator("#accent-contrast", has_text="1.2").wait_for()
    page.fill("#id_legal_name", "Café Ñandú S.A.S.")
    page.click("form[action$='/brand/'] .btn-primary")
    page.locator(".notice.success").wait_for()
    assert page.input_value("#id_accent") != "#ffee00", "darkened until white can be read on it"
