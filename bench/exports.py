"""A list of 100,000 invoices as XLSX and CSV from a real web worker: when the first byte comes, and in what memory.

In a database of its own, served by one worker process as in production. The client reads as fast as it can and keeps
nothing; the worker's memory is looked at all the while."""

import datetime as dt
import http.client
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from urllib.parse import urlsplit

import psutil

from bench.pdf import inside
from bench.server import serving
from bench.table import Figure, Place

ROWS = 100_000
FIRST, GROWTH = 1.0, 50  # seconds, megabytes
HEADINGS = 2_000  # bytes: what is sent before the first row is less


def measure(place: Place) -> list[Figure]:
    from atrio.testing import database

    with database.clone(f"atrio_bench_exports_{os.getpid()}") as name:
        with inside(name):
            _fill()
            cookie = _signed_in()
        environment = os.environ | {"ATRIO_DATABASE_NAME": name, "DJANGO_SETTINGS_MODULE": "atrio.config.settings"}
        with serving(environment, workers=1, log=place.folder / "exports.log") as (base, pid):
            worker = max(psutil.Process(pid).children(recursive=True), key=lambda one: one.memory_info().rss)
            headers = {"Cookie": cookie, "Accept-Encoding": "gzip"}
            _fetched(base, "/acme/sales_invoices/export.xlsx?q=none", headers)  # what is read once is not counted
            return [figure for what in ("xlsx", "csv") for figure in _figures(what, base, headers, worker)]


def _figures(what: str, base: str, headers: dict, worker: psutil.Process) -> list[Figure]:
    with _watched(worker) as memory:
        first, rows, whole, size = _fetched(base, f"/acme/sales_invoices/export.{what}", headers)
    grown, name = max(memory) - memory[0], what.upper()
    note = f"first rows {rows:.2f} s, {size / 2**20:.1f} MB in {whole:.1f} s"
    return [
        Figure(f"{name} of {ROWS:,} rows, first byte", first, "s", f"≤ {FIRST:.0f} s", first <= FIRST, note),
        Figure(f"{name} of {ROWS:,} rows a second", ROWS / whole, "rows/s"),
        Figure(
            f"{name}, the worker grows by", grown, "MB", f"≤ {GROWTH} MB", grown <= GROWTH, f"from {memory[0]:.0f} MB"
        ),
    ]


def _fetched(base: str, path: str, headers: dict) -> tuple[float, float, float, int]:
    """Seconds to the first byte of the body, to the first that hold rows and to the last, and how many bytes came."""
    connection, size = http.client.HTTPConnection(urlsplit(base).netloc, timeout=300), 0
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, f"{path}: {answer.status}"
    first = rows = 0.0
    while piece := answer.read1(2**16):
        first, size = first or time.perf_counter() - began, size + len(piece)
        if size > HEADINGS:
            rows = rows or time.perf_counter() - began
    connection.close()
    return first, rows, time.perf_counter() - began, size


@contextmanager
def _watched(process: psutil.Process) -> Iterator[list[float]]:
    """What a process holds, in megabytes, looked at twenty times a second."""
    memory, done = [process.memory_info().rss / 2**20], threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            memory.append(process.memory_info().rss / 2**20)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield memory
    finally:
        done.set()
        watcher.join()


def _fill() -> None:
    """Invoices enough for a customer of the portal acme."""
    from atrio.core.scope import scope
    from atrio.receivables.sales_invoices.models import SalesInvoice
    from atrio.testing.world import known

    world, start = known(), dt.date(2025, 1, 1)
    common = {"portal_id": world.portals.acme.id, "partner": world.partners.bodega, "currency": "COP", "state": "open"}

    def made(number: int) -> SalesInvoice:
        day, net = start + dt.timedelta(number % 600), Decimal(number) + 100
        sums = {"net_total": net, "tax_total": 19, "total": net + 19, "open_amount": net + 19}
        names = {"number": f"FV-{number:08d}", "external_id": str(number), "search": []}
        return SalesInvoice(issue_date=day, due_date=day + dt.timedelta(30), **common, **names, **sums)

    with scope(world.system()):
        SalesInvoice.objects.bulk_create((made(number) for number in range(ROWS)), batch_size=2000)


def _signed_in() -> str:
    """The cookie of a person of the staff."""
    from django.conf import settings
    from django.test import Client

    from atrio.people.models import User

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(email="ana@acme.example"))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
