"""What a supplier sees first: what waits for it, how its invoices fare, and when it is paid."""

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from atrio.core.actor import Actor
from atrio.purchasing.purchase_orders.models import PurchaseOrderLine

from .boards import Board, Chart, Listing, Tile, months, state_of, states
from .figures import Figure, month_of


def not_all_invoiced(actor: Actor) -> Q:
    lines = PurchaseOrderLine.objects.filter(document=OuterRef("pk"), invoiced_quantity__lt=F("quantity"))
    return Q(Exists(lines))


SUPPLIER = Board(
    name="supplier",
    title=_("As a supplier"),
    kinds=("purchase_orders", "supplier_invoices", "supplier_payments"),
    tiles=(
        Tile(_("Orders to confirm"), "shopping-cart", Figure("purchase_orders", "state=sent"), tone="amber"),
        Tile(
            _("Orders to invoice"),
            "receipt",
            Figure("purchase_orders", "state=confirmed&state=part_received&state=received", narrow=not_all_invoiced),
        ),
        Tile(_("Invoices to revise"), "pencil", Figure("supplier_invoices", "state=to_revise"), tone="red"),
        Tile(_("Invoices in review"), "clock", Figure("supplier_invoices", "state=sent&state=matching")),
        Tile(_("Approved, to be paid"), "circle-check", Figure("supplier_invoices", "state=approved&state=scheduled")),
        Tile(_("Next payments"), "cash", Figure("supplier_payments", "state=planned&state=ready")),
    ),
    charts=(
        Chart(
            _("Orders by month"),
            Figure("purchase_orders", "", by=lambda today: month_of("issue_date"), months="issue_date"),
            months,
            _("Month"),
        ),
        Chart(
            _("Invoices by state"),
            Figure("supplier_invoices", "", by=state_of),
            states,
            _("State"),
            shape="bars",
            money=False,
        ),
    ),
    listing=Listing(_("Orders to confirm"), "purchase_orders", "state=sent", _("No order waits for you.")),
)

BOARDS = (SUPPLIER,)
