"""Sales invoices, with their credit and debit notes: born in the ERP, read by customers."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from atrio.core import policies
from atrio.core.actor import CUSTOMER, STAFF, Actor
from atrio.core.models import Document, Priced, PricedLine, amount_field
from atrio.core.visibility import either, everything


class State(models.TextChoices):
    OPEN = "open", _("Open")
    PART_PAID = "part_paid", _("Part paid")
    PAID = "paid", pgettext_lazy("invoice", "Paid")
    CANCELLED = "cancelled", pgettext_lazy("invoice", "Cancelled")


class Kind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    DEBIT_NOTE = "debit_note", _("Debit note")


def issued(actor: Actor) -> Q:
    """Issued to the customer itself; to anybody, for staff."""
    return Q() if actor.is_staff else Q(partner_id__in=actor.partner_ids)


def related(actor: Actor) -> Q:
    """Issued to other customers of its group, which the host linked."""
    return Q(partner_id__in=actor.related_ids)


def associated(actor: Actor) -> Q:
    """Issued to another party and charged to the customer's account."""
    return Q(account_partner_id__in=actor.partner_ids) & ~Q(partner_id__in=actor.partner_ids)


class SalesInvoice(Document, Priced):
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.INVOICE)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.OPEN)
    account_partner = models.ForeignKey(
        "partners.Partner",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("charged to"),
    )
    due_date = models.DateField(_("due date"), null=True, blank=True)
    delivery_date = models.DateField(_("delivery date"), null=True, blank=True)
    open_amount = amount_field(_("open"))
    withholding_total = amount_field(_("withholding"))
    order_number = models.CharField(_("order"), max_length=60, blank=True)
    corrects = models.CharField(_("corrects"), max_length=60, blank=True)
    payment_terms = models.CharField(_("payment terms"), max_length=120, blank=True)
    carrier = models.CharField(_("carrier"), max_length=120, blank=True)
    origin = models.CharField(_("origin"), max_length=200, blank=True)
    destination = models.CharField(_("destination"), max_length=200, blank=True)
    volumes = models.CharField(_("packages"), max_length=60, blank=True)
    fiscal_id = models.CharField(_("fiscal id"), max_length=120, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)

    SIGHT = {STAFF: everything, CUSTOMER: either(issued, related, associated)}
    POLICY = policies.of_partner("partner_id", "account_partner_id")

    class Meta(Document.Meta):
        db_table = "sales_invoice"
        verbose_name = _("sales invoice")
        constraints = [*Document.Meta.constraints, *Priced.Meta.constraints]
        indexes = [
            *Document.Meta.indexes,
            models.Index("portal", "account_partner", F("issue_date").desc(), name="sales_invoices_account"),
        ]


class SalesInvoiceLine(PricedLine):
    document = models.ForeignKey(SalesInvoice, models.CASCADE, related_name="lines", db_index=False)

    POLICY = policies.of_parent("sales_invoice")

    class Meta(PricedLine.Meta):
        db_table = "sales_invoice_line"
