"""Goods arrive over HTTP: a draft from the order, posted within the tolerance, reversed with a reason."""

import os
from decimal import Decimal

import pytest

from atrio.core import notify
from atrio.core.actions import NotNow
from atrio.core.models import Event, Notification, Portal
from atrio.core.scope import scope
from atrio.purchasing.purchase_orders import actions as orders
from atrio.purchasing.purchase_orders.models import PurchaseOrder
from atrio.purchasing.purchase_orders.tests import maker
from atrio.testing.race import arena
from atrio.testing.world import known

from .. import actions
from ..models import Receipt

NEW = "/acme/receipts/new/"


@pytest.fixture
def place(world):
    """An order of 10 and 5 pieces with Tornillos."""

    def order(state: str = "confirmed", number: str = "OC-88", **facts) -> PurchaseOrder:
        with scope(world.system()):
            return maker.make(world, world.portals.acme, world.partners.tornillos, number, state, **facts)

    return order


@pytest.fixture
def now(world):
    """The order's state, what was received of its lines, and its receipts."""

    def read(order):
        with scope(world.system()):
            fresh = PurchaseOrder.objects.get(pk=order.pk)
            counts = list(fresh.lines.values_list("received_quantity", flat=True))
            return fresh.state, counts, list(Receipt.objects.filter(purchase_order=order).order_by("pk"))

    return read


def typed(order, world, *quantities: str, **header) -> dict:
    with scope(world.system()):
        ids = list(order.lines.values_list("pk", flat=True))
    rows = str(len(quantities))
    found = {"lines-TOTAL_FORMS": rows, "lines-INITIAL_FORMS": rows, "issue_date": "2026-03-15"}
    for index, quantity in enumerate(quantities):
        found |= {f"lines-{index}-order_line": str(ids[index]), f"lines-{index}-quantity": quantity}
    return found | header


def written(as_, order, world, *quantities: str) -> str:
    """A draft receipt, and its address."""
    answer = as_("bruno").post(f"{NEW}?order={order.pk}", typed(order, world, *quantities))
    assert answer.status_code == 303, answer.content.decode()
    return answer["Location"]


def posted(as_, order, world, *quantities: str) -> str:
    url = written(as_, order, world, *quantities)
    assert as_("bruno").post(f"{url}post/").status_code == 303
    return url


def test_a_receipt_is_written_from_its_order_and_posted(as_, place, world, now):
    order = place()
    form = as_("bruno").get(f"{NEW}?order={order.pk}").content.decode()
    assert "OC-88" in form and "Tornillo 1" in form and 'value="10"' in form and 'value="5"' in form
    url = written(as_, order, world, "4", "")
    state, counts, (receipt,) = now(order)
    assert (state, counts, receipt.state, receipt.erp_state) == ("confirmed", [0, 0], "draft", "pending")
    assert as_("tornillos").get(url).status_code == 404
    assert as_("bruno").post(f"{url}post/", {"version": "1"}).status_code == 303
    state, counts, (receipt,) = now(order)
    assert (state, counts, receipt.state) == ("part_received", [4, 0], "posted")
    assert as_("tornillos").get(url).status_code == 200
    assert f"/acme/purchase_orders/{order.pk}/" in as_("tornillos").get(url).content.decode()
    posted(as_, order, world, "6", "5")
    assert now(order)[:2] == ("received", [10, 5])
    assert receipt.number in as_("bruno").get("/acme/receipts/?q=" + receipt.number[-3:]).content.decode()


def test_a_draft_is_corrected_before_it_is_posted(as_, place, world, now):
    order = place()
    url = written(as_, order, world, "4", "5")
    page = as_("bruno").get(f"{url}edit/").content.decode()
    assert 'value="4"' in page and "2026-03-15" in page
    answer = as_("bruno").post(f"{url}edit/", typed(order, world, "3", "", delivery_note="GR-9") | {"version": "1"})
    assert answer.status_code == 303
    receipt = now(order)[2][0]
    with scope(world.system()):
        assert list(receipt.lines.values_list("position", "quantity")) == [(1, 3)]
    as_("bruno").post(f"{url}post/")
    assert as_("bruno").get(f"{url}edit/").status_code == 409
    assert now(order)[:2] == ("part_received", [3, 0])


@pytest.mark.parametrize(
    ("quantities", "status"),
    [(("11", ""), 409), (("", ""), 409), (("0", "0"), 409), (("-1", "2"), 422), (("diez", "2"), 422)],
)
def test_what_cannot_have_arrived_is_refused_beside_its_line(as_, place, world, now, quantities, status):
    order = place()
    sent = typed(order, world, *quantities, delivery_note="GR-1")
    answer = as_("bruno").post(f"{NEW}?order={order.pk}", sent)
    page = answer.content.decode()
    assert answer.status_code == status and 'value="GR-1"' in page
    assert all(f'value="{quantity}"' in page for quantity in quantities if quantity)
    assert now(order) == ("confirmed", [0, 0], [])


def test_the_error_stands_beside_the_line_it_is_about(as_, place, world, now):
    order = place()
    answer = as_("bruno").post(f"{NEW}?order={order.pk}", typed(order, world, "", "6"))
    page = answer.content.decode()
    assert 'id="id_lines-1-quantity_error"' in page and 'id="id_lines-0-quantity_error"' not in page
    assert now(order)[2] == []


def test_another_orders_line_is_refused(as_, place, world, now):
    order, other = place(), place(number="OC-89")
    sent = typed(other, world, "2", "2")
    assert as_("bruno").post(f"{NEW}?order={order.pk}", sent).status_code == 422
    twice = typed(order, world, "2", "2")
    twice["lines-1-order_line"] = twice["lines-0-order_line"]
    assert as_("bruno").post(f"{NEW}?order={order.pk}", twice).status_code == 409
    assert now(order)[2] == now(other)[2] == []


@pytest.mark.parametrize(("state", "status"), [("draft", 409), ("cancelled", 409), ("closed", 409), ("sent", 200)])
def test_only_an_open_order_receives(as_, place, state, status):
    order = place(state)
    assert as_("bruno").get(f"{NEW}?order={order.pk}").status_code == status


@pytest.mark.parametrize("asked", ["", "?order=", "?order=x", "?order=99999999999999999999", "?order=0", "?order=²"])
def test_an_order_that_is_none_is_not_found(as_, asked):
    assert as_("bruno").get(f"{NEW}{asked}").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("tornillos", 403), ("clara", 403), ("bodega", 404), ("rita", 404)])
def test_only_those_who_may_write_receipts(as_, place, world, now, who, status):
    order = place()
    url = written(as_, order, world, "1", "")
    assert as_(who).post(f"{NEW}?order={order.pk}", typed(order, world, "1", "")).status_code == status
    assert as_(who).post(f"{url}post/").status_code in (403, 404)
    assert now(order)[:2] == ("confirmed", [0, 0]) and len(now(order)[2]) == 1


def test_two_drafts_of_the_same_goods_cannot_both_be_posted(as_, place, world, now):
    order = place()
    first, second = written(as_, order, world, "10", ""), written(as_, order, world, "10", "")
    assert as_("bruno").post(f"{first}post/").status_code == 303
    answer = as_("bruno").post(f"{second}post/")
    assert answer.status_code == 409
    assert now(order)[:2] == ("part_received", [10, 0]) and now(order)[2][1].state == "draft"


@pytest.mark.parametrize(("arrived", "status"), [("10.5", 303), ("10.6", 409)])
def test_the_portals_tolerance_is_the_limit(as_, place, world, now, arrived, status):
    with scope(world.system()):
        Portal.objects.filter(slug="acme").update(settings={"receipt_tolerance_percent": 5})
    order = place()
    answer = as_("bruno").post(f"{NEW}?order={order.pk}", typed(order, world, arrived.replace(".", ","), ""))
    assert answer.status_code == status
    if status == 303:
        assert as_("bruno").post(f"{answer['Location']}post/").status_code == 303
        assert now(order)[1] == [Decimal(arrived), 0]


def test_a_receipt_is_reversed_with_a_reason(as_, place, world, now):
    order = place()
    url = posted(as_, order, world, "10", "5")
    assert now(order)[0] == "received"
    assert as_("bruno").post(f"{url}reverse/", {"reason": ""}).status_code == 422
    assert now(order)[:2] == ("received", [10, 5])
    assert as_("bruno").post(f"{url}reverse/", {"reason": "Otra bodega"}).status_code == 303
    assert now(order)[:2] == ("confirmed", [0, 0])
    assert "Otra bodega" in as_("tornillos").get(url).content.decode()


def test_what_is_invoiced_is_not_taken_back(as_, place, world, now):
    order = place()
    url = posted(as_, order, world, "4", "")
    with scope(world.system()):
        first = order.lines.get(position=1)
        orders.recount(order.portal_id, invoiced={first.pk: Decimal(2)})
    assert as_("bruno").post(f"{url}reverse/", {"reason": "x"}).status_code == 409
    assert now(order)[:2] == ("part_received", [4, 0]) and now(order)[2][0].state == "posted"


def test_an_order_that_was_closed_meanwhile_counts_no_more(as_, place, world, now):
    order = place()
    url = written(as_, order, world, "4", "")
    as_("bruno").post(f"/acme/purchase_orders/{order.pk}/close/")
    assert as_("bruno").post(f"{url}post/").status_code == 409
    assert now(order)[:2] == ("closed", [0, 0])


def test_loaded_receipts_count_whatever_their_number(world, now, place, django_assert_max_num_queries):
    system = world.system()
    placed = [place(number=f"OC-9{n}") for n in range(3)]
    from .maker import make

    with scope(system):
        ids = [
            make(world, world.portals.acme, world.partners.tornillos, f"R-{n}-{o.pk}", "posted", order=o).pk
            for o in placed
            for n in range(2)
        ]
        with django_assert_max_num_queries(11):
            actions.after_load(system, ids)
        actions.after_load(system, ids)  # the same file again
    for order in placed:
        assert now(order)[:2] == ("part_received", [8, 0])
    with scope(system):
        Receipt.objects.filter(pk=ids[0]).update(state="reversed")
        actions.after_load(system, ids)
    assert now(placed[0])[:2] == ("part_received", [4, 0])


def test_the_supplier_is_told_of_goods_not_of_drafts(as_, place, world, now):
    order = place()
    url = posted(as_, order, world, "4", "")
    with scope(world.system()):
        told = {}
        for event in Event.objects.filter(doctype="receipts"):
            notify.announce(world.system(), event.pk)
            told[event.kind] = [n.user_id for n in Notification.objects.filter(event=event)]
    assert told["post"] == [world.people["tornillos"].pk]
    assert "Goods received" in as_("tornillos").get(url, headers={"accept-language": "en"}).content.decode()


def test_the_last_pieces_are_received_once(django_db_setup, django_db_blocker):
    """Two people post at the same moment; each receipt alone would fit, both together would not."""
    with django_db_blocker.unblock(), arena(f"atrio_race_receipts_{os.getpid()}") as ring:
        world = ring.do(known)
        ids = ring.do(lambda: _two_drafts(world))

        def post(pk: int):
            with scope(world.system()):
                return actions.post(world.system(), Receipt.objects.get(pk=pk)).state

        given = ring.race(*(lambda pk=pk: post(pk) for pk in ids))
        won, lost = [g for g in given if g == "posted"], [g for g in given if isinstance(g, NotNow)]
        assert (len(won), len(lost)) == (1, 1), given
        assert ring.do(lambda: _received(world)) == [10, 0]


def _two_drafts(world) -> list[int]:
    from .maker import make

    acme, tornillos = world.portals.acme, world.partners.tornillos
    with scope(world.system()):
        order = maker.make(world, acme, tornillos, "OC-99", "confirmed")
        return [make(world, acme, tornillos, f"R-{n}", "draft", order=order, quantity="10").pk for n in (1, 2)]


def _received(world) -> list[Decimal]:
    with scope(world.system()):
        order = PurchaseOrder.objects.get(number="OC-99")
        return list(order.lines.values_list("received_quantity", flat=True))
