"""How the company pays: invoices for what arrived, and a payment run every second Thursday."""

import hashlib
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from atrio.core.money import ZERO, rounded

from .company import dice, next_weekday, working_day
from .pricing import line, totals
from .tables import Business, suppliers
from .taxes import GOODS, SPECIAL, withheld

THURSDAY, A_RUN = 3, date(2024, 1, 4)
TOGETHER_PERCENT = 35  # of the orders that came in two deliveries, invoiced at once
OPEN_DAYS = 9  # what arrived since then waits for its invoice
PLANNED_DAYS = 14
AT_DESK_DAYS = 28
FORGOTTEN_EVERY = 29  # invoices that miss their run
RETURNED_EVERY = 31
AT_DESK = {"P-006", "P-009", "P-010", "P-017", "P-022", "P-024"}  # paid by cheque, collected at the desk
PROMPT = {"P-007": Decimal(2), "P-015": Decimal("1.5")}  # percent of discount for paying on time
BANKS = {
    "CO": ("Banco del Altiplano", "Banco Cordillera", "Banco Costa Norte"),
    "BR": ("Banco Serra Azul",),
    "US": ("First Harbor Bank",),
    "MX": ("Banco Jacaranda",),
}


def payables(day: date, orders: list[dict], receipts: list[dict], seed: int) -> tuple[list[dict], list[dict]]:
    """Invoices that the ERP knows, and the payments of them."""
    chance = dice(seed, "payables")
    sellers = {b.code: b for b in suppliers()}
    invoices = _invoices(day, {o["external_id"]: o for o in orders}, receipts, sellers, chance)
    payments = _payments(day, invoices, sellers, chance)
    return invoices, payments


def _invoices(
    day: date, orders: dict[str, dict], receipts: list[dict], sellers: dict[str, Business], chance: Random
) -> list[dict]:
    by_order: dict[str, list[dict]] = defaultdict(list)
    for receipt in receipts:
        if receipt["state"] == "posted" and (day - receipt["issue_date"]).days >= OPEN_DAYS:
            by_order[receipt["purchase_order"]].append(receipt)
    drafts = []
    for key, arrived in by_order.items():
        together = len(arrived) > 1 and chance.randrange(100) < TOGETHER_PERCENT
        for batch in [arrived] if together else [[one] for one in arrived]:
            issued = working_day(batch[-1]["issue_date"] + timedelta(days=chance.randint(0, 4)))
            if issued <= day:
                drafts.append((issued, key, batch))
    counters: dict[str, int] = defaultdict(lambda: chance.randint(200, 900))
    return [_invoice(*one, orders, sellers, counters) for one in sorted(drafts, key=lambda d: (d[0], d[1]))]


def _invoice(
    issued: date,
    key: str,
    batch: list[dict],
    orders: dict[str, dict],
    sellers: dict[str, Business],
    counters: dict[str, int],
) -> dict:
    order = orders[key]
    supplier = sellers[order["partner"]]
    counters[supplier.code] += 1
    number = f"{_prefix(supplier)}-{counters[supplier.code]}"
    lines = _lines(order, batch)
    amounts = totals(lines)
    rate = SPECIAL.get(supplier.supplies[0], GOODS)
    kept = withheld(amounts["net_total"], amounts["tax_total"], order["currency"], rate=rate, large_buyer=False)
    return {
        "external_id": f"FP-{supplier.code}-{number}",
        "number": number,
        "partner": supplier.code,
        "purchase_order": key,
        "issue_date": issued,
        "due_date": issued + timedelta(days=supplier.days),
        "currency": order["currency"],
        **amounts,
        "open_amount": amounts["total"],
        "withholding_total": kept.total,
        "state": "approved",
        "fiscal_id": hashlib.sha384(f"{supplier.code}|{number}".encode()).hexdigest()
        if supplier.country == "CO"
        else "",
        "lines": lines,
    }


def _prefix(supplier: Business) -> str:
    """Initials, as suppliers number their invoices."""
    return "".join(word[0] for word in supplier.name.split() if word[0].isupper())[:3]


def _lines(order: dict, batch: list[dict]) -> list[dict]:
    arrived: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for receipt in batch:
        for one in receipt["lines"]:
            arrived[one["order_line"]] += one["quantity"]
    ordered = [one for one in order["lines"] if arrived[one["external_id"]]]
    found = []
    for position, of_order in enumerate(ordered, start=1):
        what = {k: of_order[k] for k in ("product_code", "description", "unit", "tax_rate")}
        quantity = arrived[of_order["external_id"]]
        one = line(position, what, quantity, of_order["unit_price"], order["currency"])
        del one["discount_percent"]
        found.append(one | {"order_line": of_order["external_id"]})
    return found


def _payments(day: date, invoices: list[dict], sellers: dict[str, Business], chance: Random) -> list[dict]:
    """One payment for each supplier and run; the last run waits at the desk or at the bank, the next is planned."""
    runs: dict[tuple[date, str, str], list[dict]] = defaultdict(list)
    for number, invoice in enumerate(invoices, start=1):
        run = _run_on_or_after(invoice["due_date"])
        if number % FORGOTTEN_EVERY == 0:
            run += timedelta(days=28)
        if run <= day + timedelta(days=PLANNED_DAYS):
            runs[run, invoice["partner"], invoice["currency"]].append(invoice)
    found: list[dict] = []
    for (run, code, _currency), settled in sorted(runs.items()):
        supplier = sellers[code]
        number = 3_001 + len(found)
        returned = run < day and number % RETURNED_EVERY == 0
        if returned:
            found.append(_payment(number, run, supplier, settled, "returned"))
            run, number = run + timedelta(days=7), number + 1
        found.append(_payment(number, run, supplier, settled, _state(run, supplier, day)))
    return found


def _run_on_or_after(day: date) -> date:
    """Payment runs are on the Thursdays of even weeks, counted from a fixed one: years have odd numbers of them."""
    thursday = next_weekday(day, THURSDAY)
    return thursday + timedelta(days=7) if (thursday - A_RUN).days % 14 else thursday


def _state(run: date, supplier: Business, day: date) -> str:
    if run > day:
        return "planned"
    if supplier.code not in AT_DESK:
        return "paid"
    return "ready" if (day - run).days < AT_DESK_DAYS else "collected"


def _payment(number: int, run: date, supplier: Business, invoices: list[dict], state: str) -> dict:
    lines = [_allocation(position, one, supplier) for position, one in enumerate(invoices, start=1)]
    gross, kept, less, paid = (
        sum((one[k] for one in lines), ZERO) for k in ("amount", "withholding", "discount", "paid")
    )
    if state in ("paid", "collected", "planned", "ready"):
        for invoice in invoices:
            settled = state in ("paid", "collected")
            invoice |= {"state": "paid", "open_amount": ZERO} if settled else {"state": "scheduled"}
    return {
        "external_id": f"CE-{number}",
        "number": f"CE-{number}",
        "partner": supplier.code,
        "issue_date": run,
        "currency": supplier.currency,
        "method": _method(supplier),
        "reference": f"TR{number * 7919 % 1_000_000:06d}" if state in ("paid", "returned") else "",
        "account": _account(supplier),
        "gross_total": gross,
        "withholding_total": kept,
        "discount_total": less,
        "total": paid,
        "state": state,
        "lines": lines,
    }


def _method(supplier: Business) -> str:
    if supplier.code in AT_DESK:
        return "Cheque"
    return "Transferencia" if supplier.country == "CO" else "Giro SWIFT"


def _account(supplier: Business) -> str:
    if supplier.code in AT_DESK:
        return ""
    chance = dice(0, "account", supplier.code)
    return f"{chance.choice(BANKS[supplier.country])} ···{chance.randrange(10_000):04d}"


def _allocation(position: int, invoice: dict, supplier: Business) -> dict:
    less = rounded(invoice["net_total"] * PROMPT.get(supplier.code, ZERO) / 100, invoice["currency"])
    amount, kept = invoice["total"], invoice["withholding_total"]
    return {
        "position": position,
        "supplier_invoice": invoice["external_id"],
        "invoice_number": invoice["number"],
        "amount": amount,
        "withholding": kept,
        "discount": less,
        "paid": amount - kept - less,
    }
