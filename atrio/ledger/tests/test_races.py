"""Writers of one account at the same moment: whoever adds up last has seen all the others."""

import datetime as dt
import os
import time
from decimal import Decimal

from atrio.core.scope import scope
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
