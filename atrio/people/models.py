"""People: one account each, with a membership for every portal and partner they belong to."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q, UniqueConstraint
from django.db.models.functions import Lower
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from atrio.core import policies
from atrio.core.actor import CUSTOMER, STAFF, SUPPLIER
from atrio.core.models import Owned
from atrio.core.visibility import RecordQuerySet, everything, own

from .passwords import normalised


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person's account, the same in every portal."""

    email = models.EmailField(_("e-mail"))
    username = models.CharField(_("user name"), max_length=60, null=True, blank=True)
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    locale = models.CharField(_("number format"), max_length=12, blank=True)
    date_style = models.CharField(_("date format"), max_length=4, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)
    theme = models.CharField(_("theme"), max_length=10, default="auto")
    accent = models.CharField(_("accent colour"), max_length=12, blank=True, default="", db_default="")
    start_page = models.CharField(_("start page"), max_length=60, blank=True, default="", db_default="")
    # What the person does not want to hear of in full: "purchase_orders.confirm" to "portal" or "none".
    notices = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        db_table = "account"
        constraints = [
            UniqueConstraint(Lower("email"), name="account_email"),
            UniqueConstraint(Lower("username"), condition=~Q(username=None), name="account_username"),
        ]

    def __str__(self):
        return self.name or self.email

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password if raw_password is None else normalised(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(normalised(raw_password or ""))

    def get_full_name(self):
        return self.name


class Session(AbstractBaseSession):
    """A browser that is signed in, or about to; whose it is, and where and when, stands beside the sealed data."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    browser = models.CharField(max_length=80, blank=True, default="", db_default="")
    address = models.CharField(max_length=45, blank=True, default="", db_default="")
    since = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta(AbstractBaseSession.Meta):
        db_table = "session"

    @classmethod
    def get_session_store_class(cls):
        return import_string(f"{settings.SESSION_ENGINE}.SessionStore")


class SingleUseLink(models.Model):
    """What a link sent by mail opens, once and for a while; only the hash of its secret is kept."""

    purpose = models.CharField(max_length=20)
    secret_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    email = models.EmailField()
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "single_use_link"
        indexes = [models.Index("purpose", Lower("email"), name="single_use_link_whose")]


class Role(Owned):
    """A set of permissions under a name; `*` stands for all of its audience."""

    name = models.CharField(_("name"), max_length=60)
    audience = models.CharField(
        _("audience"), max_length=10, choices=[("staff", _("Staff")), ("partner", _("Partner"))]
    )
    permissions = models.JSONField(default=list)

    WORD = "roles"
    POLICY = policies.of_portal()

    class Meta:
        db_table = "role"
        constraints = [UniqueConstraint("portal", "audience", "name", name="role_name")]

    def __str__(self):
        return self.name


class Membership(Owned):
    """A person's place in a portal: on its staff, or with one of its partners."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="+", null=True, db_index=False)
    role = models.ForeignKey(Role, models.PROTECT, related_name="+", db_index=False)
    is_active = models.BooleanField(default=True)
    last_seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    SIGHT = {STAFF: everything, CUSTOMER: own, SUPPLIER: own}
    objects = RecordQuerySet.as_manager()
    POLICY = policies.Policy(
        f"{policies.PORTAL} and ({policies.STAFF} or partner_id = any (atrio_partners()) or user_id = atrio_user())",
        # Administrators of a partner write the places of their own company.
        f"{policies.PORTAL} and ({policies.STAFF} or partner_id = any (atrio_partners()))",
    )

    class Meta:
        db_table = "membership"
        constraints = [
            UniqueConstraint("portal", "user", "partner", nulls_distinct=False, name="membership_once"),
        ]
        indexes = [models.Index("portal", "partner", name="membership_partner")]

    def __str__(self):
        return str(self.user)


class ViewAs(Owned):
    """A time in which somebody of the staff saw the portal as a partner does: who, as whom, why, and until when."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(Membership, models.SET_NULL, related_name="+", null=True, db_index=False)
    role = models.ForeignKey(Role, models.SET_NULL, related_name="+", null=True, db_index=False)
    as_whom = models.CharField(max_length=320)
    reason = models.CharField(_("reason"), max_length=300)
    started_at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    POLICY = policies.of_staff("select, insert, update")

    class Meta:
        db_table = "view_as"
        indexes = [models.Index("portal", "partner", F("id").desc(), name="view_as_partner")]


from .door.models import KnownDevice, Tries  # noqa: E402, F401  # reason: tables of this app, kept with their package
from .factors.models import (  # noqa: E402, F401 (they point at the models above)
    FactorLock,
    Identity,
    IdentityProvider,
    Terms,
    TermsAcceptance,
)
from .usage.models import UsageMonth  # noqa: E402, F401 (it points at the models above)
