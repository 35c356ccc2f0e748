"""Writing an invoice down: header, lines and files as typed, amounts computed, duplicates refused."""

import datetime as dt
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core import events, files, search
from atrio.core.actions import NotNow
from atrio.core.actor import Actor
from atrio.core.money import Amounts, sum_of
from atrio.purchasing.purchase_orders.models import PurchaseOrder

from .editor import amounts_of
from .forms import order_of
from .models import State, SupplierInvoice, SupplierInvoiceLine

ONCE = {
    "supplier_invoices_once": ("number", _("You already sent an invoice with this number.")),
    "supplier_invoices_fiscal_once": ("fiscal_id", _("An invoice with this fiscal id was already sent.")),
}


def create(actor: Actor, order: PurchaseOrder, *, lines: list[dict], attachments=(), **header) -> SupplierInvoice:
    """A draft that bills an order; it takes nothing of the order until it is sent."""
    invoice = SupplierInvoice(
        portal_id=actor.portal.id,
        partner_id=order.partner_id,
        purchase_order=order,
        currency=order.currency,
        external_id=f"atrio-{uuid4().hex}",
        erp_state=SupplierInvoice.ErpState.PENDING,
        state=State.DRAFT,
        never_sent=True,
    )
    write(actor, invoice, lines, header)
    events.record(actor, invoice, "created")
    files.attach(actor, invoice, attachments)
    return invoice


def write(actor: Actor, invoice: SupplierInvoice, lines: list[dict], header: dict) -> None:
    rows = [row for row in lines if row["quantity"]]
    if not rows:
        raise NotNow(gettext("Say how much you invoice of at least one line."))
    if len({row["order_line"] for row in rows}) < len(rows):
        raise NotNow(gettext("Each line of the order can stand in an invoice once."))
    for name, value in header.items():
        setattr(invoice, name, value)
    terms = order_of(invoice).partner.payment_terms_days or 0
    invoice.due_date = invoice.due_date or invoice.issue_date + dt.timedelta(days=terms)
    amounts = [amounts_of(row, invoice.currency) for row in rows]
    in_all = sum_of(amounts)
    invoice.net_total, invoice.tax_total, invoice.total = in_all.net, in_all.tax, in_all.total
    invoice.open_amount = in_all.total
    invoice.search = search.tokens(actor.portal.id, numbers=(invoice.number,), texts=(invoice.fiscal_id,))
    _save_once(invoice)
    invoice.lines.all().delete()
    pairs = enumerate(zip(rows, amounts, strict=True), start=1)
    SupplierInvoiceLine.objects.bulk_create(_line(invoice, position, row, of) for position, (row, of) in pairs)


def _line(invoice: SupplierInvoice, position: int, row: dict, amounts: Amounts) -> SupplierInvoiceLine:
    ordered = row["ordered"]
    return SupplierInvoiceLine(
        portal_id=invoice.portal_id,
        document=invoice,
        position=position,
        order_line=ordered,
        product_code=ordered.product_code,
        description=ordered.description,
        unit=ordered.unit,
        quantity=row["quantity"],
        unit_price=row["unit_price"],
        discount_percent=ordered.discount_percent,
        tax_rate=row["tax_rate"],
        net=amounts.net,
        tax=amounts.tax,
        total=amounts.total,
    )


def _save_once(invoice: SupplierInvoice) -> None:
    """The database alone knows of duplicates that the supplier cannot see; here its refusal becomes words."""
    try:
        with transaction.atomic():
            invoice.save()
    except IntegrityError as problem:
        refused = getattr(problem.__cause__, "diag", None)
        if refused is None or refused.constraint_name not in ONCE:
            raise
        field, said = ONCE[refused.constraint_name]
        raise NotNow(str(said), {field: str(said)}) from problem
