from decimal import Decimal

from atrio.core import search
from atrio.purchasing.purchase_orders.tests import maker as orders

from ..models import Receipt


def make(world, portal, partner, number: str, state: str, order=None, quantity: str = "4", **facts) -> Receipt:
    """A receipt of part of an order's first line; on an order of its own it is counted if it is posted."""
    counted = order is None and state == "posted"
    order = order or orders.make(world, portal, partner, f"OCR-{number}", "confirmed")
    receipt = Receipt.objects.create(
        portal_id=portal.id,
        partner=partner,
        number=number,
        external_id=number,
        state=state,
        purchase_order=order,
        issue_date="2026-03-10",
        search=search.tokens(portal.id, numbers=(number,)),
        **facts,
    )
    line = order.lines.get(position=1)
    receipt.lines.create(
        portal_id=portal.id,
        position=1,
        order_line=line,
        product_code=line.product_code,
        description=line.description,
        quantity=quantity,
        unit="un",
    )
    if counted:
        line.received_quantity += Decimal(quantity)
        line.save(update_fields=["received_quantity"])
    return receipt
