"""The main job of supplier and buyer, told over HTTP from the order to the payment."""

import html
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from atrio.core.models import Event, File, Mail, Notification, Version
from atrio.core.scope import scope
from atrio.ledger.models import LedgerEntry
from atrio.payables.supplier_payments.tests import maker as payments
from atrio.purchasing.purchase_orders.models import PurchaseOrder, PurchaseOrderLine

from ..models import SupplierInvoice

NEW = "/acme/supplier_invoices/new/?order={}"


def url(invoice, rest: str = "") -> str:
    return f"/acme/supplier_invoices/{invoice.pk}/{rest}"


def said(response) -> str:
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()))


def test_from_the_order_to_the_payment(world, as_, order, typed, now):
    supplier, buyer, payables = as_("tornillos"), as_("bruno"), as_("ana")
    # half of the order, with its PDF
    page = said(supplier.get(NEW.format(order.pk)))
    assert "OC-1" in page and 'value="10"' in page and 'value="5"' in page
    pdf = SimpleUploadedFile("factura.pdf", b"%PDF-1.7 x", "application/pdf")
    response = supplier.post(NEW.format(order.pk), typed("5", "", attachments=[pdf]))
    assert response.status_code == 303, said(response)
    invoice = now(SupplierInvoice, number="F-1")
    assert (invoice.state, invoice.total, invoice.open_amount) == ("draft", Decimal(595), Decimal(595))
    assert buyer.get(url(invoice)).status_code == 404, "a draft is the supplier's own"
    # review and confirm
    assert "factura.pdf" in said(supplier.get(url(invoice)))
    assert supplier.post(url(invoice, "send/"), {"version": 1}).status_code == 303
    assert now(SupplierInvoice, pk=invoice.pk).state == "sent"
    assert now(PurchaseOrderLine, document=order, position=1).invoiced_quantity == 5
    # the buyer sees it beside the order and returns it
    assert "OC-1" in said(buyer.get(url(invoice)))
    decision = {"code": "price", "reason": "Falta el descuento", "version": 2}
    assert buyer.post(url(invoice, "return_for_revision/"), decision).status_code == 303
    assert now(PurchaseOrderLine, document=order, position=1).invoiced_quantity == 0
    assert "Falta el descuento" in said(supplier.get(url(invoice)))
    # the supplier corrects and sends again; both versions are kept
    assert (
        supplier.post(url(invoice, "edit/"), typed("5", "1", lines__0__unit_price="98", version="3")).status_code == 303
    )
    assert supplier.post(url(invoice, "send/")).status_code == 303
    invoice = now(SupplierInvoice, pk=invoice.pk)
    assert (invoice.state, invoice.differs, invoice.decision_reason) == ("matching", True, "")
    with scope(world.system()):
        assert Version.objects.filter(doctype="supplier_invoices", document_id=invoice.pk).count() == 2
    assert "98" in said(buyer.get(url(invoice)))
    # approved it is owed, paid it is not
    assert buyer.post(url(invoice, "approve/")).status_code == 303
    entry = now(LedgerEntry, document_type="supplier_invoices", document_id=invoice.pk)
    assert (entry.credit, entry.open_amount) == (invoice.total, invoice.total)
    with scope(world.system()):
        amount = str(invoice.total)
        payment = payments.make(world, world.portals.acme, world.partners.tornillos, "P-1", "ready", invoice, amount)
    assert payables.post(f"/acme/supplier_payments/{payment.pk}/mark_paid/").status_code == 303
    invoice = now(SupplierInvoice, pk=invoice.pk)
    assert (invoice.state, invoice.open_amount) == ("paid", 0)
    assert "P-1" in said(supplier.get(url(invoice)))
    assert "F-1" in said(supplier.get(f"/acme/supplier_payments/{payment.pk}/"))


def test_more_than_is_left_is_refused_beside_the_line(as_, order, typed, counts):
    before = counts()
    response = as_("tornillos").post(NEW.format(order.pk), typed("11", "5"))
    assert response.status_code == 422
    page = said(response)
    assert "10 un" in page and 'value="11"' in page and "Gracias" in page, "what was typed is kept"
    assert counts() == before


def test_what_was_taken_meanwhile_is_refused_at_sending(as_, order, typed, counts, now):
    supplier = as_("tornillos")
    for number in ("F-1", "F-2"):
        assert supplier.post(NEW.format(order.pk), typed("6", "", number=number)).status_code == 303
    first, second = (now(SupplierInvoice, number=number) for number in ("F-1", "F-2"))
    assert supplier.post(url(first, "send/")).status_code == 303
    before = counts()
    response = supplier.post(url(second, "send/"))
    assert response.status_code == 409 and "4 un" in said(response)
    assert counts() == before
    edited = supplier.post(url(second, "edit/"), typed("4", "", number="F-2"))
    assert edited.status_code == 303
    assert supplier.post(url(second, "send/")).status_code == 303
    assert now(PurchaseOrderLine, document=order, position=1).invoiced_quantity == 10


def test_a_withdrawn_invoice_gives_its_quantities_back(as_, order, typed, now):
    supplier = as_("tornillos")
    supplier.post(NEW.format(order.pk), typed("10", "5"))
    invoice = now(SupplierInvoice, number="F-1")
    supplier.post(url(invoice, "send/"))
    refused = supplier.get(NEW.format(order.pk))
    assert refused.status_code == 409 and "OC-1" in said(refused)
    assert supplier.post(url(invoice, "withdraw/")).status_code == 303
    assert now(SupplierInvoice, pk=invoice.pk).state == "draft"
    assert supplier.get(NEW.format(order.pk)).status_code == 200
    assert supplier.post(url(invoice, "cancel/")).status_code == 303
    cancelled = now(SupplierInvoice, pk=invoice.pk)
    assert (cancelled.state, cancelled.open_amount) == ("cancelled", 0)


def test_staff_hear_of_a_withdrawn_invoice_on_its_order(as_, order, typed, now, world, run_jobs):
    """The invoice itself is out of their sight by then: a notification about it would reach nobody."""
    supplier = as_("tornillos")
    supplier.post(NEW.format(order.pk), typed("10", "5"))
    invoice = now(SupplierInvoice, number="F-1")
    supplier.post(url(invoice, "send/"))
    run_jobs()
    with scope(world.system()):
        Notification.objects.all().delete()
        Mail.objects.all().delete()
    supplier.post(url(invoice, "withdraw/"))
    run_jobs()
    with scope(world.system()):
        told = list(Notification.objects.values_list("user__email", "doctype", "document_id"))
        letters = dict(Mail.objects.values_list("to", "text"))
    assert ("bruno@acme.example", "purchase_orders", order.pk) in told
    assert "tornillos@acme.example" not in letters and "F-1" in letters["bruno@acme.example"]
    page = said(as_("bruno").get("/acme/notifications/"))
    assert "Purchase order OC-1: Invoice withdrawn" in page and "Tornillos · F-1" in page


def test_what_the_supplier_threw_away_unsent_stays_its_own(as_, order, typed, now):
    supplier = as_("tornillos")
    supplier.post(NEW.format(order.pk), typed("1", ""))
    invoice = now(SupplierInvoice, number="F-1")
    assert supplier.post(url(invoice, "cancel/")).status_code == 303
    assert as_("ana").get(url(invoice)).status_code == 404
    assert supplier.get(url(invoice)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"number": ""}, "id_number_error"),
        ({"issue_date": "2199-01-01"}, "id_issue_date_error"),
        ({"issue_date": "ayer"}, "id_issue_date_error"),
        ({"due_date": "2026-03-01"}, "id_due_date_error"),
        ({"lines__0__quantity": "-1"}, "id_lines-0-quantity_error"),
        ({"lines__0__quantity": "1.2.3"}, "id_lines-0-quantity_error"),
        ({"lines__0__quantity": "NaN"}, "id_lines-0-quantity_error"),
        ({"lines__0__quantity": "9" * 40}, "id_lines-0-quantity_error"),
        ({"lines__0__unit_price": ""}, "id_lines-0-unit_price_error"),
        ({"lines__0__unit_price": "120,01"}, "id_lines-0-unit_price_error"),
        ({"lines__0__tax_rate": "101"}, "id_lines-0-tax_rate_error"),
        ({"lines__0__order_line": "999999"}, ""),
        ({"lines__0__order_line": "²"}, ""),
        ({"lines__0__order_line": "9" * 30}, ""),
    ],
)
def test_bad_input_is_said_beside_its_field(as_, order, typed, counts, changes, where):
    before = counts()
    response = as_("tornillos").post(NEW.format(order.pk), typed("5", "1") | _typed(changes))
    assert response.status_code == 422
    assert where in response.content.decode() and "Gracias" in response.content.decode()
    assert counts() == before


def _typed(changes: dict) -> dict:
    return {name.replace("__", "-"): value for name, value in changes.items()}


@pytest.mark.parametrize("quantities", [("", ""), ("0", "")])
def test_an_invoice_of_nothing_is_refused(as_, order, typed, counts, quantities):
    before = counts()
    assert as_("tornillos").post(NEW.format(order.pk), typed(*quantities)).status_code == 409
    assert counts() == before


def test_a_line_is_invoiced_once_in_an_invoice(as_, order, typed, counts):
    before, data = counts(), typed("5", "1")
    data["lines-1-order_line"] = data["lines-0-order_line"]
    assert as_("tornillos").post(NEW.format(order.pk), data).status_code == 409
    assert counts() == before


def test_a_hostile_file_is_refused_by_name(as_, order, typed, counts):
    before = counts()
    bad = SimpleUploadedFile("factura.pdf", b"MZ\x00\x00", "application/pdf")
    good = SimpleUploadedFile("ok.xml", b"<?xml version='1.0'?><a/>", "text/xml")
    response = as_("tornillos").post(NEW.format(order.pk), typed("5", "", attachments=[good, bad]))
    assert response.status_code == 422 and "factura.pdf" in said(response) and "ok.xml" not in said(response)
    assert counts() == before


def test_several_files_are_kept_and_an_xml_is_known_by_its_bytes(world, as_, order, typed, now):
    sent = [
        SimpleUploadedFile("a.pdf", b"%PDF-1.7 x"),
        SimpleUploadedFile("b.dat", b"<?xml version='1.0'?><Invoice/>"),
    ]
    assert as_("tornillos").post(NEW.format(order.pk), typed("5", "", attachments=sent)).status_code == 303
    with scope(world.system()):
        assert sorted(File.objects.values_list("name", "role")) == [("a.pdf", "attachment"), ("b.dat", "xml")]


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ({"fiscal_id": "CUFE-1"}, {"number": "F-2", "fiscal_id": "CUFE-1"}, "id_fiscal_id_error"),
        ({}, {}, "id_number_error"),
        ({}, {"number": " F-1 "}, "id_number_error"),
    ],
)
def test_a_duplicate_is_refused_beside_its_field(as_, order, typed, counts, first, second, field):
    supplier = as_("tornillos")
    assert supplier.post(NEW.format(order.pk), typed("2", "", **first)).status_code == 303
    before = counts()
    response = supplier.post(NEW.format(order.pk), typed("2", "", **second))
    assert response.status_code == 409 and field in response.content.decode()
    assert counts() == before


def test_a_rejected_invoice_may_be_sent_again_under_its_number(as_, order, typed, invoice, now):
    first = invoice("sent", "F-1")
    decision = {"code": "data", "reason": "NIT errado"}
    assert as_("bruno").post(url(first, "reject/"), decision).status_code == 303
    first = now(SupplierInvoice, pk=first.pk)
    assert (first.state, first.open_amount, first.decision_code) == ("rejected", 0, "data")
    assert "NIT errado" in said(as_("tornillos").get(url(first)))
    assert as_("tornillos").post(NEW.format(order.pk), typed("10", "")).status_code == 303


@pytest.mark.parametrize("name", ["reject", "return_for_revision"])
@pytest.mark.parametrize("typed_in", [{"code": "", "reason": "x"}, {"code": "price", "reason": " "}, {"code": "zz"}])
def test_a_decision_against_needs_its_reason(as_, invoice, counts, name, typed_in):
    one = invoice("matching")
    before = counts()
    assert as_("bruno").post(url(one, f"{name}/"), typed_in).status_code == 422
    assert counts() == before


@pytest.mark.parametrize(
    ("who", "state", "name", "status"),
    [
        ("tornillos", "sent", "approve", 403),
        ("clara", "sent", "approve", 403),
        ("nadie", "sent", "approve", 404),
        ("aceros", "sent", "approve", 404),
        ("rita", "sent", "approve", 404),
        ("ana", "sent", "withdraw", 403),
        ("ana", "to_revise", "send", 403),
        ("bruno", "paid", "approve", 409),
        ("tornillos", "approved", "withdraw", 409),
        ("tornillos", "approved", "cancel", 409),
        ("bruno", "draft", "approve", 404),
        ("bruno", "sent", "mark_paid", 409),
    ],
)
def test_who_may_not_does_not(as_, invoice, counts, who, state, name, status):
    one = invoice(state)
    before = counts()
    assert as_(who).post(url(one, f"{name}/"), {"code": "data", "reason": "x"}).status_code == status
    assert counts() == before


@pytest.mark.parametrize(
    ("who", "asked", "status"),
    [
        ("tornillos", "{}", 200),
        ("tornillos", "", 404),
        ("tornillos", "0", 404),
        ("tornillos", "abc", 404),
        ("tornillos", "99999999999999999999", 404),
        ("aceros", "{}", 404),
        ("clavos", "{}", 404),
        ("bodega", "{}", 404),
        ("ana", "{}", 403),
    ],
)
def test_an_invoice_starts_from_an_order_of_ones_own(as_, order, who, asked, status):
    slug = "rival" if who == "clavos" else "acme"
    response = as_(who).get(f"/{slug}/supplier_invoices/new/?order={asked.format(order.pk)}")
    assert response.status_code == status


@pytest.mark.parametrize("state", ["draft", "rejected", "cancelled", "closed", "change_proposed"])
def test_an_order_that_does_not_run_is_not_invoiced(world, as_, order, typed, counts, now, state):
    supplier = as_("tornillos")
    assert supplier.post(NEW.format(order.pk), typed("1", "")).status_code == 303
    with scope(world.system()):
        PurchaseOrder.objects.filter(pk=order.pk).update(state=state)
    before = counts()
    started = supplier.post(NEW.format(order.pk), typed("1", "", number="F-2"))
    assert started.status_code == (404 if state == "draft" else 409)
    sent = supplier.post(url(now(SupplierInvoice, number="F-1"), "send/"))
    assert sent.status_code == 409
    assert counts() == before


def test_the_price_cap_holds_while_typing_and_at_sending(as_, order, typed, counts, portal_says, now):
    supplier = as_("tornillos")
    portal_says(invoice_price_cap_percent=50)
    assert supplier.post(NEW.format(order.pk), typed("1", "", lines__0__unit_price="140")).status_code == 303
    portal_says(invoice_price_cap_percent=10)
    before = counts()
    again = supplier.post(NEW.format(order.pk), typed("1", "", number="F-2", lines__0__unit_price="140"))
    assert again.status_code == 422 and "10 %" in said(again)
    sent = supplier.post(url(now(SupplierInvoice, number="F-1"), "send/"))
    assert sent.status_code == 409 and "10 %" in said(sent)
    assert counts() == before


@pytest.mark.parametrize(
    ("tolerance", "price", "received", "state"),
    [(0, "100", "10", "sent"), (0, "101", "10", "matching"), (2, "101", "10", "sent"), (2, "103", "10", "matching"),
     (0, "100", "3", "matching"), (0, "99", "10", "matching")],
)  # fmt: skip
def test_differences_within_tolerance_go_on(
    world, as_, order, typed, portal_says, now, tolerance, price, received, state
):
    with scope(world.system()):
        order.lines.update(received_quantity=received)
    portal_says(invoice_tolerance_percent=tolerance)
    supplier = as_("tornillos")
    supplier.post(NEW.format(order.pk), typed("4", "", lines__0__unit_price=price))
    invoice = now(SupplierInvoice, number="F-1")
    assert supplier.post(url(invoice, "send/")).status_code == 303
    sent = now(SupplierInvoice, pk=invoice.pk)
    assert (sent.state, sent.differs) == (state, state == "matching")


def test_receipts_do_not_count_where_the_portal_says_so(world, as_, order, typed, portal_says, now):
    with scope(world.system()):
        order.lines.update(received_quantity=0)
    portal_says(invoice_against_receipts=False)
    as_("tornillos").post(NEW.format(order.pk), typed("4", ""))
    invoice = now(SupplierInvoice, number="F-1")
    as_("tornillos").post(url(invoice, "send/"))
    assert now(SupplierInvoice, pk=invoice.pk).state == "sent"


def test_totals_follow_what_is_typed_and_nothing_is_kept(as_, order, typed, counts):
    before = counts()
    response = as_("tornillos").post(NEW.format(order.pk), typed("5", "11", number=""), headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "595" in said(response), "5 x 100 + 19%; the second line cannot be read as it is too much"
    first = as_("tornillos").get(f"{NEW.format(order.pk)}&x=1")
    assert "1.785" in said(first), "a new invoice starts with all that is left"
    assert counts() == before


def test_the_discount_of_the_order_holds_for_its_invoices(world, as_, order, typed, now):
    with scope(world.system()):
        order.lines.filter(position=1).update(discount_percent=10)
    as_("tornillos").post(NEW.format(order.pk), typed("10", ""))
    invoice = now(SupplierInvoice, number="F-1")
    assert (invoice.net_total, invoice.tax_total) == (900, 171)
    as_("tornillos").post(url(invoice, "send/"))
    assert now(SupplierInvoice, pk=invoice.pk).state == "sent"


def test_payment_terms_of_the_partner_make_the_due_date(world, as_, order, typed, now):
    with scope(world.system()):
        type(order.partner).objects.filter(pk=order.partner_id).update(payment_terms_days=45)
    as_("tornillos").post(NEW.format(order.pk), typed("1", ""))
    assert str(now(SupplierInvoice, number="F-1").due_date) == "2026-04-29"


def test_a_payment_is_planned_and_said_to_be_made(as_, invoice, now):
    one = invoice("approved")
    payables = as_("ana")
    assert payables.post(url(one, "schedule/"), {"scheduled_date": "2026-03-01"}).status_code == 409
    assert now(SupplierInvoice, pk=one.pk).state == "approved"
    assert payables.post(url(one, "schedule/"), {"scheduled_date": "2026-04-20"}).status_code == 303
    assert "20/04/2026" in said(as_("tornillos").get(url(one)))
    assert payables.post(url(one, "mark_paid/")).status_code == 303
    paid = now(SupplierInvoice, pk=one.pk)
    assert (paid.state, paid.open_amount) == ("paid", 0)


def test_what_staff_say_is_paid_leaves_no_balance(world, as_, invoice):
    one = invoice("approved")
    assert as_("ana").post(url(one, "mark_paid/")).status_code == 303
    with scope(world.system()):
        entries = LedgerEntry.objects.filter(partner=one.partner)
        assert sum(e.credit - e.debit for e in entries) == 0
        assert [e.open_amount for e in entries] == [0, 0]


def test_each_side_is_told_of_the_other(world, as_, invoice):
    from atrio.core.models import Notification
    from atrio.core.notify import announce

    one = invoice("sent")
    assert as_("bruno").post(url(one, "approve/")).status_code == 303
    with scope(world.system()):
        event = Event.objects.get(doctype="supplier_invoices", kind="approve")
        announce(world.system(), event.pk)
        told = set(Notification.objects.values_list("user__email", flat=True))
    assert told == {"tornillos@acme.example"}


def test_the_rules_can_be_read_by_the_supplier(as_, invoice, portal_says):
    portal_says(invoice_tolerance_percent="2.5", invoice_price_cap_percent=15)
    page = said(as_("tornillos").get(url(invoice("draft"))))
    assert "2,5 %" in page and "15 %" in page


def test_an_order_says_what_differs_in_words(world, as_, order, invoice):
    with scope(world.system()):
        order.lines.update(received_quantity=1)
    page = said(as_("bruno").get(url(invoice("matching"))))
    assert "alert-triangle" in page and "4 " in page and " 1 " in page
