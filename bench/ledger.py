"""Statement and balances beside the plain SQL that says the same, in a portal with as many open items as documents."""

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import psycopg

from atrio.testing.database import connect_as_owner

from .databases import ROOT
from .http import Answers, hammer
from .people import cookie_of, page_client
from .server import serving
from .table import Figure, Place

SLUG = "bench-ledger"
CUSTOMER, STAFF = f"customer@{SLUG}.example", f"staff@{SLUG}.example"
ROUNDS = 5
# A statement as its page shows it: the first fifty movements with the running balance, and what all of them add up to.
STATEMENT = """
with mine as (select * from ledger_entry
  where portal_id = %(portal)s and partner_id = %(partner)s and side = 'receivable' and currency = 'COP')
select m.*, sum(debit - credit) over (order by date, id) as balance,
  (select sum(debit) from mine), (select count(*) from mine)
from mine m order by date, id limit 50"""
AGEING = """
select currency, width_bucket(current_date - due_date, array[1, 31, 61, 91]), sum(open_amount), count(*)
from ledger_entry where portal_id = %(portal)s and side = 'receivable' and open_amount <> 0 group by 1, 2"""


def _seeded(place: Place) -> None:
    command = [sys.executable, "-m", "atrio.config.cli", "bench", "seed", "--documents", "1", "--force"]
    command += ["--open-items", str(place.documents)]
    with connect_as_owner(place.database) as connection:
        if connection.execute("select 1 from portal where slug = %s", [SLUG]).fetchone() is None:
            subprocess.run(command, check=True, cwd=ROOT, env=place.environment(), stdout=subprocess.DEVNULL)  # noqa: S603
            connection.execute("vacuum analyze ledger_entry")
            connection.execute("vacuum analyze ledger_balance")


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds, the median of some runs."""
    runs = []
    for _run in range(ROUNDS):
        started = time.perf_counter()
        work()
        runs.append((time.perf_counter() - started) * 1000)
    return median(runs)


def _facts(connection: psycopg.Connection) -> dict[str, int]:
    row = connection.execute(
        "select p.id, c.id from portal p join partner c on c.portal_id = p.id where p.slug = %s and c.code = 'C-01'",
        [SLUG],
    ).fetchone()
    assert row is not None
    return {"portal": row[0], "partner": row[1]}


def _page(base: str, path: str, cookie: dict[str, str]) -> Answers:
    answers = hammer(base, [path], cookie, connections=1, seconds=2)
    assert not answers.failed, path
    return answers


def measure(place: Place) -> list[Figure]:
    _seeded(place)
    with page_client(place.database, SLUG, CUSTOMER) as client:
        customer = cookie_of(client)
    with page_client(place.database, SLUG, STAFF) as client:
        staff = cookie_of(client)
    environment = place.environment(DJANGO_SETTINGS_MODULE="bench.settings")
    with serving(environment, log=place.folder / "web.log") as (base, _pid), connect_as_owner(place.database) as sql:
        facts = _facts(sql)
        return [*_statements(base, customer, sql, facts), *_balances(base, staff, sql, facts)]


def _statements(base: str, cookie: dict, sql: psycopg.Connection, facts: dict) -> list[Figure]:
    items = sql.execute("select entries from ledger_balance where partner_id = %(partner)s", facts).fetchone()
    plain = _timed(lambda: sql.execute(STATEMENT, facts).fetchall())
    found = []
    for what, query in (("all days", "date_from=&date_to="), ("open items", "tab=open"), ("as it opens", "")):
        page = _page(base, f"/{SLUG}/statement/?{query}", cookie).percentile(0.5)
        note = f"{page:.1f} ms, plain SQL {plain:.1f} ms; {items[0] if items else 0:,} items"
        found.append(Figure(f"statement, {what}", page / plain, "× plain SQL", "≤ 2 ×", page / plain <= 2, note))
    return found


def _balances(base: str, cookie: dict, sql: psycopg.Connection, facts: dict) -> list[Figure]:
    plan = "\n".join(row[0] for row in sql.execute(f"explain {AGEING}", facts))
    plain = _timed(lambda: sql.execute(AGEING, facts).fetchall())
    page = _page(base, f"/{SLUG}/balances/", cookie).percentile(0.5)
    home = _page(base, f"/{SLUG}/", cookie).percentile(0.5)
    note = f"plain SQL {plain:.0f} ms, {'index only' if 'Index Only' in plan else 'NOT index only'}"
    return [
        Figure("ageing of all partners, page", page / 1000, "s", "≤ 1 s", page <= 1000, note),
        Figure("staff's home over it", home / 1000, "s", "", None, ""),
    ]
