"""Supplier invoices: filed by the supplier against an order, matched and decided by staff, paid as the ERP reports."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from atrio.core import policies
from atrio.core.actor import STAFF, SUPPLIER
from atrio.core.models import Document, Priced, PricedLine, amount_field
from atrio.core.visibility import but_not, everything, own


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")
    MATCHING = "matching", _("Matching")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    TO_REVISE = "to_revise", _("To revise")
    SCHEDULED = "scheduled", _("Scheduled")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")


# An invoice in one of these has given its quantities back to the order.
RELEASED = (State.DRAFT, State.TO_REVISE, State.REJECTED, State.CANCELLED)


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
    decision_reason = models.TextField(_("reason"), blank=True)
    differs = models.BooleanField(_("differs from the order"), default=False)

    # Staff do not see what the supplier is still writing.
    SIGHT = {STAFF: but_not(everything, State.DRAFT), SUPPLIER: own}
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
