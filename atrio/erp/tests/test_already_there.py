"""Loads of documents that the portal knows already: born here, decided here, paid or received here."""

from decimal import Decimal

import pytest

from atrio.ledger.models import Balance, LedgerEntry
from atrio.payables.supplier_invoices import bookkeeping
from atrio.payables.supplier_invoices.loading import stands
from atrio.payables.supplier_invoices.models import SupplierInvoice
from atrio.payables.supplier_invoices.tests import maker as invoices
from atrio.purchasing.purchase_orders.models import PurchaseOrder, PurchaseOrderLine
from atrio.purchasing.purchase_orders.tests import maker as orders

from .conftest import counts

HEADS = "external_id,number,partner,issue_date,currency,net_total,tax_total,total,state\n"
PAYMENT = {"external_id": "P1", "number": "P-1", "partner": "tornillos", "issue_date": "2026-04-01", "currency": "COP"}


@pytest.fixture
def tornillos(world):
    return world.partners.tornillos


@pytest.fixture
def born_here(world, inside, tornillos):
    """An invoice that the supplier handed in, in a state."""

    def make(state, number="F-1", **facts):
        facts = {"erp_state": "pending"} | facts
        invoice = invoices.make(world, world.portals.acme, tornillos, number, state, **facts)
        SupplierInvoice._base_manager.filter(pk=invoice.pk).update(external_id=f"atrio-{number}")
        invoice.refresh_from_db()
        bookkeeping.post(inside, [invoice.pk])
        return invoice

    return make


def test_an_invoice_that_a_payment_drops_is_open_again(load, inside, world, tornillos):
    first, second = (invoices.make(world, world.portals.acme, tornillos, f"F-{n}", "approved") for n in "12")
    lines = [{"supplier_invoice": one.external_id, "amount": 476, "paid": 476} for one in (first, second)]
    load("supplier_payments", [PAYMENT | {"total": 952, "lines": lines}], "p.json")
    states = dict(SupplierInvoice.objects.values_list("number", "state"))
    assert states == {"F-1": "paid", "F-2": "paid"}
    record = load("supplier_payments", [PAYMENT | {"total": 476, "lines": lines[:1]}], "p.json")
    assert counts(record) == (0, 1, 0, 0), record.errors or record.problem
    found = {one.number: (one.state, one.open_amount) for one in SupplierInvoice.objects.all()}
    assert found == {"F-1": ("paid", 0), "F-2": ("approved", 476)}
    assert LedgerEntry.objects.get(document_id=second.pk, document_type="supplier_invoices").open_amount == 476


def test_a_receipt_that_moves_to_another_order_is_counted_there_only(load, inside, world, tornillos):
    first, second = (orders.make(world, world.portals.acme, tornillos, f"OC-{n}", "sent") for n in "12")
    receipt = {"external_id": "R1", "number": "R-1", "partner": "tornillos", "issue_date": "2026-03-05"}
    lines = [{"order_line": "1", "quantity": 10}, {"order_line": "2", "quantity": 5}]
    for order in (first, second):
        record = load("receipts", [receipt | {"purchase_order": order.external_id, "lines": lines}], "r.json")
        assert record.state == "done", record.errors or record.problem
    received = PurchaseOrderLine.objects.order_by("document__number", "position").values_list("received_quantity")
    assert [row[0] for row in received] == [0, 0, 10, 5]
    assert dict(PurchaseOrder.objects.values_list("number", "state")) == {"OC-1": "confirmed", "OC-2": "received"}


def test_an_invoice_born_here_is_the_one_that_the_erp_sends(load, inside, born_here):
    invoice = born_here("approved")
    balance = Balance.objects.get(partner=invoice.partner, side="payable")
    text = HEADS + "4711,F-1,tornillos,2026-03-12,COP,400,76,476,approved\n"
    record = load("supplier_invoices", text)
    assert counts(record) == (0, 1, 0, 0), record.errors or record.problem
    (found,) = SupplierInvoice.objects.all()
    assert (found.pk, found.external_id, found.erp_state) == (invoice.pk, "4711", "acknowledged")
    (entry,) = LedgerEntry.objects.filter(document_type="supplier_invoices")
    assert (entry.external_id, entry.document_key) == ("supplier_invoices:4711", "4711")
    now = Balance.objects.get(partner=invoice.partner, side="payable")
    assert (now.balance, now.entries) == (balance.balance, balance.entries)
    assert counts(load("supplier_invoices", text)) == (0, 0, 1, 0)


def test_the_erps_own_entry_stands_when_the_invoice_gets_its_key(load, inside, born_here):
    invoice = born_here("approved")
    entry = "external_id,document_type,document,partner,side,number,date,currency,credit\n"
    load("ledger_entries", entry + "L1,supplier_invoices,4711,tornillos,payable,F-1,2026-03-12,COP,476\n")
    load("supplier_invoices", HEADS + "4711,F-1,tornillos,2026-03-12,COP,400,76,476,approved\n")
    (found,) = LedgerEntry.objects.filter(document_type="supplier_invoices")
    assert (found.document_id, found.source_hash is not None) == (invoice.pk, True)
    assert Balance.objects.get(partner=invoice.partner, side="payable").balance == Decimal(476)


def test_what_only_looks_alike_is_another_invoice(load, inside, born_here, world):
    born_here("rejected")
    assert counts(load("supplier_invoices", HEADS + "1,F-1,tornillos,2026-03-12,COP,400,76,476,\n")) == (1, 0, 0, 0)
    born_here("approved", "F-2", erp_state="none")
    record = load("supplier_invoices", HEADS + "2,F-2,tornillos,2026-03-12,COP,400,76,476,\n")
    assert (record.state, record.errors[0]["column"]) == ("failed", "number, partner_id")
    assert counts(load("supplier_invoices", HEADS + "3,F-2,aceros,2026-03-12,COP,400,76,476,\n")) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("decided", "sent", "kept"),
    [
        ("sent", "approved", True),
        ("to_revise", "approved", True),
        ("rejected", "matching", True),
        ("approved", "sent", True),
        ("approved", "rejected", True),
        ("approved", "paid", False),
        ("paid", "approved", False),
        ("sent", "paid", False),
        ("sent", "cancelled", False),
        ("draft", "approved", False),
    ],
)
def test_the_portal_decides_and_the_erp_pays(load, inside, born_here, decided, sent, kept):
    assert stands(decided, sent) is kept
    invoice = born_here(decided)
    row = f"{invoice.external_id},F-1,tornillos,2026-03-12,COP,400,76,476,{sent}\n"
    record = load("supplier_invoices", HEADS + row)
    assert counts(record) == (0, 1, 0, 0), record.errors or record.problem
    found = SupplierInvoice._base_manager.get(pk=invoice.pk)
    assert found.state == (decided if kept else sent)
    owed = LedgerEntry.objects.filter(document_type="supplier_invoices").exists()
    assert owed == (found.state in ("approved", "scheduled", "paid"))
