"""What follows from invoices and payments that the ERP sends, as sets, in any order."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrio.core.models import Event
from atrio.core.money import line_amounts, sum_of
from atrio.core.scope import scope
from atrio.ledger.models import Balance, LedgerEntry
from atrio.payables.supplier_payments import loading as payments
from atrio.payables.supplier_payments.tests import maker as payment_maker

from .. import loading
from ..comparing import compared
from ..matching import Why
from ..models import SupplierInvoice
from . import maker

ROW = {"total": Decimal(119), "net_total": Decimal(100), "tax_total": Decimal(19), "currency": "COP"}


@pytest.mark.parametrize(
    ("sent", "state", "left"),
    [
        ({}, "approved", 119),
        ({"open_amount": Decimal(0)}, "paid", 0),
        ({"open_amount": Decimal(19)}, "approved", 19),
        ({"state": "paid"}, "paid", 0),
        ({"state": "scheduled"}, "scheduled", 119),
        ({"state": "cancelled"}, "cancelled", 0),
        ({"state": "matching", "open_amount": None}, "matching", 119),
    ],
)
def test_what_the_erp_leaves_out(sent, state, left):
    row = loading.prepare(ROW | sent | {"lines": [{"position": None}, {}]})
    assert (row["state"], row["open_amount"]) == (state, left)
    assert [line["position"] for line in row["lines"]] == [1, 2]


def test_a_load_counts_on_orders_settles_and_posts(world, order):
    actor, acme, tornillos = world.system(), world.portals.acme, world.partners.tornillos
    with scope(actor):
        first, second = (maker.make(world, acme, tornillos, f"S-{n}", "approved", order, "2") for n in range(2))
        payment_maker.make(world, acme, tornillos, "P-1", "paid", first, str(first.total))
        for _again in range(2):
            loading.after(actor, [first.pk, second.pk])
            states = dict(SupplierInvoice.objects.visible_to(actor).values_list("number", "state"))
            assert states == {"S-0": "paid", "S-1": "approved"}
            assert order.lines.get(position=1).invoiced_quantity == 4
            assert LedgerEntry.objects.filter(document_type="supplier_invoices").count() == 2
        assert Event.objects.filter(doctype="supplier_invoices", kind="settled").count() == 1


def test_a_load_of_payments_settles_and_names_invoices(world, order):
    actor, acme, tornillos = world.system(), world.portals.acme, world.partners.tornillos
    with scope(actor):
        invoice = maker.make(world, acme, tornillos, "S-1", "approved", order)
        other = maker.make(world, acme, world.partners.aceros, "S-2", "approved")
        SupplierInvoice.objects.filter(pk=other.pk).update(number="S-1")
        loading.after(actor, [invoice.pk, other.pk])
        by_number = payment_maker.make(world, acme, tornillos, "P-1", "paid", None, "176.00")
        by_number.lines.update(invoice_number="S-1")
        by_id = payment_maker.make(world, acme, tornillos, "P-2", "paid", invoice, "300.00")
        by_id.lines.update(invoice_number="")
        payments.after(actor, [by_number.pk, by_id.pk])
        invoice.refresh_from_db()
        other.refresh_from_db()
        assert (invoice.state, invoice.open_amount, invoice.withholding_total) == ("paid", 0, Decimal("47.6"))
        assert (other.state, other.open_amount) == ("approved", other.total)
        assert by_id.lines.get().invoice_number == "S-1"
        balance = Balance.objects.get(partner=tornillos)
        assert (balance.balance, balance.open_total) == (0, 0)


@given(
    st.lists(
        st.tuples(
            st.decimals("0.001", "9999", places=3), st.decimals("0", "99999", places=4), st.sampled_from([0, 5, 19])
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(["COP", "CLP", "USD", "BHD"]),
    st.decimals("0", "100", places=2),
)
def test_the_header_is_the_sum_of_its_lines_to_the_cent(lines, currency, discount):
    found = [line_amounts(q, p, currency, discount_percent=discount, tax_rate=Decimal(rate)) for q, p, rate in lines]
    in_all = sum_of(found)
    assert in_all.total == sum(line.total for line in found) == in_all.net + in_all.tax
    assert in_all.total == in_all.total.quantize(Decimal("0.0001"))


def test_a_withdrawn_load_leaves_the_ledger(world, order):
    actor = world.system()
    with scope(actor):
        invoice = maker.make(world, world.portals.acme, world.partners.tornillos, "S-1", "approved", order)
        loading.after(actor, [invoice.pk])
        assert LedgerEntry.objects.count() == 1
        SupplierInvoice.objects.filter(pk=invoice.pk).update(state="cancelled", due_date=dt.date(2026, 4, 1))
        loading.after(actor, [invoice.pk])
        assert not LedgerEntry.objects.exists() and not Balance.objects.exists()
        assert order.lines.get(position=1).invoiced_quantity == 0


@pytest.mark.parametrize(("tax", "differing"), [("38", set()), ("10", {Why.TAX}), ("0", {Why.TAX})])
def test_a_tax_without_its_rate_is_compared_by_its_amount(world, order, tax, differing):
    with scope(world.system()):
        invoice = maker.make(world, world.portals.acme, world.partners.tornillos, "S-1", "approved", order, "2")
        invoice.lines.update(tax_rate=0, tax=Decimal(tax), total=200 + Decimal(tax))
        order.lines.update(invoiced_quantity=2)
        (found,) = compared(world.portals.acme, invoice, list(invoice.lines.select_related("order_line")))
    assert {d.why for d in found.differences} == differing
