"""What a supplier sees first: what waits for it, how its invoices fare, and when it is paid."""

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor
from atrio.purchasing.purchase_orders.models import PurchaseOrderLine

from .boards import Board, Chart, Listing, Tile, issue_month, months, not_cancelled, state_of, states
from .figures import Figure


def not_all_invoiced(actor: Actor) -> Q:
    lines = PurchaseOrderLine.objects.filter(document=OuterRef("pk"), invoiced_quantity__lt=F("quantity"))
    return Q(Exists(lines))


TO_CONFIRM = Figure("purchase_orders", "state=sent")
TO_INVOICE = Figure("purchase_orders", "state=confirmed&state=part_received&state=received", narrow=not_all_invoiced)
TO_REVISE = Figure("supplier_invoices", "state=to_revise")
TO_BE_PAID = Figure("supplier_invoices", "state=approved&state=scheduled", "open_amount")
NEXT = Figure("supplier_payments", "state=planned&state=ready")
ORDERED = Figure("purchase_orders", by=issue_month, months="issue_date", narrow=not_cancelled)
BY_STATE = Figure("supplier_invoices", by=state_of)

SUPPLIER = Board(
    name="supplier",
    title=_("As a supplier"),
    kinds=("purchase_orders", "supplier_invoices", "supplier_payments"),
    tiles=(
        Tile(_("Orders to confirm"), TO_CONFIRM, icon="shopping-cart", tone="amber"),
        Tile(_("Orders to invoice"), TO_INVOICE, icon="receipt"),
        Tile(_("Invoices to revise"), TO_REVISE, icon="pencil", tone="red"),
        Tile(_("Approved, to be paid"), TO_BE_PAID, icon="circle-check"),
        Tile(_("Next payments"), NEXT, icon="cash"),
    ),
    charts=(
        Chart(_("Orders by month"), ORDERED, months, _("Month")),
        Chart(_("Invoices by state"), BY_STATE, states, _("State"), shape="bars", money=False),
    ),
    listing=Listing(_("Orders to confirm"), TO_CONFIRM, _("No order waits for you.")),
)

BOARDS = (SUPPLIER,)
