"""One ledger for both sides: what customers owe us, and what we owe suppliers."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from atrio.core import policies
from atrio.core.actor import CUSTOMER, STAFF, SUPPLIER, Actor
from atrio.core.models import Owned, Record, amount_field
from atrio.core.visibility import RecordQuerySet, everything

RECEIVABLE, PAYABLE = "receivable", "payable"


class Side(models.TextChoices):
    RECEIVABLE = RECEIVABLE, _("Receivable")
    PAYABLE = PAYABLE, _("Payable")


def own_receivable(actor: Actor) -> Q:
    return Q(partner_id__in=actor.partner_ids, side=Side.RECEIVABLE)


def own_payable(actor: Actor) -> Q:
    return Q(partner_id__in=actor.partner_ids, side=Side.PAYABLE)


class LedgerEntry(Record):
    """One movement of a partner's account; what is still open of it is part of the balance.

    A receivable's balance is debit less credit, a payable's credit less debit: positive is what remains to be paid.
    `open_amount` has that sign too: a negative one is a credit in favour that no document has taken yet.
    `document_key` names the document that this entry is, `settles` the one that it pays, both by their ERP ids."""

    partner = models.ForeignKey(
        "partners.Partner", models.PROTECT, related_name="+", db_index=False, verbose_name=_("partner")
    )
    side = models.CharField(_("side"), max_length=10, choices=Side)
    document_type = models.CharField(_("document type"), max_length=40, blank=True)
    document_id = models.BigIntegerField(null=True, editable=False)
    document_key = models.CharField(_("document"), max_length=80, blank=True)
    settles = models.CharField(_("settles"), max_length=80, blank=True)
    number = models.CharField(_("number"), max_length=60, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    date = models.DateField(_("date"))
    due_date = models.DateField(_("due date"))
    currency = models.CharField(_("currency"), max_length=3)
    debit = amount_field(_("debit"))
    credit = amount_field(_("credit"))
    open_amount = amount_field(_("open"))

    SIGHT = {STAFF: everything, CUSTOMER: own_receivable, SUPPLIER: own_payable}
    POLICY = policies.of_partner()

    class Meta(Record.Meta):
        db_table = "ledger_entry"
        verbose_name = _("ledger entry")
        constraints = [
            *Record.Meta.constraints,
            CheckConstraint(condition=Q(debit__gte=0, credit__gte=0), name="ledger_not_negative"),
            CheckConstraint(condition=Q(debit=0) | Q(credit=0), name="ledger_one_side"),
        ]
        indexes = [
            *Record.Meta.indexes,
            models.Index(
                fields=["portal", "partner", "side", "date", "id"],
                include=["currency", "debit", "credit"],
                name="ledger_statement",
            ),
            models.Index(
                fields=["portal", "side", "partner", "currency", "due_date"],
                include=["open_amount"],
                condition=~Q(open_amount=0),
                name="ledger_open",
            ),
            models.Index("portal", F("date").desc(), F("id").desc(), name="ledger_date"),
            models.Index("portal", "document_type", "document_id", name="ledger_document"),
            models.Index(fields=["portal", "settles"], condition=~Q(settles=""), name="ledger_settles"),
        ]

    def __str__(self):
        return self.number or self.external_id


class Balance(Owned):
    """What a partner's entries add up to, kept beside them for the pages that ask all the time."""

    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="+", db_index=False)
    side = models.CharField(max_length=10, choices=Side)
    currency = models.CharField(max_length=3)
    balance = amount_field(_("balance"))
    open_total = amount_field(_("open"))
    credit_total = amount_field(_("credit in favour"))
    entries = models.PositiveIntegerField(default=0)
    last_date = models.DateField(_("last movement"))

    SIGHT = LedgerEntry.SIGHT
    objects = RecordQuerySet.as_manager()
    POLICY = policies.of_partner()

    class Meta:
        db_table = "ledger_balance"
        constraints = [UniqueConstraint("portal", "partner", "side", "currency", name="ledger_balance_once")]
