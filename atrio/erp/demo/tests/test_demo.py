"""The company as it stands in a portal: complete, tied, peopled, and made only once."""

import datetime as dt
import io
from collections import defaultdict
from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from atrio.core.actor import Actor
from atrio.core.doctypes import document_type, document_types
from atrio.core.models import Event, File, Note
from atrio.core.scope import scope
from atrio.erp.demo import company, people
from atrio.erp.demo.generate import write
from atrio.erp.demo.making import load, make
from atrio.erp.models import LoadRun
from atrio.ledger.models import Balance, LedgerEntry
from atrio.people.models import User

DAY = dt.date(2026, 11, 20)
STATED = [kind for kind in document_types().values() if kind.states]


@pytest.fixture(scope="module")
def altura(django_db_setup, django_db_blocker):
    """The company, made once for all tests here and gone after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make(day=DAY)
        transaction.set_rollback(True)


@pytest.fixture
def erp(altura):
    actor = Actor.system(altura)
    with scope(actor):
        yield actor


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'select count(*) from "{table}"')
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("kind", STATED, ids=lambda k: k.name)
def test_every_state_of_every_document_type_is_there(erp, kind):
    found = set(kind.model.objects.filter(portal_id=erp.portal.id).values_list("state", flat=True))
    assert found == set(kind.states)


def test_each_load_took_every_row(erp):
    runs = list(LoadRun.objects.filter(portal_id=erp.portal.id))
    assert len(runs) == 8
    assert all(one.state == "done" and one.read == one.created > 0 and not one.rejected for one in runs)


def test_the_same_files_change_nothing(erp, tmp_path):
    before = counts()
    for name, file in write(tmp_path, DAY).items():
        record = load(erp.portal, name, file)
        assert (record.unchanged, record.created, record.updated) == (record.read, 0, 0), name
    after = counts()
    assert {table for table in after if after[table] != before[table]} == {"load_run"}


def test_the_ledger_is_what_the_documents_say(erp):
    owed = defaultdict(Decimal)
    for one in document_type("sales_invoices").model.objects.filter(portal_id=erp.portal.id):
        sign = -1 if one.kind == "credit_note" else 1
        owed["receivable", one.account_partner_id or one.partner_id, one.currency] += sign * one.open_amount
    for one in document_type("supplier_invoices").model.objects.filter(portal_id=erp.portal.id):
        if one.state in ("approved", "scheduled", "paid"):
            owed["payable", one.partner_id, one.currency] += one.open_amount
    for one in LedgerEntry.objects.filter(portal_id=erp.portal.id, number__startswith="AN-"):
        owed[one.side, one.partner_id, one.currency] += one.open_amount
    kept = {(b.side, b.partner_id, b.currency): b for b in Balance.objects.filter(portal_id=erp.portal.id)}
    assert {key: value for key, value in owed.items() if value} == {k: b.balance for k, b in kept.items() if b.balance}
    assert all(b.balance == b.open_total - b.credit_total for b in kept.values())
    assert any(b.credit_total for b in kept.values())


def test_orders_count_what_was_received_and_invoiced(erp):
    sql = """select count(*), count(*) filter (where l.received_quantity <> coalesce(r.total, 0)
        or l.invoiced_quantity <> coalesce(i.total, 0)) from purchase_order_line l
      left join (select order_line_id, sum(quantity) total from receipt_line rl join receipt r on r.id = rl.document_id
        where r.state = 'posted' group by 1) r on r.order_line_id = l.id
      left join (select order_line_id, sum(quantity) total from supplier_invoice_line il
        join supplier_invoice i on i.id = il.document_id
        where i.state in ('sent', 'matching', 'approved', 'scheduled', 'paid') group by 1) i on i.order_line_id = l.id
      where l.portal_id = %s"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [erp.portal.id])
        lines, wrong = cursor.fetchone()
    assert lines > 1000
    assert wrong == 0


def test_refused_invoices_say_why_and_differing_ones_are_marked(erp):
    invoices = document_type("supplier_invoices").model.objects.filter(portal_id=erp.portal.id)
    assert all(one.decision_reason for one in invoices.filter(state__in=["rejected", "to_revise"]))
    assert all(one.differs for one in invoices.filter(state="matching"))
    assert Note.objects.filter(doctype="supplier_invoices", internal=True).exists()
    assert Note.objects.filter(doctype="supplier_invoices", internal=False).exists()
    assert File.objects.filter(doctype="supplier_invoices", content_type="application/pdf").count() > 20
    assert File.objects.filter(doctype="sales_invoices", role="xml").count() > 250


def test_what_people_did_is_told_under_their_names(erp):
    told = Event.objects.filter(portal_id=erp.portal.id, kind__in=["confirm", "send", "approve"])
    assert {"Marta Giraldo", "Emily Carter", "Paola Nieto"} <= set(told.values_list("actor_name", flat=True))
    assert not told.filter(user=None).exists()


def test_no_two_people_share_an_address(altura):
    emails = [email.lower() for email in User.objects.values_list("email", flat=True)]
    assert len(emails) == len(set(emails))
    assert {person.email for person in people.PEOPLE} <= set(emails)
    assert all(email.endswith(".example") for email in emails)


@pytest.mark.parametrize("person", people.PEOPLE, ids=lambda p: p.what)
def test_everybody_signs_in_and_finds_their_lists(altura, person):
    user, secret = User.objects.get(email=person.email), people.password()
    validate_password(secret, user)
    assert not user.must_change_password
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": person.email, "password": secret})
    assert answer.status_code == 302
    assert browser.get(f"/{company.SLUG}/").status_code == 200
    expected = {"customer": ["sales_invoices"], "supplier": ["purchase_orders", "supplier_invoices", "receipts"]}
    for name in expected.get(person.what.split(",")[0], ["purchase_orders"]):
        page = browser.get(f"/{company.SLUG}/{name}/").content.decode()
        assert f"/{company.SLUG}/{name}/" in page
        rows = document_type(name).model
        mine = people.Cast(altura)[person.partners[0]] if person.partners else Actor.system(altura)
        with scope(mine):
            newest = rows.objects.visible_to(mine).order_by("-issue_date", "-pk").first()
        assert newest is not None
        assert browser.get(f"/{company.SLUG}/{name}/{newest.pk}/").status_code == 200


def test_a_second_call_tells_and_changes_nothing(altura):
    before, said = counts(), io.StringIO()
    call_command("demo", stdout=said, stderr=io.StringIO())
    assert counts() == before
    told = said.getvalue()
    assert settings.BASE_URL in told
    assert people.password() in told
    assert all(person.email in told for person in people.PEOPLE)


def test_a_changed_password_is_not_told(altura):
    with transaction.atomic():
        user = User.objects.get(email=people.PEOPLE[0].email)
        user.set_password("Otra-clave-7")
        user.save()
        said = io.StringIO()
        call_command("demo", stdout=said, stderr=io.StringIO())
        transaction.set_rollback(True)
    assert people.password() not in said.getvalue()


def test_it_keeps_out_of_a_database_with_other_portals(world):
    with pytest.raises(CommandError):
        call_command("demo", stdout=io.StringIO(), stderr=io.StringIO())
    assert not User.objects.filter(email__endswith="@altura.example").exists()
