"""Every page of the URL table, as everybody who has it: no violation in any theme, on a desk and on a telephone.

Also its form sent empty, its dialog, and all pages of errors. An address that nobody is shown fails."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.test import RequestFactory, override_settings

from atrio.core import pages
from atrio.core.doctypes import document_types
from atrio.testing.sweep import Address, addresses
from atrio.tests.browser.conftest import Person
from atrio.tests.browser.looks import AXE, LIGHT, SCREEN, Look

FRAME = (".sidebar", ".topbar", ".tabbar")
# What the URL table cannot name: what is asked of a page, and what is not there.
ALSO = {
    "ana": (
        "/acme/access_requests/?unsent=1",
        "/acme/search/?q=fe",
        "/acme/nothing-here/",
        "/acme/purchase_orders/?issue_date_from=x",
    ),
    "tornillos": ("/acme/search/?q=zzzz", "/acme/statement/?date_from=x", "/acme/supplier_invoices/?q=zzzz"),
    "bodega": ("/acme/statement/?tab=open", "/acme/sales_invoices/?q=zzzz"),
    "aceros": ("/acme/", "/acme/purchase_orders/", "/acme/statement/", "/acme/notifications/"),  # who has nothing yet
    "mixta": ("/?choose=1", "/acme/"),
    "nadie": ("/acme/",),
}
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Of no portal, for links that work no more.
CLOSED = (
    "/new/used-up/",
    "/accounts/invitation/used-up/",
    "/accounts/email/used-up/",
    "/nothing-here/",
    "/acme/terms/",
)
EVERYWHERE = ("ana", "tornillos", "bodega")  # these are taken to every address
# What is no page by its own name, or opens by a link in a mail.
FILE = re.compile(
    r"(pdf/|/find/|^new/address/|<int:(view|file_id)>/.*|<str:(secret|name)>.*|\.(csv|xlsx|zip|css|svg|png))$"
)
# Pages that need more than a row, such as an app or a passkey: test_security.py.
OWN_STORY = re.compile(
    r"^accounts/(company/.+(callback|link)/|terms/.*|security/.+(<int:pk>|remove)/.*)$|^<slug:slug>/(terms|privacy)/$"
)
NAMES = {"accounts": "acme", "settings": "terms"}  # what an address calls a name, if it is not a type's
# The first form that asks for something, sent with nothing in it.
SENT_EMPTY = """forms => {
  for (const form of document.querySelectorAll('main form[method=post]')) {
    const asked = [...form.elements].filter((one) => one.required && one.type !== 'file' && one.type !== 'radio');
    const names = [...form.elements].map((one) => one.name.replace(/\\d+/, 'N'));
    const shape = [...new Set(names)].filter((name) => !/^_|^version$/.test(name)).join(' ');
    if (!asked.length || forms.includes(shape)) continue;
    asked.forEach((one) => { one.value = ''; });
    form.noValidate = true;
    setTimeout(() => form.requestSubmit());
    return shape;
  }
  return '';
}"""


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
        self.looking = Look(self.page)
        self.page.add_init_script(path=Path(AXE))
        self.page.emulate_media(**LIGHT)

    def look(self, what: str) -> None:
        """The page as it stands, in every theme, on a desk and on a telephone."""
        # The frame around all pages is the same on each: what is in it is looked at on the first.
        found = self.looking.at(FRAME if len(self.seen) > 3 else ())
        self.problems += [f"{self.who} {what}: {problem}" for problem in found]

    def visit(self, path: str, *, one_for_all: bool = True) -> None:
        """A page, what it leads to that no address names by itself, its dialog, and its form sent empty."""
        if {path, _shape(path)} & self.seen:
            return
        self.seen.add(_shape(path) if one_for_all else path)
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
        if (
            address.methods
            or FILE.search(address.route)
            or OWN_STORY.search(address.route)
            or _starts_elsewhere(address, kind)
            or "secret" in address.holes
        ):
            continue
        if "name" in address.holes and kind:
            for action in kind.actions:
                known = documents[kind.name]
                yield address, address.filled({"slug": "acme", "pk": known[min(action.sources)], "name": action.name})
            continue
        for pk in _rows(address, kind, documents):
            words = [NAMES[word] for word in address.route.split("/")[:2] if word in NAMES]
            values = {"slug": "acme", "pk": pk, "name": (words or ["catalog"])[0], "secret": "x", "portal": "acme"}
            yield address, address.filled(values)


def _rows(address: Address, kind, documents: dict) -> list[int]:
    """The documents that are tried there."""
    if "pk" not in address.holes:
        return [0]
    if not kind:
        word = address.route.split("/")[1]
        assert word in documents, f"the stage has nothing for {address.route}"
        return list(documents[word].values())
    known = documents[kind.name]
    if address.route.endswith("edit/"):
        return [known[min(kind.editor.update.sources)]] if kind.editor and kind.editor.update else []
    return [known[state] for state in sorted(known, key=lambda state: _busy(kind, state), reverse=True)]


def _starts_elsewhere(address: Address, kind) -> bool:
    """A form that nobody types in, or one that another document's page leads to."""
    return bool(kind and address.route.endswith("/new/") and (kind.editor is None or kind.editor.source))


def _busy(kind, state: str) -> tuple[int, str]:
    """How much can be done in a state."""
    return sum(state in action.sources for action in kind.actions), state


def _type_the_password_again(person: Person) -> None:
    """Before what is sensitive it is asked for: those pages are looked at here, and not the asking each time."""
    from atrio.testing.world import PASSWORD

    person.open("/accounts/reauthenticate/?next=/acme/")
    person.page.fill("[name=password]", PASSWORD)
    person.page.click("main button.btn-primary")
    person.page.wait_for_url(f"{person.site}/acme/")


@pytest.mark.parametrize("who", EVERYWHERE)
def test_every_page_of_the_url_table(who, enter, site):
    walk = Walk(enter(who), who)
    _type_the_password_again(walk.person)
    for path in ALSO[who]:
        walk.visit(path)
    open_to, closed = set(), {}
    for address, path in _asked(site.documents):
        if _shape(path) in walk.seen:
            continue
        told = walk.page.request.get(site + path, max_redirects=0)
        if told.status in (403, 404):
            closed[address.route] = path
            continue
        open_to.add(address.route)
        if told.status == 200 and told.headers["content-type"].startswith("text/html"):
            # A load before and after, a mail that was sent and one that was not: these are pages of their own.
            walk.visit(path, one_for_all=address.kind in document_types().values())
    assert not walk.problems + walk.person.complaints, "\n".join(walk.problems + walk.person.complaints)
    if who == "ana":
        others = [enter(other) for other in EVERYWHERE[1:]]
        missed = [path for route, path in closed.items() if route not in open_to and not _open(others, site + path)]
        led_to = [kind.name for kind in document_types().values() if kind.editor and kind.editor.source]
        seen = walk.seen | {found for one in others for found in _onward(one, site.documents)}
        missed += [name for name in led_to if not any(f"/{name}/new/?" in path for path in seen)]
        assert not missed, "nobody is shown these: say in the stage what they need"


def _onward(person, documents: dict) -> set[str]:
    """Where the documents of somebody lead to; the pages themselves are walked in a test of their own."""
    found = set()
    for kind in document_types().values():
        for pk in documents[kind.name].values() if kind.links else ():
            page = person.page.request.get(f"{person.site}/acme/{kind.name}/{pk}/").text()
            found |= set(re.findall(r'href="([^"]*/new/\?[^"]*)"', page))
    return found


def _open(people: list, url: str) -> bool:
    return any(one.page.request.get(url, max_redirects=0).status not in (403, 404) for one in people)


@pytest.mark.parametrize("who", sorted(set(ALSO) - set(EVERYWHERE)))
def test_where_there_is_nothing_yet_or_a_choice(who, enter):
    walk = Walk(enter(who), who)
    for path in ALSO[who]:
        walk.visit(path)
    assert not walk.problems + walk.person.complaints, "\n".join(walk.problems + walk.person.complaints)


def _fulfilled(body: str, route) -> None:
    route.fulfill(content_type="text/html", body=body)


def test_every_page_of_errors_is_clean(enter, site):
    """As a stranger gets them; in the portal's frame, the page that is not there stands for all."""
    walk = Walk(enter("ana"), "error")
    with override_settings(STORAGES=PLAIN):
        for code in pages.ERRORS:
            shown = pages.error_page(RequestFactory().get("/"), code, reference="abcdef12").content.decode()
            url = f"{site}/error-{code}"
            walk.page.route(url, partial(_fulfilled, shown))
            walk.page.goto(url)
            walk.look(str(code))
    assert not walk.problems, "\n".join(walk.problems)


def test_the_door_is_clean(browser, site):
    context = browser.new_context(viewport=SCREEN)
    context.set_default_timeout(10_000)
    door = Person(context.new_page(), site)
    walk = Walk(door, "a stranger")
    for path in ("login/?next=/acme/", "password/reset/?next=/acme/", "password/reset/sent/", "password/reset/x/"):
        walk.visit(f"/accounts/{path}")
    for path in ("/acme/join/", "/acme/join/?sent", "/new/", *CLOSED):
        walk.visit(path)
    context.close()
    assert len(walk.forms) == 4 and not walk.problems, "\n".join(walk.problems)
