from decimal import Decimal

from atrio.core import search
from atrio.purchasing.purchase_orders.tests import maker as orders

from ..models import SupplierInvoice


def make(world, portal, partner, number: str, state: str, order=None, quantity: str = "4", **facts) -> SupplierInvoice:
    """An invoice of part of an order's first line, at the order's price."""
    order = order or orders.make(world, portal, partner, f"OCF-{number}", "confirmed")
    net = Decimal(quantity) * 100
    tax = net * Decimal("0.19")
    invoice = SupplierInvoice.objects.create(
        portal_id=portal.id,
        partner=partner,
        number=number,
        external_id=number,
        state=state,
        purchase_order=order,
        issue_date="2026-03-12",
        due_date="2026-04-11",
        currency=portal.currency,
        net_total=net,
        tax_total=tax,
        total=net + tax,
        open_amount=0 if state == "paid" else net + tax,
        search=search.tokens(portal.id, numbers=(number,)),
        **facts,
    )
    line = order.lines.get(position=1)
    invoice.lines.create(
        portal_id=portal.id,
        position=1,
        order_line=line,
        description=line.description,
        quantity=quantity,
        unit_price=100,
        tax_rate=19,
        net=net,
        tax=tax,
        total=net + tax,
    )
    return invoice
