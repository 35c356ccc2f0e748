"""A customer finds and reads its invoices, its group's and those charged to it; the account follows what is loaded."""

import io
import re
import zipfile
from decimal import Decimal

import pytest
from pypdf import PdfReader

from atrio.core import files
from atrio.core.models import Event, Note
from atrio.core.scope import scope
from atrio.ledger.models import Balance, LedgerEntry
from atrio.ledger.tests.maker import make as make_entry
from atrio.partners.models import Partner
from atrio.receivables.sales_invoices.actions import after, prepare
from atrio.receivables.sales_invoices.models import SalesInvoice

from .maker import make

XML = b"<?xml version='1.0'?><Invoice><ID>FV-1</ID></Invoice>"


@pytest.fixture
def invoices(world):
    """Bodega's own, one of its group (norte), one issued to mercado and charged to bodega, one of mercado alone."""
    acme, of = world.portals.acme, world.partners
    with scope(world.system()):
        own = make(world, acme, of.bodega, "FV-0001", "open", fiscal_id="a1b2c3", payment_terms="30 días")
        group = make(world, acme, of.norte, "FV-0002", "open")
        charged = make(world, acme, of.mercado, "FV-0003", "part_paid", account_partner=of.bodega)
        alone = make(world, acme, of.mercado, "FV-0004", "paid")
        after(world.system(), [own.pk, group.pk, charged.pk, alone.pk])
        files.keep(world.system(), own, "FV-0001.xml", XML, role="xml")
    return {"own": own, "group": group, "charged": charged, "alone": alone}


def _numbers(browser, query="") -> set[str]:
    rows = b"".join(browser.get(f"/acme/sales_invoices/export.csv?{query}").streaming_content).decode("utf-8-sig")
    return {line.split(";")[0] for line in rows.splitlines()[1:]}


def test_related_and_associated_are_asked_for(invoices, as_):
    bodega = as_("bodega")
    assert _numbers(bodega) == {"FV-0001"}
    assert _numbers(bodega, "related=1") == {"FV-0001", "FV-0002"}
    assert _numbers(bodega, "associated=1") == {"FV-0001", "FV-0003"}
    assert _numbers(bodega, "related=1&associated=1") == {"FV-0001", "FV-0002", "FV-0003"}
    assert _numbers(bodega, "related=1&associated=1&state=part_paid") == {"FV-0003"}
    assert _numbers(as_("mercado"), "related=1&associated=1") == {"FV-0003", "FV-0004"}
    assert _numbers(as_("ana")) == {"FV-0001", "FV-0002", "FV-0003", "FV-0004"}
    assert as_("tornillos").get("/acme/sales_invoices/export.csv?related=1&associated=1").status_code == 404


def test_the_list_names_whom_an_associated_invoice_was_issued_to(invoices, as_):
    page = as_("bodega").get("/acme/sales_invoices/?associated=1").content.decode()
    assert "Mercado Único" in page


def test_each_opens_what_it_may_see(invoices, as_):
    seen = {
        "bodega": {"own": 200, "group": 200, "charged": 200, "alone": 404},
        "mercado": {"own": 404, "group": 404, "charged": 200, "alone": 200},
        "norte": {"own": 200, "group": 200, "charged": 404, "alone": 404},
        "tornillos": dict.fromkeys(invoices, 404),
        "ana": dict.fromkeys(invoices, 200),
        "nadie": dict.fromkeys(invoices, 404),
    }
    for who, expected in seen.items():
        browser = as_(who)
        for name, status in expected.items():
            base = f"/acme/sales_invoices/{invoices[name].pk}/"
            assert browser.get(base).status_code == status, (who, name)
            assert browser.get(f"{base}pdf/").status_code == status, (who, name)
    page = as_("bodega").get(f"/acme/sales_invoices/{invoices['charged'].pk}/").content.decode()
    assert "Mercado Único" in page and "Bodega Central" in page


def test_who_looks_on_writes_nothing(invoices, as_, world):
    """The invoice of another of the group, or one charged to me, is read; a note on it would have no place."""
    bodega = as_("bodega")
    for name in ("group", "charged"):
        base = f"/acme/sales_invoices/{invoices[name].pk}/"
        page = bodega.get(base).content.decode()
        assert "data-seen-url" not in page and f'action="{base}notes/"' not in page
        assert bodega.post(f"{base}notes/", {"text": "Hola"}).status_code == 403
        assert bodega.post(f"{base}files/", {"file": io.BytesIO(b"x")}).status_code == 403
        assert bodega.post(f"{base}seen/").status_code == 403
    with scope(world.system()):
        assert not Note.objects.exists() and not Event.objects.exclude(kind="file").exists()
    own = f"/acme/sales_invoices/{invoices['own'].pk}/"
    assert bodega.post(f"{own}notes/", {"text": "Hola"}).status_code == 303
    assert bodega.post(f"{own}seen/").status_code == 204


def test_the_xml_is_beside_the_pdf_and_inside_it(invoices, as_):
    own = f"/acme/sales_invoices/{invoices['own'].pk}/"
    bodega = as_("bodega")
    page = bodega.get(own).content.decode()
    (link,) = set(re.findall(rf'href="({own}files/\d+/)"', page))
    assert page.count(link) == 2  # among the downloads, and among the files
    assert b"".join(bodega.get(link).streaming_content) == XML
    assert as_("mercado").get(link).status_code == 404
    printed = PdfReader(io.BytesIO(bodega.get(f"{own}pdf/").content))
    assert printed.attachments["FV-0001.xml"] == [XML]


def test_the_printed_invoice(invoices, as_, world):
    with scope(world.system()):
        note = make(world, world.portals.acme, world.partners.bodega, "NC-1", "open", kind="credit_note")
    text = _printed(as_("bodega"), invoices["own"])
    for said in ("FV-0001", "Bodega Central", "119,00", "31/03/2026", "30 días", "a1b2c3", "Caja de tornillos"):
        assert said in text
    assert "Mercado" not in text
    assert "Bodega Central" in _printed(as_("bodega"), invoices["charged"])  # charged to
    assert text.splitlines() != _printed(as_("bodega"), note).splitlines()


def _printed(browser, invoice) -> str:
    reader = PdfReader(io.BytesIO(browser.get(f"/acme/sales_invoices/{invoice.pk}/pdf/").content))
    return "\n".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ")


def test_many_in_one_zip(invoices, as_):
    ids = [one.pk for one in invoices.values()]
    answer = as_("bodega").post("/acme/sales_invoices/pdfs.zip", {"ids": ids})
    names = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()
    assert sorted(names) == [f"sales_invoices-FV-000{n}.pdf" for n in (1, 2, 3)]


def test_payments_are_shown_with_what_they_settle(invoices, as_, world):
    with scope(world.system()):
        for code, number in (("bodega", "RC-1"), ("norte", "RC-2")):
            entry = make_entry(world, world.portals.acme, getattr(world.partners, code), number, amount="40.00")
            paid = {"debit": 0, "credit": Decimal(40), "open_amount": 0, "settles": "FV-0001"}
            LedgerEntry.objects.filter(pk=entry.pk).update(**paid)
        SalesInvoice.objects.filter(pk=invoices["own"].pk).update(open_amount=Decimal(79), state="part_paid")
    own = f"/acme/sales_invoices/{invoices['own'].pk}/"
    page = as_("bodega").get(own).content.decode()
    assert "RC-1" in page and "40,00" in page and "RC-2" not in page
    assert "RC-1" not in as_("norte").get(own).content.decode()


def test_the_account_follows_the_invoices(world, invoices):
    """Charged to whom the host says; a credit note in favour; what is cancelled is withdrawn; again changes nothing."""
    system, bodega = world.system(), world.partners.bodega
    with scope(system):
        assert _balance(bodega) == Decimal("238.00")  # its own, and the one charged to it
        assert not Balance.objects.filter(partner=world.partners.mercado, balance__gt=119).exists()
        note = make(world, world.portals.acme, bodega, "NC-1", "open", total="19.00", kind="credit_note")
        after(system, [note.pk])
        assert _balance(bodega) == Decimal("219.00")
        assert Balance.objects.get(partner=bodega).credit_total == Decimal("19.00")
        before = list(LedgerEntry.objects.order_by("pk").values_list("pk", "version"))
        after(system, [note.pk, *(one.pk for one in invoices.values())])
        assert list(LedgerEntry.objects.order_by("pk").values_list("pk", "version")) == before
        SalesInvoice.objects.filter(pk=invoices["own"].pk).update(state="cancelled")
        after(system, [invoices["own"].pk])
        assert _balance(bodega) == Decimal("100.00")


def _balance(partner) -> Decimal:
    return Balance.objects.get(partner=partner, side="receivable").balance


def test_the_hosts_link_charges_the_account(world):
    system, of = world.system(), world.partners
    with scope(system):
        Partner.objects.filter(pk=of.mercado.pk).update(account_partner=of.bodega)
        invoice = make(world, world.portals.acme, of.mercado, "FV-9", "open")
        after(system, [invoice.pk])
        invoice.refresh_from_db()
        assert invoice.account_partner_id == of.bodega.pk
        assert _balance(of.bodega) == Decimal("119.00")


@pytest.mark.parametrize(
    ("row", "state", "open_amount"),
    [
        ({"total": Decimal(10)}, "open", 10),
        ({"total": Decimal(10), "open_amount": Decimal(4)}, "part_paid", 4),
        ({"total": Decimal(10), "open_amount": Decimal(0)}, "paid", 0),
        ({"total": Decimal(10), "state": "paid"}, "paid", 0),
        ({"total": Decimal(10), "state": "cancelled"}, "cancelled", 0),
        ({"total": Decimal(10), "state": "open", "open_amount": Decimal(4)}, "open", 4),
    ],
)
def test_the_state_follows_what_is_open(row, state, open_amount):
    prepared = prepare(row)
    assert (prepared["state"], prepared["open_amount"]) == (state, open_amount)


def test_lines_without_amounts_are_completed():
    line = {"quantity": Decimal(3), "unit_price": Decimal("1.115"), "tax": Decimal("0.64")}
    row = prepare(
        {"total": Decimal("3.99"), "currency": "USD", "lines": [line, {"total": Decimal(2), "tax": Decimal(1)}]}
    )
    first, second = row["lines"]
    assert (first["position"], first["net"], first["total"]) == (1, Decimal("3.35"), Decimal("3.99"))
    assert (second["position"], second["net"], second["total"]) == (2, Decimal(1), Decimal(2))
