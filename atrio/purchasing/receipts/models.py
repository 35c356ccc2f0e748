"""Receipts: what arrived of an order."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from atrio.core import policies
from atrio.core.actor import STAFF, SUPPLIER
from atrio.core.models import Document, Line
from atrio.core.visibility import but_not, everything, own


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    POSTED = "posted", _("Posted")
    REVERSED = "reversed", _("Reversed")


class Receipt(Document):
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.POSTED)
    purchase_order = models.ForeignKey(
        "purchase_orders.PurchaseOrder", models.PROTECT, related_name="receipts", verbose_name=_("purchase order")
    )
    dispatch_advice = models.ForeignKey(
        "dispatch_advices.DispatchAdvice",
        models.PROTECT,
        related_name="receipts",
        null=True,
        blank=True,
        verbose_name=_("dispatch advice"),
    )
    delivery_note = models.CharField(_("delivery note"), max_length=60, blank=True)
    received_by = models.CharField(_("received by"), max_length=120, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)

    SIGHT = {STAFF: everything, SUPPLIER: but_not(own, State.DRAFT)}
    POLICY = policies.of_partner()

    class Meta(Document.Meta):
        db_table = "receipt"
        verbose_name = _("receipt")


class ReceiptLine(Line):
    document = models.ForeignKey(Receipt, models.CASCADE, related_name="lines", db_index=False)
    order_line = models.ForeignKey("purchase_orders.PurchaseOrderLine", models.PROTECT, related_name="receipt_lines")

    POLICY = policies.of_parent("receipt")

    class Meta(Line.Meta):
        db_table = "receipt_line"
