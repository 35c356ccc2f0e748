"""What was sent before is not typed again; what is understood otherwise, or belongs to another request, is."""

import json

import pytest

from atrio.catalog.models import Product
from atrio.core.models import Event
from atrio.erp.api.rows import Sent
from atrio.erp.loads.engine import Order
from atrio.erp.loads.rows import Files, Load
from atrio.erp.loads.running import begin, run
from atrio.erp.loads.types import schema_of, types_by_name
from atrio.erp.models import State
from atrio.receivables.sales_invoices.models import SalesInvoice, SalesInvoiceLine

from .conftest import counts

PRODUCTS = "external_id;code;name;price\nP1;T-1;Tornillo;10,50\nP2;T-2;Tuerca;1.234,00\n"
HEADERS = "external_id,number,partner,issue_date,currency\n1,F1,bodega,2026-01-02,COP\n2,F2,norte,2026-01-03,COP\n"
LINES = "document,description,quantity,unit_price\n1,Tornillo,2,10.50\n2,Broca,1,3\n1,Tuerca,1,4.25\n"


@pytest.fixture
def typed(monkeypatch):
    """The drafts that had to be typed."""
    seen = []
    for source in (Load, Sent):
        read = source.read
        monkeypatch.setattr(source, "read", lambda self, draft, read=read: seen.append(draft.key) or read(self, draft))
    return seen


@pytest.fixture
def send(world, tmp_path):
    """`send(rows)` is a request of a program with those rows."""

    def send(kind, *rows):
        path = tmp_path / "sent.ndjson"
        path.write_text("\n".join(json.dumps(row) for row in rows))
        kind, actor = types_by_name()[kind], world.system()
        source = Sent(schema_of(kind), path, array=False, defaults={"currency": "COP"})
        order = Order(kind, Files(path), source=source)
        return run(actor, order, begin(actor, order))

    return send


def test_what_was_sent_before_is_not_typed_again(load, inside, typed):
    load("products", PRODUCTS)
    assert typed == ["P1", "P2"]
    again = load("products", PRODUCTS.replace("Tuerca", "Tuerca fina"))
    assert typed == ["P1", "P2", "P2"]
    assert counts(again) == (0, 1, 1, 0)


def test_the_same_said_in_another_way_changes_nothing_and_is_known_by_it_from_then_on(load, inside, typed):
    load("products", PRODUCTS)
    before = list(Product.objects.order_by("code").values("version", "updated_at", "name", "price"))
    other = "code,external_id,name,price\nT-1,P1,Tornillo,10.5\nT-2,P2, Tuerca ,1234.00\n"
    assert counts(load("products", other)) == (0, 0, 2, 0)
    assert len(typed) == 4
    assert counts(load("products", other)) == (0, 0, 2, 0)
    assert len(typed) == 4
    assert list(Product.objects.order_by("code").values("version", "updated_at", "name", "price")) == before
    assert not Event.objects.filter(doctype="catalog").exists()


def test_what_a_mapping_understands_otherwise_is_typed(load, inside):
    columns = 'type = "products"\n[columns]\nexternal_id = "external_id"\ncode = "code"\nname = {name}\n'
    load("products", PRODUCTS, mapping=columns.replace("{name}", '"name"'))
    record = load("products", PRODUCTS, mapping=columns.replace("{name}", '{ from = "name", upper = true }'))
    assert counts(record) == (0, 2, 0, 0)


def test_a_column_that_is_not_used_makes_no_difference(load, inside, typed):
    mapping = 'type = "products"\n[columns]\nexternal_id = "external_id"\ncode = "code"\nname = "name"\n'
    load("products", PRODUCTS, mapping=mapping)
    assert counts(load("products", PRODUCTS.replace("10,50", "11,50"), mapping=mapping)) == (0, 0, 2, 0)
    assert len(typed) == 2


def test_a_joined_file_that_changed_is_read(load, inside, tmp_path):
    mapping = """type = "products"
[join.names]
file = "names.csv"
key = "code"
[columns]
external_id = "external_id"
code = "code"
name = "names.text"
"""
    for text, found in (("Tornillo", (2, 0, 0, 0)), ("Clavo", (0, 1, 1, 0))):
        (tmp_path / "names.csv").write_text(f"code,text\nT-1,{text}\nT-2,Tuerca\n")
        assert counts(load("products", PRODUCTS, mapping=mapping)) == found


def test_a_key_that_comes_twice_is_refused_even_if_it_was_sent_before(load, inside):
    load("products", PRODUCTS)
    record = load("products", PRODUCTS + "P1;T-1;Tornillo;10,50\n")
    assert (record.state, record.errors[0]["line"]) == (State.FAILED, 4)


def test_a_header_that_differs_beside_a_later_line_is_refused_even_if_the_first_was_sent_before(load, inside):
    flat = "external_id,number,partner,issue_date,currency,line_description,line_quantity,line_unit_price\n"
    flat += "1,F1,bodega,2026-01-02,COP,Tornillo,2,10.50\n1,F1,bodega,2026-01-02,COP,Tuerca,1,4.25\n"
    assert counts(load("sales_invoices", flat)) == (1, 0, 0, 0)
    assert counts(load("sales_invoices", flat)) == (0, 0, 1, 0)
    record = load("sales_invoices", flat.replace("F1,bodega,2026-01-02,COP,Tuerca", "F2,bodega,2026-01-02,COP,Tuerca"))
    assert (record.state, record.errors[0]["column"]) == (State.FAILED, "number")


def test_lines_of_a_second_file_wherever_they_stand(load, inside, typed):
    assert counts(load("sales_invoices", HEADERS, lines=LINES)) == (2, 0, 0, 0)
    lines = SalesInvoiceLine._base_manager.order_by("document__number", "position")
    assert list(lines.values_list("document__number", "description")) == [
        ("F1", "Tornillo"),
        ("F1", "Tuerca"),
        ("F2", "Broca"),
    ]
    assert counts(load("sales_invoices", HEADERS, lines=LINES)) == (0, 0, 2, 0)
    assert len(typed) == 2
    changed = load("sales_invoices", HEADERS, lines=LINES.replace("4.25", "4.50"))
    assert (counts(changed), len(typed)) == ((0, 1, 1, 0), 3)
    record = load("sales_invoices", HEADERS, lines=LINES.replace("4.25", "x").replace("2,10", "z,10"))
    assert [(e["line"], e["column"]) for e in record.errors] == [
        (2, "lines.csv: quantity"),
        (4, "lines.csv: unit_price"),
    ]


def test_a_row_of_a_request_depends_on_the_fields_of_the_others(send, inside, typed):
    row = {"external_id": "P1", "code": "T-1", "name": "Tornillo"}
    send("products", row | {"barcode": "779"})
    send("products", row)
    assert Product.objects.get(external_id="P1").barcode == "779"  # no row of the request said a word of it
    assert counts(send("products", row)) == (0, 0, 1, 0)
    assert len(typed) == 2
    other = {"external_id": "P2", "code": "T-2", "name": "Tuerca", "barcode": "780"}
    assert counts(send("products", row, other)) == (1, 1, 0, 0)
    assert Product.objects.get(external_id="P1").barcode == ""


def test_an_invoice_with_the_longest_identifier_posts_under_a_key_that_fits(send, inside):
    from atrio.ledger.actions import key_of
    from atrio.ledger.models import LedgerEntry

    row = {"number": "F1", "partner": "bodega", "issue_date": "2026-01-02", "total": 119, "tax_total": 19}
    for key in ("x" * 80, "I-1"):
        assert send("sales_invoices", row | {"external_id": key}).state == State.DONE
        entry = LedgerEntry.objects.get(document_key=key)
        assert (entry.external_id, entry.open_amount) == (key_of("sales_invoices", key), 119)
        assert entry.document_id == SalesInvoice.objects.get(external_id=key).pk
