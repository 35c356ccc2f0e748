"""The mappings of `examples/wwi` prove themselves on the real files, which lie beside the repository."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ..mapping import load_mapping
from ..rows import Files, Load, Row
from ..types import schema_of, types_by_name

ROOT = Path(__file__).parents[4]
DATA = ROOT.parent / "shared" / "data" / "datasets" / "wwi"
if not DATA.is_dir():  # a worktree lies one folder deeper than the repository
    DATA = ROOT.parents[1] / "shared" / "data" / "datasets" / "wwi"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"NOT TESTED: the data set is absent ({DATA})")

MAIN = {
    "customers": ("partners", "parquet/Sales.Customers.parquet"),
    "suppliers": ("partners", "csv/Purchasing.Suppliers.csv"),
    "products": ("products", "json/Warehouse.StockItems.json"),
    "sales_invoices": ("sales_invoices", "parquet/Sales.CustomerTransactions.parquet"),
    "customer_ledger": ("ledger_entries", "parquet/Sales.CustomerTransactions.parquet"),
    "purchase_orders": ("purchase_orders", "csv/Purchasing.PurchaseOrders.csv"),
    "receipts": ("receipts", "csv/Purchasing.PurchaseOrders.csv"),
    "supplier_invoices": ("supplier_invoices", "csv/Purchasing.SupplierTransactions.csv"),
    "supplier_payments": ("supplier_payments", "json/Purchasing.SupplierTransactions.json"),
    "supplier_ledger": ("ledger_entries", "parquet/Purchasing.SupplierTransactions.parquet"),
    "cut_sales_invoices": ("sales_invoices", "derived_2016-04_05/invoices.csv"),
    "cut_customer_ledger": ("ledger_entries", "derived_2016-04_05/customer_transactions.csv"),
    "cut_purchase_orders": ("purchase_orders", "csv/Purchasing.PurchaseOrders.csv"),
    "cut_receipts": ("receipts", "csv/Purchasing.PurchaseOrders.csv"),
    "cut_supplier_invoices": ("supplier_invoices", "csv/Purchasing.SupplierTransactions.csv"),
    "cut_supplier_payments": ("supplier_payments", "json/Purchasing.SupplierTransactions.json"),
    "cut_supplier_ledger": ("ledger_entries", "parquet/Purchasing.SupplierTransactions.parquet"),
}


def stream(name):
    kind, main = MAIN[name]
    mapping = replace(load_mapping(ROOT / "examples" / "wwi" / f"{name}.toml"), type="")
    for row in Load(mapping, schema_of(types_by_name()[kind]), Files(DATA / main, base=DATA)).rows():
        assert isinstance(row, Row), row
        yield row.data


def read(name):
    return list(stream(name))


def add_up(document):
    """Whether the header of a document is the sum of its lines, and each amount of what it is made of."""
    lines = document["lines"]
    return (
        document["net_total"] == sum(line["net"] for line in lines)
        and document["tax_total"] == sum(line["tax"] for line in lines)
        and document["total"] == sum(line["total"] for line in lines)
        and all(line["total"] == line["net"] + line["tax"] for line in lines)
    )


def test_every_mapping_of_the_example_is_proved_here():
    assert {path.stem for path in (ROOT / "examples" / "wwi").glob("*.toml")} - {"plan"} == set(MAIN)


def test_partners_and_products():
    customers, suppliers, products = read("customers"), read("suppliers"), read("products")
    assert (len(customers), len(suppliers), len(products)) == (663, 13, 227)
    assert len({partner["external_id"] for partner in customers + suppliers}) == 676
    first = customers[1]
    assert first["name"] == "Tailspin Toys (Sylvanite, MT)"
    assert (first["city"], first["region"], first["group"]) == ("Sylvanite", "Montana", "Tailspin Toys")
    assert (first["account_partner"], first["credit_limit"], first["payment_terms_days"]) == ("C1", None, 7)
    assert suppliers[1]["address"] == "Unit 2, 2934 Night Road"
    assert {product["tax_rate"] for product in products} == {Decimal(10), Decimal(15)}


@pytest.fixture(scope="module")
def sales():
    """The count of all sales invoices and of their lines, all proved, and those of the last two months to keep."""
    invoices = lines = 0
    kept = {}
    for invoice in stream("sales_invoices"):
        invoices += 1
        lines += len(invoice["lines"])
        assert add_up(invoice), invoice
        for line in invoice["lines"]:
            assert round(line["quantity"] * line["unit_price"], 2) == line["net"]
        if invoice["issue_date"] >= date(2016, 4, 1):
            kept[invoice["external_id"]] = invoice
    return invoices, lines, kept


def test_every_sales_invoice_equals_its_lines(sales):
    assert sales[:2] == (70_510, 228_265)


def test_the_customer_account_is_whole():
    entries = read("customer_ledger")
    assert len(entries) == 97_147
    open_total = sum(entry["open_amount"] for entry in entries)
    assert sum(entry["debit"] - entry["credit"] for entry in entries) == open_total > 0
    assert sum(entry["document_type"] == "sales_invoices" for entry in entries) == 70_510


def test_purchases_from_order_to_payment():
    orders = {order["external_id"]: order for order in read("purchase_orders")}
    assert (len(orders), sum(len(order["lines"]) for order in orders.values())) == (2_074, 8_367)
    assert all(add_up(order) for order in orders.values())
    receipts = {receipt["purchase_order"]: receipt for receipt in read("receipts")}
    assert len(receipts) == 2_072
    invoices = {invoice["external_id"]: invoice for invoice in read("supplier_invoices")}
    assert len(invoices) == 2_072
    for invoice in invoices.values():
        ordered = {line["external_id"]: line for line in orders[invoice["purchase_order"]]["lines"]}
        received = {line["order_line"]: line["quantity"] for line in receipts[invoice["purchase_order"]]["lines"]}
        assert add_up(invoice), invoice
        assert {line["order_line"]: line["quantity"] for line in invoice["lines"]} == received
        for line in invoice["lines"]:
            assert line["unit_price"] == ordered[line["order_line"]]["unit_price"]
            assert line["net"] == round(line["quantity"] * line["unit_price"], 2)
    payments = read("supplier_payments")
    assert len(payments) == 366
    settled = [line["supplier_invoice"] for payment in payments for line in payment["lines"]]
    assert set(settled) == {key for key, invoice in invoices.items() if invoice["state"] == "paid"}
    assert len(settled) == len(set(settled))
    for payment in payments:
        assert payment["total"] == payment["gross_total"] == sum(line["amount"] for line in payment["lines"])
        assert all(invoices[line["supplier_invoice"]]["partner"] == payment["partner"] for line in payment["lines"])


def test_the_supplier_account_is_whole():
    entries = read("supplier_ledger")
    assert len(entries) == 2_438
    owed = sum(entry["credit"] - entry["debit"] for entry in entries)
    assert owed == sum(entry["open_amount"] for entry in entries) > 0


def test_the_cut_of_two_months_holds_together():
    invoices = read("cut_sales_invoices")
    assert (len(invoices), sum(len(invoice["lines"]) for invoice in invoices)) == (3_804, 12_274)
    assert all(add_up(invoice) for invoice in invoices)
    assert len(read("cut_customer_ledger")) == 5_305
    orders = {order["external_id"] for order in read("cut_purchase_orders")}
    receipts = {receipt["purchase_order"] for receipt in read("cut_receipts")}
    bills = {invoice["external_id"]: invoice for invoice in read("cut_supplier_invoices")}
    assert {invoice["purchase_order"] for invoice in bills.values()} <= receipts <= orders
    for payment in read("cut_supplier_payments"):
        assert {line["supplier_invoice"] for line in payment["lines"]} <= set(bills)
    assert len(read("cut_supplier_ledger")) == 118


def test_csv_and_parquet_of_the_same_table_say_the_same(sales):
    assert {row["external_id"]: row for row in stream("cut_sales_invoices")} == sales[2]
    whole = [row for row in stream("customer_ledger") if row["date"] >= date(2016, 4, 1)]
    assert read("cut_customer_ledger") == whole
