"""The nouns that every document type shares."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from . import policies
from .actor import STAFF
from .visibility import RecordQuerySet, everything


def amount_field(label, **options: Any) -> models.DecimalField:
    common: dict[str, Any] = {"default": Decimal(0), "max_digits": 18, "decimal_places": 4}
    return models.DecimalField(label, **(common | options))


def quantity_field(label, **options: Any) -> models.DecimalField:
    return amount_field(label, **({"decimal_places": 6, "max_digits": 20} | options))


class Unread(list):
    """Tokens that stayed in the database: a row that is saved again leaves them as they are."""


class TokensField(ArrayField):
    """Search tokens, written as a list of words and kept as a tsvector; only the database reads it."""

    def __init__(self, **options: Any):
        common: dict[str, Any] = {"default": list, "blank": True, "editable": False}
        super().__init__(models.TextField(), **(common | options))

    def deconstruct(self):
        name, _path, _args, options = super().deconstruct()
        options.pop("base_field", None)
        return name, "atrio.core.models.TokensField", [], options

    def db_type(self, connection):
        return "tsvector"

    def get_placeholder(self, value, compiler, connection):
        return "%s" if hasattr(value, "as_sql") else "array_to_tsvector(%s::text[])"

    def from_db_value(self, value, expression, connection):
        return Unread()  # tokens go in, ids come out: nothing in Python reads them

    def pre_save(self, model_instance, add):
        value = super().pre_save(model_instance, add)
        return F(self.attname) if isinstance(value, Unread) and not add else value


class TransactionId(Func):
    """The writing transaction as the first migration counted it."""

    template = "(pg_current_xact_id()::text::bigint)"
    arity = 0
    output_field = models.BigIntegerField()


class TransactionNumber(TransactionId):
    """The writing transaction, for readers to wait until every older one ends; it rises also across a restore."""

    template = "(pg_current_xact_id()::text::bigint + atrio_transaction_base())"


class Portal(models.Model):
    """One company's portal: the tenant."""

    slug = models.SlugField(_("address"), max_length=40, unique=True)
    name = models.CharField(_("trade name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    tax_id = models.CharField(_("tax id"), max_length=40, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="COP")
    language = models.CharField(_("language"), max_length=8, default="es")
    time_zone = models.CharField(_("time zone"), max_length=40, default="America/Bogota")
    accent = models.CharField(_("accent colour"), max_length=9, blank=True)
    logo = models.CharField(_("logo"), max_length=200, blank=True)
    address = models.TextField(_("address"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True, blank=True)

    WORD = "portal"
    POLICY = policies.Policy("id = atrio_portal()", f"id = atrio_portal() and {policies.STAFF}", "select, update")

    class Meta:
        db_table = "portal"
        verbose_name = _("portal")

    def __str__(self):
        return self.name


class Owned(models.Model):
    """Every business row belongs to one portal."""

    portal = models.ForeignKey(Portal, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Record(Owned):
    """A row that an ERP may own: known by its identifier there, found by typing."""

    external_id = models.CharField(_("ERP id"), max_length=80)
    source_hash = models.BinaryField(max_length=32, null=True, editable=False)
    load_id = models.BigIntegerField(null=True, editable=False)
    search = TokensField()
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    SIGHT: dict = {}  # audience -> rule; an audience that is not named sees nothing
    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        constraints = [UniqueConstraint("portal", "external_id", name="%(app_label)s_external_id")]
        indexes = [
            GinIndex(fields=["search"], name="%(app_label)s_search", fastupdate=True),
            # For programs that ask what changed; of page ranges, so that a change need not touch a row's other indexes.
            BrinIndex(fields=["updated_at"], name="%(app_label)s_updated", pages_per_range=32),
        ]


class Document(Record):
    """What all documents share: a partner, a number, a date and a state."""

    class ErpState(models.TextChoices):
        NONE = "none", _("from the ERP")
        PENDING = "pending", _("waiting for the ERP")
        ACKNOWLEDGED = "acknowledged", _("in the ERP")
        FAILED = "failed", _("refused by the ERP")

    partner = models.ForeignKey(
        "partners.Partner", models.PROTECT, related_name="+", db_index=False, verbose_name=_("partner")
    )
    number = models.CharField(_("number"), max_length=60)
    issue_date = models.DateField(_("date"))
    state = models.CharField(_("state"), max_length=20)
    erp_state = models.CharField(_("in the ERP"), max_length=12, choices=ErpState, default=ErpState.NONE)

    class Meta(Record.Meta):
        abstract = True
        indexes = [
            *Record.Meta.indexes,
            models.Index("portal", F("issue_date").desc(), F("id").desc(), name="%(app_label)s_date"),
            models.Index("portal", "partner", F("issue_date").desc(), F("id").desc(), name="%(app_label)s_mine"),
            models.Index("portal", "number", name="%(app_label)s_number"),
        ]

    def __str__(self):
        return self.number


class Priced(models.Model):
    """Amounts that tie: net and tax make the total, in the document's currency."""

    currency = models.CharField(_("currency"), max_length=3)
    net_total = amount_field(_("net"))
    tax_total = amount_field(_("tax"))
    total = amount_field(_("total"))

    class Meta:
        abstract = True
        constraints = [CheckConstraint(condition=Q(total=F("net_total") + F("tax_total")), name="%(app_label)s_ties")]


class Line(Owned):
    """One position of a document."""

    position = models.PositiveIntegerField(_("position"))
    external_id = models.CharField(_("ERP id"), max_length=80, blank=True)
    product_code = models.CharField(_("product"), max_length=60, blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    quantity = quantity_field(_("quantity"))
    unit = models.CharField(_("unit"), max_length=20, blank=True)

    class Meta:
        abstract = True
        ordering = ["position"]
        constraints = [UniqueConstraint("document", "position", name="%(app_label)s_line_position")]


class PricedLine(Line):
    """A line with its price; `total` ties to `net` and `tax`."""

    unit_price = quantity_field(_("unit price"))
    discount_percent = models.DecimalField(_("discount %"), max_digits=7, decimal_places=4, default=Decimal(0))
    tax_rate = models.DecimalField(_("tax %"), max_digits=7, decimal_places=4, default=Decimal(0))
    net = amount_field(_("net"))
    tax = amount_field(_("tax"))
    total = amount_field(_("total"))

    class Meta(Line.Meta):
        abstract = True
        constraints = [
            *Line.Meta.constraints,
            CheckConstraint(condition=Q(total=F("net") + F("tax")), name="%(app_label)s_line_ties"),
        ]


class About(Owned):
    """A row that hangs on a document of any type, and is seen with it."""

    doctype = models.CharField(max_length=40)
    document_id = models.BigIntegerField()
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="+", null=True, db_index=False)

    class Meta:
        abstract = True
        indexes = [models.Index("portal", "doctype", "document_id", name="%(class)s_about")]


class Sided(About):
    """Shared with the other side, or internal to the side that wrote it (staff, or one partner)."""

    internal = models.BooleanField(default=False)
    side_partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="+", null=True, db_index=False)

    class Meta(About.Meta):
        abstract = True


class GuardedQuerySet(models.QuerySet):
    def visible_to(self, actor) -> "GuardedQuerySet":
        """All of the portal's, for staff with the model's permission; timelines read theirs with their document."""
        model: Any = self.model
        if not actor.is_staff or not actor.may(model.PERMISSION):
            return self.none()
        return self.filter(portal_id=actor.portal.id)


class Event(About):
    """One thing that happened; written with the change it tells of, never edited."""

    kind = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    internal = models.BooleanField(default=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False)
    actor_name = models.CharField(max_length=120)
    origin = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    transaction_id = models.BigIntegerField(db_default=TransactionNumber(), editable=False)

    SIGHT = {STAFF: everything}
    PERMISSION = "audit.view"
    objects = GuardedQuerySet.as_manager()
    POLICY = policies.Policy(
        f"{policies.PORTAL} and ({policies.STAFF} or (not internal and partner_id = any (atrio_sight())))",
        f"{policies.PORTAL} and ({policies.STAFF} or partner_id = any (atrio_partners()))",
        "select, insert",
    )

    class Meta(About.Meta):
        db_table = "event"
        indexes = [
            *About.Meta.indexes,
            models.Index("portal", "transaction_id", "id", name="event_feed"),
            models.Index("portal", F("at").desc(), name="event_recent"),
        ]


class Seal(Owned):
    """The hash of all events between two moments and of the seal before: a cut or an edit shows."""

    number = models.PositiveIntegerField()
    after = models.BigIntegerField()
    before = models.BigIntegerField()
    events = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    POLICY = policies.of_staff("select, insert")

    class Meta:
        db_table = "seal"
        constraints = [UniqueConstraint("portal", "number", name="seal_number")]


class Note(Sided):
    text = models.TextField(_("note"), max_length=5000)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False)
    author = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    POLICY = policies.of_side("select, insert")

    class Meta(Sided.Meta):
        db_table = "note"


class File(Sided):
    """A file of a document; its bytes are stored once, under their hash."""

    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    role = models.CharField(max_length=20, default="attachment")
    author = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    POLICY = policies.of_side()

    class Meta(Sided.Meta):
        db_table = "file"


class Follower(About):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)

    POLICY = policies.of_person()

    class Meta(About.Meta):
        db_table = "follower"
        constraints = [UniqueConstraint("portal", "doctype", "document_id", "user", name="follower_once")]


class Version(About):
    """What a document said at one moment, so that two moments can be compared."""

    number = models.PositiveIntegerField()
    snapshot = models.JSONField()
    reason = models.CharField(max_length=40)
    actor_name = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    POLICY = policies.of_partner(grants="select, insert")

    class Meta(About.Meta):
        db_table = "version"
        constraints = [UniqueConstraint("portal", "doctype", "document_id", "number", name="version_number")]


class FormDraft(Owned):
    """What a person typed into a form and has not sent yet."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    path = models.CharField(max_length=200)
    payload = models.TextField()
    at = models.DateTimeField(auto_now=True)

    POLICY = policies.Policy(
        f"{policies.PORTAL} and user_id = atrio_user()", f"{policies.PORTAL} and user_id = atrio_user()"
    )

    class Meta:
        db_table = "form_draft"
        constraints = [UniqueConstraint("portal", "user", "path", name="form_draft_once")]


class SavedView(Owned):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    doctype = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2000)

    POLICY = policies.Policy(
        f"{policies.PORTAL} and user_id = atrio_user()", f"{policies.PORTAL} and user_id = atrio_user()"
    )

    class Meta:
        db_table = "saved_view"
        constraints = [UniqueConstraint("portal", "user", "doctype", "name", name="saved_view_name")]


class Sequence(Owned):
    name = models.CharField(max_length=60)
    last = models.BigIntegerField(default=0)

    POLICY = policies.Policy(policies.PORTAL, policies.PORTAL, "select, insert, update")

    class Meta:
        db_table = "sequence"
        constraints = [UniqueConstraint("portal", "name", name="sequence_name")]


class Notification(About):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    POLICY = policies.of_person()

    class Meta(About.Meta):
        db_table = "notification"
        indexes = [
            models.Index("portal", "user", F("id").desc(), name="notification_mine"),
            models.Index("portal", "user", condition=Q(read_at=None), name="notification_unread"),
        ]
        constraints = [UniqueConstraint("event", "user", name="notification_once")]


class Mail(Owned):
    """A message to send: a row first, so that nothing is lost and staff can see what went out."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        REFUSED = "refused", _("refused for good")

    to = models.EmailField(_("to"))
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    event = models.ForeignKey(Event, models.PROTECT, related_name="+", null=True, db_index=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    SIGHT = {STAFF: everything}
    PERMISSION = "outbox.view"
    objects = GuardedQuerySet.as_manager()
    POLICY = policies.of_staff()

    class Meta:
        db_table = "mail"
        indexes = [models.Index("portal", F("id").desc(), name="mail_recent")]
        constraints = [UniqueConstraint("event", "to", name="mail_once")]


class MailSettings(Owned):
    """The server through which a portal's mail leaves; its password is kept encrypted."""

    class Security(models.TextChoices):
        STARTTLS = "starttls", "STARTTLS"
        TLS = "tls", "TLS"
        NONE = "none", _("without encryption")

    host = models.CharField(_("mail server"), max_length=253)
    port = models.PositiveIntegerField(_("port"), default=587)
    security = models.CharField(_("encryption"), max_length=8, choices=Security, default=Security.STARTTLS)
    login = models.CharField(_("user name at the mail server"), max_length=254, blank=True)
    secret = models.TextField(_("password at the mail server"), blank=True)
    sender_name = models.CharField(_("sender's name"), max_length=80, blank=True)
    sender = models.EmailField(_("sender's address"))
    reply_to = models.EmailField(_("answers go to"), blank=True)
    tested_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    WORD = "mail_settings"
    POLICY = policies.of_staff()

    class Meta:
        db_table = "mail_settings"
        constraints = [UniqueConstraint("portal", name="mail_settings_once")]


class AsOf(Owned):
    """Until when the ERP's data of one kind is known."""

    doctype = models.CharField(max_length=40)
    at = models.DateTimeField()

    POLICY = policies.of_portal()

    class Meta:
        db_table = "as_of"
        constraints = [UniqueConstraint("portal", "doctype", name="as_of_once")]
