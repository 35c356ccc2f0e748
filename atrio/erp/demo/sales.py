"""A year of sales: invoices to customers, what was returned, and interest on what came late."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from atrio.core.money import ZERO, rounded

from .company import CARRIERS, FORWARDERS, WAREHOUSES, dice, working_day
from .pricing import goods, line, totals
from .tables import Business, Product, customers, products
from .taxes import withheld

COUNT = 1440
FIRST = 10_001
# How much is sold in each month, January first: a dry start of the year, a strong end.
SEASON = (7, 8, 9, 9, 10, 10, 9, 10, 11, 12, 14, 16)
DISCOUNTS = (0, 0, 0, 3, 5, 8)
CANCELLED_EVERY, RETURNED_EVERY, BULK_EVERY = 97, 23, 5
RETURNS = (
    "Devolución parcial por avería en transporte",
    "Referencia equivocada en el despacho",
    "Ajuste de precio pactado",
)
ABROAD = {
    "BR": "Exportação, incoterm FCA Bogotá",
    "US": "Export, incoterm FCA Bogotá",
    "MX": "Exportación, incoterm FCA Bogotá",
}


def invoices(day: date, seed: int) -> list[dict]:
    """The year's invoices in the order of their numbers, none of them paid yet."""
    chance = dice(seed, "sales")
    buyers = customers()
    weights = [b.weight for b in buyers]
    found = []
    for number, issued in enumerate(_calendar(day, chance), start=FIRST):
        buyer = chance.choices(buyers, weights)[0]
        found.append(_invoice(number, issued, buyer, day, chance))
    return found


def _calendar(day: date, chance: Random) -> list[date]:
    """A date for each invoice, more of them in strong months; the last is today's."""
    days = [d for d in (day - timedelta(days=n) for n in range(365)) if d.weekday() < 6]
    weights = [SEASON[d.month - 1] * (1 if d.weekday() == 5 else 3) for d in days]
    return sorted([*chance.choices(days, weights, k=COUNT - 3), day, day, day])


def _invoice(number: int, issued: date, buyer: Business, day: date, chance: Random) -> dict:
    lines = _lines(buyer, chance)
    amounts = totals(lines)
    delivered = working_day(issued + timedelta(days=chance.randint(1, 5)))
    kept = withheld(amounts["net_total"], amounts["tax_total"], buyer.currency) if buyer.retains else None
    row = {
        "external_id": f"FV-{number}",
        "number": f"ALT-{number}",
        "kind": "invoice",
        "partner": buyer.code,
        "issue_date": issued,
        "due_date": issued + timedelta(days=buyer.days),
        "delivery_date": delivered,
        "currency": buyer.currency,
        **amounts,
        "withholding_total": kept.total if kept else ZERO,
        "open_amount": amounts["total"],
        "state": "open",
        "order_number": f"PV-{number * 3 - 7}",
        "payment_terms": terms(buyer),
        "carrier": chance.choice(CARRIERS if buyer.country == "CO" else FORWARDERS),
        "origin": WAREHOUSES[buyer.region == "Antioquia"],
        "destination": f"{buyer.city}, {buyer.region}",
        "volumes": f"{1 + len(lines) // 2} cajas",
        "fiscal_id": cufe(f"ALT-{number}", issued, amounts["total"]),
        "lines": lines,
    }
    if buyer.account:
        row["account_partner"] = buyer.account
    if buyer.country in ABROAD:
        row["remarks"] = ABROAD[buyer.country]
    if number % CANCELLED_EVERY == 0:
        row |= {"state": "cancelled", "open_amount": ZERO, "remarks": "Anulada: facturada dos veces"}
    return row


def terms(buyer: Business) -> str:
    return {"BR": "{} dias da emissão", "US": "Net {}"}.get(buyer.country, "{} días fecha factura").format(buyer.days)


def cufe(number: str, issued: date, total: Decimal) -> str:
    """A fiscal id of the shape that the tax office gives: 96 hexadecimal digits."""
    return hashlib.sha384(f"{number}|{issued}|{total}".encode()).hexdigest()


def _lines(buyer: Business, chance: Random) -> list[dict]:
    assortment = [p for p in products() if _sold_to(buyer, p)]
    wanted = chance.choices(assortment, [p.pace for p in assortment], k=chance.randint(1, 4) + chance.randint(0, 4))
    discount = Decimal(chance.choice(DISCOUNTS))
    bulk = 2 if chance.randrange(BULK_EVERY) == 0 else 1
    return [
        line(
            position,
            goods(product, abroad=buyer.country != "CO"),
            Decimal(max(1, round(product.upto * bulk * chance.uniform(0.15, 1)))),
            product.price_in(buyer.currency),
            buyer.currency,
            discount,
        )
        for position, product in enumerate(dict.fromkeys(wanted), start=1)
    ]


def _sold_to(buyer: Business, product: Product) -> bool:
    """Nobody abroad has a machine serviced from Bogotá; a roaster does not buy back its own coffee."""
    if product.group == "Servicios":
        return buyer.country == "CO"
    return product.group not in buyer.supplies


def credit_notes(day: date, sold: list[dict], seed: int) -> list[dict]:
    """Returns: part of one line of an invoice, a few days after it; some of the newest are still in favour."""
    chance = dice(seed, "credit notes")
    found: list[dict] = []
    for invoice in sold[::RETURNED_EVERY]:
        issued = working_day(invoice["issue_date"] + timedelta(days=chance.randint(3, 10)))
        if invoice["state"] == "cancelled" or issued > day:
            continue
        found.append(_credit_note(5_001 + len(found), issued, invoice, chance))
    return found


def _credit_note(number: int, issued: date, invoice: dict, chance: Random) -> dict:
    returned = chance.choice(invoice["lines"])
    what = {k: returned[k] for k in ("product_code", "description", "unit", "tax_rate")}
    quantity = max(
        Decimal(1), (returned["quantity"] * Decimal(chance.choice(("0.2", "0.3", "0.5")))).quantize(Decimal(1))
    )
    lines = [line(1, what, quantity, returned["unit_price"], invoice["currency"], returned["discount_percent"])]
    return _note(f"NC-{number}", "credit_note", issued, invoice, lines, chance.choice(RETURNS))


def debit_note(number: int, issued: date, invoice: dict, days_late: int) -> dict:
    """Interest on what was paid late, at 1.9 % a month."""
    interest = rounded(invoice["total"] * days_late * Decimal("0.019") / 30, invoice["currency"])
    what = {"product_code": "", "description": f"Intereses de mora, {days_late} días", "unit": "", "tax_rate": ZERO}
    lines = [line(1, what, Decimal(1), interest, invoice["currency"])]
    return _note(f"ND-{number}", "debit_note", issued, invoice, lines, "Intereses de mora según condiciones pactadas")


def _note(number: str, kind: str, issued: date, invoice: dict, lines: list[dict], remarks: str) -> dict:
    amounts = totals(lines)
    kept = ("partner", "account_partner", "currency", "payment_terms")
    return {
        "external_id": number,
        "number": number,
        "kind": kind,
        **{k: invoice[k] for k in kept if k in invoice},
        "issue_date": issued,
        "due_date": issued + timedelta(days=15) if kind == "debit_note" else issued,
        **amounts,
        "open_amount": amounts["total"],
        "state": "open",
        "corrects": invoice["number"],
        "remarks": remarks,
        "fiscal_id": cufe(number, issued, amounts["total"]),
        "lines": lines,
    }
