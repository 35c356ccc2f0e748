"""What a page asks of the database and of the network, and what the processes hold at rest."""

import gzip
import re
import subprocess
import sys
import time
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from django.db import connection
from django.test.utils import CaptureQueriesContext

from .databases import ROOT
from .http import hammer
from .pages import CUSTOMER, LIST, SLUG
from .people import Signed, cookie_of, page_client
from .server import resident, serving, stop
from .table import Figure, Place

LINKED = re.compile(r'<(?:link[^>]+rel="(?:stylesheet|icon)"[^>]+href|script[^>]+src|img[^>]+src|use href)="([^"#]+)')
QUERIES, FIRST, DOOR, FOLLOWING, MEMORY = 6, 250, 60, 30, 400
REST = 20  # seconds that the processes are left alone before they are weighed


def _paths(client: Signed) -> dict[str, str]:
    return {"home": f"/{SLUG}/", "list": LIST, "document": client.first(LIST), "statement": f"/{SLUG}/statement/"}


def _queries(client: Signed, name: str, path: str) -> Figure:
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        client.get(path)
    asked = len([one for one in seen.captured_queries if one["sql"] not in ("BEGIN", "COMMIT")])
    return Figure(f"queries, {name}", asked, "", f"≤ {QUERIES}", asked <= QUERIES, "session and scope included")


def _compressed(url: str, cookie: dict[str, str]) -> tuple[int, bytes, bool]:
    """Bytes on the wire, the content, and whether a browser keeps it."""
    request = Request(url, headers=cookie | {"Accept-Encoding": "gzip"})  # noqa: S310 (our own server)
    with urlopen(request) as response:  # noqa: S310
        sent = response.read()
        kept = "immutable" in response.headers.get("Cache-Control", "")
        content = gzip.decompress(sent) if response.headers.get("Content-Encoding") == "gzip" else sent
    return len(sent), content, kept


def _network(base: str, name: str, path: str, cookie: dict[str, str]) -> list[Figure]:
    size, page, _kept = _compressed(f"{base}{path}", cookie)
    linked = {urljoin(path, one) for one in LINKED.findall(page.decode())}
    sizes = {one: _compressed(f"{base}{one}", cookie) for one in sorted(linked)}
    first = (size + sum(sent for sent, _content, _kept in sizes.values())) / 1000
    again = (size + sum(sent for sent, _content, kept in sizes.values() if not kept)) / 1000
    note = f"page {size / 1000:.1f} kB and {len(linked)} files"
    limit = DOOR if path.startswith("/accounts/") else FIRST
    return [
        Figure(f"first load, {name}", first, "kB", f"≤ {limit} kB", first <= limit, note),
        Figure(f"following load, {name}", again, "kB", f"≤ {FOLLOWING} kB", again <= FOLLOWING),
    ]


def _memory(place: Place, pid: int) -> Figure:
    """Web and worker after some use, once they have nothing to do."""
    words = [sys.executable, "-m", "atrio.config.cli", "worker"]
    with (place.folder / "worker.log").open("ab") as log:
        worker = subprocess.Popen(  # noqa: S603
            words, env=place.environment(), cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
        try:
            time.sleep(REST)
            web, jobs = resident(pid), resident(worker.pid)
        finally:
            stop(worker)
    held = web + jobs
    note = f"web with two workers {web:.0f} MB, worker {jobs:.0f} MB; shared pages counted once"
    return Figure("memory at rest", held, "MB", f"≤ {MEMORY} MB", held <= MEMORY, note)


def measure(place: Place) -> list[Figure]:
    with page_client(place.database, SLUG, CUSTOMER) as client:
        paths, cookie = _paths(client), cookie_of(client)
        found = [_queries(client, name, path) for name, path in paths.items()]
    with serving(place.environment(), log=place.folder / "web.log") as (base, pid):
        for name, path in paths.items():
            found += _network(base, name, path, cookie)
        found += _network(base, "sign-in", f"/accounts/login/?next=/{SLUG}/", {})
        hammer(base, list(paths.values()), cookie, connections=4, seconds=5)
        found.append(_memory(place, pid))
    return found
