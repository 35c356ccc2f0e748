"""`python -m atrio.tests.browser.stage`: documents for people to find in the database of the browser tests."""

import os

import django

RUNS = ("1280", "390", "plain")  # each run of the journey has an order and an invoice of its own


def build() -> None:
    from atrio.core.scope import scope
    from atrio.ledger.actions import rebalance
    from atrio.testing.world import known

    world = known()
    with scope(world.system()):
        _purchases(world)
        _sales(world)
        rebalance(world.portals.acme.id)


def _purchases(world) -> None:
    from atrio.payables.supplier_invoices.tests import maker as invoices
    from atrio.payables.supplier_payments.tests import maker as payments
    from atrio.purchasing.purchase_orders.tests import maker as orders
    from atrio.purchasing.receipts.tests import maker as receipts

    of = (world, world.portals.acme, world.partners.tornillos)
    for run in RUNS:
        orders.make(*of, f"OC-{run}", "sent")
    for state in ("change_proposed", "rejected", "part_received"):
        orders.make(*of, f"OC-{state}", state, remarks="Entregar de lunes a viernes, de 8:00 a 15:00. " * 3)
    receipts.make(*of, "EM-1", "posted")
    paid = invoices.make(*of, "FE-1", "approved")
    invoices.make(*of, "FE-2", "to_revise", decision_code="price", decision_reason="El precio no es el de la orden.")
    payments.make(*of, "CE-1", "planned", paid)


def _sales(world) -> None:
    from atrio.ledger.tests import maker as entries
    from atrio.receivables.sales_invoices.tests import maker as invoices

    of = (world, world.portals.acme, world.partners.bodega)
    for number, state in (("FÁ-0004711", "open"), ("FÁ-0004712", "part_paid"), ("FÁ-0004713", "paid")):
        sold = invoices.make(*of, number, state)
        entries.make(*of, number, document_type="sales_invoices", document_id=sold.pk, due_date="2026-01-31")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atrio.config.settings")
    django.setup()
    build()
