"""What the company's own people see first: one tab for each area."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor
from atrio.payables.supplier_invoices.models import RELEASED

from .boards import Board, Chart, Listing, Tile, age_of, ages, months, names, partner_of, state_of, states
from .figures import Figure, month_of


def in_our_currency(actor: Actor) -> Q:
    return Q(currency=actor.portal.currency)


def counted_as_spend(actor: Actor) -> Q:
    return in_our_currency(actor) & ~Q(state__in=RELEASED)


def open_items(side: str) -> tuple[Figure, Figure, Figure]:
    """What is still to be paid on one side, the part of it that is past due, and all of it by age."""
    query = f"side={side}&open=1"
    return (
        Figure("ledger", query, "open_amount"),
        Figure("ledger", f"{query}&due_date_to={{yesterday}}", "open_amount"),
        Figure("ledger", query, "open_amount", by=age_of),
    )


PAYABLE, PAYABLE_OVERDUE, PAYABLE_AGES = open_items("payable")
RECEIVABLE, RECEIVABLE_OVERDUE, RECEIVABLE_AGES = open_items("receivable")
TO_DECIDE = "state=sent&state=matching"
SPEND = Figure("supplier_invoices", "", by=partner_of, months="issue_date", most=10, narrow=counted_as_spend)

PURCHASING = Board(
    name="purchasing",
    title=_("Purchasing"),
    kinds=("purchase_orders", "receipts"),
    tiles=(
        Tile(_("Waiting for confirmation"), "shopping-cart", Figure("purchase_orders", "state=sent"), tone="amber"),
        Tile(_("Changes proposed"), "replace", Figure("purchase_orders", "state=change_proposed"), tone="amber"),
        Tile(_("Rejected by the supplier"), "circle-x", Figure("purchase_orders", "state=rejected"), tone="red"),
        Tile(_("To be received"), "package-import", Figure("purchase_orders", "state=confirmed&state=part_received")),
    ),
    charts=(
        Chart(
            _("Purchases by month"),
            Figure("purchase_orders", "", by=lambda today: month_of("issue_date"), months="issue_date"),
            months,
            _("Month"),
        ),
        Chart(_("Spend by supplier, 12 months"), SPEND, names, _("Supplier"), shape="bars"),
    ),
    listing=Listing(
        _("Waiting for confirmation"), "purchase_orders", "state=sent", _("No order waits for its supplier.")
    ),
)

PAYABLES = Board(
    name="payables",
    title=_("Finance"),
    kinds=("supplier_invoices", "supplier_payments"),
    tiles=(
        Tile(_("Invoices to decide"), "receipt", Figure("supplier_invoices", TO_DECIDE), tone="amber"),
        Tile(_("In matching"), "arrows-diff", Figure("supplier_invoices", "state=matching"), tone="amber"),
        Tile(_("Payables outstanding"), "scale", PAYABLE, money=True),
        Tile(_("Overdue"), "alert-triangle", PAYABLE_OVERDUE, money=True, tone="red", part_of=PAYABLE),
    ),
    charts=(
        Chart(_("Payables by age"), PAYABLE_AGES, ages, _("Days past due")),
        Chart(
            _("Invoices by state"),
            Figure("supplier_invoices", "", by=state_of),
            states,
            _("State"),
            shape="bars",
            money=False,
        ),
    ),
    listing=Listing(_("Invoices to decide"), "supplier_invoices", TO_DECIDE, _("No invoice waits for a decision.")),
)

RECEIVABLES = Board(
    name="receivables",
    title=_("Receivables"),
    kinds=("sales_invoices", "ledger"),
    tiles=(
        Tile(_("Receivables"), "scale", RECEIVABLE, money=True),
        Tile(_("In arrears"), "alert-triangle", RECEIVABLE_OVERDUE, money=True, tone="red", part_of=RECEIVABLE),
        Tile(
            _("Open invoices"),
            "file-invoice",
            Figure("sales_invoices", "state=open&state=part_paid", "open_amount"),
        ),
    ),
    charts=(
        Chart(
            _("Sales by month"),
            Figure("sales_invoices", "", by=lambda today: month_of("issue_date"), months="issue_date"),
            months,
            _("Month"),
        ),
        Chart(_("Receivables by age"), RECEIVABLE_AGES, ages, _("Days past due")),
    ),
    listing=Listing(_("Last invoices"), "sales_invoices", "", _("No invoice yet.")),
)

BOARDS = (PURCHASING, PAYABLES, RECEIVABLES)
