from decimal import Decimal

from atrio.core import search

from ..models import PurchaseOrder


def make(world, portal, partner, number: str, state: str, quantities=("10", "5"), **facts) -> PurchaseOrder:
    """A purchase order whose lines cost 100 a unit, with 19% of tax."""
    order = PurchaseOrder(
        portal_id=portal.id,
        partner=partner,
        number=number,
        external_id=number,
        state=state,
        issue_date="2026-03-01",
        delivery_date="2026-03-20",
        currency=portal.currency,
        buyer="Bruno",
        search=search.tokens(portal.id, numbers=(number,)),
        **facts,
    )
    quantities = [Decimal(q) for q in quantities]
    order.net_total = sum(quantities) * 100
    order.tax_total = order.net_total * Decimal("0.19")
    order.total = order.net_total + order.tax_total
    order.save()
    for position, quantity in enumerate(quantities, start=1):
        order.lines.create(
            portal_id=portal.id,
            position=position,
            external_id=f"{number}-{position}",
            product_code=f"P-{position}",
            description=f"Tornillo {position}",
            quantity=quantity,
            unit="un",
            unit_price=100,
            tax_rate=19,
            net=quantity * 100,
            tax=quantity * 19,
            total=quantity * 119,
        )
    return order
