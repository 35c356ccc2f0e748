"""Companies are chosen while one types, with the keyboard alone, on a page and in a dialog."""

import re

import pytest

from atrio.tests.browser.test_pages import Walk


def _find(page, typed: str, name: str) -> None:
    page.locator("input[type=search][name$=_typed]").fill(typed)
    page.locator(".picked label", has_text=name).wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_companies_are_found_while_one_types(width, enter, site):
    person = enter("ana", width=width)
    walk, page = Walk(person, "ana"), person.page
    person.open("/acme/access_requests/new/")
    page.fill("[name=name]", "Nora Nueva")
    page.fill("[name=email]", f"nora-{width}@andina.example")
    _find(page, "nandu", "Tornillos Ñandú")
    walk.look("companies that were found")
    page.locator(".picked label", has_text="Tornillos").click()
    assert page.input_value("[name=partners_typed]") == "", "what is ticked answers what was typed"
    _find(page, "aceros", "Aceros del Sur")
    page.locator("[name=partners_typed]").press("Enter")
    assert page.evaluate("document.activeElement.value") == "aceros", "to the first that was found, and not away"
    page.keyboard.press("Space")
    assert page.locator(".picked input:checked").count() == 2
    _find(page, "zzzz", "Aceros del Sur")
    page.locator(".picked p", has_text="zzzz").wait_for()
    page.click("main .btn-primary")
    page.locator("#id_partners_error").wait_for()
    assert page.input_value("[name=email]") == f"nora-{width}@andina.example"
    walk.look("a company that is not there")
    page.fill("[name=partners_typed]", "")
    page.click("main .btn-primary")
    page.wait_for_url(re.compile(r"/access_requests/\d+/$"))
    assert "Aceros del Sur" in page.inner_text("main") and "Tornillos Ñandú" in page.inner_text("main")
    assert not walk.problems + person.complaints, "\n".join(walk.problems + person.complaints)


def test_companies_are_found_in_a_dialog(enter, site):
    person = enter("ana")
    walk, page = Walk(person, "ana"), person.page
    person.open(f"/acme/access_requests/{site.documents['access_requests']['pending']}/")
    person.follow('.actions a[href$="/approve/"]')
    page.locator("dialog[open] form").wait_for()
    _find(page, "bodega", "Bodega Central")
    assert page.locator("dialog[open] h1").count() == 1, "the list changes, and not the dialog"
    page.locator(".picked label", has_text="Bodega Norte").click()
    walk.look("companies in a dialog")
    assert not walk.problems + person.complaints, "\n".join(walk.problems + person.complaints)
