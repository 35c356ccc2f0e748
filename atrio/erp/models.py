"""What the ERP sent, when, by whom, and what became of it; and the keys of the programs that send."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from atrio.core import policies
from atrio.core.models import Owned


class State(models.TextChoices):
    UPLOADED = "uploaded", _("To check")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Loading")
    DONE = "done", _("Loaded")
    FAILED = "failed", _("Not loaded")
    INTERRUPTED = "interrupted", _("Interrupted")


class LoadRun(Owned):
    """One load of one file: a record of its own, which the documents that it made point at."""

    doctype = models.CharField(_("type"), max_length=40)
    file = models.CharField(_("file"), max_length=200)
    mapping = models.CharField(_("mapping"), max_length=200, blank=True)
    others = models.JSONField(default=list)  # names of the files that the mapping joins
    lines = models.CharField(_("lines"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.RUNNING)
    dry_run = models.BooleanField(_("only tried"), default=False)
    skip_bad = models.BooleanField(_("bad rows left out"), default=False)
    read = models.PositiveIntegerField(pgettext_lazy("rows", "read"), default=0)
    created = models.PositiveIntegerField(pgettext_lazy("rows", "created"), default=0)
    updated = models.PositiveIntegerField(pgettext_lazy("rows", "updated"), default=0)
    unchanged = models.PositiveIntegerField(pgettext_lazy("rows", "unchanged"), default=0)
    rejected = models.PositiveIntegerField(pgettext_lazy("rows", "rejected"), default=0)
    skipped = models.PositiveIntegerField(_("left out by the mapping"), default=0)
    seconds = models.DecimalField(_("seconds"), max_digits=10, decimal_places=3, default=0)
    problem = models.TextField(_("problem"), blank=True)
    errors = models.JSONField(default=list)  # the first ones, for the page; all are in the file
    errors_file = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False)
    actor_name = models.CharField(_("who"), max_length=120)
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    cleared_at = models.DateTimeField(null=True)  # its files were removed

    POLICY = policies.of_staff()

    class Meta:
        db_table = "load_run"
        verbose_name = _("load")
        indexes = [models.Index("portal", models.F("id").desc(), name="load_run_recent")]

    def __str__(self):
        return self.file

    @property
    def over(self) -> bool:
        return self.state in (State.DONE, State.FAILED, State.INTERRUPTED)


class ApiKey(Owned):
    """A program's way in: what it may do, and how far it has read the feed. Its secret is known to nobody."""

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(_("scopes"), default=list)
    rate = models.PositiveIntegerField(_("requests a minute"), default=600)
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField(auto_now_add=True)
    feed_transaction = models.BigIntegerField(default=0)
    feed_event = models.BigIntegerField(default=0)
    created_by = models.CharField(max_length=120)
    # Who answers for it; nobody in particular for one that was made by command, or before this was written down.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    WORD = "api_keys"
    POLICY = policies.of_staff("select, insert, update")

    class Meta:
        db_table = "api_key"
        verbose_name = _("API key")
        indexes = [models.Index("portal", models.F("id").desc(), name="api_key_recent")]

    def __str__(self):
        return self.name


class ApiAnswer(Owned):
    """What a request with an idempotency key was answered, so that the same request is answered the same again."""

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+", db_index=False)
    idempotency_key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True)

    POLICY = policies.of_staff()

    class Meta:
        db_table = "api_answer"
        constraints = [models.UniqueConstraint("portal", "key", "idempotency_key", name="api_answer_once")]
        indexes = [models.Index("portal", "created_at", name="api_answer_age")]
