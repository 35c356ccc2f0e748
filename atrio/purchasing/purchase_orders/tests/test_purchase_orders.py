"""The life of an order, told over HTTP: the supplier answers, the buyer decides, quantities count."""

from decimal import Decimal

import pytest

from atrio.core.models import Event, Version
from atrio.core.scope import scope

from .. import actions, counting
from ..models import PurchaseOrder
from . import maker


@pytest.fixture
def place(world):
    """An order of two lines (10 and 5 at 100, plus 19%) with Tornillos, in a state of one's choice."""

    def order(state: str = "sent", **facts) -> PurchaseOrder:
        with scope(world.system()):
            return maker.make(world, world.portals.acme, world.partners.tornillos, "OC-77", state, **facts)

    return order


@pytest.fixture
def now(world):
    """The order and its lines as they stand."""

    def read(order):
        with scope(world.system()):
            fresh = PurchaseOrder.objects.get(pk=order.pk)
            return fresh, list(fresh.lines.all())

    return read


def url(order, name: str = "") -> str:
    return f"/acme/purchase_orders/{order.pk}/{name and name + '/'}"


def lines(**cells) -> dict:
    """lines(q0="8") types 8 as the first line's new quantity."""
    names = {"q": "quantity", "p": "unit_price", "d": "delivery_date"}
    typed = {f"lines-{name[1:]}-{names[name[0]]}": value for name, value in cells.items()}
    return {"lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0", "reason": "No hay acero"} | typed


def test_supplier_confirms_with_a_date(as_, place, now):
    order = place()
    page = as_("tornillos").get(url(order, "confirm"))
    assert page.status_code == 200 and 'type="date"' in page.content.decode()
    answer = as_("tornillos").post(url(order, "confirm"), {"version": 1, "promised_date": "2026-03-25"})
    assert answer.status_code == 303
    order, _lines = now(order)
    assert order.state == "confirmed" and str(order.promised_date) == "2026-03-25"
    seen = as_("ana").get(url(order)).content.decode()
    assert "25/03/2026" in seen and "Tornillos" in seen


def test_a_promise_before_the_order_is_refused(as_, place, now):
    order = place()
    answer = as_("tornillos").post(url(order, "confirm"), {"promised_date": "2026-02-25"})
    assert answer.status_code == 422 and "2026-02-25" in answer.content.decode()
    assert now(order)[0].state == "sent" and now(order)[0].version == 1


def test_supplier_rejects_only_with_a_reason(as_, place, now):
    order = place()
    assert as_("tornillos").post(url(order, "reject"), {"reason": "  "}).status_code == 422
    assert now(order)[0].state == "sent"
    assert as_("tornillos").post(url(order, "reject"), {"reason": "No fabricamos esto"}).status_code == 303
    order, _lines = now(order)
    assert (order.state, order.decision_reason) == ("rejected", "No fabricamos esto")
    assert "No fabricamos esto" in as_("bruno").get(url(order)).content.decode()


@pytest.mark.parametrize("who", ["aceros", "bodega", "rita", "clavos"])
def test_others_do_not_find_the_order(as_, place, now, who):
    order = place()
    for name in ("", "confirm", "propose", "cancel"):
        assert as_(who).get(url(order, name)).status_code == 404
    assert as_(who).post(url(order, "confirm")).status_code == 404
    assert now(order)[0].state == "sent"


@pytest.mark.parametrize(("who", "name"), [("clara", "cancel"), ("ana", "confirm"), ("tornillos", "cancel")])
def test_who_may_look_may_not_therefore_act(as_, place, now, who, name):
    order = place()
    assert as_(who).post(url(order, name), {"reason": "x"}).status_code == 403
    assert now(order)[0].state == "sent"


def test_a_draft_stays_with_the_buyer_until_it_is_sent(as_, place, world, now):
    order = place("draft")
    assert as_("tornillos").get(url(order)).status_code == 404
    assert as_("bruno").post(url(order, "send")).status_code == 303
    assert as_("tornillos").get(url(order)).status_code == 200
    with scope(world.system()):
        assert Version.objects.get(document_id=order.pk, doctype="purchase_orders").number == 1


def test_a_draft_that_was_cancelled_was_never_the_suppliers(as_, place, now):
    order = place("draft")
    assert as_("bruno").post(url(order, "cancel"), {"reason": "Error"}).status_code == 303
    assert now(order)[0].state == "cancelled"
    assert as_("tornillos").get(url(order)).status_code == 404
    assert "OC-77" not in as_("tornillos").get("/acme/purchase_orders/").content.decode()


def test_supplier_proposes_and_buyer_accepts(as_, place, now, world):
    order = place("draft")
    as_("bruno").post(url(order, "send"))
    form = as_("tornillos").get(url(order, "propose")).content.decode()
    assert "Tornillo 1" in form and 'name="lines-1-unit_price"' in form
    sent = lines(q0="8", p1="110,5", d1="2026-04-02")
    assert as_("tornillos").post(url(order, "propose"), sent | {"version": "2"}).status_code == 303
    order, (first, second) = now(order)
    assert order.state == "change_proposed" and order.total == Decimal("1785.00")
    assert (first.proposed_quantity, first.proposed_price) == (8, None)
    assert (second.proposed_quantity, second.proposed_price) == (None, Decimal("110.5"))

    page = as_("bruno").get(url(order)).content.decode()
    assert "<del>10</del>" in page and "<ins>8</ins>" in page and "<ins>02/04/2026</ins>" in page
    assert "No hay acero" in page
    assert as_("bruno").post(url(order, "accept_changes")).status_code == 303
    order, (first, second) = now(order)
    assert order.state == "confirmed"
    assert (first.quantity, first.net, first.tax, first.total) == (8, 800, 152, 952)
    assert (second.net, second.tax) == (Decimal("552.50"), Decimal("104.98"))
    assert order.net_total == first.net + second.net and order.total == first.total + second.total
    assert str(second.delivery_date) == "2026-04-02" and first.proposed_quantity is None
    page = as_("tornillos").get(url(order)).content.decode()
    assert "Proposed by" not in page and "<del>10</del>" in page  # now among the versions


def test_buyer_declines_and_the_supplier_is_asked_again(as_, place, now):
    order = place("confirmed")
    as_("tornillos").post(url(order, "propose"), lines(q0="8"))
    assert as_("bruno").post(url(order, "decline_changes"), {"reason": ""}).status_code == 422
    assert now(order)[0].state == "change_proposed"
    assert as_("bruno").post(url(order, "decline_changes"), {"reason": "Necesitamos 10"}).status_code == 303
    order, (first, _second) = now(order)
    assert (order.state, first.quantity, first.proposed_quantity) == ("sent", 10, None)
    assert order.decision_reason == "Necesitamos 10"


def test_confirming_as_ordered_takes_the_proposal_back(as_, place, now):
    order = place()
    as_("tornillos").post(url(order, "propose"), lines(q0="8"))
    assert as_("tornillos").post(url(order, "confirm")).status_code == 303
    order, (first, _second) = now(order)
    assert (order.state, first.proposed_quantity, order.total) == ("confirmed", None, 1785)


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({}, 409),
        ({"q0": "10", "p0": "100", "d0": "2026-03-20"}, 409),  # as ordered: nothing would change
        ({"q0": "-1"}, 422),
        ({"q0": "0"}, 422),
        ({"p1": "mucho"}, 422),
        ({"q1": "1e5"}, 422),
        ({"d0": "2026-02-01"}, 422),
        ({"d0": "mañana"}, 422),
        ({"q0": "99999999999", "p0": "99999999999"}, 409),
    ],
)
def test_a_proposal_that_cannot_be_changes_nothing_and_keeps_what_was_typed(as_, place, now, typed, status):
    order = place()
    answer = as_("tornillos").post(url(order, "propose"), lines(**typed) | {"reason": "Por esto"})
    assert answer.status_code == status
    page = answer.content.decode()
    assert "Por esto" in page and all(f'value="{value}"' in page for value in typed.values())
    order, rows = now(order)
    assert order.state == "sent" and order.version == 1
    assert all(row.proposed_quantity is None and row.proposed_price is None for row in rows)


def test_a_proposal_needs_a_reason_and_shows_all_errors_at_once(as_, place, now):
    order = place()
    answer = as_("tornillos").post(url(order, "propose"), lines(q0="-3") | {"reason": ""})
    assert answer.status_code == 422
    assert answer.content.decode().count('class="error" id=') == 2
    assert now(order)[0].state == "sent"


def test_rows_that_the_order_does_not_have_are_not_read(as_, place, now):
    order = place()
    sent = lines(q0="8", q7="3") | {"lines-TOTAL_FORMS": "1000"}
    assert as_("tornillos").post(url(order, "propose"), sent).status_code == 303
    assert [row.proposed_quantity for row in now(order)[1]] == [8, None]


def test_a_line_cannot_fall_below_what_is_invoiced(as_, place, now, world):
    order = place("confirmed")
    first = now(order)[1][0]
    with scope(world.system()):
        actions.recount(order.portal_id, invoiced={first.pk: Decimal(6)})
    answer = as_("tornillos").post(url(order, "propose"), lines(q0="5"))
    assert answer.status_code == 409 and 'id="id_lines-0-quantity_error"' in answer.content.decode()
    assert now(order)[0].state == "confirmed"


def test_a_stale_page_cannot_answer(as_, place, now):
    order = place("confirmed")
    as_("tornillos").post(url(order, "propose"), lines(q0="8") | {"version": "1"})
    as_("bruno").post(url(order, "decline_changes"), {"reason": "No"})
    as_("tornillos").post(url(order, "confirm"))
    answer = as_("tornillos").post(url(order, "propose"), lines(q0="7") | {"version": "1"})
    assert answer.status_code == 409 and now(order)[0].state == "confirmed"


def test_an_order_of_which_something_arrived_is_not_cancelled(as_, place, now, world):
    order = place("sent")
    first = now(order)[1][0]
    with scope(world.system()):
        actions.recount(order.portal_id, invoiced={first.pk: Decimal(2)})
    assert as_("bruno").post(url(order, "cancel"), {"reason": "Ya no"}).status_code == 409
    assert now(order)[0].state == "sent"
    with scope(world.system()):
        actions.recount(order.portal_id, invoiced={first.pk: Decimal(0)})
    assert as_("bruno").post(url(order, "cancel"), {"reason": "Ya no"}).status_code == 303
    assert now(order)[0].state == "cancelled"
    assert as_("tornillos").get(url(order)).status_code == 200


def test_close_and_reopen(as_, place, now, world):
    order = place("confirmed")
    first = now(order)[1][0]
    with scope(world.system()):
        actions.receive(world.system(), {first.pk: Decimal(4)})
    assert as_("bruno").post(url(order, "close")).status_code == 303
    with scope(world.system()):
        actions.receive(world.system(), {first.pk: Decimal(5)})
    assert now(order)[0].state == "closed"
    assert as_("bruno").post(url(order, "reopen")).status_code == 303
    assert now(order)[0].state == "part_received"


@pytest.mark.parametrize(
    ("before", "counts", "after"),
    [
        ("confirmed", ("4", "0"), "part_received"),
        ("sent", ("10", "5"), "received"),
        ("part_received", ("11", "5"), "received"),
        ("cancelled", ("10", "5"), "cancelled"),
        ("closed", ("10", "5"), "closed"),
        ("change_proposed", ("10", "0"), "change_proposed"),
        ("received", ("4", "0"), "received"),  # the ERP may call an order received with less than was ordered
    ],
)
def test_quantities_move_the_state(place, now, world, before, counts, after):
    order = place(before)
    totals = dict(zip([row.pk for row in now(order)[1]], map(Decimal, counts), strict=True))
    with scope(world.system()):
        actions.receive(world.system(), totals)
        told = Event.objects.filter(doctype="purchase_orders", document_id=order.pk, kind="counted").count()
    order, rows = now(order)
    assert order.state == after and [row.received_quantity for row in rows] == list(totals.values())
    assert told == (before != after)


def test_what_is_left_of_each_line(place, now, world):
    order = place("confirmed")
    first, second = (row.pk for row in now(order)[1])
    with scope(world.system()):
        actions.recount(order.portal_id, received={first: Decimal(11)}, invoiced={second: Decimal(2)})
        assert actions.rest(order) == {first: (0, 10), second: (5, 3)}


def test_goods_taken_back_move_the_state_back(place, now, world):
    order = place("confirmed")
    first, second = (row.pk for row in now(order)[1])
    steps = [({first: 10, second: 5}, "received"), ({second: 1}, "part_received"), ({first: 0, second: 0}, "confirmed")]
    for totals, state in steps:
        with scope(world.system()):
            actions.receive(world.system(), {pk: Decimal(n) for pk, n in totals.items()})
        assert now(order)[0].state == state


def test_two_thousand_lines_are_counted_at_once(place, world, django_assert_max_num_queries):
    order = place("confirmed", quantities=["1"] * 2_000)
    with scope(world.system()):
        totals = dict.fromkeys(order.lines.values_list("pk", flat=True), Decimal(1))
        with django_assert_max_num_queries(6):
            actions.receive(world.system(), totals)
        order.refresh_from_db()
        assert order.state == "received"


def test_one_portal_does_not_count_in_another(place, now, world):
    order = place("confirmed")
    first = now(order)[1][0]
    with scope(world.system("rival")):
        actions.recount(world.portals.rival.id, received={first.pk: Decimal(3)})
    assert now(order)[1][0].received_quantity == 0


def test_a_load_leaves_versions_of_what_changed_only(as_, place, now, world):
    order = place("sent")
    system = world.system()
    with scope(system):
        counting.after_load(system, [order.pk])
        counting.after_load(system, [order.pk])
        assert Version.objects.filter(document_id=order.pk).count() == 1
        order.lines.filter(position=1).update(quantity=12, net=1200, tax=228, total=1428)
        counting.after_load(system, [order.pk])
        assert Version.objects.filter(document_id=order.pk).count() == 2
    page = as_("tornillos").get(url(order)).content.decode()
    assert "<del>10</del>" in page and "<ins>12</ins>" in page


@pytest.mark.parametrize(("quantity", "state"), [("10", "confirmed"), ("12", "sent")])
def test_an_answer_outlives_a_load_unless_the_order_changed(as_, place, now, world, quantity, state):
    order, system = place("sent"), world.system()
    with scope(system):
        counting.after_load(system, [order.pk])
    assert as_("tornillos").post(url(order, "confirm")).status_code == 303
    with scope(system):
        order.lines.filter(position=1).update(quantity=quantity)
        PurchaseOrder.objects.filter(pk=order.pk).update(state="sent")  # the ERP knows of no answer
        counting.after_load(system, [order.pk])
    assert now(order)[0].state == state


def test_a_load_does_not_take_back_what_arrived(place, now, world):
    order, system = place("sent"), world.system()
    first = now(order)[1][0]
    with scope(system):
        actions.receive(system, {first.pk: Decimal(4)})
        PurchaseOrder.objects.filter(pk=order.pk).update(state="sent")
        counting.after_load(system, [order.pk])
    assert now(order)[0].state == "part_received"


def test_an_old_proposal_is_not_accepted_with_a_new_one(as_, place, now, world):
    order = place("sent")
    as_("tornillos").post(url(order, "propose"), lines(q0="8"))
    with scope(world.system()):
        PurchaseOrder.objects.filter(pk=order.pk).update(state="sent")  # sent again by the ERP, with other terms
    as_("tornillos").post(url(order, "propose"), lines(q1="4"))
    as_("bruno").post(url(order, "accept_changes"))
    assert [row.quantity for row in now(order)[1]] == [10, 4]


def test_links_lead_on(as_, place, now):
    order = place("confirmed")
    staff, supplier = (as_(who).get(url(order)).content.decode() for who in ("bruno", "tornillos"))
    assert f"receipts/new/?order={order.pk}" in staff and "supplier_invoices/new" not in staff
    assert "receipts/new" not in supplier
    reader = as_("clara").get(url(order)).content.decode()
    assert "receipts/new" not in reader


def test_opening_it_is_told_to_the_buyer_once(as_, place, now):
    order = place()
    page = as_("tornillos").get(url(order)).content.decode()
    assert f'data-seen-url="{url(order, "seen")}"' in page
    for _again in range(2):
        assert as_("tornillos").post(url(order, "seen")).status_code == 204
    assert "data-seen-url" not in as_("tornillos").get(url(order)).content.decode()
    assert as_("bruno").get(url(order)).content.decode().count("#eye") == 1
