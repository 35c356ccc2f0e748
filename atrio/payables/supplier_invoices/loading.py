"""Invoices that the ERP sends: what it may leave out, and what follows once they are in."""

from collections.abc import Sequence

from atrio.core.actor import Actor
from atrio.core.doctypes import Load, LoadField
from atrio.core.money import ZERO
from atrio.purchasing.purchase_orders.models import PurchaseOrderLine

from . import bookkeeping
from .models import RELEASED, State, SupplierInvoice


def prepare(row: dict) -> dict:
    """Without an open amount an invoice is open in full, without a state it is approved; paid when nothing is open."""
    state, total = row.get("state"), row["total"]
    if row.get("open_amount") is None:
        row["open_amount"] = ZERO if state == State.PAID or state in RELEASED else total
    row["state"] = state or (State.PAID if total and not row["open_amount"] else State.APPROVED)
    for place, line in enumerate(row.get("lines") or [], start=1):
        line["position"] = line.get("position") or place
    return row


def after(actor: Actor, ids: Sequence[int]) -> None:
    """Once per load: orders count what is invoiced, payments already known settle, the ledger follows."""
    invoices = SupplierInvoice.objects.visible_to(actor).filter(pk__in=ids)
    orders = invoices.exclude(purchase_order=None).values("purchase_order")
    by_order = PurchaseOrderLine._base_manager.filter(document__in=orders).values_list("pk", flat=True)
    by_line = invoices.exclude(lines__order_line=None).values_list("lines__order_line", flat=True)
    bookkeeping.recount(actor.portal.id, sorted({*by_order, *by_line}))
    bookkeeping.post(actor, ids)
    allocated = invoices.filter(payment_lines__isnull=False).values_list("pk", flat=True).distinct()
    bookkeeping.settle(actor, allocated)


LOAD = Load(
    fields=(
        LoadField("number", required=True, max_length=60),
        LoadField("partner", "reference", required=True, column="partner_id", refers_to="partners"),
        LoadField("purchase_order", "reference", column="purchase_order_id", refers_to="purchase_orders"),
        LoadField("issue_date", "date", required=True),
        LoadField("due_date", "date"),
        LoadField("currency", required=True, max_length=3),
        LoadField("net_total", "decimal", required=True),
        LoadField("tax_total", "decimal", default=0),
        LoadField("total", "decimal", required=True),
        LoadField("open_amount", "decimal"),
        LoadField("withholding_total", "decimal", default=0),
        LoadField("state", "choice", choices=tuple(State.values)),
        LoadField("fiscal_id", max_length=120),
        LoadField("remarks"),
    ),
    lines=(
        LoadField("position", "integer"),
        LoadField("external_id", max_length=80),
        LoadField("order_line", "reference", column="order_line_id", refers_to="purchase_orders.lines"),
        LoadField("product_code", max_length=60),
        LoadField("description", max_length=500),
        LoadField("quantity", "decimal", required=True),
        LoadField("unit", max_length=20),
        LoadField("unit_price", "decimal", default=0),
        LoadField("discount_percent", "decimal", default=0),
        LoadField("tax_rate", "decimal", default=0),
        LoadField("net", "decimal"),
        LoadField("tax", "decimal"),
        LoadField("total", "decimal"),
    ),
    prepare=prepare,
    after=after,
)
