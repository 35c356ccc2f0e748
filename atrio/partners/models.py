"""Customers and suppliers: one record each, even where a business is both."""

from django.db import models
from django.db.models import Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from atrio.core import policies
from atrio.core.actor import CUSTOMER, STAFF, SUPPLIER, Actor
from atrio.core.models import Owned, Record, amount_field
from atrio.core.visibility import everything


def oneself(actor: Actor) -> Q:
    return Q(pk__in=actor.partner_ids + actor.related_ids)


class PartnerGroup(Owned):
    """Partners that the host linked: each sees the documents of the others where a list offers “related”."""

    name = models.CharField(_("name"), max_length=120)

    POLICY = policies.of_portal()

    class Meta:
        db_table = "partner_group"
        constraints = [UniqueConstraint("portal", "name", name="partner_group_name")]

    def __str__(self):
        return self.name


class Partner(Record):
    """A customer, a supplier, or both, of one portal."""

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    tax_id = models.CharField(_("tax id"), max_length=40, blank=True)
    is_customer = models.BooleanField(_("customer"), default=False)
    is_supplier = models.BooleanField(_("supplier"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    category = models.CharField(_("category"), max_length=80, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    payment_terms_days = models.PositiveIntegerField(_("payment terms in days"), null=True, blank=True)
    credit_limit = amount_field(_("credit limit"), null=True, blank=True, default=None)
    group = models.ForeignKey(
        PartnerGroup, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("group")
    )
    account_partner = models.ForeignKey(
        "self",
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("account charged"),
        db_index=False,
    )
    representative = models.CharField(_("sales representative"), max_length=120, blank=True)

    SIGHT = {STAFF: everything, CUSTOMER: oneself, SUPPLIER: oneself}
    # Whoever is named with a partner in one document may read who that is (never its page: SIGHT says so).
    _NAMED = """exists (select 1 from partner_link l where l.portal_id = partner.portal_id
      and l.other_id = partner.id and l.partner_id = any (atrio_partners()))"""
    POLICY = policies.Policy(
        f"{policies.PORTAL} and ({policies.STAFF} or id = any (atrio_sight()) or {_NAMED})",
        f"{policies.PORTAL} and {policies.STAFF}",
    )

    class Meta(Record.Meta):
        db_table = "partner"
        verbose_name = _("partner")
        constraints = [*Record.Meta.constraints, UniqueConstraint("portal", "code", name="partners_code")]
        indexes = [
            *Record.Meta.indexes,
            models.Index("portal", "name", "id", name="partners_name"),
            models.Index("portal", "tax_id", name="partners_tax_id"),
        ]

    def __str__(self):
        return self.name


class PartnerLink(Owned):
    """Two partners that the host named together in a document: the first may read who the second is."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+", db_index=False)
    other = models.ForeignKey(Partner, models.CASCADE, related_name="+", db_index=False)

    POLICY = policies.Policy(
        f"{policies.PORTAL} and ({policies.STAFF} or partner_id = any (atrio_partners()))",
        f"{policies.PORTAL} and {policies.STAFF}",
        "select, insert, delete",
    )

    class Meta:
        db_table = "partner_link"
        constraints = [UniqueConstraint("portal", "partner", "other", name="partner_link_once")]
