"""Portals as large as asked, for whoever measures: the same documents each time, through the door of the loads."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.crypto import get_random_string

from atrio.core.actor import Actor, PortalFacts
from atrio.core.crossing import portal_by_slug
from atrio.core.doctypes import document_type
from atrio.core.scope import scope
from atrio.partners.models import Partner

from .loads.engine import Order
from .loads.rows import Draft, Files, Row
from .loads.running import begin, run
from .models import State
from .portals import account, join, make_portal

FIRST = dt.date(2025, 1, 1)
DAYS = 690
CUSTOMERS = 10
LEDGER = "bench-ledger"
PORTION = 100_000  # entries of one load
MOST_OF_ONE = 5_000  # the customer who is measured has this many invoices, and never more than half
ORDERS = 2_000
RATE = Decimal(19)
UNIT = Decimal("12500.00")
WORDS = ("Lámina galvanizada", "Tornillo hexagonal", "Cemento gris", "Pintura acrílica", "Tubo de acero")
FACTS: dict[str, Any] = {"currency": "COP", "country": "CO", "language": "es", "time_zone": "America/Bogota"}
SAFE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Given:
    """Rows that are made as they are asked for."""

    made: Callable[[], Iterator[dict]]
    skipped: int = 0

    def drafts(self) -> Iterator[Draft]:
        for place, row in enumerate(self.made(), start=1):
            yield Draft(place, row["external_id"], b"", row)

    def read(self, draft: Draft) -> Row:
        return Row(draft.line, draft.given)

    def label(self, name: str) -> str:
        return name


@dataclass(frozen=True)
class SignIn:
    """Somebody who can look at what was made."""

    what: str
    email: str
    password: str
    address: str


def slug_of(number: int) -> str:
    return f"bench-{number:03d}"


def seed(documents: int, portals: int, say: Callable[[str], None]) -> list[SignIn]:
    """As many sales invoices of five lines in as many portals; what is there from a run before is left as it is."""
    each, rest = divmod(documents, portals)
    for number in range(1, portals + 1):
        actor = Actor.system(_portal(number), "ERP")
        count = each + (number <= rest)
        _load(actor, "partners", lambda: _partners())
        _load(actor, "sales_invoices", lambda count=count: _invoices(count))
        if number == 1:
            _load(actor, "purchase_orders", lambda count=count: _orders(min(ORDERS, count)))
        say(f"{slug_of(number)}: {count} sales invoices")
    return _people(_portal(1))


def seed_ledger(items: int, say: Callable[[str], None]) -> list[SignIn]:
    """One portal more, with so many open items on the accounts of a thousand customers; the first has most."""
    portal = _made(LEDGER, "Banco de pruebas, cartera")
    actor = Actor.system(portal, "ERP")
    customers = max(min(1000, items // 100), CUSTOMERS)
    _load(actor, "partners", lambda: _partners(customers))
    for start in range(0, items, PORTION):
        _load(actor, "ledger", lambda start=start: _items(start, min(start + PORTION, items), customers))
        say(f"{LEDGER}: {min(start + PORTION, items):,} open items")
    return _people(portal)


def _portal(number: int) -> PortalFacts:
    return _made(slug_of(number), f"Banco de pruebas {number:03d}")


def _made(slug: str, name: str) -> PortalFacts:
    known = portal_by_slug(slug)
    if known:
        return known
    with transaction.atomic():
        return make_portal(slug, name, **FACTS)


def _load(actor: Actor, name: str, made: Callable[[], Iterator[dict]]) -> None:
    order = Order(document_type(name), Files(Path(f"{name}.seed")), source=Given(made), notify=False)
    record = run(actor, order, begin(actor, order))
    if record.state != State.DONE:
        raise RuntimeError(f"{actor.portal.slug}, {name}: {record.problem or record.errors}")


def _partners(customers: int = CUSTOMERS) -> Iterator[dict]:
    for number in range(1, customers + 1):
        yield _partner(f"C-{number:02d}", f"Distribuciones del Norte {number:02d}", is_customer=True)
    for number in range(1, 3):
        yield _partner(f"P-{number:02d}", f"Aceros y Láminas {number:02d}", is_customer=False)


def _partner(code: str, name: str, *, is_customer: bool) -> dict:
    facts = {"external_id": code, "code": code, "name": name, "tax_id": f"900{abs(hash_of(code)) % 10**6:06d}-1"}
    return facts | {"is_customer": is_customer, "is_supplier": not is_customer}


def hash_of(text: str) -> int:
    """A number that depends on the text only, in every process the same."""
    return int.from_bytes(text.encode()[-6:], "big")


def _customer(number: int, first: int) -> str:
    """The first invoices' customer is the one who is measured; the others share the rest."""
    return "C-01" if number <= first else f"C-{2 + number % (CUSTOMERS - 1):02d}"


def _invoices(count: int) -> Iterator[dict]:
    first = min(MOST_OF_ONE, max(count // 2, 1))
    for number in range(1, count + 1):
        lines = [_line(number, position) for position in range(1, 6)]
        issued = FIRST + dt.timedelta(days=number * 7 % DAYS)
        amounts = _totals(lines)
        paid = number % 5 < 3
        yield {
            "external_id": f"SI-{number:07d}",
            "number": f"FV-{number:07d}",
            "partner": _customer(number, first),
            "issue_date": issued,
            "due_date": issued + dt.timedelta(days=30),
            "currency": "COP",
            **amounts,
            "open_amount": Decimal(0) if paid else amounts["total"],
            "order_number": f"OC-{number % 1000:04d}",
            "lines": lines,
        }


def _items(start: int, stop: int, customers: int) -> Iterator[dict]:
    """Open items due over two years; every fiftieth is the first customer's: 20,000 of a million."""
    for number in range(start + 1, stop + 1):
        customer = 1 if number % 50 == 0 else 2 + number % (customers - 1)
        day = FIRST + dt.timedelta(days=number * 7 % DAYS)
        amount = UNIT * (1 + number % 9)
        yield {
            "external_id": f"LE-{number:07d}",
            "number": f"FV-{number:07d}",
            "partner": f"C-{customer:02d}",
            "side": "receivable",
            "date": day,
            "due_date": day + dt.timedelta(days=30),
            "currency": "COP",
            "debit": amount,
            "open_amount": amount,
        }


def _orders(count: int) -> Iterator[dict]:
    for number in range(1, count + 1):
        lines = [_line(number, position) for position in range(1, 6)]
        issued = FIRST + dt.timedelta(days=number * 7 % DAYS)
        yield {
            "external_id": f"PO-{number:07d}",
            "number": f"OC-{number:07d}",
            "partner": f"P-{1 + number % 2:02d}",
            "issue_date": issued,
            "delivery_date": issued + dt.timedelta(days=14),
            "currency": "COP",
            **_totals(lines),
            "lines": lines,
        }


def _line(number: int, position: int) -> dict:
    quantity = Decimal(1 + (number + position) % 9)
    net = quantity * UNIT
    tax = net * RATE / 100
    return {
        "position": position,
        "product_code": f"A-{(number + position) % 500:03d}",
        "description": f"{WORDS[position - 1]} {(number + position) % 500}",
        "quantity": quantity,
        "unit": "und",
        "unit_price": UNIT,
        "tax_rate": RATE,
        "net": net,
        "tax": tax,
        "total": net + tax,
    }


def _totals(lines: list[dict]) -> dict[str, Decimal]:
    net = sum((one["net"] for one in lines), Decimal(0))
    tax = sum((one["tax"] for one in lines), Decimal(0))
    return {"net_total": net, "tax_total": tax, "total": net + tax}


def _people(portal: PortalFacts) -> list[SignIn]:
    """One person of each audience, with a password made anew: it is told once and kept nowhere."""
    password = get_random_string(16, SAFE)
    actor = Actor.system(portal)
    with scope(actor):
        places = [("staff", "administrator", None), ("customer", "administrator", "C-01")]
        places.append(("supplier", "administrator", "P-01"))
        for what, role, code in places:
            partner = Partner.objects.get(portal_id=portal.id, code=code) if code else None
            user = account(f"{what}@{portal.slug}.example", what.title())
            join(portal, user, role, partner)
            user.set_password(password)
            user.must_change_password = False
            user.save()
    return [
        SignIn(what, f"{what}@{portal.slug}.example", password, f"/{portal.slug}/") for what, _role, _code in places
    ]
