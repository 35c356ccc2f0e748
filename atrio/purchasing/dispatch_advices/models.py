"""Dispatch advices: what a supplier says is on its way, before it arrives."""

from decimal import Decimal

from django.db import models
from django.db.models import CheckConstraint, Q, Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from atrio.core import policies
from atrio.core.actor import STAFF, SUPPLIER
from atrio.core.models import Document, Line
from atrio.core.visibility import but_not, own


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")
    RECEIVED = "received", _("Received")
    CANCELLED = "cancelled", _("Cancelled")


class DispatchAdvice(Document):
    """A delivery against one order; its number is the supplier's delivery note."""

    state = models.CharField(_("state"), max_length=20, choices=State, default=State.SENT)
    purchase_order = models.ForeignKey(
        "purchase_orders.PurchaseOrder", models.PROTECT, related_name="advices", verbose_name=_("purchase order")
    )
    expected_date = models.DateField(_("expected delivery"), null=True, blank=True)
    carrier = models.CharField(_("carrier"), max_length=120, blank=True)
    tracking_reference = models.CharField(_("tracking number"), max_length=80, blank=True)
    tracking_url = models.CharField(_("tracking page"), max_length=500, blank=True)
    packages = models.PositiveIntegerField(_("packages"), null=True, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)
    never_sent = models.BooleanField(default=False, editable=False)

    # Staff do not see what the supplier is still writing, nor what it threw away.
    SIGHT = {STAFF: but_not(lambda actor: Q(never_sent=False), State.DRAFT), SUPPLIER: own}
    POLICY = policies.of_partner()

    class Meta(Document.Meta):
        db_table = "dispatch_advice"
        verbose_name = _("dispatch advice")

    @cached_property
    def left(self) -> dict[int, Decimal]:
        """What can be announced of each line of the order: not received yet, and not on its way already."""
        coming = DispatchAdviceLine.objects.filter(
            portal_id=self.portal_id, document__purchase_order=self.purchase_order_id, document__state=State.SENT
        ).exclude(document=self.pk)
        sums = dict(coming.values_list("order_line").annotate(Sum("quantity")))
        lines = self.purchase_order.lines.all()
        return {line.pk: max(line.to_receive - sums.get(line.pk, 0), Decimal(0)) for line in lines}


class DispatchAdviceLine(Line):
    document = models.ForeignKey(DispatchAdvice, models.CASCADE, related_name="lines", db_index=False)
    order_line = models.ForeignKey("purchase_orders.PurchaseOrderLine", models.PROTECT, related_name="advice_lines")
    lot = models.CharField(_("lot"), max_length=60, blank=True)
    expiry_date = models.DateField(_("expires"), null=True, blank=True)

    POLICY = policies.of_parent("dispatch_advice")

    class Meta(Line.Meta):
        db_table = "dispatch_advice_line"
        constraints = [
            *Line.Meta.constraints,
            CheckConstraint(condition=Q(quantity__gt=0), name="dispatch_advices_line_quantity"),
        ]
