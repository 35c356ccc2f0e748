"""The page of the use of a portal with a million events in it, and how much of counting the events it takes.

In a database of its own: a year of events by two thousand people, as unlike each other as they can be, so that little
is added up."""

import datetime as dt
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from bench.pdf import inside
from bench.table import Figure, Place

PEOPLE, DAYS, ROUNDS = 2_000, 365, 3
MONTH, YEAR = 0.3, 1.0  # seconds
_FILLED = (
    """insert into account (email, name, password, language, locale, date_style, time_zone, theme, phone,
         is_active, must_change_password, created_at)
       select 'use' || n || '@bench.example', 'Use ' || n, '', '', '', '', '', 'auto', '', true, false, now()
       from generate_series(1, %(people)s) n""",
    """insert into event (portal_id, doctype, document_id, partner_id, kind, facts, internal, user_id, actor_name,
         origin, at)
       select p.id, (array['sales_invoices', 'purchase_orders', 'supplier_invoices', 'receipts'])[1 + n %% 4], n,
         partners.ids[1 + who %% array_length(partners.ids, 1)],
         (array['present', 'seen', 'seen', 'seen', 'downloaded', 'send', 'signed_in', 'note'])[1 + n %% 8], '{}', false,
         people.ids[1 + who], '', '', now() - interval '1 day' * %(days)s * n / %(events)s
       from portal p, generate_series(1, %(events)s) n, lateral (select (n * 7919::bigint / 11) %% %(people)s as who) w,
         (select array_agg(id) as ids from account where email like 'use%%') people,
         (select array_agg(r.id) as ids from partner r join portal o on o.id = r.portal_id and o.slug = 'acme') partners
       where p.slug = 'acme'""",
    "vacuum analyze event",
)


def measure(place: Place) -> list[Figure]:
    from atrio.testing import database

    events = min(place.documents, 1_000_000)
    with database.clone(f"atrio_bench_usage_{os.getpid()}") as name:
        _fill(name, events)
        with inside(name):
            return _figures(f"{events:,} events in the portal")


def _fill(name: str, events: int) -> None:
    from atrio.testing.database import connect_as_owner

    asked = {"people": PEOPLE, "days": DAYS, "events": events}
    with connect_as_owner(name) as connection:
        for statement in _FILLED:
            connection.execute(statement, asked if "%(" in statement else None)


def _figures(note: str) -> list[Figure]:
    """Before its months are counted, and after."""
    from django.test import Client

    from atrio.people.usage.counting import count_months
    from atrio.testing.world import known

    world, client = known(), Client()
    client.force_login(world.people["ana"])
    last = dt.datetime.now(dt.UTC).date()

    def page(days: int) -> Callable[[], Any]:
        url = f"/acme/usage/?first={last - dt.timedelta(days=days - 1)}&last={last}"
        return lambda: client.get(url)

    month, uncounted = _timed(page(30)), _timed(page(DAYS))
    began = time.perf_counter()
    months = count_months(world.system())
    took, year = time.perf_counter() - began, _timed(page(DAYS))
    return [
        Figure("use of the last 30 days", month, "s", f"≤ {MONTH} s", month <= MONTH, note),
        Figure("use of a year", year, "s", f"≤ {YEAR:.0f} s", year <= YEAR, f"{months} months were counted by night"),
        Figure("use of a year, of counting its events", year / uncounted, "×", note=f"which takes {uncounted:.2f} s"),
        Figure("counting those months", took, "s"),
    ]


def _timed(work: Callable[[], Any]) -> float:
    runs = []
    for _run in range(ROUNDS):
        began = time.perf_counter()
        assert work().status_code == 200
        runs.append(time.perf_counter() - began)
    return median(runs)
