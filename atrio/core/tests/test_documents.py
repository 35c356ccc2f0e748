"""The page of a document says what matters and leaves out what says nothing."""

import re

from atrio.core.scope import scope
from atrio.payables.supplier_payments.tests import maker as payments
from atrio.purchasing.purchase_orders.tests import maker as orders


def _heads(page: str) -> int:
    table = page[page.index('<table class="data cards">') :]
    return len(re.findall("<th ", table[: table.index("</thead>")]))


def _page(client, doc) -> str:
    return client.get(f"/acme/{doc._meta.app_label}/{doc.pk}/").content.decode()


def test_a_loaded_document_tells_when_it_came(as_, world):
    with scope(world.system()):
        loaded = orders.make(world, world.portals.acme, world.partners.tornillos, "OC-1", "sent", load_id=7)
        typed = orders.make(world, world.portals.acme, world.partners.tornillos, "OC-2", "sent")
    assert "#database-import" in _page(as_("tornillos"), loaded).split('id="timeline-title"')[1]
    assert "#database-import" not in _page(as_("tornillos"), typed).split('id="timeline-title"')[1]


def test_a_column_of_lines_that_repeats_the_header_is_left_out(as_, world):
    with scope(world.system()):
        order = orders.make(world, world.portals.acme, world.partners.tornillos, "OC-1", "sent")
        order.lines.update(delivery_date=order.delivery_date)
        told = _heads(_page(as_("tornillos"), order))
        order.lines.filter(position=2).update(delivery_date="2026-04-30")
    assert _heads(_page(as_("tornillos"), order)) == told + 1


def test_one_action_is_the_way_on(as_, world):
    with scope(world.system()):
        payment = payments.make(world, world.portals.acme, world.partners.tornillos, "P-1", "planned", None, "10.00")
    page = _page(as_("ana"), payment)
    assert "mark_ready/" in page and "mark_paid/" in page
    assert page.count("btn-primary") == 1
