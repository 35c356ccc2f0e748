"""A year of purchases: orders, and what arrived of them."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from atrio.core.money import ZERO, rounded

from .company import BUYERS, WAREHOUSES, dice, working_day
from .pricing import goods, line, totals
from .tables import Business, Product, products, suppliers

HISTORY = 288
RECENT = (  # what becomes of it, how many, from and to how many days ago
    ("arrived", 34, 16, 30),
    ("partly", 10, 14, 26),
    ("counting", 2, 14, 20),
    ("coming", 6, 3, 8),
    ("asked", 20, 0, 4),
    ("draft", 3, 0, 0),
)
FIRST = 4_001
# Suppliers that sign in to answer: newest orders and arrivals go to them, so that there is something to do.
ANSWERING = ("P-006", "P-003", "P-011", "P-007", "P-009", "P-013")
LEAD_DAYS = {"CO": (5, 14), "US": (25, 40), "BR": (20, 35), "MX": (18, 30)}
SPLIT_PERCENT, SHORT_PERCENT, CANCELLED_PERCENT = 26, 3, 3
REVERSED_EVERY = 60
CLOSED_AFTER = 75
REMARKS = {
    "CO": ("", "", "Entregar de lunes a viernes, 8:00 a 15:00.", "Favor rotular cada caja con el número de la orden."),
    "US": ("", "Please mark the order number on every pallet.", "FCA Miami, our forwarder will collect."),
    "BR": ("", "Favor indicar o número do pedido na fatura comercial.", "FCA Santos, coleta pelo nosso agente."),
    "MX": ("", "FCA Guadalajara, recoge nuestro agente de carga."),
}
RECEIVERS = ("Yeison Parra", "Luz Dary Gómez", "Edwin Salcedo")


def purchases(day: date, seed: int) -> tuple[list[dict], list[dict]]:
    """Orders in the order of their numbers, and receipts in the order of their dates."""
    chance = dice(seed, "purchases")
    orders, receipts = [], []
    for number, (issued, supplier, fate) in enumerate(_plan(day, chance), start=FIRST):
        order = _order(number, issued, supplier, chance)
        orders.append(order)
        receipts += _fate(order, supplier, fate, day, chance)
    receipts.sort(key=lambda one: (one["issue_date"], one["purchase_order"]))
    _number(receipts)
    return orders, receipts


def _plan(day: date, chance: Random) -> list[tuple[date, Business, str]]:
    """When what is ordered from whom, and what becomes of it."""
    sellers = suppliers()
    weights = [b.weight for b in sellers]
    known = {b.code: b for b in sellers}
    found = [
        (day - timedelta(days=chance.randint(20, 364)), chance.choices(sellers, weights)[0], "history")
        for _ in range(HISTORY)
    ]
    for fate, count, first, last in RECENT:
        for turn in range(count):
            supplier = known[ANSWERING[turn % len(ANSWERING)]]
            found.append((day - timedelta(days=chance.randint(first, last)), supplier, fate))
    return sorted(
        ((working_day(d) if d.weekday() > 4 and working_day(d) <= day else d, s, f) for d, s, f in found), key=_when
    )


def _when(planned: tuple[date, Business, str]) -> tuple[date, bool, str]:
    issued, supplier, fate = planned
    return issued, fate == "draft", supplier.code


def _order(number: int, issued: date, supplier: Business, chance: Random) -> dict:
    key = f"OC-{number:06d}"
    delivery = working_day(issued + timedelta(days=chance.randint(*LEAD_DAYS[supplier.country])))
    lines = _lines(key, supplier, delivery, chance)
    return {
        "external_id": key,
        "number": key,
        "partner": supplier.code,
        "issue_date": issued,
        "delivery_date": delivery,
        "currency": supplier.currency,
        **totals(lines),
        "state": "sent",
        "buyer": chance.choice(BUYERS),
        "payment_terms": f"{supplier.days} días fecha factura"
        if supplier.country in ("CO", "MX")
        else f"Net {supplier.days}",
        "delivery_address": chance.choice(WAREHOUSES),
        "remarks": chance.choice(REMARKS[supplier.country]),
        "lines": lines,
    }


def _lines(key: str, supplier: Business, delivery: date, chance: Random) -> list[dict]:
    offered = [p for p in products() if p.group in supplier.supplies]
    wanted = chance.sample(offered, k=min(len(offered), chance.randint(2, 7)))
    found = []
    for position, product in enumerate(sorted(wanted, key=lambda p: p.code), start=1):
        quantity = Decimal(max(2, round(product.upto * chance.uniform(0.8, 2.5))))
        abroad = supplier.country != "CO"
        one = line(position, goods(product, abroad=abroad), quantity, cost_of(product, supplier), supplier.currency)
        found.append(one | {"external_id": f"{key}-{position}", "delivery_date": delivery})
    return found


def cost_of(product: Product, supplier: Business) -> Decimal:
    """What this supplier asks for the product: the same the whole year, in round figures."""
    share = dice(0, supplier.code, product.code).randint(52, 66)
    cost = rounded(product.price_in(supplier.currency) * share / 100, supplier.currency)
    return rounded(cost / 100, supplier.currency).quantize(Decimal(1)) * 100 if supplier.currency == "COP" else cost


def _fate(order: dict, supplier: Business, fate: str, day: date, chance: Random) -> list[dict]:
    """Set the order's state as of today; what was received of it."""
    if fate != "history":
        return _recent(order, fate, day, chance)
    if chance.randrange(100) < CANCELLED_PERCENT:
        order |= {"state": "cancelled", "remarks": "Anulada por cambio de surtido"}
        return []
    found = _receipts(order, day, chance)
    left = remaining(order, found)
    if not any(left.values()):
        order["state"] = "received"
    else:
        order["state"] = "part_received" if found else "confirmed"
    if found and (day - order["issue_date"]).days > CLOSED_AFTER:
        order["state"] = "closed"
    return found


def _recent(order: dict, fate: str, day: date, chance: Random) -> list[dict]:
    order["state"] = {"draft": "draft", "asked": "sent", "coming": "confirmed"}.get(fate, "received")
    if fate == "coming":
        _deliver_on(order, working_day(day + timedelta(days=chance.randint(1, 9))))
    if order["state"] != "received":
        return []
    arrived = day - timedelta(days=chance.randint(1, 8))
    _deliver_on(order, arrived)
    ordered = {one["external_id"]: one["quantity"] for one in order["lines"]}
    if fate == "arrived":
        return [_receipt(order, arrived, ordered, chance)]
    order["state"] = "part_received"
    first = {key: (quantity / 2).quantize(Decimal(1)) for key, quantity in ordered.items()}
    found = [_receipt(order, arrived, first, chance)]
    if fate == "counting":  # the rest is at the dock, and not posted yet
        rest = {key: quantity - first[key] for key, quantity in ordered.items()}
        found.append(_receipt(order, day, rest, chance) | {"state": "draft", "remarks": "Por verificar en bodega"})
    return found


def _deliver_on(order: dict, day: date) -> None:
    order["delivery_date"] = day
    for one in order["lines"]:
        one["delivery_date"] = day


def _receipts(order: dict, day: date, chance: Random) -> list[dict]:
    """One delivery or two, by today; now and then the last units never come."""
    ordered = {one["external_id"]: one["quantity"] for one in order["lines"]}
    first = working_day(order["delivery_date"] + timedelta(days=chance.randint(-2, 7)))
    split = chance.randrange(100) < SPLIT_PERCENT
    part = Decimal(chance.choice(("0.4", "0.5", "0.6")))
    short = chance.randrange(100) < SHORT_PERCENT
    second = working_day(first + timedelta(days=chance.randint(5, 20)))
    if first > day:
        return []
    if short:
        ordered[next(iter(ordered))] -= 1
    if not split:
        return [_receipt(order, first, ordered, chance)]
    now = {key: max(Decimal(1), (quantity * part).quantize(Decimal(1))) for key, quantity in ordered.items()}
    later = {key: ordered[key] - now[key] for key in ordered}
    return [_receipt(order, first, now, chance)] + ([_receipt(order, second, later, chance)] if second <= day else [])


def _receipt(order: dict, arrived: date, quantities: dict[str, Decimal], chance: Random) -> dict:
    kept = ("product_code", "description", "unit")
    of_order = {one["external_id"]: one for one in order["lines"]}
    came = [(key, quantity) for key, quantity in quantities.items() if quantity > 0]
    return {
        "partner": order["partner"],
        "purchase_order": order["external_id"],
        "issue_date": arrived,
        "state": "posted",
        "delivery_note": f"REM-{chance.randint(10_000, 99_999)}",
        "received_by": chance.choice(RECEIVERS),
        "lines": [
            {"position": position, "order_line": key, **{k: of_order[key][k] for k in kept}, "quantity": quantity}
            for position, (key, quantity) in enumerate(came, start=1)
        ],
    }


def remaining(order: dict, receipts: list[dict]) -> dict[str, Decimal]:
    """What has still to come of each line."""
    left = {one["external_id"]: one["quantity"] for one in order["lines"]}
    for receipt in receipts:
        for one in receipt["lines"] if receipt["state"] == "posted" else ():
            left[one["order_line"]] -= one["quantity"]
    return {key: max(quantity, ZERO) for key, quantity in left.items()}


def _number(receipts: list[dict]) -> None:
    """Number them by date; some were entered wrongly and reversed, and entered again."""
    twins = []
    for receipt in receipts[20::REVERSED_EVERY]:
        lines = [one | {"quantity": one["quantity"] + 1} for one in receipt["lines"]]
        twins.append(
            receipt | {"state": "reversed", "remarks": "Cantidad mal contada; se registró de nuevo", "lines": lines}
        )
    receipts[:] = sorted([*twins, *receipts], key=lambda one: (one["issue_date"], one["purchase_order"]))
    for number, receipt in enumerate(receipts, start=7_001):
        receipt |= {"external_id": f"EM-{number:06d}", "number": f"EM-{number:06d}"}
