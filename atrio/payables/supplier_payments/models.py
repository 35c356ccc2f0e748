"""Supplier payments: what was paid, for which invoices, with what was withheld and discounted."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from atrio.core import policies
from atrio.core.actor import STAFF, SUPPLIER
from atrio.core.models import Document, Owned, amount_field
from atrio.core.visibility import everything, own


class State(models.TextChoices):
    PLANNED = "planned", _("Planned")
    READY = "ready", _("Ready")
    COLLECTED = "collected", _("Collected")
    PAID = "paid", pgettext_lazy("payment", "Paid")
    RETURNED = "returned", _("Returned")


class SupplierPayment(Document):
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PAID)
    method = models.CharField(_("payment method"), max_length=60, blank=True)
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    account = models.CharField(_("paid to account"), max_length=40, blank=True)
    return_reason = models.TextField(_("reason of the return"), blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    gross_total = amount_field(_("invoices"))
    withholding_total = amount_field(_("withholding"))
    discount_total = amount_field(_("discount"))
    total = amount_field(_("paid"))

    SIGHT = {STAFF: everything, SUPPLIER: own}
    POLICY = policies.of_partner()

    class Meta(Document.Meta):
        db_table = "supplier_payment"
        verbose_name = _("supplier payment")
        constraints = [
            *Document.Meta.constraints,
            CheckConstraint(
                condition=Q(total=F("gross_total") - F("withholding_total") - F("discount_total")),
                name="supplier_payments_ties",
            ),
        ]


class SupplierPaymentLine(Owned):
    """What one payment settles of one invoice."""

    document = models.ForeignKey(SupplierPayment, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField(_("position"))
    supplier_invoice = models.ForeignKey(
        "supplier_invoices.SupplierInvoice", models.PROTECT, related_name="payment_lines", null=True, blank=True
    )
    invoice_number = models.CharField(_("invoice"), max_length=60, blank=True)
    amount = amount_field(_("amount"))
    withholding = amount_field(_("withholding"))
    discount = amount_field(_("discount"))
    paid = amount_field(_("paid"))

    POLICY = policies.of_parent("supplier_payment")

    class Meta:
        db_table = "supplier_payment_line"
        ordering = ["position"]
        constraints = [
            UniqueConstraint("document", "position", name="supplier_payments_line_position"),
            CheckConstraint(
                condition=Q(paid=F("amount") - F("withholding") - F("discount")), name="supplier_payments_line_ties"
            ),
        ]
