"""What customers, suppliers and staff do all day: they look, search, print, write, decide."""

import re
from collections.abc import Callable
from uuid import uuid4

from .browser import Browser, Page

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
SEEN = re.compile(r'data-seen-url="([^"]+)"')
WORDS = ("FV-", "cemento", "B-1", "lamina", "norte", "FV-0000", "tornillo")


class Person(Browser):
    """Somebody of a portal, with a password."""

    def __init__(self, slug: str, side: str, email: str, password: str, *browser):
        super().__init__(*browser)
        self.slug, self.side, self.email, self.password = slug, side, email, password

    def at(self, rest: str = "") -> str:
        return f"/{self.slug}/{rest}"

    def sign_in(self) -> None:
        """Through the door like everybody: the portal sends a stranger to the sign-in page, and that one back."""
        page = self.get(self.at())
        page = self.send(page, "/accounts/login/", login=self.email, password=self.password)
        if page.path != self.at():
            raise self.lost(f"{self.email} is not let in, but sent to {page.path}")

    def open(self, path: str) -> Page:
        """A document's page, which tells that it was seen."""
        page = self.get(path)
        if unseen := SEEN.search(page.text):
            self.post(unseen[1], TOKEN.search(page.text)[1])
        return page

    def browse(self, kind: str, filters: str = "") -> Page:
        return self.get(self.at(f"{kind}/{filters}"))

    def any_of(self, page: Page, kind: str) -> Page | None:
        """Some document of a list, opened."""
        link = self.one_of(page, rf"/{kind}/\d+/$")
        return self.open(link) if link else None

    def type_in(self, path: str, word: str) -> Page:
        """A word, a few letters at a time."""
        for end in range(2, len(word) + 1, 2):
            page = self.part(f"{path}?q={word[:end]}", thinking=0.2)
        return page

    def decide(self, page: Page, name: str, event: str = "", **typed: str) -> Page:
        """Press an action of a document, fill in what it asks, confirm."""
        asked = self.get(f"{page.path}{name}/")
        done = self.send(asked, f"/{name}/", **typed)
        self.tally.did(event or name)
        return done

    def sometimes(self, share: float) -> bool:
        return self.dice.random() < share


# --- everybody --------------------------------------------------------------------------------------------------------


def home(person: Person) -> None:
    person.get(person.at())
    person.part(person.at("notifications/unread/"))


def notifications(person: Person) -> None:
    page = person.get(person.at("notifications/"))
    if person.sometimes(0.2) and page.form("/notifications/read/"):
        person.send(page, "/notifications/read/")


def find(person: Person) -> None:
    person.type_in(person.at("search/"), person.dice.choice(WORDS))


def write(person: Person, page: Page) -> None:
    person.send(page, "/notes/", text=f"¿Cuándo llega? {uuid4().hex[:8]}")
    person.tally.did("note")


# --- customers --------------------------------------------------------------------------------------------------------


def look_at_invoices(person: Person) -> None:
    page = person.browse("sales_invoices")
    for _turn in range(person.dice.randint(0, 3)):
        onward = person.one_of(page, r"[?&]at=")
        if onward:
            page = person.part(onward)
    person.part(person.at(f"sales_invoices/?state={person.dice.choice(('open', 'paid'))}"))
    page = person.type_in(person.at("sales_invoices/"), person.dice.choice(("FV-000", "B-10", "0001")))
    document = person.any_of(page, "sales_invoices")
    if document and person.sometimes(0.3):
        person.get(f"{document.path}pdf/")
    if document and person.sometimes(0.3):
        write(person, document)


def read_statement(person: Person) -> None:
    person.get(person.at("statement/"))
    person.get(person.at("statement/?tab=open"))
    if person.sometimes(0.4):
        person.get(person.at("statement/pdf/"))


def take_a_sheet(person: Person) -> None:
    person.browse("sales_invoices")
    person.get(person.at(f"sales_invoices/export.{person.dice.choice(('csv', 'csv', 'xlsx'))}?state=open"))


# --- suppliers --------------------------------------------------------------------------------------------------------


def answer_an_order(person: Person) -> None:
    order = person.any_of(person.browse("purchase_orders", "?state=sent"), "purchase_orders")
    if order:
        person.decide(order, "confirm")


def send_an_invoice(person: Person) -> None:
    """From an order, one unit of its first line that has some left."""
    order = person.any_of(person.browse("purchase_orders", "?state=confirmed"), "purchase_orders")
    link = person.one_of(order, r"/supplier_invoices/new/") if order else None
    if link is None:
        return
    page = person.get(link)
    form = page.form("/supplier_invoices/new/")
    quantities = [name for name in form.values if name.endswith("-quantity")] if form else []
    typed = dict.fromkeys(quantities, "") | {quantities[0]: "1"} if quantities else {}
    page = person.send(page, "/supplier_invoices/new/", number=f"F-{uuid4().hex[:10]}", **typed)
    person.tally.did("created")
    if not re.search(r"/supplier_invoices/\d+/$", page.path):
        raise person.lost(f"an invoice was sent and the answer is {page.path}")
    person.decide(page, "send")


def correct_an_invoice(person: Person) -> None:
    invoice = person.any_of(person.browse("supplier_invoices", "?state=to_revise"), "supplier_invoices")
    if invoice:
        person.decide(invoice, "send")


def see_payments(person: Person) -> None:
    document = person.any_of(person.browse("supplier_payments"), "supplier_payments")
    if document and person.sometimes(0.3):
        person.get(f"{document.path}pdf/")
    person.get(person.at("statement/"))


# --- staff ------------------------------------------------------------------------------------------------------------


def look_around(person: Person) -> None:
    kind = person.dice.choice(("sales_invoices", "purchase_orders", "supplier_invoices", "receipts"))
    page = person.browse(kind)
    onward = person.one_of(page, r"[?&]at=")
    if onward:
        page = person.part(onward)
    document = person.any_of(page, kind)
    if document and person.sometimes(0.2):
        write(person, document)


def read_accounts(person: Person) -> None:
    page = person.get(person.at("balances/"))
    link = person.one_of(page, r"/statement/\?")
    if link:
        person.get(link)


def read_audit(person: Person) -> None:
    page = person.get(person.at("audit/"))
    onward = person.one_of(page, r"[?&]at=")
    if onward:
        person.part(onward)


def decide_on_an_invoice(person: Person) -> None:
    state = person.dice.choice(("sent", "matching", "matching"))
    invoice = person.any_of(person.browse("supplier_invoices", f"?state={state}"), "supplier_invoices")
    if invoice is None:
        return
    name = person.dice.choices(("approve", "reject", "return_for_revision"), (6, 1, 1))[0]
    typed = {} if name == "approve" else {"code": "quantity", "reason": "No es lo que se recibió."}
    person.decide(invoice, name, **typed)


def receive_goods(person: Person) -> None:
    order = person.any_of(person.browse("purchase_orders", "?state=confirmed"), "purchase_orders")
    link = person.one_of(order, r"/receipts/new/") if order else None
    if link is None:
        return
    page = person.get(link)
    form = page.form("/receipts/new/")
    quantities = [name for name in form.values if name.endswith("-quantity")] if form else []
    page = person.send(page, "/receipts/new/", **{name: "1" if name == quantities[0] else "" for name in quantities})
    person.tally.did("created")
    person.decide(page, "post")


Journey = Callable[[Person], None]
DAYS: dict[str, dict[Journey, int]] = {
    "customer": {home: 3, look_at_invoices: 6, read_statement: 2, take_a_sheet: 1, find: 1, notifications: 1},
    "supplier": {home: 2, answer_an_order: 3, send_an_invoice: 4, correct_an_invoice: 1, see_payments: 2, find: 1},
    "staff": {
        home: 2,
        look_around: 3,
        find: 1,
        read_accounts: 1,
        read_audit: 1,
        decide_on_an_invoice: 5,
        receive_goods: 2,
        notifications: 1,
    },
}
