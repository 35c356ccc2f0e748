"""Access requests: who asked to come in (P), and who was invited (I), until they are in, refused or gone."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, UniqueConstraint, Value, When
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from atrio.core import policies
from atrio.core.actor import CUSTOMER, STAFF, SUPPLIER, Actor
from atrio.core.models import Owned, Record
from atrio.core.visibility import everything

LASTS = dt.timedelta(days=7)
DECIDE, INVITE = "access_requests.decide", "access_requests.invite"


class Kind(models.TextChoices):
    REQUEST = "P", _("P · Request")
    INVITATION = "I", _("I · Invitation")


class Side(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    SUPPLIER = "supplier", _("Supplier")
    BOTH = "both", _("Customer and supplier")


class State(models.TextChoices):
    PENDING = "pending", _("To be decided")
    NOT_INVITED = "not_invited", _("Not invited")
    INVITED = "invited", _("Invited")
    ACTIVE = "active", pgettext_lazy("access request", "Active")
    INACTIVE = "inactive", pgettext_lazy("access request", "Inactive")
    REJECTED = "rejected", pgettext_lazy("access request", "Rejected")
    REVOKED = "revoked", _("Revoked")
    EXPIRED = "expired", _("Expired")


class Reason(models.TextChoices):
    UNKNOWN = "unknown", _("We do not do business with this company")
    INCOMPLETE = "incomplete", _("The data are incomplete or do not agree")
    DUPLICATE = "duplicate", _("The company has access already")
    NOT_AUTHORISED = "not_authorised", _("The company does not know of this request")
    OTHER = "other", _("Another reason")


def of_ones_company(actor: Actor) -> Q:
    """Whoever may invite colleagues reads of its own company's people, once the host has let them in."""
    if not actor.may(INVITE):
        return Q(pk__in=[])
    return Q(partner_id__in=actor.partner_ids) & ~Q(state__in=(State.PENDING, State.REJECTED))


# What a list shows as the state: an invitation is over with its time, not only when the hourly job has been by.
STATE_NOW = Case(
    When(state=State.INVITED, expires_at__lt=Now(), then=Value(str(State.EXPIRED))),
    default=F("state"),
    output_field=models.CharField(),
)


class InvitationBatch(Owned):
    """Invitations that leave together; those still to go are the requests that name it and were not invited."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False)
    asked_by = models.CharField(max_length=120)
    total = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    POLICY = policies.of_staff()

    class Meta:
        db_table = "invitation_batch"


class AccessRequest(Record):
    """One person's way into the portal."""

    number = models.CharField(_("number"), max_length=60)
    kind = models.CharField(_("type"), max_length=1, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    tax_id = models.CharField(_("tax id"), max_length=40, blank=True)
    side = models.CharField(_("side"), max_length=10, choices=Side, blank=True)
    message = models.TextField(_("message"), max_length=2000, blank=True)
    # The one company that it is for. With several it is empty: none of them learns of the others by it.
    partner = models.ForeignKey(
        "partners.Partner", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("partner")
    )
    partners = models.ManyToManyField("partners.Partner", through="AccessRequestPartner", related_name="+")
    role = models.ForeignKey(
        "people.Role", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("role")
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False)
    asked_by = models.CharField(_("asked by"), max_length=120, blank=True)
    origin = models.CharField(_("from where"), max_length=60, blank=True)
    reason_code = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    reason = models.CharField(_("explanation"), max_length=1000, blank=True)
    invited_at = models.DateTimeField(_("invited"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    batch = models.ForeignKey(InvitationBatch, models.SET_NULL, related_name="requests", null=True)
    problem = models.CharField(_("why it was not sent"), max_length=300, blank=True)

    SIGHT = {STAFF: everything, CUSTOMER: of_ones_company, SUPPLIER: of_ones_company}
    _OWN = f"{policies.PORTAL} and ({policies.STAFF} or partner_id = any (atrio_partners()))"
    POLICY = policies.Policy(_OWN, _OWN)

    class Meta(Record.Meta):
        db_table = "access_request"
        verbose_name = _("access request")
        constraints = [
            *Record.Meta.constraints,
            UniqueConstraint(
                "portal", Lower("email"), condition=Q(state=State.PENDING), name="access_requests_one_request"
            ),
        ]
        indexes = [
            *Record.Meta.indexes,
            models.Index("portal", F("created_at").desc(), F("id").desc(), name="access_requests_recent"),
            models.Index("portal", Lower("email"), name="access_requests_email"),
            models.Index("portal", "partner", name="access_requests_partner"),
        ]

    def __str__(self):
        return self.number

    @property
    def is_over(self) -> bool:
        """Whether the invitation's time has passed."""
        return self.state == State.INVITED and self.expires_at is not None and self.expires_at < timezone.now()

    def get_state_display(self) -> str:  # type: ignore[no-redef]  # Django leaves it to a class that has its own
        return capfirst(str((State.EXPIRED if self.is_over else State(self.state)).label))


class AccessRequestPartner(Owned):
    """A company that the person is to act for."""

    request = models.ForeignKey(AccessRequest, models.CASCADE, related_name="links")
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="+", db_index=False)

    POLICY = policies.of_parent("access_request", "request_id")

    class Meta:
        db_table = "access_request_partner"
        constraints = [UniqueConstraint("request", "partner", name="access_request_partner_once")]


class Registration(Owned):
    """What a visitor sent, whoever it is, until a job has looked into it; and for a day what limits how often."""

    email = models.EmailField()
    origin = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    POLICY = policies.of_staff()

    class Meta:
        db_table = "registration"
        indexes = [models.Index("portal", "origin", "at", name="registration_origin")]
