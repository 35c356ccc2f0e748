"""What a customer sees first: what it owes, what it may still buy, and its last documents."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor
from atrio.ledger.models import RECEIVABLE, Balance

from .boards import PAST_DUE, Board, Chart, Listing, Tile, age_of, ages, issue_month, months, not_cancelled, owed
from .figures import Figure


def owed_by_us(actor: Actor) -> Q:
    """A partner that also sells to the company sees both sides in one list of entries."""
    return owed(actor) & Q(side=RECEIVABLE)


def our_balance(actor: Actor) -> QuerySet:
    return Balance.objects.filter(portal_id=actor.portal.id, partner_id__in=actor.partner_ids, side=RECEIVABLE)


def ourselves(actor: Actor) -> Q:
    return Q(pk__in=actor.partner_ids)


BALANCE = Figure("ledger", "open=1", "balance", rows=our_balance)
OWED = Figure("ledger", "open=1", "open_amount", by=age_of, narrow=owed_by_us)
LIMIT = Figure("partners", amount="credit_limit", narrow=ourselves)
NOT_PAID = Figure("sales_invoices", "state=open&state=part_paid", "open_amount")
BOUGHT = Figure("sales_invoices", by=issue_month, months="issue_date", narrow=not_cancelled)

ACCOUNT = "statement/?side=receivable"
OPEN_ITEMS = f"{ACCOUNT}&tab=open"

CUSTOMER = Board(
    name="customer",
    title=_("As a customer"),
    kinds=("sales_invoices", "ledger"),
    tiles=(
        Tile(_("Balance"), BALANCE, icon="scale", money=True, leads=ACCOUNT),
        Tile(_("Overdue"), OWED, icon="alert-triangle", money=True, tone="red", only=PAST_DUE, leads=OPEN_ITEMS),
        Tile(_("Credit available"), LIMIT, icon="credit-card", money=True, less=BALANCE),
        Tile(_("Open invoices"), NOT_PAID, icon="file-invoice"),
    ),
    charts=(
        Chart(_("Purchases by month"), BOUGHT, months, _("Month")),
        Chart(_("Balance by age"), OWED, ages, _("Days past due"), leads=OPEN_ITEMS),
    ),
    listing=Listing(_("Last documents"), Figure("sales_invoices"), _("Your invoices will appear here.")),
)

BOARDS = (CUSTOMER,)
