"""Payments over HTTP: planned, made, returned; the invoices follow, and the supplier gets the advice."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.ledger.models import Balance, LedgerEntry
from atrio.payables.supplier_invoices import bookkeeping
from atrio.payables.supplier_invoices.models import SupplierInvoice
from atrio.payables.supplier_invoices.tests import maker as invoices

from .. import loading
from ..models import SupplierPayment
from . import maker

URL = "/acme/supplier_payments/{}/{}"


@pytest.fixture
def owed(world) -> SupplierInvoice:
    """Tornillos' approved invoice of 476, standing in the ledger."""
    with scope(world.system()):
        made = invoices.make(world, world.portals.acme, world.partners.tornillos, "F-1", "approved")
        bookkeeping.post(world.system(), [made.pk])
        return made


@pytest.fixture
def pay(world, owed):
    def payment(state: str, amount: str = "476.00", number: str = "P-1") -> SupplierPayment:
        with scope(world.system()):
            return maker.make(world, world.portals.acme, world.partners.tornillos, number, state, owed, amount)

    return payment


@pytest.fixture
def stand(world, owed):
    """The invoice's state and what is open of it, the balance, and how much was written down."""

    def look() -> tuple:
        with scope(world.system()):
            owed.refresh_from_db()
            balance = Balance.objects.get(partner=owed.partner)
            return owed.state, owed.open_amount, balance.balance, balance.open_total, balance.credit_total

    return look


def test_a_payment_settles_its_invoice_and_its_return_opens_it_again(as_, world, owed, pay, stand):
    ana, payment = as_("ana"), pay("planned")
    assert stand() == ("approved", 476, 476, 476, 0)
    assert ana.post(URL.format(payment.pk, "mark_ready/")).status_code == 303
    assert stand() == ("scheduled", 476, 476, 476, 0), "what is only ready settles nothing"
    assert ana.post(URL.format(payment.pk, "mark_paid/"), {"version": 2}).status_code == 303
    assert stand() == ("paid", 0, 0, 0, 0)
    assert ana.post(URL.format(payment.pk, "mark_returned/"), {"reason": " "}).status_code == 422
    assert stand() == ("paid", 0, 0, 0, 0)
    assert ana.post(URL.format(payment.pk, "mark_returned/"), {"reason": "Cuenta cerrada"}).status_code == 303
    assert stand() == ("approved", 476, 476, 476, 0)
    page = as_("tornillos").get(URL.format(payment.pk, "")).content.decode()
    assert "Cuenta cerrada" in page and "F-1" in page
    with scope(world.system()):
        kinds = Event.objects.filter(doctype="supplier_invoices").order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["planned", "settled", "reopened"]


def test_a_part_leaves_the_rest_open(as_, pay, stand):
    payment = pay("ready", "176.00")
    assert as_("ana").post(URL.format(payment.pk, "mark_paid/")).status_code == 303
    assert stand() == ("approved", 300, 300, 300, 0)


def test_what_is_paid_too_much_is_a_credit(as_, world, pay, stand):
    payment = pay("ready", "500.00")
    with scope(world.system()):
        payment.lines.update(amount=476, withholding=0, paid=476)
    assert as_("ana").post(URL.format(payment.pk, "mark_paid/")).status_code == 303
    assert stand() == ("paid", 0, -24, 0, 24)


def test_a_payment_made_outside_gives_way_to_the_real_one(as_, owed, pay, stand, world):
    assert as_("ana").post(f"/acme/supplier_invoices/{owed.pk}/mark_paid/").status_code == 303
    assert stand() == ("paid", 0, 0, 0, 0)
    payment = pay("paid", "400.00")
    with scope(world.system()):
        loading.after(world.system(), [payment.pk])
    assert stand() == ("approved", 76, 76, 76, 0), "the ERP knows better"


@pytest.mark.parametrize(
    ("who", "state", "name", "status"),
    [
        ("tornillos", "ready", "mark_paid", 403),
        ("clara", "ready", "mark_paid", 403),
        ("aceros", "ready", "mark_paid", 404),
        ("rita", "ready", "mark_paid", 404),
        ("ana", "returned", "mark_paid", 409),
        ("ana", "planned", "mark_returned", 409),
        ("ana", "paid", "mark_ready", 409),
    ],
)
def test_who_may_not_does_not(as_, world, pay, stand, who, state, name, status):
    payment, before = pay(state), stand()
    assert as_(who).post(URL.format(payment.pk, f"{name}/"), {"reason": "x"}).status_code == status
    assert stand() == before
    with scope(world.system()):
        assert SupplierPayment.objects.get(pk=payment.pk).state == state
        assert not LedgerEntry.objects.filter(document_type="supplier_payments").exists()


def test_the_remittance_says_what_was_kept_back(as_, pay):
    payment = pay("paid")
    response = as_("tornillos").get(URL.format(payment.pk, "pdf/"))
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)
    for said in ("F-1", "476,00", "47,60", "428,40", "10/04/2026", "P-1"):
        assert said in text.replace("\u00a0", " "), said


def test_the_invoice_leads_to_its_payment_and_back(as_, owed, pay):
    payment = pay("paid")
    ours, its = f"/acme/supplier_invoices/{owed.pk}/", f"/acme/supplier_payments/{payment.pk}/"
    supplier = as_("tornillos")
    assert its in supplier.get(ours).content.decode()
    assert ours in supplier.get(its).content.decode()


@pytest.mark.parametrize(
    ("row", "gross", "total"),
    [
        ({"total": Decimal(90), "withholding_total": Decimal(8), "discount_total": Decimal(2)}, 100, 90),
        ({"total": Decimal(90)}, 90, 90),
        ({"total": Decimal(90), "gross_total": Decimal(90), "withholding_total": None}, 90, 90),
    ],
)
def test_what_the_erp_leaves_out_ties(row, gross, total):
    found = loading.prepare(row | {"lines": [{"amount": Decimal(10), "withholding": Decimal(1)}, {"paid": Decimal(5)}]})
    assert (found["gross_total"], found["total"]) == (gross, total)
    assert found["gross_total"] == found["total"] + found["withholding_total"] + found["discount_total"]
    assert [(line["amount"], line["paid"]) for line in found["lines"]] == [(10, 9), (5, 5)]
    assert [line["position"] for line in found["lines"]] == [1, 2]
