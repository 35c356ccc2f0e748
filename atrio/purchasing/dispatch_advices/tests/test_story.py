"""A delivery is announced over HTTP, comes, and is received by the receipt that names it."""

import os
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from atrio.core import notify
from atrio.core.actions import NotNow
from atrio.core.models import Event, File, Notification
from atrio.core.scope import scope
from atrio.purchasing.purchase_orders.models import PurchaseOrder
from atrio.purchasing.purchase_orders.tests import maker as orders
from atrio.purchasing.receipts import actions as receipt_actions
from atrio.purchasing.receipts.models import Receipt
from atrio.purchasing.receipts.tests import maker as receipts
from atrio.testing.race import arena
from atrio.testing.sweep import readable
from atrio.testing.world import known

from .. import actions
from ..models import DispatchAdvice
from .maker import make

NEW = "/acme/dispatch_advices/new/"
TRACKING = "https://track.example/?guide=77"


@pytest.fixture
def place(world):
    """An order of 10 and 5 pieces with Tornillos."""

    def order(state: str = "confirmed", number: str = "OC-88") -> PurchaseOrder:
        with scope(world.system()):
            return orders.make(world, world.portals.acme, world.partners.tornillos, number, state)

    return order


@pytest.fixture
def now(world):
    """The advices of an order, and the order's state."""

    def read(order):
        with scope(world.system()):
            advices = DispatchAdvice.objects.filter(purchase_order=order).order_by("pk")
            return list(advices), PurchaseOrder.objects.get(pk=order.pk).state

    return read


def typed(order, world, *quantities: str, **header) -> dict:
    with scope(world.system()):
        ids = list(order.lines.values_list("pk", flat=True))
    rows = str(len(quantities))
    found = {"lines-TOTAL_FORMS": rows, "lines-INITIAL_FORMS": rows, "number": "GR-1", "issue_date": "2026-03-15"}
    for index, quantity in enumerate(quantities):
        found |= {f"lines-{index}-order_line": str(ids[index]), f"lines-{index}-quantity": quantity}
    return found | header


def written(as_, order, world, *quantities: str, **header) -> str:
    """A draft, and its address."""
    answer = as_("tornillos").post(f"{NEW}?order={order.pk}", typed(order, world, *quantities, **header))
    assert answer.status_code == 303, answer.content.decode()
    return answer["Location"]


def sent(as_, order, world, *quantities: str, **header) -> str:
    url = written(as_, order, world, *quantities, **header)
    assert as_("tornillos").post(f"{url}send/").status_code == 303
    return url


def link(page: str, title: str) -> str:
    """Where the button of this name leads."""
    found = re.search(rf'<a class="btn[^"]*" href="([^"]+)"[^>]*>(?:(?!</a>).)*{title}</a>', page, re.DOTALL)
    assert found, title
    return found[1].replace("&amp;", "&")


def english(as_, who: str, url: str) -> str:
    return as_(who).get(url, headers={"accept-language": "en"}).content.decode()


def test_a_delivery_is_announced_and_received(as_, place, world, now):
    order = place()
    form = english(
        as_, "tornillos", link(english(as_, "tornillos", f"/acme/purchase_orders/{order.pk}/"), "Announce delivery")
    )
    assert "OC-88" in form and "Tornillo 1" in form and 'value="10"' in form and 'value="5"' in form
    more = {"carrier": "Transportes Ñ", "tracking_url": TRACKING, "packages": "3", "lines-0-lot": "L-7"}
    url = written(
        as_, order, world, "4", "", expected_date="2026-03-17", **more, **{"lines-0-expiry_date": "2027-01-31"}
    )
    assert as_("bruno").get(url).status_code == 404
    assert as_("tornillos").post(f"{url}send/", {"version": "1"}).status_code == 303
    (advice,), state = now(order)
    assert (advice.state, advice.erp_state, advice.packages, state) == ("sent", "pending", 3, "confirmed")

    page = english(as_, "bruno", url)
    assert all(text in page for text in ("GR-1", "Transportes Ñ", "L-7"))
    assert f'<a href="{TRACKING}" target="_blank" rel="noopener noreferrer">{TRACKING}</a>' in page
    new = link(page, "Register receipt")
    form = english(as_, "bruno", new)
    assert "OC-88 · Tornillos Ñandú S.A.S. · Dispatch advice GR-1" in form
    assert 'value="GR-1"' in form and 'value="4"' in form and 'value="5"' not in form
    receipt = as_("bruno").post(new, typed(order, world, "4", "", delivery_note="GR-1"))["Location"]
    assert now(order)[0][0].state == "sent"  # a draft has not arrived
    assert as_("bruno").post(f"{receipt}post/").status_code == 303
    (advice,), state = now(order)
    assert (advice.state, state) == ("received", "part_received")
    assert "GR-1" in as_("tornillos").get(receipt).content.decode()
    assert as_("bruno").get(new).status_code == 409

    assert as_("bruno").post(f"{receipt}reverse/", {"reason": "Otra bodega"}).status_code == 303
    (advice,), state = now(order)
    assert (advice.state, state) == ("sent", "confirmed")


def test_a_draft_is_corrected_before_it_is_sent(as_, place, world, now):
    order = place()
    url = written(as_, order, world, "4", "5", **{"lines-0-lot": "L-1"})
    page = as_("tornillos").get(f"{url}edit/").content.decode()
    assert 'value="4"' in page and 'value="GR-1"' in page and 'value="L-1"' in page
    change = typed(order, world, "3", "", number="GR-2") | {"version": "1"}
    assert as_("tornillos").post(f"{url}edit/", change).status_code == 303
    (advice,), _state = now(order)
    with scope(world.system()):
        assert list(advice.lines.values_list("position", "quantity", "lot")) == [(1, 3, "")]
    assert advice.number == "GR-2"
    as_("tornillos").post(f"{url}send/")
    assert as_("tornillos").get(f"{url}edit/").status_code == 409


@pytest.mark.parametrize(
    ("quantities", "header", "status", "beside"),
    [
        (("11", ""), {}, 422, "lines-0-quantity"),
        (("", "5,01"), {}, 422, "lines-1-quantity"),
        (("-1", ""), {}, 422, "lines-0-quantity"),
        (("diez", ""), {}, 422, "lines-0-quantity"),
        (("", ""), {}, 409, ""),
        (("0", "0"), {}, 409, ""),
        (("1", ""), {"number": ""}, 422, "number"),
        (("1", ""), {"issue_date": "mañana"}, 422, "issue_date"),
        (("1", ""), {"expected_date": "2026-03-14"}, 422, "expected_date"),
        (("1", ""), {"packages": "0"}, 422, "packages"),
        (("1", ""), {"tracking_url": "javascript:alert(1)"}, 422, "tracking_url"),
        (("1", ""), {"tracking_url": "ftp://track.example/1"}, 422, "tracking_url"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(as_, place, world, now, quantities, header, status, beside):
    order = place()
    answer = as_("tornillos").post(f"{NEW}?order={order.pk}", typed(order, world, *quantities, **header))
    page = answer.content.decode()
    assert answer.status_code == status
    assert not beside or f'id="id_{beside}_error"' in page
    assert all(f'value="{q}"' in page for q in quantities if q)
    assert now(order) == ([], "confirmed")


def test_what_is_on_its_way_is_not_announced_again(as_, place, world, now):
    order = place()
    url = sent(as_, order, world, "7", "5")
    answer = as_("tornillos").post(f"{NEW}?order={order.pk}", typed(order, world, "4", number="GR-2"))
    assert answer.status_code == 422 and 'id="id_lines-0-quantity_error"' in answer.content.decode()
    second = sent(as_, order, world, "3", number="GR-2")
    assert as_("tornillos").get(f"{NEW}?order={order.pk}").status_code == 409  # nothing is left
    assert as_("tornillos").post(f"{url}cancel/", {"reason": ""}).status_code == 422
    assert [a.state for a in now(order)[0]] == ["sent", "sent"]
    assert as_("tornillos").post(f"{url}cancel/", {"reason": "El camión se varó"}).status_code == 303
    assert [a.state for a in now(order)[0]] == ["cancelled", "sent"]
    assert "El camión se varó" in as_("bruno").get(url).content.decode()
    assert 'value="7"' in as_("tornillos").get(f"{NEW}?order={order.pk}").content.decode()
    assert second != url


def test_two_drafts_of_the_same_goods_cannot_both_be_sent(as_, place, world, now):
    order = place()
    first, second = written(as_, order, world, "10"), written(as_, order, world, "10", number="GR-2")
    assert as_("tornillos").post(f"{first}send/").status_code == 303
    assert as_("tornillos").post(f"{second}send/").status_code == 409
    assert [a.state for a in now(order)[0]] == ["sent", "draft"]


def test_a_delivery_note_is_announced_once(as_, place, world, now):
    order = place()
    url = written(as_, order, world, "1")
    answer = as_("tornillos").post(f"{NEW}?order={order.pk}", typed(order, world, "1"))
    assert answer.status_code == 409 and 'id="id_number_error"' in answer.content.decode()
    assert len(now(order)[0]) == 1
    assert as_("tornillos").post(f"{url}cancel/").status_code == 303  # a draft needs no reason
    assert as_("bruno").get(url).status_code == 404
    written(as_, order, world, "1")


def test_another_orders_line_is_refused(as_, place, world, now):
    order, other = place(), place(number="OC-89")
    assert as_("tornillos").post(f"{NEW}?order={order.pk}", typed(other, world, "2")).status_code == 422
    twice = typed(order, world, "2", "2")
    twice["lines-1-order_line"] = twice["lines-0-order_line"]
    assert as_("tornillos").post(f"{NEW}?order={order.pk}", twice).status_code == 409
    assert now(order)[0] == now(other)[0] == []


@pytest.mark.parametrize(
    ("state", "status"), [("draft", 404), ("sent", 200), ("part_received", 200), ("received", 409), ("closed", 409)]
)
def test_only_an_order_that_is_awaited_is_delivered(as_, place, state, status):
    order = place(state)
    assert as_("tornillos").get(f"{NEW}?order={order.pk}").status_code == status


@pytest.mark.parametrize(("who", "status"), [("bruno", 403), ("aceros", 404), ("bodega", 404), ("rita", 404)])
def test_only_the_orders_supplier_announces(as_, place, world, now, who, status):
    order = place()
    answer = as_(who).post(f"{NEW}?order={order.pk}", typed(order, world, "1"))
    assert answer.status_code == status
    assert now(order)[0] == []


@pytest.mark.parametrize("asked", ["", "?order=x", "?order=99999999999999999999", "?order=²"])
def test_an_order_that_is_none_is_not_found(as_, asked):
    assert as_("tornillos").get(f"{NEW}{asked}").status_code == 404


def test_a_receipt_names_only_an_advice_of_its_order(as_, place, world):
    order, other = place(), place(number="OC-89")
    with scope(world.system()):
        foreign = make(world, world.portals.acme, world.partners.tornillos, "GR-9", "sent", order=other)
        draft = make(world, world.portals.acme, world.partners.tornillos, "GR-8", "draft", order=order)
    for pk in (foreign.pk, draft.pk, 0, "x"):
        assert as_("bruno").get(f"/acme/receipts/new/?order={order.pk}&advice={pk}").status_code == 404


def test_a_loaded_receipt_finds_its_advice_by_the_delivery_note(place, world, now):
    order, other = place(), place(number="OC-89")
    acme, tornillos = world.portals.acme, world.partners.tornillos
    with scope(world.system()):
        for number, of in (("GR-1", order), ("GR-2", order), ("GR-1", other)):
            make(world, acme, tornillos, number, "sent", order=of, external_id=f"{number}-{of.pk}")
        receipt = receipts.make(world, acme, tornillos, "EM-1", "posted", order=order, delivery_note="GR-1")
        receipt_actions.after_load(world.system(), [receipt.pk])
        receipt_actions.after_load(world.system(), [receipt.pk])  # the same file again
        told = Event.objects.filter(doctype="dispatch_advices", kind="arrived")
        assert [e.facts for e in told] == [{"from": "sent", "to": "received"}]
    assert [a.state for a in now(order)[0]] == ["received", "sent"]
    assert [a.state for a in now(other)[0]] == ["sent"]
    with scope(world.system()):
        Receipt.objects.filter(pk=receipt.pk).update(state="reversed")
        receipt_actions.after_load(world.system(), [receipt.pk])
    assert [a.state for a in now(order)[0]] == ["sent", "sent"]


def test_staff_hear_of_deliveries_and_the_supplier_of_their_arrival(as_, place, world):
    order = place()
    url = sent(as_, order, world, "4")
    receipt = as_("bruno").post(
        f"/acme/receipts/new/?order={order.pk}&advice={url.split('/')[-2]}", typed(order, world, "4")
    )["Location"]
    as_("bruno").post(f"{receipt}post/")
    with scope(world.system()):
        told = {}
        for event in Event.objects.filter(doctype="dispatch_advices"):
            notify.announce(world.system(), event.pk)
            told[event.kind] = {n.user_id for n in Notification.objects.filter(event=event)}
    assert told["created"] == set() and world.people["bruno"].pk in told["send"]
    assert told["arrived"] == {world.people["tornillos"].pk}


def test_files_come_along_and_the_print_leads_back(as_, place, world, now):
    order = place()
    paper = SimpleUploadedFile("remisión.pdf", b"%PDF-1.4 paper")
    script = SimpleUploadedFile("x.html", b"<html><script>1</script></html>")
    refused = as_("tornillos").post(f"{NEW}?order={order.pk}", typed(order, world, "1") | {"attachments": script})
    assert refused.status_code == 422 and now(order)[0] == []
    answer = as_("tornillos").post(f"{NEW}?order={order.pk}", typed(order, world, "1") | {"attachments": paper})
    with scope(world.system()):
        assert File.objects.get(doctype="dispatch_advices").name == "remisión.pdf"
    (advice,), _state = now(order)
    printed = as_("tornillos").get(f"{answer['Location']}pdf/")
    assert printed.content.startswith(b"%PDF-") and "GR-1" in readable(printed)
    assert "Tornillo 1" in readable(printed) and "Lot" not in readable(printed)  # no line has one
    from ..doctype import DISPATCH_ADVICES

    data = DISPATCH_ADVICES.printed(world.actor("tornillos"), advice, {})
    assert data["qr"].endswith(f"/acme/dispatch_advices/{advice.pk}/")


def test_what_the_erp_sends_as_a_link_is_no_script(as_, world):
    with scope(world.system()):
        facts = {"tracking_url": "javascript:alert(1)//https://x.example"}
        advice = make(world, world.portals.acme, world.partners.tornillos, "GR-7", "sent", **facts)
    page = as_("bruno").get(f"/acme/dispatch_advices/{advice.pk}/").content.decode()
    assert "javascript:alert(1)" in page and 'href="javascript' not in page


def test_the_last_pieces_are_announced_once(django_db_setup, django_db_blocker):
    """Two drafts are sent at the same moment; each alone would fit, both together would not."""
    with django_db_blocker.unblock(), arena(f"atrio_race_advices_{os.getpid()}") as ring:
        world = ring.do(known)
        ids = ring.do(lambda: _two_drafts(world))

        def send(pk: int):
            with scope(world.actor("tornillos")):
                actor = world.actor("tornillos")
                return actions.send(actor, DispatchAdvice.objects.get(pk=pk)).state

        given = ring.race(*(lambda pk=pk: send(pk) for pk in ids))
        won, lost = [g for g in given if g == "sent"], [g for g in given if isinstance(g, NotNow)]
        assert (len(won), len(lost)) == (1, 1), given


def _two_drafts(world) -> list[int]:
    acme, tornillos = world.portals.acme, world.partners.tornillos
    with scope(world.system()):
        order = orders.make(world, acme, tornillos, "OC-99", "confirmed")
        drafts = [make(world, acme, tornillos, f"GR-{n}", "draft", order=order, quantity="10") for n in (1, 2)]
        assert drafts[0].left[order.lines.get(position=1).pk] == Decimal(10)
        return [draft.pk for draft in drafts]
