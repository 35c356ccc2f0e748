"""Fifty people of both sides at work while the ERP loads, by command and by API, against real processes.

In a copy of the database, since what they write would change what the other measures find."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from random import Random
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
from psycopg import sql

from atrio.testing.database import connect_as_owner, drop

from .browser import EXAMPLES, Lost, Over, Raced, Tally
from .databases import ROOT
from .journeys import DAYS, Person
from .loads import invoice
from .people import switch
from .server import serving, stop
from .table import Figure, Place
from .watching import Watch

SECONDS, QUICK = 600.0, 60.0
PORTALS, THINK = 4, 1.6
SIDES = {"customer": 24, "supplier": 14, "staff": 12}
ORDERS, PAYMENTS = 600, 50
NEW, CHANGED, SENT, REST = 2_000, 3_000, 500, 2.0
PASSWORD = "Clave-de-prueba-1"
SITE, LOADS = "soak-site", "soak-load"
GROWTH, LONGEST_WAIT = 10, 1.0
# What a portal answered as done, beside what its events say.
EVENTS = """select kind, count(*) from event where user_id = any (%s) and at >= %s
  and kind <> 'seen' group by kind"""
UNTIED = """
with sums as (
  select portal_id, partner_id, side, currency, count(*) as entries,
    sum(case side when 'receivable' then debit - credit else credit - debit end) as balance,
    coalesce(sum(open_amount) filter (where open_amount > 0), 0) as open_total,
    coalesce(-sum(open_amount) filter (where open_amount < 0), 0) as credit_total
  from ledger_entry group by 1, 2, 3, 4)
select count(*) from sums full join ledger_balance b using (portal_id, partner_id, side, currency)
where (sums.entries, sums.balance, sums.open_total, sums.credit_total)
  is distinct from (b.entries, b.balance, b.open_total, b.credit_total)"""
UNPOSTED = """
select count(*) from sales_invoice i
left join ledger_entry e on e.portal_id = i.portal_id and e.external_id = 'sales_invoices:' || i.external_id
where i.state <> 'cancelled'
  and (e.debit - e.credit, e.open_amount) is distinct from (i.total, i.open_amount) and i.kind = 'invoice'"""
MISCOUNTED = """
select count(*) from purchase_order_line line
where invoiced_quantity <> (select coalesce(sum(l.quantity), 0) from supplier_invoice_line l
    join supplier_invoice i on i.id = l.document_id
    where l.order_line_id = line.id and i.state not in ('draft', 'to_revise', 'rejected', 'cancelled'))
  or received_quantity <> (select coalesce(sum(l.quantity), 0) from receipt_line l
    join receipt r on r.id = l.document_id where l.order_line_id = line.id and r.state = 'posted')"""


@contextmanager
def _copy(name: str) -> Iterator[str]:
    """A copy of a database, which this process then works in, and which goes when the soak is over."""
    from django.db import connection

    copied, before = f"{name}_soak", connection.settings_dict["NAME"]
    drop(copied)
    switch(copied)
    words = sql.SQL("create database {} template {} strategy file_copy")
    with connect_as_owner() as owner:
        owner.execute(words.format(sql.Identifier(copied), sql.Identifier(name)))
    try:
        yield copied
    finally:
        switch(before)
        drop(copied)


# --- what the journeys need -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Site:
    """A portal of the soak, its people as (side, e-mail), and the key of its ERP."""

    slug: str
    people: tuple[tuple[str, str], ...]
    users: tuple[int, ...]
    key: str


def _prepare(place: Place) -> list[Site]:
    from django.contrib.auth.hashers import make_password

    from atrio.erp.seeding import slug_of

    password = make_password(PASSWORD)  # the same for all: making one is slow, as it should be
    everybody = [side for side, count in SIDES.items() for _one in range(count)]
    return [_portal(place, slug_of(n + 1), everybody[n::PORTALS], password) for n in range(PORTALS)]


def _portal(place: Place, slug: str, sides: list[str], password: str) -> Site:
    """Orders to answer and payments to see, people of each side, and a key for the ERP."""
    from django.core.management import call_command

    from atrio.core.actor import Actor
    from atrio.core.crossing import portal_by_slug
    from atrio.core.scope import scope
    from atrio.erp.api import keys
    from atrio.erp.api.scopes import offered

    portal = portal_by_slug(slug)
    assert portal is not None, f"there is no {slug}: the soak needs {PORTALS} portals"
    for kind, rows in (("purchase_orders", _orders()), ("supplier_payments", _payments())):
        path = _written(place, slug, rows)
        call_command("load", path, portal=slug, type=kind, notify=False, stdout=StringIO(), stderr=StringIO())
    with scope(Actor.system(portal)):
        _key, secret = keys.make(Actor.system(portal), "soak", offered(), rate=1_000_000)
        people = [(side, _person(portal, side, number, password)) for number, side in enumerate(sides)]
    return Site(slug, tuple((side, user.email) for side, user in people), tuple(user.pk for _, user in people), secret)


def _person(portal, side: str, number: int, password: str):
    """One more of a side, with the portal or with one of its partners in turn, often with the one that has most."""
    from atrio.erp.portals import account, join
    from atrio.partners.models import Partner

    code = {"customer": f"C-{1 + number % 3:02d}", "supplier": f"P-{1 + number % 2:02d}"}.get(side)
    partner = Partner.objects.get(portal_id=portal.id, code=code) if code else None
    user = account(f"soak-{side}-{number}@{portal.slug}.example", f"{side.title()} {number}")
    join(portal, user, "administrator", partner)
    user.password, user.must_change_password = password, False
    user.save()
    return user


def _written(place: Place, name: str, rows: Iterator[dict]) -> Path:
    path = place.folder / f"{name}.ndjson"
    path.write_bytes(b"\n".join(msgspec.json.encode(row) for row in rows))
    return path


def _load(place: Place, slug: str, kind: str, path: Path) -> dict:
    """`atrio load`, as an ERP's own job calls it; what it says."""
    words = ["load", str(path), "--portal", slug, "--type", kind]
    command = [sys.executable, "-m", "atrio.config.cli", *words]
    ran = subprocess.run(command, env=_environment(place, LOADS), cwd=ROOT, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(f"atrio {' '.join(words)}: {ran.stdout} {ran.stderr}")
    return json.loads(ran.stdout)


def _orders() -> Iterator[dict]:
    """Half of them are confirmed already, so that invoices can be written from the first minute."""
    names = ("issue_date", "currency", "net_total", "tax_total", "total", "lines")
    for number in range(ORDERS):
        of = invoice(number)
        facts = {name: of[name] for name in names} | {"external_id": f"SOAK-{number}", "number": f"OS-{number:06d}"}
        state = "sent" if number % 2 else "confirmed"
        yield facts | {"partner": f"P-{1 + number // 2 % 2:02d}", "state": state}


def _payments() -> Iterator[dict]:
    for number in range(PAYMENTS):
        facts = {"external_id": f"SOAK-{number}", "number": f"CE-{number:06d}", "partner": f"P-{1 + number % 2:02d}"}
        facts |= {"issue_date": "2025-06-01", "currency": "COP", "total": 100_000 + number, "state": "paid"}
        yield facts | {"method": "Transferencia"}


# --- the ERP ----------------------------------------------------------------------------------------------------------


@dataclass
class Erp:
    """Loads without end, into half of the portals by command and into the others by API."""

    place: Place
    base: str
    sites: list[Site]
    tally: Tally
    over: threading.Event
    heard: set[tuple[str, str]] = field(default_factory=set)

    def by_command(self) -> None:
        self._until_over(self.sites[0::2], self._command)

    def by_api(self) -> None:
        self._until_over(self.sites[1::2], self._call)

    def _until_over(self, sites: list[Site], load: Callable[[Site, int], None]) -> None:
        turn = 0
        while not self.over.wait(REST):
            site = sites[turn % len(sites)]
            try:
                load(site, turn // len(sites))
            except (OSError, RuntimeError) as problem:
                self.tally.wrong(f"load into {site.slug}: {problem}")
            turn += 1

    def _command(self, site: Site, turn: int) -> None:
        rows = _changed(turn, NEW, CHANGED)
        said = _load(self.place, site.slug, "sales_invoices", _written(self.place, "command", rows))
        self._loaded(said, turn, NEW, CHANGED)

    def _call(self, site: Site, turn: int) -> None:
        """New and changed invoices, and then the feed, which the ERP acknowledges."""
        rows = b"\n".join(msgspec.json.encode(row) for row in _changed(turn, SENT // 2, SENT // 2))
        self._loaded(self._ask(site, "sales_invoices/bulk", rows, "x-ndjson"), turn, SENT // 2, SENT // 2)
        while self._read(site):
            continue

    def _read(self, site: Site) -> bool:
        """What happened, which the ERP then acknowledges; whether there is more."""
        found = self._ask(site, "feed?limit=200")
        told = {(site.slug, event["cursor"]) for event in found["events"]}
        if again := self.heard & told:
            raise RuntimeError(f"the feed repeats {min(again)}")
        self.heard |= told
        self._ask(site, "feed/ack", msgspec.json.encode({"cursor": found["next"]}))
        return found["more"]

    def _loaded(self, said: dict, turn: int, new: int, changed: int) -> None:
        expected = (new, min(changed, turn * new))
        if (said["created"], said["updated"]) != expected:
            raise RuntimeError(f"created and updated {expected} was expected, not {said}")
        with self.tally.lock:
            self.tally.done["loaded"] += sum(expected)

    def _ask(self, site: Site, path: str, body: bytes | None = None, kind: str = "json") -> dict:
        headers = {"Authorization": f"Bearer {site.key}", "Content-Type": f"application/{kind}"}
        try:
            with urlopen(Request(f"{self.base}/{site.slug}/api/v1/{path}", body, headers), timeout=120) as answer:
                return json.loads(answer.read())
        except HTTPError as refused:
            raise RuntimeError(f"{refused.code} {path} {refused.read()[:300]!r}") from refused


def _changed(turn: int, new: int, changed: int) -> Iterator[dict]:
    """The next invoices, and the last ones once more: what was open is paid."""
    first = turn * new
    for number in range(max(first - changed, 0), first + new):
        paid = number < first and (turn - number // new) % 2
        row = invoice(number) | {"partner": f"C-{1 + number % 10:02d}"}
        yield row | {"open_amount": Decimal(0) if paid else row["total"]}


# --- the soak ---------------------------------------------------------------------------------------------------------


def _live(person: Person) -> None:
    """One thing after the other until the time is over."""
    journeys = DAYS[person.side]
    while True:
        journey = person.dice.choices(list(journeys), list(journeys.values()))[0]
        try:
            journey(person)
        except (Raced, Lost):
            continue
        except Over:
            person.connection.close()
            return


@contextmanager
def _working(place: Place) -> Iterator[int]:
    """A worker of background jobs: the number of its process."""
    words = [sys.executable, "-m", "atrio.config.cli", "worker"]
    environment = _environment(place, SITE)
    with (place.folder / "worker.log").open("ab") as log:
        worker = subprocess.Popen(words, env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        try:
            yield worker.pid
        finally:
            stop(worker)


def _run(place: Place, sites: list[Site], tally: Tally, seconds: float) -> Watch:
    """Everything at once for so long; then the jobs that are left."""
    from django.db import connection

    over = threading.Event()
    log = place.folder / "web.log"
    with serving(_environment(place, SITE), log=log) as (base, web), _working(place) as worker:
        erp, everybody = Erp(place, base, sites, tally, over), _signed_in(base, sites, tally, over)
        threads = [threading.Thread(target=load) for load in (erp.by_command, erp.by_api)]
        threads += [threading.Thread(target=_live, args=(person,)) for person in everybody]
        with Watch(connection.get_connection_params(), (web, worker), SITE) as watch:
            for thread in threads:
                thread.start()
            over.wait(seconds)
            over.set()
            for thread in threads:
                thread.join()
        _finish_jobs()
    return watch


def _signed_in(base: str, sites: list[Site], tally: Tally, over: threading.Event) -> list[Person]:
    """Everybody, a few at a time: checking a password is slow, as it should be."""
    known = [(site.slug, *person) for site in sites for person in site.people]
    browser = [(base, tally, over, Random(number), THINK) for number in range(len(known))]
    people = [Person(*who, PASSWORD, *with_) for who, with_ in zip(known, browser, strict=True)]
    with ThreadPoolExecutor(4) as some:
        list(some.map(Person.sign_in, people))
    for person in people:
        person.connection.close()  # the first has waited for the last, longer than a server keeps what is idle
    tally.times.clear()
    tally.statuses.clear()
    return people


def _finish_jobs() -> None:
    """Wait for the worker to have done what was asked of it, as long as it does something."""
    left = "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"
    with connect_as_owner(_name()) as connection:
        before, until = -1, time.monotonic() + 30
        while (now := connection.execute(left).fetchone()[0]) and time.monotonic() < until:
            if now != before:
                before, until = now, time.monotonic() + 30
            time.sleep(0.5)


def _name() -> str:
    from django.db import connection

    return connection.settings_dict["NAME"]


def _environment(place: Place, application: str) -> dict[str, str]:
    """Of a process that works in the copy, and is known to the database by its kind."""
    return place.environment(ATRIO_DATABASE_NAME=_name(), PGAPPNAME=application)


# --- the figures ------------------------------------------------------------------------------------------------------


def measure(place: Place) -> list[Figure]:
    seconds, tally = QUICK if place.quick else SECONDS, Tally()
    with _copy(place.database):
        sites = _prepare(place)
        started = datetime.now(UTC)
        watch = _run(place, sites, tally, seconds)
        return [*_answers(tally, seconds), *_held(watch, seconds), *_left(place, sites, tally, started)]


def _answers(tally: Tally, seconds: float) -> Iterator[Figure]:
    done, races = sum(tally.done.values()), tally.statuses[409]
    said = ", ".join(f"{count} × {status}" for status, count in sorted(tally.statuses.items()))
    note = " · ".join(tally.errors[:EXAMPLES]) or f"{said}; {races} races answered in words"
    yield Figure("errors", len(tally.errors), "", "0", not tally.errors, note)
    yield Figure(
        "requests of 50 people", len(tally.times) / seconds, "/s", note=f"p95 {tally.percentile(0.95):,.0f} ms"
    )
    yield Figure("invoices loaded meanwhile", tally.done["loaded"] / seconds, "/s", note=f"{done:,} things done in all")


def _held(watch: Watch, seconds: float) -> Iterator[Figure]:
    """Memory and connections of web and worker, of the second minute (or tenth) and of the last; locks."""
    part = seconds / 10
    for what, name, unit in (("memory", "memory", "MB"), ("connections", "connections", "")):
        first, last = watch.mean_of(name, part, 2 * part), watch.mean_of(name, seconds - part, seconds)
        grown = 100 * (last / first - 1)
        note = f"{first:,.1f} → {last:,.1f} {unit}".rstrip()
        yield Figure(f"growth of {what}", grown, "%", f"≤ {GROWTH} %", grown <= GROWTH, note)
    longest = watch.longest()
    waited = longest.seconds if longest else 0.0
    note = f"{len(watch.waits)} waits seen; longest {longest}" if longest else ""
    yield Figure("longest lock wait", waited, "s", f"≤ {LONGEST_WAIT:.0f} s", waited <= LONGEST_WAIT, note)
    yield Figure("longest transaction", max(one.transaction for one in watch.moments), "s", note="a load is one")
    yield Figure("processes that ended", len(watch.ended), "", "0", not watch.ended)


def _left(place: Place, sites: list[Site], tally: Tally, started: datetime) -> Iterator[Figure]:
    """What must be true once it is quiet."""
    users = [user for site in sites for user in site.users]
    with connect_as_owner(_name()) as connection:
        for what, query in (("balances", UNTIED), ("invoices", UNPOSTED), ("order lines", MISCOUNTED)):
            found = connection.execute(query).fetchone()[0]
            yield Figure(f"{what} that do not tie", found, "", "0", not found)
        jobs = dict(connection.execute("select status::text, count(*) from procrastinate_jobs group by 1").fetchall())
        told = dict(connection.execute(EVENTS, [users, started]).fetchall())
    undone = sum(count for status, count in jobs.items() if status != "succeeded")
    yield Figure("jobs not done", undone, "", "0", not undone, str(jobs))
    asked = {event: count for event, count in tally.done.items() if event != "loaded"}
    lost = {event: count - told.get(event, 0) for event, count in asked.items() if count != told.get(event, 0)}
    yield Figure("answered as done, not there", sum(map(abs, lost.values())), "", "0", not lost, str(lost or asked))
    broken = sum(_broken(site.slug) for site in sites)
    yield Figure("broken seals", broken, "", "0", not broken)
    logged = [line for name in ("web.log", "worker.log") for line in _complaints(place.folder / name)]
    yield Figure("complaints in the logs", len(logged), "", "0", not logged, " · ".join(logged[:EXAMPLES]))


def _broken(slug: str) -> int:
    """Seals of a portal that do not fit its events, the newest made now."""
    from atrio.core.actor import Actor
    from atrio.core.crossing import portal_by_slug
    from atrio.core.events import broken_seals, seal
    from atrio.core.scope import scope

    actor = Actor.system(portal_by_slug(slug))
    with scope(actor):
        seal(actor)
    with scope(actor):
        return len(list(broken_seals(actor)))


def _complaints(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if re.match(r"(\w+\.)*\w*(Error|Exception|Problem)\b", line)]
