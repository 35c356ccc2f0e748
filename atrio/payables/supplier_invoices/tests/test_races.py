"""Two at once: real connections, each waiting for the other's commit."""

import os
from dataclasses import replace
from decimal import Decimal
from threading import Event

from django.db import connection

from atrio.core.actions import NotNow
from atrio.core.models import Event as Happening
from atrio.core.scope import scope
from atrio.ledger.models import Balance
from atrio.payables.supplier_payments import actions as payments
from atrio.payables.supplier_payments.models import SupplierPayment
from atrio.payables.supplier_payments.tests import maker as payment_maker
from atrio.purchasing.purchase_orders.models import PurchaseOrderLine
from atrio.purchasing.purchase_orders.tests import maker as orders
from atrio.testing.race import arena
from atrio.testing.world import known

from .. import actions
from ..models import SupplierInvoice
from . import maker


def test_two_at_once_cannot_take_the_same_rest(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_race_invoices_{os.getpid()}") as ring:
        world = ring.do(known)

        def prepare() -> list[SupplierInvoice]:
            portal, partner = world.portals.acme, world.partners.tornillos
            with scope(world.system()):
                order = orders.make(world, portal, partner, "OC-1", "confirmed", ("10",))
                return [maker.make(world, portal, partner, f"F-{n}", "draft", order, "6") for n in range(2)]

        def sender(invoice: SupplierInvoice):
            def send() -> str:
                actor = world.actor("tornillos")
                with scope(actor):
                    return actions.send(actor, invoice).state

            return send

        invoices = ring.do(prepare)
        ends = ring.race(*map(sender, invoices))
        assert sorted(isinstance(end, NotNow) for end in ends) == [False, True], ends
        loser = next(end for end in ends if isinstance(end, NotNow))
        assert "4" in loser.errors["lines-0-quantity"]

        def look() -> tuple:
            with scope(world.system()):
                states = sorted(SupplierInvoice._base_manager.values_list("state", flat=True))
                return states, PurchaseOrderLine._base_manager.get().invoiced_quantity

        assert ring.do(look) == (["draft", "matching"], Decimal(6))


def test_two_payments_at_once_settle_one_invoice_to_the_cent(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_race_payments_{os.getpid()}") as ring:
        world = ring.do(known)

        def prepare() -> list[SupplierPayment]:
            portal, partner = world.portals.acme, world.partners.tornillos
            with scope(world.system()):
                invoice = maker.make(world, portal, partner, "F-1", "approved")
                made = [payment_maker.make(world, portal, partner, f"P-{n}", "ready", invoice, "238") for n in range(2)]
                actions.bookkeeping.post(world.system(), [invoice.pk])
                return made

        def payer(payment: SupplierPayment):
            def pay() -> str:
                actor = world.actor("ana")
                with scope(actor):
                    return payments.mark_paid(actor, payment).state

            return pay

        assert ring.race(*map(payer, ring.do(prepare))) == ["paid", "paid"]

        def look() -> tuple:
            with scope(world.system()):
                invoice, balance = SupplierInvoice._base_manager.get(), Balance.objects.get()
                return invoice.state, invoice.open_amount, balance.balance, balance.open_total

        assert ring.do(look) == ("paid", 0, 0, 0)


def test_one_withdraws_while_another_sends_and_both_count(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_race_counts_{os.getpid()}") as ring:
        world = ring.do(known)
        tornillos = ring.do(lambda: world.actor("tornillos"))

        def prepare() -> list[SupplierInvoice]:
            portal, partner = world.portals.acme, world.partners.tornillos
            with scope(world.system()):
                order = orders.make(world, portal, partner, "OC-1", "confirmed", ("100",))
                order.lines.update(invoiced_quantity=30)
                states = ["sent"] * 6 + ["draft"] * 6
                return [maker.make(world, portal, partner, f"F-{n}", s, order, "5") for n, s in enumerate(states)]

        def doer(invoice: SupplierInvoice):
            act = actions.withdraw if invoice.state == "sent" else actions.send

            def do() -> str:
                with scope(tornillos):
                    return act(tornillos, invoice).state

            return do

        assert sorted(ring.race(*map(doer, ring.do(prepare)))) == ["draft"] * 6 + ["matching"] * 6

        def look() -> Decimal:
            with scope(world.system()):
                return PurchaseOrderLine._base_manager.get().invoiced_quantity

        assert ring.do(look) == 30


def test_an_action_that_lost_a_deadlock_is_done_again_whole(django_db_setup, django_db_blocker):
    """Each takes its lock, waits for the other to have done so, and wants the other's: the database lets one go."""
    begun, tries = (Event(), Event()), []

    def crossing(number: int):
        def body(actor, invoice) -> None:
            tries.append(number)
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock(77, %s)", [number])
                begun[number].set()
                assert begun[1 - number].wait(10)
                cursor.execute("select pg_advisory_xact_lock(77, %s)", [1 - number])

        return replace(actions.approve, body=body)

    with django_db_blocker.unblock(), arena(f"atrio_race_deadlock_{os.getpid()}") as ring:
        world = ring.do(known)
        ana = ring.do(lambda: world.actor("ana"))

        def prepare() -> list[SupplierInvoice]:
            portal, partner = world.portals.acme, world.partners.tornillos
            with scope(world.system()):
                return [maker.make(world, portal, partner, f"F-{n}", "sent") for n in range(2)]

        def approver(number: int, invoice: SupplierInvoice):
            def approve() -> str:
                with scope(ana):
                    return crossing(number)(ana, invoice).state

            return approve

        ends = ring.race(*(approver(n, one) for n, one in enumerate(ring.do(prepare))))
        assert ends == ["approved", "approved"] and len(tries) == 3, (ends, tries)

        def look() -> list:
            with scope(world.system()):
                told = Happening.objects.filter(doctype="supplier_invoices", kind="approve")
                return [told.count(), *SupplierInvoice._base_manager.values_list("state", "version")]

        assert ring.do(look) == [2, ("approved", 2), ("approved", 2)]
