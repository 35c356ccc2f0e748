"""How customers pay: on Fridays, several invoices at once, each by its habit.

Invoices and notes stand in the customers' accounts by themselves; here is what else the ERP books there."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from atrio.core.money import ZERO, rounded

from .company import dice, next_weekday
from .sales import credit_notes, debit_note
from .tables import businesses

FRIDAY = 4
# Days from the due date to the money, by habit: (from, to), and how often of a hundred only a part comes at first.
HABITS = {"prompt": (-4, 1, 2), "usual": (-2, 8, 4), "late": (6, 45, 12), "bad": (30, 150, 25)}
IN_FAVOUR_DAYS, IN_FAVOUR_EVERY = 30, 4
INTEREST_FROM, INTEREST_EVERY = 25, 4
ADVANCES = (("C-017", 4_200_000, 9), ("C-026", 2_750_000, 23))  # payer, pesos, days ago


@dataclass(frozen=True)
class Paid:
    """Part of one invoice, paid on one day; `withheld` of it never arrives as money."""

    invoice: str
    settles: str
    payer: str
    currency: str
    on: date
    amount: Decimal
    withheld: Decimal


def receivables(day: date, sold: list[dict], seed: int) -> tuple[list[dict], list[dict]]:
    """All sales documents with what is open of them, and the money that came for them."""
    chance = dice(seed, "collections")
    returned = credit_notes(day, sold, seed)
    _apply(returned, {one["number"]: one for one in sold}, day)
    payments = [paid for one in sold for paid in _payments(one, day, chance)]
    interest = _interest(payments, sold, day, chance)
    payments += [paid for one in interest for paid in _payments(one, day, chance)]
    documents = [*sold, *returned, *interest]
    _settle(documents, payments)
    return documents, [*_receipts(payments), *_advances(day)]


def payer_of(document: dict) -> str:
    return document.get("account_partner") or document["partner"]


def _apply(notes: list[dict], invoices: dict[str, dict], day: date) -> None:
    """A credit note lowers its invoice, unless it is new and still waits as credit in favour."""
    for number, note in enumerate(notes):
        waits = (day - note["issue_date"]).days < IN_FAVOUR_DAYS and number % IN_FAVOUR_EVERY == 0
        if waits:
            continue
        invoices[note["corrects"]]["open_amount"] -= note["total"]
        note |= {"open_amount": ZERO, "state": "paid"}


def _payments(document: dict, day: date, chance: Random) -> list[Paid]:
    """The one or two payments of a document that have arrived by today."""
    soon, late, partly = HABITS[_habit(payer_of(document))]
    first = next_weekday(document["due_date"] + timedelta(days=chance.randint(soon, late)), FRIDAY)
    first = max(first, next_weekday(document["issue_date"] + timedelta(days=12), FRIDAY))
    split, share = chance.randrange(100) < partly, Decimal(chance.choice(("0.4", "0.5", "0.6")))
    amount = document["open_amount"]
    if not amount or document["state"] == "cancelled" or first > day:
        return []
    kept = min(document.get("withholding_total", ZERO), amount)
    money = rounded((amount - kept) * share, document["currency"]) if split else amount - kept
    found = [_paid(document, first, money + kept, kept)]
    second = first + timedelta(days=21)
    if split and second <= day:
        found.append(_paid(document, second, amount - kept - money, ZERO))
    return [one for one in found if one.amount]


def _habit(code: str) -> str:
    return next(b.habit for b in businesses() if b.code == code)


def _paid(document: dict, on: date, amount: Decimal, kept: Decimal) -> Paid:
    head = (document["number"], document["external_id"], payer_of(document), document["currency"])
    return Paid(*head, on, amount, kept)


def _interest(payments: list[Paid], sold: list[dict], day: date, chance: Random) -> list[dict]:
    """Debit notes for some of the invoices whose money came very late."""
    invoices = {one["number"]: one for one in sold}
    found: list[dict] = []
    for paid in payments:
        invoice = invoices[paid.invoice]
        days_late = (paid.on - invoice["due_date"]).days
        if days_late >= INTEREST_FROM and chance.randrange(INTEREST_EVERY) == 0:
            found.append(debit_note(701 + len(found), paid.on, invoice, days_late))
    return found


def _settle(documents: list[dict], payments: list[Paid]) -> None:
    paid: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in payments:
        paid[one.invoice] += one.amount
    for document in documents:
        if document["state"] != "open":
            continue
        document["open_amount"] -= paid[document["number"]]
        if document["open_amount"] < document["total"]:
            document["state"] = "part_paid" if document["open_amount"] else "paid"


def _receipts(payments: list[Paid]) -> list[dict]:
    """One receipt for each customer and day: an entry for each invoice it pays, and for what was withheld of it."""
    together: dict[tuple[date, str, str], list[Paid]] = defaultdict(list)
    for one in payments:
        together[one.on, one.payer, one.currency].append(one)
    found = []
    for number, (_key, parts) in enumerate(sorted(together.items()), start=20_001):
        for position, one in enumerate(parts, start=1):
            found += _entries(f"RC-{number}", position, one)
    return found


def _entries(number: str, position: int, paid: Paid) -> list[dict]:
    money = paid.amount - paid.withheld
    key = f"{number}-{position}"
    found = []
    if money:
        found.append(_credit(paid, key, number, money, f"Pago recibido {paid.invoice}"))
    if paid.withheld:
        text = f"Retefuente, reteICA y reteIVA {paid.invoice}"
        found.append(_credit(paid, f"{key}-R", number, paid.withheld, text))
    return found


def _credit(paid: Paid, key: str, number: str, amount: Decimal, text: str, open_amount: Decimal = ZERO) -> dict:
    return {
        "external_id": key,
        "partner": paid.payer,
        "side": "receivable",
        "date": paid.on,
        "due_date": paid.on,
        "currency": paid.currency,
        "debit": ZERO,
        "credit": amount,
        "open_amount": open_amount,
        "number": number,
        "description": text,
        "settles": paid.settles,
    }


def _advances(day: date) -> list[dict]:
    """Money that came before its invoice: credit in favour."""
    found = []
    for number, (payer, pesos, days) in enumerate(ADVANCES, start=301):
        amount = Decimal(pesos)
        paid = Paid("", "", payer, "COP", day - timedelta(days=days), amount, ZERO)
        found.append(_credit(paid, f"AN-{number}", f"AN-{number}", amount, "Anticipo de cliente", -amount))
    return found
