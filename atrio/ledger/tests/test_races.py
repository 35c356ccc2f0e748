"""Writers of one account at the same moment: whoever adds up last has seen all the others."""

import datetime as dt
import os
from decimal import Decimal

from atrio.core.scope import scope
from atrio.ledger.actions import Posting, post, withdraw
from atrio.ledger.models import Balance, LedgerEntry
from atrio.testing.race import arena
from atrio.testing.world import known

DAY = dt.date(2026, 6, 1)
WRITERS, EACH = 4, 5


def test_writers_at_once_leave_no_stale_sum(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), arena(f"atrio_race_ledger_{os.getpid()}") as ring:
        world = ring.do(known)
        actor, partner = world.system(), world.partners.bodega.pk

        def posting(writer: int, turn: int) -> Posting:
            pk, one = writer * EACH + turn, Decimal(1)
            facts = {"date": DAY, "due_date": DAY, "currency": "COP", "debit": one, "credit": Decimal(0)}
            return Posting("x", pk, str(pk), partner, "receivable", f"D-{pk}", open_amount=one, **facts)

        def writer(number: int):
            def write() -> None:
                for turn in range(EACH):
                    with scope(actor):
                        post(actor, [posting(number, turn)])
                with scope(actor):
                    withdraw(actor, "x", [number * EACH])

            return write

        assert ring.race(*map(writer, range(WRITERS))) == [None] * WRITERS

        def look() -> tuple:
            with scope(actor):
                return LedgerEntry.objects.count(), *Balance.objects.values_list(
                    "balance", "open_total", "entries"
                ).get()

        left = WRITERS * (EACH - 1)
        assert ring.do(look) == (left, left, left, left)
