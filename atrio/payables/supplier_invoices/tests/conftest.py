import pytest

from atrio.core.models import Event, Portal
from atrio.core.scope import scope
from atrio.purchasing.purchase_orders.models import PurchaseOrder
from atrio.purchasing.purchase_orders.tests import maker as orders

from ..models import SupplierInvoice
from . import maker


@pytest.fixture
def order(world) -> PurchaseOrder:
    """Tornillos has confirmed 10 and 5 at 100 plus 19%; all of it has arrived."""
    with scope(world.system()):
        made = orders.make(world, world.portals.acme, world.partners.tornillos, "OC-1", "received")
        lines = list(made.lines.all())
        for line in lines:
            line.received_quantity = line.quantity
            line.save()
        return made


@pytest.fixture
def typed(world, order):
    """typed("5", "") is a form that bills 5 of the first line and nothing of the second."""

    with scope(world.system()):
        line_ids = list(order.lines.values_list("pk", flat=True))

    def form(*quantities: str, **changes) -> dict:
        data = {"number": "F-1", "issue_date": "2026-03-15", "due_date": "", "fiscal_id": "", "remarks": "Gracias"}
        data |= {"lines-TOTAL_FORMS": str(len(quantities)), "lines-INITIAL_FORMS": str(len(quantities))}
        for index, (line, quantity) in enumerate(zip(line_ids, quantities, strict=False)):
            place = f"lines-{index}-"
            row = {"order_line": line, "quantity": quantity, "unit_price": "100", "tax_rate": "19"}
            data |= {place + name: value for name, value in row.items()}
        return data | {name.replace("__", "-"): value for name, value in changes.items()}

    return form


@pytest.fixture
def now(world):
    """The document as it stands."""

    def fresh(model, **facts):
        with scope(world.system()):
            return model._base_manager.get(**facts)

    return fresh


@pytest.fixture
def counts(world, order):
    """Everything that a refusal must not have changed."""

    def count() -> tuple:
        with scope(world.system()):
            invoices = SupplierInvoice._base_manager.order_by("pk")
            return (
                list(invoices.values_list("number", "state", "version", "total", "open_amount")),
                list(order.lines.values_list("invoiced_quantity", flat=True)),
                Event.objects.count(),
            )

    return count


@pytest.fixture
def portal_says(world):
    """Set the portal's rules."""

    def say(**settings) -> None:
        with scope(world.system()):
            Portal.objects.filter(pk=world.portals.acme.id).update(settings=settings)

    return say


@pytest.fixture
def invoice(world, order):
    """An invoice of 4 of the first line, in a state, through no form."""

    def make(state: str = "sent", number: str = "F-9", **facts) -> SupplierInvoice:
        with scope(world.system()):
            made = maker.make(world, world.portals.acme, world.partners.tornillos, number, state, order, **facts)
            if state not in ("draft", "to_revise", "rejected", "cancelled"):
                order.lines.filter(position=1).update(invoiced_quantity=4)
            return made

    return make
