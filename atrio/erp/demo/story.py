"""What only people make: answers to orders, invoices written and decided, notes and files; by the actions they use."""

import datetime as dt
from decimal import Decimal

from django.db.models import QuerySet

from atrio.core import files, notes
from atrio.core.actor import Actor
from atrio.core.doctypes import document_type
from atrio.core.money import rounded
from atrio.core.printing import pdf_of
from atrio.core.scope import scope
from atrio.payables.supplier_invoices.models import SupplierInvoice
from atrio.purchasing.purchase_orders.models import PurchaseOrder
from atrio.receivables.sales_invoices.models import SalesInvoice

from . import deliveries
from .people import Cast
from .purchasing import ANSWERING
from .words import ANSWERS, DECISIONS, NOTES, language_of

# What becomes of the invoices of each supplier's newest deliveries; each supplier starts one further on.
PLOTS = ("sent", "matching", "approved", "to_revise", "rejected", "draft", "cancelled")
INVOICED, LEFT = 4, 1


def tell(cast: Cast, day: dt.date) -> None:
    """Everything, in the order in which it would happen."""
    for turn, code in enumerate(ANSWERING):
        _answer(cast, code, turn)
        deliveries.announce(cast, code, turn, day)
        _invoice(cast, code, turn, day)
    _write(cast)
    _attach(cast)


# --- orders


def _orders(actor: Actor, state: str) -> QuerySet[PurchaseOrder]:
    mine = PurchaseOrder.objects.visible_to(actor).filter(partner_id__in=actor.partner_ids)
    return mine.filter(state=state).order_by("number")


def _answer(cast: Cast, code: str, turn: int) -> None:
    """Confirm the oldest order, do something else with the next, and leave the others to whoever signs in."""
    supplier, said = cast[code], ANSWERS[language_of(code)]
    with scope(supplier):
        first, second = _orders(supplier, "sent")[:2]
        _do("confirm", supplier, first, promised_date=None)
        if turn % 3 == 2:
            _do("reject", supplier, second, reason=said["reject"])
        else:
            lines = _raised(second) if turn % 3 == 0 else _later(second)
            _do("propose", supplier, second, reason=said["price" if turn % 3 == 0 else "date"], lines=lines)
    buyer = cast["buyer"]
    with scope(buyer):
        if turn == 3:
            _do("accept_changes", buyer, second)
        if turn == 4:
            _do("decline_changes", buyer, second, reason="Necesitamos el pedido en la fecha acordada.")
        if turn == 5:
            _do("cancel", buyer, second, reason="Se compra a otro proveedor.")


def _do(name: str, actor: Actor, doc, **data):
    """One action, as its button does it."""
    action = document_type(doc._meta.app_label).action(name)
    if action is None:
        raise LookupError(f"{doc._meta.app_label}: {name}")
    return action(actor, doc, **data)


def _raised(order: PurchaseOrder) -> list[dict]:
    """Four percent more for the first line."""
    line = order.lines.order_by("position")[0]
    return [{"position": line.position, "unit_price": rounded(line.unit_price * Decimal("1.04"), order.currency)}]


def _later(order: PurchaseOrder) -> list[dict]:
    """A week later, and half of the first line."""
    lines = list(order.lines.order_by("position"))
    day = (order.delivery_date or order.issue_date) + dt.timedelta(days=7)
    later: list[dict] = [{"position": one.position, "delivery_date": day} for one in lines]
    later[0]["quantity"] = max(Decimal(1), (lines[0].quantity / 2).quantize(Decimal(1)))
    return later


# --- supplier invoices


def _invoice(cast: Cast, code: str, turn: int, day: dt.date) -> None:
    supplier = cast[code]
    with scope(supplier):
        billed = SupplierInvoice.objects.visible_to(supplier).values("purchase_order")
        free = list(_orders(supplier, "received").exclude(pk__in=billed).order_by("-number")[: INVOICED + LEFT])
    for place, order in enumerate(free[LEFT:]):
        plot = PLOTS[(turn + place) % len(PLOTS)]
        with scope(supplier):
            invoice = _written(supplier, order, plot, f"{code[-2:]}{turn}{place}", day)
        _decided(cast, invoice, plot, code)


def _written(supplier: Actor, order: PurchaseOrder, plot: str, key: str, day: dt.date) -> SupplierInvoice:
    """Half of each line where the rest is to come later; a dearer line where somebody will have to look."""
    kind = document_type("supplier_invoices")
    if kind.editor is None or kind.editor.initial is None:
        raise LookupError("suppliers write invoices by an editor")
    rows = kind.editor.initial(supplier, order, None)["lines"]
    for row in rows:
        if plot in ("sent", "draft"):
            row["quantity"] = max(Decimal(1), (row["quantity"] / 2).quantize(Decimal(1)))
    if plot in ("matching", "to_revise", "rejected"):
        rows[0]["unit_price"] = rounded(rows[0]["unit_price"] * Decimal("1.08"), order.currency)
    said = ANSWERS[language_of(order.partner.code)]
    header = {"number": f"FE-{key}", "issue_date": day, "due_date": None, "fiscal_id": "", "remarks": said["invoice"]}
    invoice = kind.editor.create(supplier, order, lines=rows, **header)
    if plot == "cancelled":
        return _do("cancel", supplier, invoice)
    files.keep(supplier, invoice, f"FE-{key}.pdf", pdf_of(kind, invoice, supplier))
    return invoice if plot == "draft" else _do("send", supplier, invoice)


def _decided(cast: Cast, invoice: SupplierInvoice, plot: str, code: str) -> None:
    payables, supplier = cast["payables"], cast[code]
    decide = {"approved": "approve", "rejected": "reject", "to_revise": "return_for_revision"}
    if plot not in decide and plot != "matching":
        return
    with scope(payables):
        if plot in decide:
            reasons = {} if plot == "approved" else {"code": "price", "reason": DECISIONS[plot]}
            _do(decide[plot], payables, invoice, **reasons)
            return
        notes.write(payables, invoice, NOTES["difference"])
        notes.write(payables, invoice, NOTES["aside"], internal=True)
    with scope(supplier):
        notes.write(supplier, invoice, ANSWERS[language_of(code)]["explain"])


# --- notes and files


def _write(cast: Cast) -> None:
    """Receivables and customers about what is late."""
    receivables = cast["receivables"]
    for code in ("C-001", "C-005", "C-010", "C-012"):
        customer, said = cast[code], ANSWERS[language_of(code)]
        with scope(receivables):
            mine = SalesInvoice.objects.visible_to(receivables).filter(state="open", kind="invoice")
            invoice = mine.filter(partner_id__in=customer.partner_ids).order_by("due_date")[0]
            notes.write(receivables, invoice, said["when"])
            notes.write(receivables, invoice, NOTES["called"], internal=True)
        with scope(customer):
            notes.write(customer, invoice, said["friday"])


def _attach(cast: Cast) -> None:
    """Waybills of the last dispatches, packing lists and certificates of the last orders."""
    receivables, buyer = cast["receivables"], cast["buyer"]
    with scope(receivables):
        for invoice in SalesInvoice.objects.visible_to(receivables).filter(kind="invoice").order_by("-number")[:6]:
            files.keep(receivables, invoice, f"guia-{invoice.order_number}.csv", _waybill(invoice))
    with scope(buyer):
        for order in PurchaseOrder.objects.visible_to(buyer).filter(state="sent").order_by("number")[:6]:
            files.keep(buyer, order, f"{order.number}.pdf", pdf_of(document_type("purchase_orders"), order, buyer))


def _waybill(invoice: SalesInvoice) -> bytes:
    rows = [f"{one.product_code};{one.quantity:f};{one.unit}" for one in invoice.lines.order_by("position")]
    return "\n".join(["codigo;cantidad;unidad", *rows, ""]).encode()
