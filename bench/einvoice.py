"""Electronic invoices: how many are read and checked a second on one core, what reading costs beside bare lxml, memory.

The ordinary ones are all real files of `../shared/data/einvoices` that are invoices in XML; where those are not there,
ours as the writers make them. Run alone: `python -m bench.einvoice`, which needs no database."""

import gc
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from lxml import etree

from bench import einvoice_hostile
from bench.table import Figure, Place, show
from einvoice.checks import check
from einvoice.intake import read
from einvoice.tests import documents
from einvoice.tests.samples import DATA, rows
from einvoice.writers.ubl import write_ubl

TARGET = 300  # invoices a second
TIMES = 3  # of what bare lxml takes for as many values
LARGE = 3 * 2**20
SECOND = 1.0
# Paths of two steps from the root to a text, without a namespace to look up: cheaper than those of any real reader.
_STEPS = [etree.XPath(f"string(*[{place}]/*[1])") for place in range(1, 31)]
MEMORY = 200  # megabytes, and at most twenty times the input


def measure(place: Place) -> list[Figure]:
    seconds = 2.0 if place.quick else 8.0
    files = ordinary()
    return [*_rates(files, seconds), *_large(), *einvoice_hostile.measure(place.quick)]


def ordinary() -> list[bytes]:
    names = [row["local"] for row in rows() if row["local"].endswith((".xml", ".XML")) and row["payable_total"] != "-"]
    return [(DATA / name).read_bytes() for name in names] or [write_ubl(documents.invoice())]


def _rates(files: list[bytes], seconds: float) -> list[Figure]:
    checked = _each(files, lambda data: check(read(data)), seconds)
    alone = _each(files, read, seconds)
    trees = [(data, _values(data)) for data in files]
    bare = _each(trees, lambda pair: _bare(*pair), seconds)
    dearer = bare / alone
    kilobytes = sum(map(len, files)) / len(files) / 1024
    return [
        Figure(
            "invoices read and checked a second of one core",
            checked,
            "a second",
            f"≥ {TARGET}",
            checked >= TARGET,
            f"{len(files)} real files, {kilobytes:.0f} kB on average",
        ),
        Figure("invoices read a second", alone, "a second"),
        Figure(
            "reading beside lxml.etree.parse and as many XPath reads",
            dearer,
            "times",
            f"≤ {TIMES}",
            dearer <= TIMES,
            f"bare: {bare:.0f} a second",
        ),
    ]


def _each(items: list[Any], work: Callable[[Any], object], seconds: float) -> float:
    """How many a second of processor time, over all of the items again and again."""
    for item in items:
        work(item)
    gc.collect()
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for item in items:
            work(item)
        done += len(items)
    return done / (time.process_time() - start)


def _values(data: bytes) -> int:
    """How many values a reader finds: so many XPath reads would find them, too."""
    return sum(_count(getattr(read(data), name)) for name in Document_fields)


def _count(value: Any) -> int:
    """Leaves that say something."""
    if value is None or value == "" or value is False:
        return 0
    if isinstance(value, tuple):
        return sum(_count(one) for one in value)
    if hasattr(value, "__dataclass_fields__"):
        return sum(_count(getattr(value, name)) for name in value.__dataclass_fields__)
    return 1


def _bare(data: bytes, values: int) -> None:
    """lxml.etree.parse, and one XPath read from the root for each value, their paths compiled beforehand."""
    root = etree.parse(io.BytesIO(data), etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    for place in range(values):
        _STEPS[place % len(_STEPS)](root)


def _large() -> list[Figure]:
    document = documents.invoice()
    line = document.lines[0]
    one = len(write_ubl(replace(document, lines=(line,) * 200))) / 200
    data = write_ubl(replace(document, lines=(line,) * int(LARGE / one)))
    start = time.perf_counter()
    found = check(read(data))
    took = time.perf_counter() - start
    size = f"{len(data) / 2**20:.1f} MB, {int(LARGE / one):,} lines, {len(found)} findings"
    figure = Figure("one invoice of 3 MB read and checked", took, "s", f"< {SECOND:.0f} s", took < SECOND, size)
    return [figure, _memory(data)]


def _memory(data: bytes) -> Figure:
    """What reading and checking the large one adds at its peak, in a process that has done nothing before."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(data)
        file.flush()
        words = [sys.executable, "-m", "bench.einvoice", "--memory", file.name]
        done = subprocess.run(words, capture_output=True, check=True)
    grown, size = float(done.stdout), len(data) / 2**20
    most = min(MEMORY, 20 * size)
    note = f"{grown / size:.1f} × its {size:.1f} MB"
    return Figure("memory for it at its peak", grown, "MB", f"≤ {most:.0f} MB", grown <= most, note)


def _peak(path: str) -> None:
    check(read(write_ubl(documents.invoice())))  # libraries and code lists are there once for all
    before = _high_water()
    check(read(Path(path).read_bytes()))
    print((_high_water() - before) / 2**20)


def _high_water() -> int:
    """The most memory that this process ever held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return int(psutil.Process().memory_info().rss)
    found = dict(row.split(":", 1) for row in status.read_text().splitlines() if ":" in row)
    return int(found["VmHWM"].split()[0]) * 1024


Document_fields = tuple(documents.Document.__dataclass_fields__)

if __name__ == "__main__":
    if "--memory" in sys.argv:
        _peak(sys.argv[-1])
    else:
        show("einvoice", measure(Place(0, Path(), "", "", "--quick" in sys.argv)))
