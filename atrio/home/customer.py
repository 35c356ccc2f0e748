"""What a customer sees first: what it owes, what it may still buy, and its last documents."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor

from .boards import Board, Chart, Listing, Tile, age_of, ages, months
from .figures import Figure, month_of


def owed_by_us(actor: Actor) -> Q:
    """A partner that also sells to the company sees both sides in one list of entries."""
    return Q(side="receivable")


def ourselves(actor: Actor) -> Q:
    return Q(pk__in=actor.partner_ids)


BALANCE = Figure("ledger", "open=1", "open_amount", narrow=owed_by_us)
OVERDUE = Figure("ledger", "open=1&due_date_to={yesterday}", "open_amount", narrow=owed_by_us)
LIMIT = Figure("partners", "", "credit_limit", narrow=ourselves)

CUSTOMER = Board(
    name="customer",
    title=_("As a customer"),
    kinds=("sales_invoices", "ledger"),
    tiles=(
        Tile(_("Balance"), "scale", BALANCE, money=True),
        Tile(_("Overdue"), "alert-triangle", OVERDUE, money=True, tone="red", part_of=BALANCE),
        Tile(_("Credit available"), "credit-card", LIMIT, money=True, less=BALANCE),
        Tile(
            _("Open invoices"),
            "file-invoice",
            Figure("sales_invoices", "state=open&state=part_paid", "open_amount"),
        ),
    ),
    charts=(
        Chart(
            _("Purchases by month"),
            Figure("sales_invoices", "", by=lambda today: month_of("issue_date"), months="issue_date"),
            months,
            _("Month"),
        ),
        Chart(
            _("Balance by age"),
            Figure("ledger", "open=1", "open_amount", by=age_of, narrow=owed_by_us),
            ages,
            _("Days past due"),
        ),
    ),
    listing=Listing(_("Last documents"), "sales_invoices", "", _("Your invoices will appear here.")),
)

BOARDS = (CUSTOMER,)
