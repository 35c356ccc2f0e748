"""Loads into the tables: what is new, changed, the same or wrong, and that nothing is ever half done."""

from decimal import Decimal

import pytest
from django.core.files import storage
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from atrio.catalog.models import Product
from atrio.core.models import AsOf, Event, File
from atrio.core.scope import scope
from atrio.erp.loads import running
from atrio.erp.loads.types import types_by_name
from atrio.erp.models import LoadRun, State
from atrio.partners.models import Partner
from atrio.purchasing.purchase_orders.models import PurchaseOrder, PurchaseOrderLine
from atrio.purchasing.receipts.models import Receipt
from atrio.receivables.sales_invoices.models import SalesInvoice

from .conftest import counts

PRODUCTS = "external_id;code;name;price;is_active\nP1;T-1;Tornillo ñandú;10,50;sí\nP2;T-2;Tuerca;1.234,00;no\n"


def test_the_second_load_of_a_file_changes_nothing(load, inside):
    first = load("products", PRODUCTS)
    assert (first.state, counts(first), first.read) == (State.DONE, (2, 0, 0, 0), 2)
    product = Product.objects.get(external_id="P2")
    assert (product.price, product.is_active, product.load_id) == (Decimal("1234"), False, first.pk)
    second = load("products", PRODUCTS)
    assert counts(second) == (0, 0, 2, 0)
    assert Product.objects.get(external_id="P2").updated_at == product.updated_at
    assert AsOf.objects.filter(doctype="catalog").count() == 1


def test_only_what_changed_is_written_and_tells_so(load, inside):
    first = load("products", PRODUCTS)
    second = load("products", PRODUCTS.replace("10,50", "10,75"))
    assert counts(second) == (0, 1, 1, 0)
    product = Product.objects.get(external_id="P1")
    assert (product.price, product.version, product.load_id) == (Decimal("10.75"), 2, first.pk)
    (event,) = Event.objects.filter(doctype="catalog", kind="changed")
    assert (event.document_id, event.facts, event.actor_name) == (product.pk, {"load": second.pk}, "Atrio")


def test_columns_that_a_file_does_not_have_stay_as_they_are(load, inside):
    load("products", "external_id,code,name,barcode\nP1,T-1,Tornillo,779\n")
    load("products", "external_id,code,name\nP1,T-1,Tornillo largo\n")
    product = Product.objects.get(external_id="P1")
    assert (product.name, product.barcode) == ("Tornillo largo", "779")
    found = Product.objects.extra(where=["search @@ %s::tsquery"], params=[f"'{inside.portal.id}.779'"])
    assert list(found) == [product]  # what was not sent this time is found as before


def test_one_bad_row_and_nothing_is_loaded(load, inside, world):
    bad = PRODUCTS + "P3;T-3;;5;no\nP4;T-4;Arandela;x;quizás\n"
    record = load("products", bad)
    assert (record.state, counts(record)) == (State.FAILED, (0, 0, 0, 2))
    assert not Product.objects.exists() and not AsOf.objects.exists()
    assert [(e["line"], e["column"], e["value"]) for e in record.errors] == [
        (4, "name", ""),
        (5, "price", "x"),
        (5, "is_active", "quizás"),
    ]
    with storage.default_storage.open(record.errors_file) as file:
        text = file.read().decode("utf-8-sig")
    assert text.splitlines()[0] == "file,line,column,value,code,reason"
    assert ",5,price,x,not_a_number," in text


def test_bad_rows_may_be_left_out(load, inside):
    record = load("products", PRODUCTS + "P3;T-3;;5;no\n", skip_bad=True)
    assert (record.state, counts(record)) == (State.DONE, (2, 0, 0, 1))
    assert Product.objects.count() == 2


def test_a_try_changes_nothing_but_says_what_would_happen(load, inside):
    record = load("products", PRODUCTS, dry_run=True)
    assert (record.state, record.dry_run, counts(record)) == (State.DONE, True, (2, 0, 0, 0))
    assert not Product.objects.exists()
    record = load("partners", "external_id,code,name,account_partner\nA,A,a,nobody\n", dry_run=True)
    assert (record.state, counts(record)) == (State.FAILED, (0, 0, 0, 1))


def test_a_formula_in_a_bad_value_is_harmless_in_the_errors_file(load, inside):
    record = load("products", "external_id,code,name,price\nP1,T-1,x,=1+1|cmd\n")
    with storage.default_storage.open(record.errors_file) as file:
        assert ",=1+1" not in file.read().decode()


def test_a_file_that_cannot_be_read_is_refused_in_words(load, inside):
    record = load("products", 'external_id,code,name\n1,2,"open\n')
    assert record.state == State.FAILED
    assert "CSV" in record.problem


# --- references


def test_partners_may_name_each_other_in_any_order_and_make_groups(load, inside):
    text = "external_id,code,name,account_partner,group\nN,N,Norte,H,Cadena\nH,H,Matriz,,Cadena\nX,X,Otro,tornillos,\n"
    record = load("partners", text)
    assert counts(record) == (3, 0, 0, 0)
    norte, matriz, otro = (Partner.objects.get(external_id=key) for key in "NHX")
    assert (norte.account_partner, norte.group, matriz.account_partner) == (matriz, matriz.group, None)
    assert otro.account_partner.code == "tornillos"


def test_what_is_named_must_exist_in_this_portal(load, inside):
    text = "external_id,number,partner,issue_date,currency,total,tax_total\n1,F1,{},2026-01-02,COP,119,19\n"
    record = load("sales_invoices", text.format("tienda"))  # a customer of the other portal
    assert (record.state, record.errors[0]["column"], record.errors[0]["value"]) == (State.FAILED, "partner", "tienda")
    assert load("sales_invoices", text.format("bodega")).state == State.DONE


def test_a_bad_partner_takes_those_that_name_it_with_it(load, inside):
    text = "external_id,code,name,account_partner\nA,A,a,nobody\nB,B,b,A\nC,C,c,\n"
    record = load("partners", text, skip_bad=True)
    assert counts(record) == (1, 0, 0, 2)
    assert {p.external_id for p in Partner.objects.filter(external_id__in="ABC")} == {"C"}


def test_codes_that_are_taken_are_told_by_row(load, inside):
    load("products", PRODUCTS)
    record = load("products", "external_id,code,name\nP9,T-1,x\nP8,T-8,y\nP7,T-8,z\n")
    assert record.state == State.FAILED
    assert [(e["line"], e["column"], e["value"]) for e in record.errors] == [(2, "code", "T-1"), (4, "code", "T-8")]
    swapped = load("products", "external_id,code,name\nP1,T-2,x\nP2,T-1,y\n")
    assert swapped.state == State.FAILED and "catalog_code" in swapped.problem
    assert Product.objects.get(external_id="P1").code == "T-1"


def test_amounts_that_do_not_tie_are_told_by_row(load, inside):
    heading = "external_id,number,partner,issue_date,currency,net_total,tax_total,total"
    record = load("sales_invoices", f"{heading}\n1,F1,bodega,2026-01-02,COP,100,19,120\n")
    assert record.state == State.FAILED
    assert record.errors[0]["line"] == 2 and "net_total" in record.errors[0]["reason"]


# --- documents with lines

ORDER = {
    "external_id": "O1",
    "number": "PO-1",
    "partner": "tornillos",
    "issue_date": "2026-01-02",
    "currency": "COP",
    "lines": [
        {"external_id": "a", "description": "Tornillo", "quantity": 10, "unit_price": 2.5, "tax_rate": 19},
        {"external_id": "b", "description": "Tuerca", "quantity": 4, "unit_price": 1.25},
    ],
}
RECEIPT = {
    "external_id": "R1",
    "number": "GR-1",
    "partner": "tornillos",
    "purchase_order": "O1",
    "issue_date": "2026-01-05",
    "lines": [{"order_line": "b", "quantity": 4}, {"order_line": "1", "quantity": 3}],
}


def test_totals_follow_from_lines(load, inside):
    record = load("purchase_orders", [ORDER], "o.json")
    assert counts(record) == (1, 0, 0, 0), record.errors or record.problem
    order = PurchaseOrder.objects.get(external_id="O1")
    assert (order.net_total, order.tax_total, order.total) == (Decimal("30"), Decimal("4.75"), Decimal("34.75"))
    assert [(line.position, line.net) for line in order.lines.all()] == [(1, Decimal("25")), (2, Decimal("5"))]


def test_lines_keep_their_rows_when_they_move(load, inside):
    load("purchase_orders", [ORDER], "o.json")
    before = dict(PurchaseOrderLine.objects.values_list("external_id", "pk"))
    PurchaseOrderLine.objects.filter(external_id="b").update(received_quantity=3)
    first, second = ORDER["lines"]
    moved = ORDER | {
        "lines": [{"external_id": "c", "description": "Nuevo", "quantity": 1}, second | {"quantity": 5}, first]
    }
    record = load("purchase_orders", [moved], "o.json")
    assert counts(record) == (0, 1, 0, 0), record.errors or record.problem
    lines = PurchaseOrderLine.objects.order_by("position")
    assert [line.external_id for line in lines] == ["c", "b", "a"]
    assert {line.external_id: line.pk for line in lines if line.external_id in before} == before
    assert (lines[1].quantity, lines[1].received_quantity) == (Decimal(5), Decimal(3))


def test_a_line_that_others_refer_to_cannot_go(load, inside):
    load("purchase_orders", [ORDER], "o.json")
    record = load("receipts", [RECEIPT], "r.json")
    assert record.state == State.DONE, record.errors or record.problem
    receipt = Receipt.objects.get(external_id="R1")
    assert {line.order_line.external_id: line.quantity for line in receipt.lines.all()} == {"b": 4, "a": 3}
    record = load("purchase_orders", [ORDER | {"lines": ORDER["lines"][:1]}], "o.json")
    assert (record.state, record.errors[0]["value"]) == (State.FAILED, "2")
    assert PurchaseOrderLine.objects.count() == 2


def test_a_line_of_another_order_is_not_found(load, inside):
    load(
        "purchase_orders",
        [ORDER, ORDER | {"external_id": "O2", "lines": [{"external_id": "z", "quantity": 1}]}],
        "o.json",
    )
    record = load("receipts", [RECEIPT | {"lines": [{"order_line": "z", "quantity": 1}]}], "r.json")
    assert (record.state, record.errors[0]["value"]) == (State.FAILED, "z")


def test_lines_that_no_document_refers_to_may_go(load, inside):
    load("purchase_orders", [ORDER], "o.json")
    load("purchase_orders", [ORDER | {"lines": ORDER["lines"][1:]}], "o.json")
    assert [line.external_id for line in PurchaseOrderLine.objects.all()] == ["b"]


def test_a_file_without_lines_leaves_them_alone(load, inside):
    load("purchase_orders", [ORDER], "o.json")
    head = {name: value for name, value in ORDER.items() if name != "lines"} | {"net_total": 30, "tax_total": 4.75}
    record = load("purchase_orders", [head | {"remarks": "urgente"}], "o.json")
    assert counts(record) == (0, 1, 0, 0), record.errors or record.problem
    assert PurchaseOrderLine.objects.count() == 2


def test_xml_becomes_a_file_of_the_document(load, inside):
    row = {"external_id": "1", "number": "F1", "partner": "bodega", "issue_date": "2026-01-02", "currency": "COP"}
    row |= {"total": 119, "tax_total": 19, "xml": '<?xml version="1.0" encoding="ISO-8859-1"?><factura>ñ</factura>'}
    for text in (row["xml"], row["xml"].replace("ñ", "ü")):
        record = load("sales_invoices", [row | {"xml": text}], "f.json")
        assert record.state == State.DONE, record.errors or record.problem
    invoice = SalesInvoice.objects.get(external_id="1")
    (file,) = File.objects.filter(doctype="sales_invoices", document_id=invoice.pk)
    assert (file.role, file.name, file.content_type) == ("xml", "F1.xml", "application/xml")


# --- who is told, who may


def test_people_are_told_of_new_documents_but_not_of_a_migration(load, inside, monkeypatch):
    from atrio.erp.loads import engine

    told = []
    monkeypatch.setattr(engine.jobs.announce, "batch_defer", lambda *jobs: told.extend(jobs))
    load("purchase_orders", [ORDER], "o.json")
    assert [job["portal_id"] for job in told] == [inside.portal.id]
    (event,) = Event.objects.filter(kind="created", doctype="purchase_orders")
    assert event.partner_id == PurchaseOrder.objects.get().partner_id
    monkeypatch.setattr(engine, "MANY", 0)
    load("purchase_orders", [ORDER | {"external_id": "O2"}], "o.json")
    assert len(told) == 1
    load("purchase_orders", [ORDER | {"external_id": "O3"}], "o.json", notify=True)
    assert len(told) == 2


def test_a_load_stays_in_its_portal(load, world):
    load("products", PRODUCTS)
    load("products", PRODUCTS.replace("Tornillo", "Clavo"), slug="rival")
    with scope(world.system("rival")):
        assert [p.name for p in Product.objects.order_by("code")] == ["Clavo ñandú", "Tuerca"]
        assert LoadRun.objects.count() == 1
    with scope(world.system()):
        assert Product.objects.get(external_id="P1").name == "Tornillo ñandú"


def test_an_after_that_fails_undoes_the_load(load, inside, monkeypatch):
    kind = types_by_name()["products"]

    def boom(actor, ids):
        raise RuntimeError("after")

    monkeypatch.setitem(kind.load.__dict__, "after", boom)
    with pytest.raises(RuntimeError):
        load("products", PRODUCTS)
    assert not Product.objects.exists()


# --- what is written down is what happened


def test_rows_and_the_record_of_their_load_are_written_together(load, inside, monkeypatch):
    """Killed between the two, a load would say that it did nothing."""

    def killed(*given, **facts):
        raise SystemExit

    monkeypatch.setattr(running, "_close", killed)
    with pytest.raises(SystemExit):
        load("products", PRODUCTS)
    assert not Product.objects.exists()
    assert LoadRun.objects.get().state == State.RUNNING


def test_a_load_that_had_to_give_way_is_done_again_whole(load, inside, monkeypatch):
    real, tries = running.load, []

    def gives_way_once(actor, order, pk, counts, problems, progress):
        real(actor, order, pk, counts, problems, progress)
        tries.append(counts.created)
        if len(tries) == 1:
            raise OperationalError from DeadlockDetected()

    monkeypatch.setattr(running, "load", gives_way_once)
    record = load("products", PRODUCTS)
    assert tries == [2, 2] and (record.state, counts(record)) == (State.DONE, (2, 0, 0, 0))
    assert Product.objects.count() == 2


def test_a_load_that_always_has_to_give_way_ends(load, inside, monkeypatch):
    def gives_way(*given):
        raise OperationalError from DeadlockDetected()

    monkeypatch.setattr(running, "load", gives_way)
    with pytest.raises(OperationalError):
        load("products", PRODUCTS)
