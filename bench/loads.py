"""Both bulk doors against a bare COPY of the very rows that they wrote, into the same tables with all that guards them.

In a database of its own: what a load writes is emptied and written again. Each way is tried twice, in turns, in tables
that are empty and in tables that hold as many documents already."""

import io
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import msgspec

from bench.table import Figure, Place

ROUNDS = 2
PARTNERS = 1_000
COPIED = ("sales_invoice", "sales_invoice_line")
NOTE = "the load also writes the ledger (an entry a document, balances) and the record of itself"
COMMAND, API = "command, two CSV", "API, NDJSON"
TARGETS = {COMMAND: 27, API: 20}
EMPTIED = (*COPIED, "ledger_entry", "ledger_balance", "event", "load_run", "api_answer")
HEADER = ("external_id", "number", "partner", "issue_date", "due_date", "currency", "net_total", "tax_total", "total")
LINE = ("position", "product_code", "description", "quantity", "unit", "unit_price", "tax_rate", "net", "tax", "total")
WORDS = ("Tornillo", "Tuerca", "Lámina", "Ángulo", "Varilla", "Cemento", "Pintura", "galvanizado", "hexagonal", "liso")


def measure(place: Place) -> list[Figure]:
    """Documents a second of each way, and what part of a raw COPY that is."""
    from atrio.testing import database

    with database.clone(f"atrio_bench_loads_{os.getpid()}") as name, _inside(name):
        return list(_figures(Track(place, name)))


@contextmanager
def _inside(name: str) -> Iterator[None]:
    """The connection of this thread, for once to another database and not from the pool of the usual one."""
    from django.db import connection

    usual = connection.settings_dict
    connection.close()
    options = {word: value for word, value in usual["OPTIONS"].items() if word != "pool"}
    connection.settings_dict = usual | {"NAME": name, "OPTIONS": options}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = usual


# --- what is loaded ---------------------------------------------------------------------------------------------------


def invoice(number: int) -> dict:
    """An invoice of five lines like any other: no two are alike."""
    dice = random.Random(number)
    lines = [_line(position, dice) for position in range(1, 6)]
    net, tax = (sum((line[name] for line in lines), Decimal(0)) for name in ("net", "tax"))
    day, month = dice.randint(1, 28), dice.randint(1, 11)
    return {
        "external_id": f"B-{number}",
        "number": f"FV-{number:08d}",
        "partner": f"C{dice.randrange(PARTNERS)}",
        "issue_date": f"2025-{month:02d}-{day:02d}",
        "due_date": f"2025-{month + 1:02d}-{day:02d}",
        "currency": "COP",
        "net_total": net,
        "tax_total": tax,
        "total": net + tax,
        "lines": lines,
    }


def _line(position: int, dice: random.Random) -> dict:
    quantity, price = dice.randint(1, 500), Decimal(dice.randint(100, 10_000_000)) / 100
    net = quantity * price
    tax = (net * 19 / 100).quantize(Decimal("0.01"))
    return {
        "position": position,
        "product_code": f"A-{dice.randrange(5_000)}",
        "description": f"{dice.choice(WORDS)} {dice.choice(WORDS)} {dice.randrange(100)} mm",
        "quantity": quantity,
        "unit": "und",
        "unit_price": price,
        "tax_rate": 19,
        "net": net,
        "tax": tax,
        "total": net + tax,
    }


def _write(folder: Path, name: str, numbers: Iterable[int]) -> None:
    """The same invoices as two CSV files and as NDJSON."""
    with (
        (folder / f"{name}.csv").open("w") as headers,
        (folder / f"{name}-lines.csv").open("w") as lines,
        (folder / f"{name}.ndjson").open("wb") as ndjson,
    ):
        headers.write(",".join(HEADER) + "\n")
        lines.write(",".join(["document", *LINE]) + "\n")
        for one in map(invoice, numbers):
            headers.write(",".join(str(one[word]) for word in HEADER) + "\n")
            for line in one["lines"]:
                lines.write(",".join([one["external_id"], *(str(line[word]) for word in LINE)]) + "\n")
            ndjson.write(msgspec.json.encode(one) + b"\n")


# --- the ways ---------------------------------------------------------------------------------------------------------


class Track:
    """Where the ways are tried: an owner's connection, a program's key, the files."""

    def __init__(self, place: Place, name: str):
        from atrio.config.wsgi import application
        from atrio.core.actor import Actor
        from atrio.core.scope import scope
        from atrio.erp.api import keys
        from atrio.erp.api.scopes import offered
        from atrio.testing import database
        from atrio.testing.world import portal

        self.count, self.folder, self.application = min(place.documents, 100_000), place.folder, application
        self.owner = database.connect_as_owner(name)
        actor = Actor.system(portal("acme"))
        with scope(actor):
            _key, self.key = keys.make(actor, "bench", offered(), rate=1_000_000)
        for batch, first in (("held", 0), ("new", self.count)):
            _write(self.folder, batch, range(first, first + self.count))
        self._partners()

    def _partners(self) -> None:
        rows = "".join(f"C{number},C{number},Cliente {number},true\n" for number in range(PARTNERS))
        (self.folder / "partners.csv").write_text("external_id,code,name,is_customer\n" + rows)
        self._atrio("partners", "partners.csv")

    def command(self, batch: str) -> int:
        """`atrio load`, without the start of a process."""
        return self._atrio("sales_invoices", f"{batch}.csv", lines=self.folder / f"{batch}-lines.csv")["unchanged"]

    def _atrio(self, kind: str, file: str, **options) -> dict:
        from django.core.management import call_command

        said = io.StringIO()
        call_command("load", self.folder / file, portal="acme", type=kind, stdout=said, stderr=io.StringIO(), **options)
        return json.loads(said.getvalue())

    def api(self, batch: str) -> int:
        """One request through all that stands between a web server and the tables."""
        path = self.folder / f"{batch}.ndjson"
        with path.open("rb") as body:
            length = str(path.stat().st_size)
            return self._ask("POST", "sales_invoices/bulk", **{"wsgi.input": body, "CONTENT_LENGTH": length})[
                "unchanged"
            ]

    def _ask(self, method: str, path: str, **facts) -> dict:
        address, _mark, query = path.partition("?")
        environ = {"REQUEST_METHOD": method, "PATH_INFO": f"/acme/api/v1/{address}", "QUERY_STRING": query}
        environ |= {"HTTP_HOST": "localhost", "HTTP_AUTHORIZATION": f"Bearer {self.key}", "SCRIPT_NAME": ""}
        environ |= {"CONTENT_TYPE": "application/x-ndjson"} | facts
        setup_testing_defaults(environ)
        said: list[str] = []
        answer = b"".join(self.application(environ, lambda status, _headers: said.append(status)))
        assert said[0].startswith("200"), answer[:1000]
        return msgspec.json.decode(answer)

    def pages(self) -> int:
        """All documents with their lines, page after page."""
        count, cursor = 0, ""
        while cursor is not None:
            page = self._ask("GET", f"sales_invoices?limit=200&include=lines{f'&cursor={cursor}' if cursor else ''}")
            count, cursor = count + len(page["data"]), page["next"]
            if count >= self.count:
                break
        return count

    # --- raw COPY

    def keep(self, batch: str, first: int) -> None:
        """The finished rows of the documents from that id on, as COPY takes them."""
        for table in COPIED:
            wanted = "id" if table == COPIED[0] else "document_id"
            with (
                (self.folder / f"{batch}-{table}").open("wb") as file,
                self.owner.cursor().copy(
                    f"copy (select * from {table} where {wanted} >= {first} order by id) to stdout"
                ) as copy,
            ):
                file.writelines(copy)

    def raw(self, batch: str) -> int:
        """COPY them back, in one transaction as a load does."""
        with self.owner.transaction():
            for table in COPIED:
                with (
                    (self.folder / f"{batch}-{table}").open("rb") as file,
                    self.owner.cursor().copy(f"copy {table} from stdin") as copy,
                ):
                    while chunk := file.read(1 << 18):
                        copy.write(chunk)
        return 0

    def empty(self, held: bool) -> None:
        """The tables as they are before each try."""
        self.owner.execute(f"truncate {', '.join(EMPTIED)} cascade")
        if held:
            self.raw("held")
        self.owner.execute("vacuum analyze")

    def last(self) -> int:
        """The highest id of a document so far."""
        return self.owner.execute("select coalesce(max(id), 0) from sales_invoice").fetchone()[0]


# --- the figures ------------------------------------------------------------------------------------------------------


def _figures(track: Track) -> Iterator[Figure]:
    track.empty(held=False)
    track.command("held")
    track.keep("held", 0)
    before = track.last()
    track.command("new")
    track.keep("new", before + 1)
    for held in (False, True):
        seconds = _rounds(track, held)
        where = "tables that hold as many" if held else "empty tables"
        raw = statistics.median(seconds["raw"])
        yield Figure(f"raw COPY, {where}", track.count / raw, "documents/s", note=NOTE)
        for way in (COMMAND, API):
            yield from _compared(track.count, way, where, raw, seconds)
    start = time.perf_counter()
    yield Figure("API, pages of 200 with lines", track.pages() / (time.perf_counter() - start), "documents/s")


def _rounds(track: Track, held: bool) -> dict[str, list[float]]:
    ways: dict[str, Callable[[str], int]] = {"raw": track.raw, COMMAND: track.command, API: track.api}
    seconds: dict[str, list[float]] = {}
    for _round in range(ROUNDS):
        for way, load in ways.items():
            track.empty(held)
            assert _timed(seconds, way, load) == 0
            if way != "raw":
                assert _timed(seconds, f"{way} again", load) == track.count
    return seconds


def _timed(seconds: dict[str, list[float]], name: str, load: Callable[[str], int]) -> int:
    start = time.perf_counter()
    unchanged = load("new")
    seconds.setdefault(name, []).append(time.perf_counter() - start)
    return unchanged


def _compared(count: int, way: str, where: str, raw: float, seconds: dict[str, list[float]]) -> Iterator[Figure]:
    """A load, and the same once more, as documents a second and as parts of the raw COPY."""
    for name, target in ((way, TARGETS[way]), (f"{way} again", 200)):
        took = statistics.median(seconds[name])
        what = f"{way}, {'unchanged' if name != way else 'new'}, {where}"
        part = 100 * raw / took
        yield Figure(what, count / took, "documents/s")
        yield Figure(f"{what}, of raw COPY", part, "%", f"≥ {target}", part >= target)
