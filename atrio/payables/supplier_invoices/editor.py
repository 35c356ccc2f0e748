"""How a supplier types an invoice in: from an order, line by line, with what is left of each."""

from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _

from atrio.core.actions import NotNow
from atrio.core.actor import Actor
from atrio.core.formats import formats_of
from atrio.core.formviews import asked_for
from atrio.core.money import Amounts, line_amounts, sum_of
from atrio.purchasing.purchase_orders.models import OPEN, PurchaseOrder

from .forms import order_of, ordered_lines
from .models import SupplierInvoice


def order_to_bill(actor: Actor, params: QueryDict) -> PurchaseOrder:
    """The order that the address names; one that the actor does not see does not exist."""
    orders = PurchaseOrder.objects.visible_to(actor).filter(partner_id__in=actor.partner_ids)
    order = asked_for(orders.select_related("partner"), params, "order")
    check_billable(order)
    if not any(line.to_invoice for line in ordered_lines(order).values()):
        raise NotNow(_("Order %(number)s is invoiced completely.") % {"number": order.number})
    return order


def check_billable(order: PurchaseOrder) -> None:
    if order.state not in OPEN:
        facts = {"number": order.number, "state": order.get_state_display()}
        raise NotNow(_("Order %(number)s is “%(state)s” and cannot be invoiced.") % facts)


def initial(actor: Actor, source: PurchaseOrder | SupplierInvoice, invoice: SupplierInvoice | None) -> dict:
    """A new invoice starts with all that is left; an old one with what it says."""
    mine = {line.order_line_id: line for line in invoice.lines.all()} if invoice else {}
    rows = []
    for line in ordered_lines(source).values():
        said = mine.get(line.pk)
        if said is None and not line.to_invoice:
            continue
        rows.append(
            {
                "order_line": line.pk,
                "ordered": line,
                "quantity": said.quantity if said else None if invoice else line.to_invoice,
                "unit_price": said.unit_price if said else line.unit_price,
                "tax_rate": said.tax_rate if said else line.tax_rate,
            }
        )
    names = ("number", "issue_date", "due_date", "fiscal_id", "remarks")
    header = {name: getattr(invoice, name) for name in names} if invoice else {"issue_date": formats_of(actor).today()}
    return {"header": header, "lines": rows}


def about(source: PurchaseOrder | SupplierInvoice) -> str:
    return _("Purchase order %(number)s") % {"number": order_of(source).number}


def amounts_of(row: dict, currency: str) -> Amounts:
    """What one typed line comes to, with the discount that its order grants."""
    return line_amounts(
        row["quantity"],
        row["unit_price"],
        currency,
        discount_percent=row["ordered"].discount_percent,
        tax_rate=row["tax_rate"],
    )


def totals(actor: Actor, source: PurchaseOrder | SupplierInvoice, typed: list[dict]) -> list[dict]:
    complete = [
        r for r in typed if all(r.get(n) is not None for n in ("ordered", "quantity", "unit_price", "tax_rate"))
    ]
    found = sum_of(amounts_of(row, source.currency) for row in complete)
    said = ((_("Net"), found.net), (_("Tax"), found.tax), (_("Total"), found.total))
    return [_figure(actor, label, value, source.currency) for label, value in said]


def _figure(actor: Actor, label: str, value: Decimal, currency: str) -> dict:
    return {"label": label, "value": formats_of(actor).money(value, currency), "strong": label == _("Total")}
