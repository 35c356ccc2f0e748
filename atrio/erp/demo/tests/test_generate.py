"""The company's files: the same for the same day, complete, and every figure in them tied to another."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from stdnum import ean
from stdnum.br import cnpj
from stdnum.co import nit
from stdnum.mx import rfc
from stdnum.us import ein

from atrio.core.money import ZERO, line_amounts
from atrio.erp.demo import company as about
from atrio.erp.demo.generate import company, write
from atrio.payables.supplier_payments.models import State as Payment
from atrio.purchasing.receipts.models import State as Receipt
from atrio.receivables.sales_invoices.models import Kind
from atrio.receivables.sales_invoices.models import State as Sale

# Days of all kinds: each weekday, both weeks between payment runs, the end of a year, a leap day.
DAYS = [dt.date(2026, 11, 22) + dt.timedelta(days=n) for n in (0, 2, 4, 5, 7, 8, 10, 13)]
DAYS += [dt.date(2026, 12, 31), dt.date(2028, 2, 29)]
PRICED = ("sales_invoices", "purchase_orders", "supplier_invoices")


@pytest.fixture(scope="module", params=DAYS, ids=str)
def day(request):
    return request.param


@pytest.fixture(scope="module")
def sent(day):
    return company(day)


def by_id(rows):
    return {row["external_id"]: row for row in rows}


def test_the_same_day_gives_the_same_bytes(tmp_path):
    folders = [tmp_path / name for name in ("one", "two", "other seed", "other day")]
    for folder in folders:
        folder.mkdir()
    calls = [(DAYS[0],), (DAYS[0],), (DAYS[0], 7), (DAYS[1],)]
    texts = [
        {name: file.read_bytes() for name, file in write(folder, *call).items()}
        for folder, call in zip(folders, calls, strict=True)
    ]
    assert texts[0] == texts[1]
    assert texts[0]["sales_invoices"] not in (texts[2]["sales_invoices"], texts[3]["sales_invoices"])


def test_it_is_a_company_of_the_size_that_was_promised(sent):
    sizes = {name: len(rows) for name, rows in sent.items()}
    assert sum(row["is_customer"] for row in sent["partners"]) == 40
    assert sum(row["is_supplier"] for row in sent["partners"]) == 25
    assert len({row["group"] for row in sent["partners"]} - {None}) == 2
    assert sizes["products"] >= 120
    assert 1400 < sizes["sales_invoices"] < 1700
    assert 340 < sizes["purchase_orders"] < 380
    assert 350 < sizes["receipts"] < 450
    assert 270 < sizes["supplier_invoices"] < 350
    assert 140 < sizes["supplier_payments"] < 250
    assert {row["currency"] for row in sent["sales_invoices"]} == {"COP", "BRL", "USD"}


def test_every_state_that_an_erp_sends_is_there(sent):
    states = {name: {row.get("state") for row in rows} for name, rows in sent.items()}
    assert states["sales_invoices"] == set(Sale.values)
    assert states["receipts"] == set(Receipt.values)
    assert states["supplier_payments"] == set(Payment.values)
    assert states["supplier_invoices"] == {"approved", "scheduled", "paid"}
    answered = {"change_proposed", "rejected"}  # only people answer
    assert states["purchase_orders"] | answered == answered | {
        *("draft", "sent", "confirmed", "part_received", "received", "closed", "cancelled")
    }
    assert {row["kind"] for row in sent["sales_invoices"]} == set(Kind.values)


def test_what_a_row_refers_to_is_there(sent):
    partners, products = by_id(sent["partners"]), by_id(sent["products"])
    for name, rows in sent.items():
        keys = [row["external_id"] for row in rows]
        assert len(keys) == len(set(keys)), name
        assert {row["partner"] for row in rows if "partner" in row} <= set(partners)
    lines = {one["external_id"] for order in sent["purchase_orders"] for one in order["lines"]}
    for name in ("receipts", "supplier_invoices"):
        assert {row["purchase_order"] for row in sent[name]} <= set(by_id(sent["purchase_orders"]))
        assert {one["order_line"] for row in sent[name] for one in row["lines"]} <= lines
    sold = {one["product_code"] for row in sent["sales_invoices"] for one in row["lines"]} - {""}
    assert sold <= set(products)
    assert {row["settles"] for row in sent["ledger_entries"]} - {""} <= set(by_id(sent["sales_invoices"]))


def test_headers_are_the_sums_of_their_lines(sent):
    for name in PRICED:
        for row in sent[name]:
            assert row["net_total"] == sum(one["net"] for one in row["lines"])
            assert row["tax_total"] == sum(one["tax"] for one in row["lines"])
            assert row["total"] == row["net_total"] + row["tax_total"] > 0
            for one in row["lines"]:
                rates = {"discount_percent": one.get("discount_percent", ZERO), "tax_rate": one["tax_rate"]}
                amounts = line_amounts(one["quantity"], one["unit_price"], row["currency"], **rates)
                assert (one["net"], one["tax"], one["total"]) == (amounts.net, amounts.tax, amounts.total)


def test_what_is_open_is_what_was_not_paid_or_credited(sent):
    less = defaultdict(Decimal)
    for entry in sent["ledger_entries"]:
        less[entry["settles"]] += entry["credit"]
        assert entry["debit"] == 0 < entry["credit"]
    keys = {row["number"]: row["external_id"] for row in sent["sales_invoices"]}
    for row in sent["sales_invoices"]:
        if row["kind"] == "credit_note" and row["state"] == "paid":
            less[keys[row["corrects"]]] += row["total"]
    for row in sent["sales_invoices"]:
        if row["state"] == "cancelled":
            assert row["open_amount"] == 0 and not less[row["external_id"]]
        elif row["kind"] != "credit_note":
            assert row["open_amount"] == row["total"] - less[row["external_id"]] >= 0, row["number"]
            whole, nothing = row["open_amount"] == row["total"], row["open_amount"] == 0
            assert row["state"] == ("open" if whole else "paid" if nothing else "part_paid")


def test_nothing_arrives_that_was_not_ordered_nor_is_billed_that_did_not_arrive(sent):
    ordered = {one["external_id"]: one["quantity"] for order in sent["purchase_orders"] for one in order["lines"]}
    arrived, billed = defaultdict(Decimal), defaultdict(Decimal)
    for receipt in sent["receipts"]:
        for one in receipt["lines"]:
            arrived[one["order_line"]] += one["quantity"] if receipt["state"] == "posted" else 0
    for invoice in sent["supplier_invoices"]:
        for one in invoice["lines"]:
            billed[one["order_line"]] += one["quantity"]
    assert all(arrived[key] <= quantity for key, quantity in ordered.items())
    assert all(billed[key] <= arrived[key] for key in ordered)
    for order in sent["purchase_orders"]:
        came = [(arrived[one["external_id"]], one["quantity"]) for one in order["lines"]]
        whole, any_of_it = all(a == q for a, q in came), any(a for a, _q in came)
        if order["state"] != "closed":
            assert (order["state"] == "received") == whole
            assert (order["state"] == "part_received") == (any_of_it and not whole)


def test_payments_settle_invoices_in_full_and_once(sent):
    invoices, settled = by_id(sent["supplier_invoices"]), defaultdict(Decimal)
    for payment in sent["supplier_payments"]:
        sums = {key: sum(one[key] for one in payment["lines"]) for key in ("amount", "withholding", "discount", "paid")}
        assert payment["gross_total"] == sums["amount"]
        assert payment["withholding_total"] == sums["withholding"]
        assert payment["discount_total"] == sums["discount"]
        assert payment["total"] == sums["paid"] == sums["amount"] - sums["withholding"] - sums["discount"] > 0
        for one in payment["lines"]:
            assert invoices[one["supplier_invoice"]]["partner"] == payment["partner"]
            settled[one["supplier_invoice"]] += one["amount"] if payment["state"] in ("paid", "collected") else 0
    for key, invoice in invoices.items():
        assert invoice["open_amount"] == invoice["total"] - settled[key]
        assert (invoice["state"] == "paid") == (invoice["open_amount"] == 0)


def test_nothing_happened_tomorrow_nor_more_than_a_year_ago(sent, day):
    for name, rows in sent.items():
        for row in rows:
            planned = row.get("state") == "planned"
            when = row.get("issue_date") or row.get("date")
            assert when is None or planned or day - dt.timedelta(days=366) < when <= day, (name, row["external_id"])
    assert any(row["issue_date"] == day for row in sent["sales_invoices"])


def test_tax_ids_and_bar_codes_have_their_check_digits(sent):
    valid = {"CO": nit.is_valid, "BR": cnpj.is_valid, "MX": rfc.is_valid, "US": ein.is_valid}
    for row in sent["partners"]:
        assert valid[row["country"]](row["tax_id"]), row["name"]
    assert nit.is_valid(about.LETTERHEAD["tax_id"])
    assert all(ean.is_valid(row["barcode"]) for row in sent["products"] if row["barcode"])
    for field in ("code", "name", "tax_id", "email"):
        assert len({row[field] for row in sent["partners"]}) == len(sent["partners"]), field


def test_the_xml_says_what_the_invoice_says(sent):
    cbc = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
    given = [row for row in sent["sales_invoices"] if row["xml"]]
    assert len(given) > 250
    assert {row["kind"] for row in given} == set(Kind.values)
    for row in given[:60]:
        root = ET.fromstring(row["xml"])
        assert root.findtext(f"{cbc}ID") == row["number"]
        assert Decimal(root.findtext(f".//{cbc}PayableAmount")) == row["total"]
        assert sum(1 for _ in root.iter(f"{cbc}Description")) == len(row["lines"])
