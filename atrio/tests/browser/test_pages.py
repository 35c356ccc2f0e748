"""Every page of the URL table, as everybody who has it: no violation in light and dark, nothing too wide for a telephone.

Also its form sent empty, its dialog, and all pages of errors. An address that nobody is shown fails."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import RequestFactory, override_settings
from playwright.sync_api import TimeoutError

from atrio.config.folders import project_folder
from atrio.core import pages
from atrio.core.doctypes import document_types
from atrio.testing.sweep import Address, addresses

AXE = project_folder() / "node_modules" / "axe-core" / "axe.min.js"
SCREEN = {"width": 1280, "height": 900}
TELEPHONE = {"width": 390, "height": 844}
# What the URL table cannot name: what is asked of a page, and what is not there.
ALSO = {
    "ana": ("/acme/search/?q=fe", "/acme/nothing-here/", "/acme/purchase_orders/?issue_date_from=x"),
    "tornillos": ("/acme/search/?q=zzzz", "/acme/statement/?date_from=x", "/acme/supplier_invoices/?q=zzzz"),
    "bodega": ("/acme/statement/?tab=open", "/acme/sales_invoices/?q=zzzz"),
    "aceros": ("/acme/", "/acme/purchase_orders/", "/acme/statement/", "/acme/notifications/"),  # who has nothing yet
    "mixta": ("/?choose=1", "/acme/"),
    "nadie": ("/acme/",),
}
EVERYWHERE = ("ana", "tornillos", "bodega")  # these are taken to every address
CHECKED = "rules => axe.run(document, {resultTypes: ['violations'], preload: false, elementRef: false, ...rules})"
# The first form that asks for something, sent with nothing in it.
SENT_EMPTY = """forms => {
  for (const form of document.querySelectorAll('main form[method=post]')) {
    const asked = [...form.elements].filter((one) => one.required && one.type !== 'file' && one.type !== 'radio');
    const names = [...new FormData(form).keys()].join(' ').replace(/\\d+/g, 'N');
    const shape = (form.getAttribute('action') || location.pathname).split('/').slice(-2).join('/') + names;
    if (!asked.length || forms.includes(shape)) continue;
    asked.forEach((one) => { one.value = ''; });
    form.noValidate = true;
    setTimeout(() => form.requestSubmit());
    return shape;
  }
  return '';
}"""


def _violations(page, *rules: str) -> list[str]:
    found = page.evaluate(CHECKED, {"runOnly": list(rules)} if rules else {})
    return [f"{v['id']}: {n['html'][:160]}" for v in found["violations"] for n in v["nodes"]]


def _too_wide(page) -> int:
    """How far the page reaches beyond its screen, once charts have fitted in."""
    measure = "() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"
    with contextlib.suppress(TimeoutError):
        page.wait_for_function(f"() => ({measure})() === 0", timeout=1500)
    return page.evaluate(measure)


def _shape(path: str) -> str:
    """One document stands for all of its type."""
    return re.sub(r"\d+", "N", path)


class Walk:
    """One person's way through all pages that there are, and what was wrong with them."""

    def __init__(self, person, who: str):
        self.person, self.page, self.who = person, person.page, who
        self.seen: set[str] = set()
        self.forms: list[str] = []
        self.dialogs: set[str] = set()
        self.problems: list[str] = []
        self.page.add_init_script(path=Path(AXE))

    def look(self, what: str) -> None:
        """The page as it stands: all rules in light, colours again in dark, and its width on a telephone."""
        found = _violations(self.page)
        self.page.emulate_media(color_scheme="dark")
        found += [f"dark: {v}" for v in _violations(self.page, "color-contrast")]
        self.page.set_viewport_size(TELEPHONE)
        if wide := _too_wide(self.page):
            found.append(f"{wide} px too wide for a telephone")
        self.problems += [f"{self.who} {what}: {problem}" for problem in found]
        self.page.set_viewport_size(SCREEN)
        self.page.emulate_media(color_scheme="light")

    def visit(self, path: str) -> None:
        """A page, what it leads to that no address names by itself, its dialog, and its form sent empty."""
        if _shape(path) in self.seen:
            return
        self.seen.add(_shape(path))
        self.person.open(path)
        self.look(path)
        onward = self.page.eval_on_selector_all(
            "main .tabs a, main a[href*='/new/?']", "links => links.map(a => a.pathname + a.search)"
        )
        self.open_dialog(path)
        self.send_empty(path)
        for found in onward:
            self.visit(found)

    def open_dialog(self, path: str) -> None:
        """One dialog of each document type is enough: each action's own content is a page, too."""
        kind, link = path.split("/")[2:3], self.page.locator(".actions a[hx-get]").first
        if not link.count() or kind[0] in self.dialogs:
            return
        self.dialogs.add(kind[0])
        self.person.follow(".actions a[hx-get]")
        self.page.locator("dialog[open] form").wait_for()
        self.look(f"dialog of {path}")

    def send_empty(self, path: str) -> None:
        """Each form once: a conversation is the same on every document."""
        if self.page.locator("dialog[open]").count():
            self.person.open(path)
        if shape := self.page.evaluate(SENT_EMPTY, self.forms):
            self.forms.append(shape)
            self.page.locator("main [aria-invalid=true]").first.wait_for(state="attached")
            self.look(f"{path} sent empty")


def _asked(documents: dict) -> Iterator[tuple[Address, str]]:
    """Every address that may be a page: of a type, with a document for which it is possible."""
    for address in addresses():
        kind = address.kind if address.kind in document_types().values() else None
        if address.methods:
            continue
        if "name" in address.holes and kind:
            for action in kind.actions:
                known = documents[kind.name]
                yield address, address.filled({"slug": "acme", "pk": known[min(action.sources)], "name": action.name})
            continue
        for pk in _rows(address, kind, documents):
            yield address, address.filled({"slug": "acme", "pk": pk, "name": "catalog", "file_id": 1, "view": 1})


def _rows(address: Address, kind, documents: dict) -> list[int]:
    if "pk" not in address.holes:
        return [0]
    if not kind:
        return list(documents["loads"].values()) if "loads/" in address.route else [1]
    known = documents[kind.name]
    if address.route.endswith("edit/"):
        return [known[min(kind.editor.update.sources)]] if kind.editor and kind.editor.update else []
    return [max(known.values()) if len(known) == 1 else known[_fullest(kind)]]


def _fullest(kind) -> str:
    """The state from which most can be done."""
    return max(kind.states, key=lambda state: (sum(state in a.sources for a in kind.actions), state))


@pytest.mark.parametrize("who", EVERYWHERE)
def test_every_page_of_the_url_table(who, enter, site):
    walk = Walk(enter(who), who)
    for path in ALSO[who]:
        walk.visit(path)
    no_page, not_mine = [], []
    for address, path in _asked(site.documents):
        told = walk.page.request.get(site + path, max_redirects=0)
        if told.status == 200 and told.headers["content-type"].startswith("text/html"):
            walk.visit(path)
        else:
            (not_mine if told.status in (403, 404) else no_page).append(address.route)
    assert len(walk.seen) > 10
    assert not walk.problems + walk.person.complaints, "\n".join(walk.problems + walk.person.complaints)
