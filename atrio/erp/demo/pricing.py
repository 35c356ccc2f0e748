"""Lines with their amounts, and what they add up to."""

from collections.abc import Iterable
from decimal import Decimal

from atrio.core.money import ZERO, line_amounts

from .tables import Product


def line(position: int, what: dict, quantity: Decimal, price: Decimal, currency: str, discount: Decimal = ZERO) -> dict:
    """One priced line of an invoice or an order."""
    rate = what["tax_rate"]
    amounts = line_amounts(quantity, price, currency, discount_percent=discount, tax_rate=rate)
    return {
        "position": position,
        **what,
        "quantity": quantity,
        "unit_price": price,
        "discount_percent": discount,
        "net": amounts.net,
        "tax": amounts.tax,
        "total": amounts.total,
    }


def goods(product: Product, *, abroad: bool) -> dict:
    """What a line says of a product; what crosses the border carries no Colombian tax."""
    rate = ZERO if abroad else product.tax
    return {"product_code": product.code, "description": product.name, "unit": product.unit, "tax_rate": rate}


def totals(lines: Iterable[dict]) -> dict:
    """The header's amounts: exactly the sum of its lines."""
    found = list(lines)
    net, tax = sum((one["net"] for one in found), ZERO), sum((one["tax"] for one in found), ZERO)
    return {"net_total": net, "tax_total": tax, "total": net + tax}
