"""What the company's own people see first: one tab for each area."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor
from atrio.payables.supplier_invoices.models import RELEASED

from .boards import (
    PAST_DUE,
    Board,
    Chart,
    Listing,
    Tile,
    age_of,
    ages,
    issue_month,
    months,
    names,
    not_cancelled,
    owed,
    partner_of,
    state_of,
    states,
)
from .figures import Figure


def spend(actor: Actor) -> Q:
    """What suppliers ask for, in the portal's own currency: only there can suppliers be compared."""
    return Q(currency=actor.portal.currency) & ~Q(state__in=RELEASED)


WAITING = Figure("purchase_orders", "state=sent")
PROPOSED = Figure("purchase_orders", "state=change_proposed")
REJECTED = Figure("purchase_orders", "state=rejected")
TO_RECEIVE = Figure("purchase_orders", "state=confirmed&state=part_received")
ORDERED = Figure("purchase_orders", by=issue_month, months="issue_date", narrow=not_cancelled)
SPENT = Figure("supplier_invoices", by=partner_of, months="issue_date", most=10, narrow=spend)

TO_DECIDE = Figure("supplier_invoices", "state=sent&state=matching")
PAYABLE = Figure("ledger", "side=payable&open=1", "open_amount", by=age_of, narrow=owed)
BY_STATE = Figure("supplier_invoices", by=state_of)

RECEIVABLE = Figure("ledger", "side=receivable&open=1", "open_amount", by=age_of, narrow=owed)
NOT_PAID = Figure("sales_invoices", "state=open&state=part_paid", "open_amount")
SOLD = Figure("sales_invoices", by=issue_month, months="issue_date", narrow=not_cancelled)

# The lists of what is past due.
PAYABLE_LATE = "ledger/?side=payable&open=1&due_date_to={yesterday}"
RECEIVABLE_LATE = "ledger/?side=receivable&open=1&due_date_to={yesterday}"

PURCHASING = Board(
    name="purchasing",
    title=_("Purchasing"),
    kinds=("purchase_orders", "receipts"),
    tiles=(
        Tile(_("Waiting for confirmation"), WAITING, icon="shopping-cart", tone="amber"),
        Tile(_("Changes proposed"), PROPOSED, icon="replace", tone="amber"),
        Tile(_("Rejected by suppliers"), REJECTED, icon="circle-x", tone="red"),
        Tile(_("To be received"), TO_RECEIVE, icon="package-import"),
    ),
    charts=(
        Chart(_("Purchases by month"), ORDERED, months, _("Month")),
        Chart(_("Spend by supplier, 12 months"), SPENT, names, _("Supplier"), shape="bars"),
    ),
    listing=Listing(_("Waiting for confirmation"), WAITING, _("No order waits for its supplier.")),
)

PAYABLES = Board(
    name="payables",
    title=_("Finance"),
    kinds=("supplier_invoices", "supplier_payments"),
    tiles=(
        Tile(_("Invoices to decide"), TO_DECIDE, icon="receipt", tone="amber"),
        Tile(_("Payables outstanding"), PAYABLE, icon="scale", money=True),
        Tile(_("Overdue"), PAYABLE, icon="alert-triangle", money=True, tone="red", only=PAST_DUE, leads=PAYABLE_LATE),
    ),
    charts=(
        Chart(_("Payables by age"), PAYABLE, ages, _("Days past due")),
        Chart(_("Invoices by state"), BY_STATE, states, _("State"), shape="bars", money=False),
    ),
    listing=Listing(_("Invoices to decide"), TO_DECIDE, _("No invoice waits for a decision.")),
)

RECEIVABLES = Board(
    name="receivables",
    title=_("Receivables"),
    kinds=("sales_invoices", "ledger"),
    tiles=(
        Tile(_("Receivables"), RECEIVABLE, icon="scale", money=True),
        Tile(
            _("In arrears"),
            RECEIVABLE,
            icon="alert-triangle",
            money=True,
            tone="red",
            only=PAST_DUE,
            leads=RECEIVABLE_LATE,
        ),
        Tile(_("Open invoices"), NOT_PAID, icon="file-invoice"),
    ),
    charts=(
        Chart(_("Sales by month"), SOLD, months, _("Month")),
        Chart(_("Receivables by age"), RECEIVABLE, ages, _("Days past due")),
    ),
    listing=Listing(_("Last invoices"), Figure("sales_invoices"), _("No invoice yet.")),
)

BOARDS = (PURCHASING, PAYABLES, RECEIVABLES)
