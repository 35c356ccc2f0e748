"""Rights that change under somebody's hands, and the portal seen with a partner's eyes."""

import pytest

from atrio.testing.world import PASSWORD
from atrio.tests.browser.traveller import Traveller


@pytest.mark.parametrize("language", ["es"])
def test_a_role_changes_what_the_next_click_may_do(language, traveller, site):
    order = f"/acme/purchase_orders/{site.documents['purchase_orders']['draft']}/"
    iris, leo = traveller("Iris", language), traveller("Leo", language)
    leo.sign_in(f"leo-{language}@acme.example", PASSWORD)
    leo.is_in()
    leo.open(order)
    leo.look("as a reader")
    assert not leo.page.locator(".actions a[href$='/cancel/']").count()

    iris.sign_in(f"iris-{language}@acme.example", PASSWORD)
    iris.is_in()
    _give(iris, f"leo-{language}@acme.example", "Buyer")
    leo.page.reload()
    leo.look("as a buyer")
    leo.choose("Cancel order")
    leo.at("Cancel order")

    _give(iris, f"leo-{language}@acme.example", "Reader")
    leo.fill(reason="Ya no hace falta.")
    leo.press("Cancel order", "dialog[open]")
    leo.at("You may see this, but not do that")
    leo.open(order)
    assert not leo.page.locator(".actions a[href$='/cancel/']").count(), "the button is gone"
    leo.open(f"{order}cancel/")
    leo.at("You may see this, but not do that")


def _give(iris: Traveller, email: str, role: str) -> None:
    iris.menu("People")
    iris.at("People")
    iris.page.locator("#filters summary", has_text=iris.says("E-mail")).click()
    iris.page.locator("#filter-email").fill(email)
    iris.page.locator("#filter-email").press("Enter")
    iris.page.locator("#results .chip").wait_for()
    iris.page.locator("#results td.first a").click()
    iris.at_named("Leo")
    iris.choose("Change role")
    iris.sure_at("Change role", PASSWORD)
    iris.page.locator("[name=role]").last.select_option(label=iris.says(role, context="role"))
    iris.press("Change role", "form.sheetform")
    iris.page.locator(".notice.success", has_text=iris.says("The role was changed.")).wait_for()
    iris.look(f"now {role}")


@pytest.mark.parametrize("language", ["es"])
def test_the_portal_as_a_partner_sees_it(language, traveller, site):
    told = len(site.letters_to("tornillos@acme.example"))
    iris = traveller("Iris", language)
    iris.sign_in(f"iris-{language}@acme.example", PASSWORD)
    iris.is_in()
    iris.menu("View as a partner")
    iris.sure_at("View as a partner", PASSWORD)
    iris.fill(partner_typed="tornillos")
    iris.page.locator("main [name=role]").select_option(label=iris.says("Administrator", context="role"))
    iris.press("Begin")
    assert iris.error_of("reason") and iris.typed("partner_typed") == "tornillos"
    iris.fill(reason="Revisar una orden que no aparece")
    iris.press("Begin")
    _is_seen(iris, "home")
    iris.menu("Purchase orders")
    _is_seen(iris, "orders")
    iris.open(f"/acme/purchase_orders/{site.documents['purchase_orders']['sent']}/")
    _is_seen(iris, "an order")
    iris.choose("Confirm")
    iris.at("Confirm")
    iris.press("Confirm", "dialog[open]")
    iris.at("Only to look at")
    iris.press("Close", "dialog[open]")
    _is_seen(iris, "refused")
    iris.open("/acme/people/")
    iris.press("End the view")
    iris.reads("You see the portal with your own eyes again.")
    assert not iris.page.locator(".viewing").count()
    _was_told(traveller("Tornillos", language), site, told)


def _is_seen(iris: Traveller, what: str) -> None:
    iris.page.locator("main .viewing", has_text="Tornillos Ñandú").wait_for()
    iris.look(f"as a partner: {what}")


def _was_told(theirs: Traveller, site, before: int) -> None:
    """The partner's administrators: by mail, and in the portal."""
    letters = site.letters_to("tornillos@acme.example")[before:]
    assert len(letters) == 1 and "Revisar una orden que no aparece" in letters[0]["text"]
    theirs.sign_in("tornillos@acme.example", PASSWORD)
    theirs.is_in()
    theirs.page.click(".topbar a.bell")
    theirs.at("Notifications")
    theirs.page.locator("main li", has_text=theirs.says("Seen by our staff as by this partner")).first.wait_for()
