"""What second factors, sign-in by another provider, and terms keep."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from atrio.core import policies
from atrio.core.models import Owned


class FactorLock(models.Model):
    """How often in a row a person's code was wrong, and until when no other is read."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    failures = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(null=True)

    class Meta:
        db_table = "factor_lock"


class IdentityProvider(Owned):
    """Who vouches for the people of one company: of the portal's staff (no partner), or of one partner."""

    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="+", null=True, db_index=False)
    name = models.CharField(_("name"), max_length=60)
    issuer = models.CharField(_("issuer"), max_length=300)
    client_id = models.CharField(_("client id"), max_length=200)
    secret = models.TextField(_("client secret"), blank=True)
    domains = ArrayField(models.CharField(max_length=253), verbose_name=_("e-mail domains"), default=list, blank=True)
    role = models.ForeignKey("people.Role", models.PROTECT, related_name="+", db_index=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    WORD = "identity_providers"
    POLICY = policies.Policy(*[f"{policies.PORTAL} and ({policies.STAFF} or partner_id = any (atrio_partners()))"] * 2)

    class Meta:
        db_table = "identity_provider"
        constraints = [
            UniqueConstraint("portal", "partner", "name", nulls_distinct=False, name="identity_provider_name"),
        ]

    def __str__(self):
        return self.name


class Identity(Owned):
    """One subject of one provider is one account, whatever its e-mail becomes there."""

    provider = models.ForeignKey(IdentityProvider, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    POLICY = policies.of_staff()

    class Meta:
        db_table = "identity"
        constraints = [UniqueConstraint("provider", "subject", name="identity_subject")]


class Terms(Owned):
    """One version of a portal's terms or privacy notice, in its languages; what is published is never changed."""

    class Kind(models.TextChoices):
        TERMS = "terms", _("Terms of use")
        PRIVACY = "privacy", _("Privacy notice")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField()
    texts = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True)

    WORD = "terms"
    POLICY = policies.Policy(
        f"{policies.PORTAL} and ({policies.STAFF} or published_at is not null)",
        f"{policies.PORTAL} and {policies.STAFF}",
    )

    class Meta:
        db_table = "terms"
        constraints = [UniqueConstraint("portal", "kind", "number", name="terms_number")]


class TermsAcceptance(Owned):
    """Who accepted which version, when and from where."""

    terms = models.ForeignKey(Terms, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    accepted_at = models.DateTimeField(auto_now_add=True)
    origin = models.CharField(max_length=64, blank=True)

    _own = f"{policies.PORTAL} and ({policies.STAFF} or user_id = atrio_user())"
    POLICY = policies.Policy(_own, _own, "select, insert")

    class Meta:
        db_table = "terms_acceptance"
        constraints = [UniqueConstraint("portal", "terms", "user", name="terms_acceptance_once")]
