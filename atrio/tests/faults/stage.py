"""`python -m atrio.tests.faults.stage`: supplier invoices that wait for a decision, for tests that kill who decides."""

import os

import django

INVOICES = [f"F-{number}" for number in range(1, 9)]


def build() -> None:
    from atrio.core.scope import scope
    from atrio.payables.supplier_invoices.tests import maker as invoices
    from atrio.testing.world import known

    world = known()
    with scope(world.system()):
        for number in INVOICES:
            invoices.make(world, world.portals.acme, world.partners.tornillos, number, "sent")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atrio.config.settings")
    django.setup()
    build()
