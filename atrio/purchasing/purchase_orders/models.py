"""Purchase orders: sent by the ERP, answered by the supplier."""

from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from atrio.core import policies
from atrio.core.actor import STAFF, SUPPLIER
from atrio.core.models import Document, Priced, PricedLine, quantity_field
from atrio.core.visibility import everything, own


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", pgettext_lazy("purchase order", "Sent")
    CONFIRMED = "confirmed", _("Confirmed")
    CHANGE_PROPOSED = "change_proposed", _("Change proposed")
    REJECTED = "rejected", _("Rejected by the supplier")
    PART_RECEIVED = "part_received", _("Part received")
    RECEIVED = "received", pgettext_lazy("purchase order", "Received")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", pgettext_lazy("purchase order", "Cancelled")


# Goods may arrive and invoices be written while an order is in one of these.
OPEN = (State.SENT, State.CONFIRMED, State.PART_RECEIVED, State.RECEIVED)
# Goods are still to come while it is in one of these.
AWAITED = (State.SENT, State.CONFIRMED, State.PART_RECEIVED)


def own_and_sent(actor) -> Q:
    """A supplier's own orders, less those that the buyer never let out."""
    return own(actor) & ~Q(state=State.DRAFT) & Q(never_sent=False)


class PurchaseOrder(Document, Priced):
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.SENT)
    delivery_date = models.DateField(_("delivery date"), null=True, blank=True)
    promised_date = models.DateField(_("promised by the supplier"), null=True, blank=True)
    buyer = models.CharField(_("buyer"), max_length=120, blank=True)
    payment_terms = models.CharField(_("payment terms"), max_length=120, blank=True)
    delivery_address = models.CharField(_("deliver to"), max_length=300, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)
    decision_reason = models.TextField(_("reason"), blank=True)

    never_sent = models.BooleanField(default=False, editable=False)  # cancelled while it was still a draft

    SIGHT = {STAFF: everything, SUPPLIER: own_and_sent}
    POLICY = policies.of_partner()

    class Meta(Document.Meta):
        db_table = "purchase_order"
        verbose_name = _("purchase order")
        constraints = [*Document.Meta.constraints, *Priced.Meta.constraints]


class PurchaseOrderLine(PricedLine):
    """An ordered position, with what has been received and invoiced of it so far."""

    document = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="lines", db_index=False)
    delivery_date = models.DateField(_("delivery date"), null=True, blank=True)
    received_quantity = quantity_field(_("received"))
    invoiced_quantity = quantity_field(_("invoiced"))
    # What the supplier proposes instead, while the order waits for the buyer's answer.
    proposed_quantity = quantity_field(_("proposed quantity"), null=True, blank=True, default=None)
    proposed_price = quantity_field(_("proposed price"), null=True, blank=True, default=None)
    proposed_date = models.DateField(_("proposed date"), null=True, blank=True)

    POLICY = policies.of_parent("purchase_order")

    class Meta(PricedLine.Meta):
        db_table = "purchase_order_line"
        constraints = [
            *PricedLine.Meta.constraints,
            CheckConstraint(
                condition=Q(received_quantity__gte=0, invoiced_quantity__gte=0), name="purchase_orders_line_counts"
            ),
        ]

    @property
    def to_receive(self):
        return max(self.quantity - self.received_quantity, 0)

    @property
    def to_invoice(self):
        return max(self.quantity - self.invoiced_quantity, 0)
