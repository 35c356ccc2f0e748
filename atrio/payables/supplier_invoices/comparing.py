"""From the rows of an invoice to its match with order and receipts, and to what cannot be sent at all."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from atrio.core.actions import NotNow
from atrio.core.actor import Actor, PortalFacts
from atrio.core.money import HUNDRED, ZERO, rounded
from atrio.purchasing.purchase_orders.models import PurchaseOrderLine

from . import bookkeeping
from .forms import cap_in_words, left_in_words
from .matching import Billed, LineMatch, Ordered, match
from .models import RELEASED, SupplierInvoice, SupplierInvoiceLine
from .rules import rules_of


def compared(portal: PortalFacts, invoice: SupplierInvoice, lines: Sequence[SupplierInvoiceLine]) -> list[LineMatch]:
    """Each line beside its order and receipts; the lines come with their `order_line`, so nothing is read here."""
    rules = rules_of(portal)
    ordered = {line.order_line.pk: line.order_line for line in lines if line.order_line}
    counted = dict.fromkeys(ordered, ZERO)
    if invoice.state not in RELEASED:
        for line in lines:
            if line.order_line:
                counted[line.order_line.pk] += line.quantity  # the order's count holds this very invoice
    return match(
        [Billed(line.order_line_id, line.quantity, _net_price(line), _rate(invoice, line)) for line in lines],
        {pk: _ordered(of, counted[pk]) for pk, of in ordered.items()},
        {pk: of.received_quantity for pk, of in ordered.items()} if rules.against_receipts else None,
        rules.tolerance,
    )


def _ordered(line: PurchaseOrderLine, counted: Decimal) -> Ordered:
    return Ordered(line.quantity, _net_price(line), line.tax_rate, max(line.invoiced_quantity - counted, ZERO))


def _rate(invoice: SupplierInvoice, line: SupplierInvoiceLine) -> Decimal:
    """An ERP may send a tax without its rate: then it is the order's, if that gives the same tax to the cent."""
    ordered = line.order_line
    if line.tax_rate or not line.tax or ordered is None:
        return line.tax_rate
    if rounded(line.net * ordered.tax_rate / HUNDRED, invoice.currency) == line.tax:
        return ordered.tax_rate
    return (line.tax / line.net * HUNDRED).quantize(Decimal("0.01")) if line.net else line.tax_rate


def _net_price(line: PurchaseOrderLine | SupplierInvoiceLine) -> Decimal:
    return line.unit_price * (HUNDRED - line.discount_percent) / HUNDRED


def refuse_too_much(actor: Actor, invoice: SupplierInvoice, lines: Sequence[SupplierInvoiceLine]) -> None:
    """Nothing above what is left, and no price above the cap: the order may have changed since it was typed."""
    billed = [(line, line.order_line) for line in lines if line.order_line]
    taken = bookkeeping.invoiced([ordered.pk for _line, ordered in billed], but=invoice.pk)
    rules, errors = rules_of(actor.portal), {}
    for index, (line, ordered) in enumerate(billed):
        left = max(ordered.quantity - taken[ordered.pk], ZERO)
        place = _("Line %(number)s") % {"number": line.position} + f" · {line.product_code or line.description}: "
        if line.quantity > left:
            errors[f"lines-{index}-quantity"] = place + left_in_words(left, ordered.unit, actor)
        if rules.above_cap(line.unit_price, ordered.unit_price):
            errors[f"lines-{index}-unit_price"] = place + cap_in_words(ordered.unit_price, actor)
    if errors:
        raise NotNow(_("This invoice asks for more than the order leaves. Edit it and send it again."), errors)
