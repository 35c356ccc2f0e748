"""The sample company, two months of it, through the whole door: twice the same, and to the cent what the data say."""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from atrio.core.scope import scope
from atrio.erp.loads.engine import Order
from atrio.erp.loads.mapping import load_mapping
from atrio.erp.loads.rows import Files
from atrio.erp.loads.running import begin, run
from atrio.erp.loads.tests.test_wwi import DATA, MAIN, ROOT
from atrio.erp.loads.types import types_by_name
from atrio.erp.models import State
from atrio.ledger.models import LedgerEntry
from atrio.payables.supplier_invoices.models import SupplierInvoice
from atrio.payables.supplier_payments.models import SupplierPayment
from atrio.receivables.sales_invoices.models import SalesInvoice

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"NOT TESTED: the data set is absent ({DATA})")

COUNTS = {
    "customers": 663,
    "suppliers": 13,
    "products": 227,
    "cut_sales_invoices": 3_804,
    "cut_customer_ledger": 5_305,
    "cut_purchase_orders": 108,
    "cut_receipts": 106,
    "cut_supplier_invoices": 106,
    "cut_supplier_payments": 18,
    "cut_supplier_ledger": 118,
}


def load(actor, name):
    kind, main = MAIN[name]
    mapping = load_mapping(ROOT / "examples" / "wwi" / f"{name}.toml")
    order = Order(types_by_name()[kind], Files(DATA / main, base=DATA), mapping)
    record = run(actor, order, begin(actor, order))
    assert record.state == State.DONE, (name, record.problem, record.errors[:3])
    return record


def rows_of(name):
    with Path(DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def test_two_months_of_the_sample_company(world):
    actor = world.system("rival")
    for name, count in COUNTS.items():
        record = load(actor, name)
        # An entry that was posted when its invoice was loaded is an entry already.
        assert (record.created + record.updated, record.rejected) == (count, 0), name
    with scope(actor):
        statements_are_what_the_data_say()
        documents_equal_their_lines()
        supplier_invoices_match_orders_and_receipts()
    for name, count in COUNTS.items():
        record = load(actor, name)
        assert (record.created, record.updated, record.unchanged, record.rejected) == (0, 0, count, 0), name


def statements_are_what_the_data_say():
    said = defaultdict(Decimal)
    for row in rows_of("derived_2016-04_05/customer_transactions.csv"):
        said["C" + row["CustomerID"]] += Decimal(row["TransactionAmount"])
    kept = defaultdict(Decimal)
    entries = LedgerEntry.objects.filter(side="receivable").values_list("partner__external_id", "debit", "credit")
    for partner, debit, credit in entries:
        kept[partner] += debit - credit
    assert kept == said


def documents_equal_their_lines():
    for model in (SalesInvoice, SupplierInvoice):
        for document in model.objects.prefetch_related("lines"):
            lines = document.lines.all()
            assert document.net_total == sum(line.net for line in lines)
            assert document.total == sum(line.total for line in lines)


def supplier_invoices_match_orders_and_receipts():
    for invoice in SupplierInvoice.objects.prefetch_related("lines__order_line__receipt_lines"):
        for line in invoice.lines.all():
            assert line.quantity == sum(receipt.quantity for receipt in line.order_line.receipt_lines.all())
            assert line.unit_price == line.order_line.unit_price
            assert line.order_line.document_id == invoice.purchase_order_id
    for payment in SupplierPayment.objects.prefetch_related("lines__supplier_invoice"):
        assert payment.total == sum(line.supplier_invoice.total for line in payment.lines.all())
