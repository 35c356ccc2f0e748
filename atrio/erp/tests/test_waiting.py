"""Who waits for a load that is still running: people as little as can be, other portals not at all."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from atrio.core import events
from atrio.core.doctypes import document_type
from atrio.core.models import Event
from atrio.core.scope import scope
from atrio.erp.loads import upsert, writing
from atrio.erp.loads.running import undisturbed
from atrio.erp.loads.types import rules
from atrio.receivables.sales_invoices.models import SalesInvoice
from atrio.testing import database
from atrio.testing.race import arena
from atrio.testing.world import known, make

INVOICE = "external_id,number,partner,issue_date,currency,net_total,total\nI1,FV-1,bodega,2026-06-01,COP,100,100\n"


@contextmanager
def impatient() -> Iterator[None]:
    """Whoever waits in here fails."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '500ms'")
        yield


def test_a_read_receipt_waits_for_no_load_and_comes_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_race_seen_{os.getpid()}") as ring:
        world = ring.do(known)
        invoice = ring.do(lambda: make(world, document_type("sales_invoices"), "FV-1"))
        reader = ring.do(lambda: world.actor("bodega"))

        def see() -> None:
            with scope(reader), impatient():
                events.record_once(reader, invoice, "seen")

        with database.connect_as_owner(ring.name) as loading, loading.transaction():
            loading.execute("update sales_invoice set remarks = 'x' where id = %s", [invoice.pk])
            assert ring.race(see, see) == [None, None]

        def count() -> int:
            with scope(world.system()):
                return Event.objects.filter(kind="seen").count()

        assert ring.do(count) == 1


def test_a_page_says_that_it_was_seen_while_the_erp_changes_it(django_db_setup, django_db_blocker):
    """The address itself, since what stands in the way of it would be found in its view."""
    from django.test import Client

    with django_db_blocker.unblock(), arena(f"atrio_race_seen_page_{os.getpid()}") as ring:
        world = ring.do(known)
        invoice = ring.do(lambda: make(world, document_type("sales_invoices"), "FV-1"))

        def see() -> int:
            client = Client()
            client.force_login(world.people["bodega"])
            with connection.cursor() as cursor:
                cursor.execute("set lock_timeout = '500ms'")
            return client.post(f"/acme/sales_invoices/{invoice.pk}/seen/").status_code

        with database.connect_as_owner(ring.name) as loading, loading.transaction():
            loading.execute("update sales_invoice set remarks = 'x' where id = %s", [invoice.pk])
            assert ring.do(see) == 204


def test_no_load_waits_until_another_portal_has_analyzed(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_race_analyze_{os.getpid()}") as ring:

        def analyze() -> None:
            with impatient(), connection.cursor() as cursor:
                cursor.execute("select atrio_analyze('{sales_invoice}')")

        with database.connect_as_owner(ring.name) as loading, loading.transaction():
            loading.execute("analyze sales_invoice")
            assert ring.do(analyze) is None


def test_references_are_checked_before_accounts_are_held(load, world, monkeypatch):  # noqa: F811
    """Checking takes as long as writing: whoever approves an invoice meanwhile must not wait for it."""
    held: list[list[int]] = []
    write = upsert.write

    def write_and_break(*args, **facts):
        write(*args, **facts)
        SalesInvoice.objects.update(account_partner_id=10**12)  # a partner that there is not

    monkeypatch.setattr(upsert, "write", write_and_break)
    monkeypatch.setattr(writing, "rules", lambda kind: replace(rules(kind), after=lambda actor, ids: held.append(ids)))
    with pytest.raises(IntegrityError, match="account_partner"), transaction.atomic():
        load("sales_invoices", INVOICE)
    assert held == []


def test_two_loads_at_once_leave_the_collector_as_it_was():
    before = gc.get_threshold()
    first, second = undisturbed(), undisturbed()
    with first:
        assert gc.get_threshold()[0] == before[0] * 100
        second.__enter__()
    assert gc.get_threshold()[0] == before[0] * 100  # the other one still runs
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before
