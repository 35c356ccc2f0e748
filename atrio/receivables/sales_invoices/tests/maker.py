from decimal import Decimal

from atrio.core import search

from ..models import SalesInvoice


def make(world, portal, partner, number: str, state: str, total: str = "119.00", **facts) -> SalesInvoice:
    """A sales invoice of one line, in a state."""
    total = Decimal(total)
    net = (total / Decimal("1.19")).quantize(Decimal("0.01"))
    invoice = SalesInvoice.objects.create(
        portal_id=portal.id,
        partner=partner,
        number=number,
        external_id=number,
        state=state,
        issue_date=facts.pop("issue_date", "2026-03-01"),
        due_date=facts.pop("due_date", "2026-03-31"),
        currency=facts.pop("currency", portal.currency),
        net_total=net,
        tax_total=total - net,
        total=total,
        open_amount=Decimal(0) if state in ("paid", "cancelled") else total,
        search=search.tokens(portal.id, numbers=(number,)),
        **facts,
    )
    invoice.lines.create(
        portal_id=portal.id,
        position=1,
        description="Caja de tornillos",
        quantity=2,
        unit_price=net / 2,
        tax_rate=19,
        net=net,
        tax=total - net,
        total=total,
    )
    return invoice
