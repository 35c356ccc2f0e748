"""Supplier invoices: filed by the supplier against an order, matched and decided by staff, paid as the ERP reports."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from atrio.core import policies
from atrio.core.actor import STAFF, SUPPLIER
from atrio.core.models import Document, Priced, PricedLine, amount_field
from atrio.core.visibility import but_not, own


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", pgettext_lazy("invoice", "Sent")
    MATCHING = "matching", _("Matching")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", pgettext_lazy("invoice", "Rejected")
    TO_REVISE = "to_revise", _("To revise")
    SCHEDULED = "scheduled", _("Scheduled")
    PAID = "paid", pgettext_lazy("invoice", "Paid")
    CANCELLED = "cancelled", pgettext_lazy("invoice", "Cancelled")


class Reason(models.TextChoices):
    """Why an invoice was rejected or returned, in words that both sides can count."""

    QUANTITY = "quantity", _("Quantities differ")
    PRICE = "price", _("Prices differ")
    TAX = "tax", _("Taxes differ")
    NOT_RECEIVED = "not_received", _("Not received yet")
    DATA = "data", _("Wrong number, date or data")
    DOCUMENTS = "documents", _("Documents missing or unreadable")
    DUPLICATE = "duplicate", _("Invoiced twice")
    OTHER = "other", _("Another reason")


# An invoice in one of these has given its quantities back to the order.
RELEASED = (State.DRAFT, State.TO_REVISE, State.REJECTED, State.CANCELLED)
# An invoice in one of these is owed, and stands in the ledger.
OWED = (State.APPROVED, State.SCHEDULED, State.PAID)


class SupplierInvoice(Document, Priced):
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    purchase_order = models.ForeignKey(
        "purchase_orders.PurchaseOrder",
        models.PROTECT,
        related_name="invoices",
        null=True,
        blank=True,
        verbose_name=_("purchase order"),
    )
    due_date = models.DateField(_("due date"), null=True, blank=True)
    open_amount = amount_field(_("open"))
    withholding_total = amount_field(_("withholding"))
    fiscal_id = models.CharField(_("fiscal id"), max_length=120, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)
    decision_code = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    decision_reason = models.TextField(_("explanation"), blank=True)
    scheduled_date = models.DateField(_("payment planned for"), null=True, blank=True)
    never_sent = models.BooleanField(default=False, editable=False)
    differs = models.BooleanField(_("differs from the order"), default=False)

    # Staff do not see what the supplier is still writing, nor what it threw away.
    SIGHT = {STAFF: but_not(lambda actor: Q(never_sent=False), State.DRAFT), SUPPLIER: own}
    POLICY = policies.of_partner()

    class Meta(Document.Meta):
        db_table = "supplier_invoice"
        verbose_name = _("supplier invoice")
        constraints = [
            *Document.Meta.constraints,
            *Priced.Meta.constraints,
            UniqueConstraint(
                "portal",
                "partner",
                "number",
                condition=~Q(state__in=["rejected", "cancelled"]),
                name="supplier_invoices_once",
            ),
            UniqueConstraint(
                "portal",
                "fiscal_id",
                condition=~Q(fiscal_id="") & ~Q(state__in=["rejected", "cancelled"]),
                name="supplier_invoices_fiscal_once",
            ),
        ]
        indexes = [*Document.Meta.indexes, models.Index("portal", "state", "due_date", name="supplier_invoices_due")]


class SupplierInvoiceLine(PricedLine):
    document = models.ForeignKey(SupplierInvoice, models.CASCADE, related_name="lines", db_index=False)
    order_line = models.ForeignKey(
        "purchase_orders.PurchaseOrderLine", models.PROTECT, related_name="invoice_lines", null=True, blank=True
    )

    POLICY = policies.of_parent("supplier_invoice")

    class Meta(PricedLine.Meta):
        db_table = "supplier_invoice_line"
        constraints = [
            *PricedLine.Meta.constraints,
            CheckConstraint(condition=Q(quantity__gt=0), name="supplier_invoices_line_quantity"),
        ]
