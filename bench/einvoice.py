"""Electronic invoices: how many are read and checked a second on one core, what reading costs beside bare lxml, memory.

The ordinary ones are all real files of `../shared/data/einvoices` that are invoices in XML; where those are not there,
ours as the writers make them. Run alone: `python -m bench.einvoice`, which needs no database."""

import gc
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
from lxml import etree

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
MEMORY = 200  # megabytes, and at most twenty times the input


def measure(place: Place) -> list[Figure]:
    seconds = 2.0 if getattr(place, "quick", False) else 8.0
    files = ordinary()
    return [*_rates(files, seconds), *_large(), _memory()]


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
    """lxml.etree.parse, and one XPath read from the root for each value: as its users write it."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    steps = _paths(root)
    for place in range(values):
        root.xpath(steps[place % len(steps)])


def _paths(root: etree._Element) -> list[str]:
    """Paths of a few steps to what is near the root, without names of a namespace to look up."""
    return [f"string(*[{place}]/*[1])" for place in range(1, min(len(root), 40) + 1)] or ["string(*)"]


def _large() -> list[Figure]:
    document = documents.invoice()
    line = document.lines[0]
    one = len(write_ubl(replace(document, lines=(line,) * 200))) / 200
    data = write_ubl(replace(document, lines=(line,) * int(LARGE / one)))
    start = time.perf_counter()
    found = check(read(data))
    took = time.perf_counter() - start
    size = f"{len(data) / 2**20:.1f} MB, {int(LARGE / one):,} lines, {len(found)} findings"
    return [Figure("one invoice of 3 MB read and checked", took, "s", f"< {SECOND:.0f} s", took < SECOND, size)]


def _memory() -> Figure:
    """In a process of its own, what reading the large one adds at its peak."""
    done = subprocess.run([sys.executable, "-m", "bench.einvoice", "--memory"], capture_output=True, check=True)
    size, grown = (float(part) for part in done.stdout.split())
    most = min(MEMORY, 20 * size)
    note = f"{grown / size:.1f} × its {size:.1f} MB"
    return Figure("memory for it at its peak", grown, "MB", f"≤ {most:.0f} MB", grown <= most, note)


def _peak() -> None:
    document = documents.invoice()
    one = len(write_ubl(replace(document, lines=(document.lines[0],) * 200))) / 200
    lines = tuple(replace(document.lines[0], net=Decimal(place)) for place in range(int(LARGE / one)))
    data = write_ubl(replace(document, lines=lines))
    path = Path("/proc/self/clear_refs")
    del lines
    gc.collect()
    before = psutil.Process().memory_info().rss
    if path.exists():
        path.write_text("5")  # the kernel forgets the peak of what made the file
    check(read(data))
    print(len(data) / 2**20, (_high_water() - before) / 2**20)


def _high_water() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        return int(psutil.Process().memory_info().rss)
    rows_of = dict(row.split(":", 1) for row in status.read_text().splitlines() if ":" in row)
    return int(rows_of["VmHWM"].split()[0]) * 1024


Document_fields = tuple(documents.Document.__dataclass_fields__)

if __name__ == "__main__":
    if "--memory" in sys.argv:
        _peak()
    else:
        show("einvoice", measure(Place(0, Path(), "", "", "--quick" in sys.argv)))
