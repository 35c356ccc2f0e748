from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import STAFF
from atrio.core.doctypes import Column, DocumentType, Filter, Load, LoadField, Search

from .actions import after, before, prepare
from .models import LedgerEntry, Side

LEDGER_ENTRIES = DocumentType(
    model=LedgerEntry,
    title=_("Ledger entries"),
    noun=_("Ledger entry"),
    icon="notebook",
    area="ledger",
    document=False,
    sort="-date",
    partner_label=_("Partner"),
    offered=frozenset({STAFF}),  # partners read their statement
    columns=(
        Column("number", _("Number"), sort=False),
        Column("date", _("Date"), "date"),
        Column("partner", _("Partner"), "partner", only=frozenset({STAFF}), sort=False),
        Column("side", _("Side"), "choice", sort=False, shown=False, only=frozenset({STAFF})),
        Column("description", _("Description"), sort=False, shown=False),
        Column("due_date", _("Due"), "date"),
        Column("debit", _("Debit"), "amount", sort=False, if_any=True),
        Column("credit", _("Credit"), "amount", sort=False, if_any=True),
        Column("open_amount", _("Open"), "amount", sort=False, if_any=True),
    ),
    filters=(
        Filter("side", _("Side"), choices=lambda: Side.choices, only=frozenset({STAFF})),
        Filter("date", _("Date"), "dates"),
        Filter("due_date", _("Due"), "dates"),
        Filter("open", _("Open items only"), "check", narrow=lambda actor: ~Q(open_amount=0)),
        Filter("partner", _("Partner"), "partner", only=frozenset({STAFF})),
    ),
    search=Search(numbers=("number", "external_id"), texts=("description",)),
    totals=("debit", "credit", "open_amount"),
    heading=lambda entry: entry.number or entry.external_id,
    facts=(
        Column("side", _("Side"), "choice"),
        Column("date", _("Date"), "date"),
        Column("due_date", _("Due"), "date"),
        Column("description", _("Description")),
    ),
    amounts=(
        Column("debit", _("Debit"), "amount", if_any=True),
        Column("credit", _("Credit"), "amount", if_any=True),
        Column("open_amount", _("Open"), "amount"),
    ),
    load=Load(
        fields=(
            LoadField("partner", "reference", required=True, column="partner_id", refers_to="partners"),
            LoadField("side", "choice", required=True, choices=tuple(Side.values)),
            LoadField("date", "date", required=True),
            LoadField("due_date", "date"),
            LoadField("currency", required=True, max_length=3),
            LoadField("debit", "decimal", default=0),
            LoadField("credit", "decimal", default=0),
            LoadField("open_amount", "decimal"),
            LoadField("number", max_length=60),
            LoadField("description", max_length=200),
            LoadField("document_type", max_length=40),
            LoadField("document", column="document_key", max_length=80),
            LoadField("settles", max_length=80),
        ),
        prepare=prepare,
        before=before,
        after=after,
    ),
)
