"""Loads of several portions: the database writes one while the next is typed, and it is one load all the same."""

from dataclasses import replace

import pytest
from django.db import connection

from atrio.catalog.models import Product
from atrio.core.doctypes import document_type
from atrio.core.models import Event
from atrio.erp.loads import engine, upsert, writing
from atrio.erp.loads.intake import Intake
from atrio.erp.loads.types import rules
from atrio.erp.models import State
from atrio.ledger.models import LedgerEntry
from atrio.partners.models import Partner
from atrio.receivables.sales_invoices.models import SalesInvoice, SalesInvoiceLine

from .conftest import counts

HEADERS = "external_id,number,partner,issue_date,currency\n"
LINES = "document,description,quantity,unit_price\n"
PRODUCTS = "external_id,code,name\nP1,T-1,Tornillo\nP2,T-2,Tuerca\nP3,T-3,Broca\n"


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch):
    monkeypatch.setattr(engine, "PORTION", 1)


@pytest.fixture
def steps(monkeypatch):
    """What was done in which order: "w" where something was written, "t" where something was typed."""
    done = []
    write, typed = upsert.write, Intake.typed
    monkeypatch.setattr(upsert, "write", lambda *args, **facts: done.append("w") or write(*args, **facts))
    monkeypatch.setattr(Intake, "typed", lambda *args: done.append("t") or typed(*args))
    return done


def invoices(numbers):
    heads = HEADERS + "".join(f"{n},F{n},bodega,2026-01-02,COP\n" for n in numbers)
    return heads, LINES + "".join(f"{n},Tornillo,{n},10\n{n},Tuerca,1,{n}.50\n" for n in numbers)


def test_portions_are_one_load(load, inside, steps, monkeypatch):
    followed = []
    load_of = rules(document_type("sales_invoices"))
    told = replace(load_of, after=lambda actor, ids: followed.append(ids) or load_of.after(actor, ids))
    monkeypatch.setattr(writing, "rules", lambda kind: told)
    heads, lines = invoices((1, 2, 3))
    record = load("sales_invoices", heads, lines=lines)
    assert counts(record) == (3, 0, 0, 0), record.errors or record.problem
    assert "".join(steps) == "twtwtw"  # each but the last is written while the next is typed
    found = SalesInvoiceLine._base_manager.order_by("document__number", "position")
    assert list(found.values_list("document__number", "description", "quantity")) == [
        (f"F{n}", *line) for n in (1, 2, 3) for line in (("Tornillo", n), ("Tuerca", 1))
    ]
    assert followed == [sorted(SalesInvoice.objects.values_list("pk", flat=True))]
    assert LedgerEntry.objects.filter(document_type="sales_invoices").count() == 3
    assert counts(load("sales_invoices", heads, lines=lines)) == (0, 0, 3, 0)


def test_a_fault_in_a_later_portion_undoes_the_earlier_ones(load, inside):
    heads, lines = invoices((1, 2, 3))
    record = load("sales_invoices", heads.replace("3,F3,bodega", "3,F3,nobody"), lines=lines)
    assert (record.state, record.errors[0]["value"]) == (State.FAILED, "nobody")
    assert not SalesInvoice.objects.exists()
    record = load("sales_invoices", heads.replace("2,F2,bodega", "2,F2,nobody"), lines=lines, skip_bad=True)
    assert counts(record) == (2, 0, 0, 1)
    assert set(SalesInvoice.objects.values_list("number", flat=True)) == {"F1", "F3"}


def test_what_an_earlier_portion_took_is_told_by_row(load, inside):
    record = load("products", PRODUCTS.replace("P3,T-3", "P3,T-1"))
    assert [(e["line"], e["column"], e["value"]) for e in record.errors] == [(4, "code", "T-1")]
    assert not Product.objects.exists()


def test_documents_that_are_there_already_change_at_the_end(load, inside, steps):
    """Whoever wants to change one of them meanwhile waits for the writing only, not for the rest of the file."""
    load("products", PRODUCTS.replace("P1,T-1,Tornillo\n", ""))
    steps.clear()
    record = load("products", PRODUCTS.replace("Tuerca", "Tuerca fina"))
    assert counts(record) == (1, 1, 1, 0)
    assert "".join(steps) == "twttw"
    assert list(Product.objects.order_by("code").values_list("name", flat=True)) == ["Tornillo", "Tuerca fina", "Broca"]
    (event,) = Event.objects.filter(kind="changed")
    assert event.document_id == Product.objects.get(code="T-2").pk


def test_partners_that_name_a_later_one_are_written_together(load, inside, steps):
    text = "external_id,code,name,account_partner\nN,N,Norte,H\nH,H,Matriz,\n"
    assert counts(load("partners", text)) == (2, 0, 0, 0)
    assert "".join(steps) == "ttw"
    assert Partner.objects.get(code="N").account_partner.code == "H"


def test_what_the_database_refuses_while_the_next_is_typed_is_told(load, inside, monkeypatch):
    write = upsert.write

    def write_twice(*args, **facts):
        write(*args, **facts)
        with connection.cursor() as cursor:
            cursor.execute("update product set code = 'same' where portal_id = %s", [inside.portal.id])

    monkeypatch.setattr(upsert, "write", write_twice)
    record = load("products", PRODUCTS)
    assert record.state == State.FAILED and "catalog_code" in record.problem
    assert not Product.objects.exists()
