from decimal import Decimal

from atrio.core import search

from ..models import SupplierPayment


def make(
    world, portal, partner, number: str, state: str, invoice=None, amount: str = "476.00", **facts
) -> SupplierPayment:
    """A payment of one invoice, with a tenth withheld."""
    gross = Decimal(amount)
    withheld = gross / 10
    payment = SupplierPayment.objects.create(
        portal_id=portal.id,
        partner=partner,
        number=number,
        external_id=number,
        state=state,
        issue_date="2026-04-10",
        currency=portal.currency,
        method="Transferencia",
        gross_total=gross,
        withholding_total=withheld,
        total=gross - withheld,
        search=search.tokens(portal.id, numbers=(number,)),
        **facts,
    )
    payment.lines.create(
        portal_id=portal.id,
        position=1,
        supplier_invoice=invoice,
        invoice_number=invoice.number if invoice else "F-0",
        amount=gross,
        withholding=withheld,
        paid=gross - withheld,
    )
    return payment
