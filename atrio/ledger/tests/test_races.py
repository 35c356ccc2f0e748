"""Writers of one account at the same moment: whoever adds up last has seen all the others."""

import datetime as dt
import os
import time
from decimal import Decimal
from threading import Event

from django.db import connection

from atrio.core.scope import scope
from atrio.erp.loads import running, upsert
from atrio.erp.loads.engine import Order
from atrio.erp.loads.rows import Files
from atrio.erp.loads.types import types_by_name
from atrio.erp.models import State
from atrio.ledger.actions import Posting, post
from atrio.ledger.models import Balance, LedgerEntry
from atrio.testing.race import arena
from atrio.testing.world import known

DAY = dt.date(2026, 6, 1)
WRITERS = 3


def test_writers_at_once_leave_no_stale_sum(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_race_ledger_{os.getpid()}") as ring:
        world = ring.do(known)
        actor, partner = world.system(), world.partners.bodega.pk

        def posting(pk: int) -> Posting:
            one = Decimal(1)
            facts = {"date": DAY, "due_date": DAY, "currency": "COP", "debit": one, "credit": Decimal(0)}
            return Posting("x", pk, str(pk), partner, "receivable", f"D-{pk}", open_amount=one, **facts)

        def writer(number: int):
            def write() -> None:
                with scope(actor):
                    post(actor, [posting(number)])
                    time.sleep(0.3)  # not committed yet: the others add up meanwhile, unless they wait

            return write

        assert ring.race(*map(writer, range(WRITERS))) == [None] * WRITERS

        def look() -> tuple:
            with scope(actor):
                return LedgerEntry.objects.count(), *Balance.objects.values_list(
                    "balance", "open_total", "entries"
                ).get()

        assert ring.do(look) == (WRITERS, WRITERS, WRITERS, WRITERS)


def waiting() -> bool:
    """Whether somebody in this database waits for a lock, within a second."""
    end = time.monotonic() + 1
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(
                "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            if cursor.fetchone():
                return True
            time.sleep(0.01)
    return False


def test_a_load_of_entries_beside_a_posting_of_the_same_is_no_deadlock(
    django_db_setup, django_db_blocker, monkeypatch, tmp_path
):
    """The load is stopped when it has written its rows, until the posting waits for it."""
    write, load, written, tries = upsert.write, running.load, Event(), []

    def slow_write(*given, **facts):
        found = write(*given, **facts)
        written.set()
        assert waiting(), "the posting has come"
        return found

    def counted_load(*given):
        tries.append(given)
        return load(*given)

    monkeypatch.setattr(upsert, "write", slow_write)
    monkeypatch.setattr(running, "load", counted_load)
    file = tmp_path / "entries.csv"
    file.write_text(
        "external_id,partner,side,document_type,document,number,date,due_date,currency,debit,credit\n"
        "E-1,bodega,receivable,sales_invoices,FV-1,FV-1,2026-06-01,2026-07-01,COP,119,0\n"
    )
    with django_db_blocker.unblock(), arena(f"atrio_race_entries_{os.getpid()}") as ring:
        world = ring.do(known)
        actor, partner = world.system(), world.partners.bodega.pk

        def loads() -> str:
            order = Order(types_by_name()["ledger_entries"], Files(file))
            return running.run(actor, order, running.begin(actor, order)).state

        def posts() -> int:
            assert written.wait(10)
            facts = {"date": DAY, "due_date": DAY, "currency": "COP", "debit": Decimal(119), "credit": Decimal(0)}
            one = Posting("sales_invoices", 1, "FV-1", partner, "receivable", "FV-1", open_amount=Decimal(119), **facts)
            with scope(actor):
                return post(actor, [one])

        assert ring.race(loads, posts) == [State.DONE, 0], "the ERP's own entry stands"
        assert len(tries) == 1, "none had to give way"

        def look() -> tuple:
            with scope(actor):
                return LedgerEntry.objects.count(), *Balance.objects.values_list("balance", "entries").get()

        assert ring.do(look) == (1, 119, 1)
