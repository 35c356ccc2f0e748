"""The customer's pages beside a control that asks the same of the database and answers with bytes made beforehand."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from . import server
from .control import FOLDER, record
from .http import Answers, hammer
from .people import cookie_of, page_client
from .table import Figure, Place

SLUG, CUSTOMER = "bench-001", "customer@bench-001.example"
ROUNDS = 3
LIST = f"/{SLUG}/sales_invoices/"
TYPED = ("FV", "FV-0", "FV-00", "0001", "00012", "000123", "SI-1", "norte", "FV-0000123")


@dataclass(frozen=True)
class Measured:
    """A page, how it compares with its control, and what it must reach."""

    name: str
    what: str
    path: str
    share: int


def _pages(detail: str) -> list[Measured]:
    return [
        Measured("list", "invoice list, 25 rows", LIST, 50),
        Measured("list80", "invoice list, 80 rows", f"{LIST}?size=80", 30),
        Measured("detail", "invoice detail", detail, 50),
        Measured("home", "customer's home", f"/{SLUG}/", 50),
    ]


@dataclass
class Site:
    """A running server over one database, and the customer's cookie there."""

    base: str
    cookie: dict[str, str]
    detail: str
    pid: int
    database: str

    def ask(self, path: str, connections: int, seconds: float, **headers: str) -> Answers:
        answers = hammer(self.base, [path], self.cookie | headers, connections=connections, seconds=seconds)
        assert not answers.failed, f"{path}: {answers.failed} answers were not 200"
        return answers

    def work(self, path: str, seconds: float) -> float:
        """Milliseconds of processor time, of web and database, that a request takes when they are busy."""
        processes = server.family(self.pid) + server.backends(self.database)
        before = server.cpu(processes)
        answers = self.ask(path, 8, seconds)
        return (server.cpu(processes) - before) / len(answers.times) * 1000


def _median(runs: list[Answers], of) -> float:
    return median(of(one) for one in runs)


@contextmanager
def site(place: Place, database: str) -> Iterator[Site]:
    """A server with two workers over a database, with what the control needs recorded."""
    folder = place.folder / f"control-{database}"
    folder.mkdir(parents=True, exist_ok=True)
    with page_client(database, SLUG, CUSTOMER) as client:
        detail = client.first(LIST)
        for one in _pages(detail):
            record(folder, one.name, lambda path=one.path: client.get(path))
        cookie = cookie_of(client)
    more = {"DJANGO_SETTINGS_MODULE": "bench.settings", "ATRIO_DATABASE_NAME": database, FOLDER: str(folder)}
    with server.serving(place.environment(**more), log=place.folder / "web.log") as (base, pid):
        yield Site(base, cookie, detail, pid, database)


def _compare(where: Site, one: Measured, seconds: float) -> list[Figure]:
    """The page and its control in turn, so that what else the machine does falls on both."""
    control = f"/{SLUG}/control/{one.name}/"
    found = []
    for connections in (1, 8):
        ours, theirs = [], []
        for _round in range(ROUNDS):
            theirs.append(where.ask(control, connections, seconds))
            ours.append(where.ask(one.path, connections, seconds))
        rate, its_rate = (_median(runs, lambda a: a.rate) for runs in (ours, theirs))
        late, its_late = (_median(runs, lambda a: a.percentile(0.95)) for runs in (ours, theirs))
        share = 100 * rate / its_rate
        note = f"{rate:,.0f} of {its_rate:,.0f} a second; p95 {late:.1f} of {its_late:.1f} ms"
        what = f"{one.what}, {connections} connection{'s' if connections > 1 else ''}"
        found.append(Figure(what, share, "% of control", f"≥ {one.share} %", share >= one.share, note))
    ours_cpu, its_cpu = (median(where.work(path, seconds) for _round in range(ROUNDS)) for path in (one.path, control))
    note = f"{ours_cpu:.1f} of {its_cpu:.1f} ms, web and database; the least disturbed of the three"
    found.append(Figure(f"{one.what}, processor time", 100 * its_cpu / ours_cpu, "% of control", note=note))
    return found


def _growth(small: Site, large: Site, seconds: float) -> list[Figure]:
    """p95 of the list over a tenth of the documents, and over all of them, in turn."""
    found = []
    for path, what in ((LIST, "list"), (f"/{SLUG}/", "home")):
        for connections in (1, 8):
            before, after = [], []
            for _round in range(ROUNDS):
                before.append(small.ask(path, connections, seconds))
                after.append(large.ask(path, connections, seconds))
            small_p95, large_p95 = (_median(runs, lambda a: a.percentile(0.95)) for runs in (before, after))
            note = f"p95 {small_p95:.1f} → {large_p95:.1f} ms"
            times = large_p95 / small_p95
            what_of = f"{what}, ten times the documents, {connections} connections"
            found.append(Figure(what_of, times, "×", "≤ 1.3 ×", times <= 1.3, note))
    return found


def _search(where: Site, seconds: float) -> list[Figure]:
    """The list as somebody types, beside the list untouched; both as htmx asks for them."""
    htmx = {"HX-Request": "true", "HX-Target": "results"}
    plain = where.ask(LIST, 1, seconds, **htmx)
    found = [_times(where, f"{LIST}?q={typed}", plain, seconds, htmx) for typed in TYPED]
    worst = max(found, key=lambda pair: pair[1])
    times = median(one for _typed, one in found)
    note = f"slowest “{worst[0].partition('=')[2]}” {worst[1]:.2f} ×; list {plain.percentile(0.5):.1f} ms"
    return [
        Figure("search as one types, median word", times, "× list", "≤ 2 ×", times <= 2, note),
        Figure("search as one types, slowest word", worst[1], "× list", "≤ 2 ×", worst[1] <= 2, worst[0]),
    ]


def _times(where: Site, path: str, plain: Answers, seconds: float, htmx: dict) -> tuple[str, float]:
    return path, where.ask(path, 1, seconds / 2, **htmx).percentile(0.5) / plain.percentile(0.5)


def measure(place: Place) -> list[Figure]:
    seconds = 1.0 if place.quick else 5.0
    with ExitStack() as running:
        large = running.enter_context(site(place, place.database))
        found = [figure for one in _pages(large.detail) for figure in _compare(large, one, seconds)]
        found += _search(large, seconds)
        small = running.enter_context(site(place, place.small))
        found += _growth(small, large, seconds)
    return found
