"""Verbs of supplier invoices: written and sent by the supplier, decided by staff, paid as the ERP reports."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from atrio.core import events, files, versions
from atrio.core.actions import NotNow, action
from atrio.core.actor import Actor
from atrio.core.formats import formats_of
from atrio.purchasing.purchase_orders.models import PurchaseOrder

from . import bookkeeping, drafting
from .comparing import compared, refuse_too_much
from .editor import check_billable
from .forms import DecisionForm, ScheduleForm
from .models import State, SupplierInvoice, SupplierInvoiceLine

CREATE, APPROVE, PAY = (f"supplier_invoices.{verb}" for verb in ("create", "approve", "pay"))
HEADER = ("number", "issue_date", "due_date", "fiscal_id", "remarks", "currency", "net_total", "tax_total", "total")
LINE = ("product_code", "description", "quantity", "unit", "unit_price", "tax_rate", "total")


@action(
    "draft|to_revise -> same",
    _("Edit"),
    supplier=CREATE,
    icon="pencil",
    done=_("Edited"),
    when=lambda actor, invoice: invoice.purchase_order_id is not None,
)
def update(actor: Actor, invoice: SupplierInvoice, *, lines: list[dict], attachments=(), **header) -> None:
    drafting.write(actor, invoice, lines, header)
    files.attach(actor, invoice, attachments)


@action(
    "draft|to_revise -> sent|matching",
    _("Send"),
    supplier=CREATE,
    primary=True,
    icon="send",
    done=pgettext_lazy("invoice", "Sent"),
    explain=_("Look at the invoice once more: once sent, the company sees it and decides."),
    when=lambda actor, invoice: invoice.purchase_order_id is not None,
)
def send(actor: Actor, invoice: SupplierInvoice) -> dict:
    """Take the invoice's quantities from the order, or refuse; who comes second waits here and then sees the rest."""
    orders = PurchaseOrder.objects.visible_to(actor).filter(pk=invoice.purchase_order_id)
    order = orders.select_for_update(of=("self",)).first()
    if order is None:
        raise NotNow(gettext("The order was taken back. Ask the buyer."))
    check_billable(order)
    lines = list(invoice.lines.select_related("order_line").order_by("position"))
    refuse_too_much(actor, invoice, lines)
    invoice.differs = not all(found.ok for found in compared(actor.portal, invoice, lines))
    invoice.state = State.MATCHING if invoice.differs else State.SENT
    invoice.decision_code = invoice.decision_reason = ""
    invoice.never_sent = False
    versions.take(actor, invoice, snapshot(invoice), "send")
    _move(invoice, lines)
    return {"differs": invoice.differs}


def snapshot(invoice: SupplierInvoice) -> dict:
    """What the invoice says at the moment it is sent."""
    return versions.snapshot(invoice, HEADER, LINE)


def _move(invoice: SupplierInvoice, lines: list[SupplierInvoiceLine] | None = None) -> None:
    """Write the new state first, then give to or take from the order what that state says."""
    invoice.save(update_fields=["state"])
    if lines is None:
        lines = list(invoice.lines.all())
    bookkeeping.recount(invoice.portal_id, [line.order_line_id for line in lines if line.order_line_id])


@action(
    "sent|matching -> draft",
    _("Withdraw"),
    supplier=CREATE,
    icon="arrow-back-up",
    done=_("Withdrawn"),
    explain=_("You take the invoice back; its quantities can be invoiced again."),
)
def withdraw(actor: Actor, invoice: SupplierInvoice) -> None:
    """Staff see no drafts, so they are told on the order, which they still see."""
    invoice.state = State.DRAFT
    _move(invoice)
    order = PurchaseOrder.objects.visible_to(actor).filter(pk=invoice.purchase_order_id).first()
    if order is not None:
        events.record(actor, order, "invoice_withdrawn", {"text": invoice.number})


@action(
    "draft|to_revise -> cancelled",
    _("Cancel invoice"),
    supplier=CREATE,
    icon="trash",
    danger=True,
    done=pgettext_lazy("invoice", "Cancelled"),
)
def cancel(actor: Actor, invoice: SupplierInvoice) -> None:
    invoice.open_amount = Decimal(0)


@action("sent|matching -> approved", _("Approve"), staff=APPROVE, primary=True, icon="circle-check", done=_("Approved"))
def approve(actor: Actor, invoice: SupplierInvoice) -> dict:
    invoice.state = State.APPROVED
    invoice.save(update_fields=["state"])
    bookkeeping.post(actor, [invoice.pk])
    return {"differs": invoice.differs}


@action(
    "sent|matching -> rejected",
    _("Reject"),
    staff=APPROVE,
    form=DecisionForm,
    icon="circle-x",
    danger=True,
    done=pgettext_lazy("invoice", "Rejected"),
    explain=_("The supplier reads the reason and can send another invoice."),
)
def reject(actor: Actor, invoice: SupplierInvoice, *, code: str, reason: str) -> dict:
    invoice.state, invoice.open_amount = State.REJECTED, Decimal(0)
    return _decide(invoice, code, reason)


@action(
    "sent|matching -> to_revise",
    _("Return for revision"),
    staff=APPROVE,
    form=DecisionForm,
    icon="arrow-back",
    done=_("Returned for revision"),
    explain=_("The supplier corrects this invoice and sends it again."),
    when=lambda actor, invoice: invoice.purchase_order_id is not None,
)
def return_for_revision(actor: Actor, invoice: SupplierInvoice, *, code: str, reason: str) -> dict:
    invoice.state = State.TO_REVISE
    return _decide(invoice, code, reason)


def _decide(invoice: SupplierInvoice, code: str, reason: str) -> dict:
    invoice.decision_code, invoice.decision_reason = code, reason
    _move(invoice)
    return {"code": code, "reason": reason}


@action(
    "approved|scheduled -> scheduled",
    _("Schedule payment"),
    staff=PAY,
    form=ScheduleForm,
    icon="calendar-dollar",
    done=_("Payment scheduled"),
)
def schedule(actor: Actor, invoice: SupplierInvoice, *, scheduled_date: dt.date) -> dict:
    if scheduled_date < invoice.issue_date:
        said = gettext("It cannot be paid before its date.")
        raise NotNow(said, {"scheduled_date": said})
    invoice.scheduled_date = scheduled_date
    return {"date": scheduled_date.isoformat()}


@action(
    "approved|scheduled -> paid",
    _("Mark as paid"),
    staff=PAY,
    icon="cash",
    done=pgettext_lazy("invoice", "Paid"),
    explain=_("For a payment made outside; a payment that the ERP sends does this by itself."),
)
def mark_paid(actor: Actor, invoice: SupplierInvoice) -> dict:
    paid, invoice.open_amount, invoice.state = invoice.open_amount, Decimal(0), State.PAID
    invoice.save(update_fields=["state", "open_amount"])
    bookkeeping.post(actor, [invoice.pk])
    bookkeeping.post_outside_payment(actor, invoice, paid, formats_of(actor).today())
    return {"amount": str(paid)}


ACTIONS = (send, update, withdraw, cancel, approve, return_for_revision, reject, schedule, mark_paid)
