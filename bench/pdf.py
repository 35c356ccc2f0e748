"""Invoices from their rows to bytes, by the function that a request calls: how many a second, and in how much memory.

In a database of its own: fifty invoices of twenty lines, with logo, fiscal id, QR and the XML inside. None is printed
again before forty-nine others, so that nothing remembered of it helps."""

import os
import random
import struct
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import psutil

from bench.table import Figure, Place

DOCUMENTS, LINES = 50, 20
TARGET = 40
FLAT = 15  # megabytes that the process may grow by between the five hundredth PDF and the last
WORDS = (
    "Bebida",
    "Café",
    "Molino",
    "Jarabe",
    "Filtro",
    "Taza",
    "gres",
    "vainilla",
    "esmaltado",
    "caja",
    "500 g",
    "x 12",
)


def measure(place: Place) -> list[Figure]:
    from django.test import override_settings

    from atrio.testing import database

    count = 500 if getattr(place, "quick", False) else 5_000
    with (
        database.clone(f"atrio_bench_pdf_{os.getpid()}") as name,
        tempfile.TemporaryDirectory(dir=place.folder) as folder,
        override_settings(MEDIA_ROOT=folder),
        inside(name),
    ):
        return _figures(count, *_make())


@contextmanager
def inside(name: str) -> Iterator[None]:
    """This thread's connection, for once to another database and not from the pool of the usual one."""
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


def _figures(count: int, customer, ids: list[int]) -> list[Figure]:
    memory, sizes = {}, []
    _printed(customer, ids)  # fonts and templates are read once
    memory[0] = _resident()
    wall, cpu = time.perf_counter(), time.process_time()
    for done in range(0, count, DOCUMENTS):
        sizes += _printed(customer, ids)
        memory[done + DOCUMENTS] = _resident()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    early = min(500, count // 2 // DOCUMENTS * DOCUMENTS)
    rate, grown = count / cpu, memory[count] - memory[early]
    kilobytes = sum(sizes) / len(sizes) / 1024
    return [
        Figure(
            "invoice PDFs a second of one core",
            rate,
            "PDFs/s",
            f"≥ {TARGET}",
            rate >= TARGET,
            f"{LINES} lines, logo, QR, XML, PDF/A-3b: {kilobytes:.0f} kB; {count / wall:.0f} a second by the clock",
        ),
        Figure("processor time of one", cpu / count * 1000, "ms"),
        Figure("memory before the first", memory[0], "MB"),
        Figure(f"memory at {early}", memory[early], "MB"),
        Figure(
            f"memory at {count:,}", memory[count], "MB", f"within {FLAT} MB", abs(grown) <= FLAT, f"{grown:+.1f} MB"
        ),
    ]


def _printed(customer, ids: list[int]) -> list[int]:
    """How large each PDF is, by the view that its customer's button calls."""
    from django.http import HttpRequest
    from django.utils import translation

    from atrio.core import documentviews
    from atrio.core.doctypes import document_type
    from atrio.core.scope import scope

    kind, sizes, request = document_type("sales_invoices"), [], HttpRequest()
    request.method, request.actor = "GET", customer
    for pk in ids:
        with translation.override(customer.language), scope(customer):
            sizes.append(len(documentviews.pdf(request, kind, pk).content))
    return sizes


def _resident() -> float:
    return psutil.Process().memory_info().rss / 2**20


# --- what is printed --------------------------------------------------------------------------------------------------


def _make() -> tuple:
    """A customer, and the invoices it may print."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from atrio.core.models import Portal
    from atrio.core.scope import scope
    from atrio.testing.world import known

    with scope(known().system()):
        facts = {"legal_name": "Acme S.A.S.", "tax_id": "901.457.208-5", "phone": "+57 601 555 0142"}
        facts |= {"address": "Calle 17 # 68D-52\nBogotá D.C., Colombia", "email": "contacto@acme.example"}
        Portal.objects.filter(slug="acme").update(logo=default_storage.save("logo.png", ContentFile(_logo())), **facts)
    world = known()
    with scope(world.system()):
        ids = [_invoice(world, random.Random(number), number) for number in range(DOCUMENTS)]
    return world.actor("bodega"), ids


def _invoice(world, dice: random.Random, number: int) -> int:
    from atrio.core import files
    from atrio.receivables.sales_invoices.models import SalesInvoice

    rows = [_line(dice, position) for position in range(1, LINES + 1)]
    net, tax = (sum((row[name] for row in rows), Decimal(0)) for name in ("net", "tax"))
    facts = {
        "number": f"FV-{10_000 + number}",
        "external_id": str(number),
        "issue_date": "2026-03-01",
        "currency": "COP",
    }
    facts |= {
        "due_date": f"2026-04-{number % 28 + 1:02d}",
        "order_number": f"PV-{number}",
        "carrier": "Transportes del Sur",
    }
    facts |= {"payment_terms": "30 días fecha factura", "destination": "Medellín, Antioquia", "volumes": "4 cajas"}
    facts |= {"net_total": net, "tax_total": tax, "total": net + tax, "open_amount": net + tax}
    facts |= {"fiscal_id": f"{dice.getrandbits(384):096x}", "state": "open"}
    invoice = SalesInvoice.objects.create(portal_id=world.portals.acme.id, partner=world.partners.bodega, **facts)
    for row in rows:
        invoice.lines.create(portal_id=world.portals.acme.id, **row)
    xml = b'<?xml version="1.0"?>\n<Invoice>%s</Invoice>' % (b"<Line>%d</Line>" % number * 400)
    files.keep(world.system(), invoice, f"{number}.xml", xml, role="xml")
    return invoice.pk


def _line(dice: random.Random, position: int) -> dict:
    quantity, price = dice.randint(1, 90), dice.randrange(1_000, 900_000, 50)
    net = Decimal(quantity * price)
    tax = (net * 19 / 100).quantize(Decimal("0.01"))
    said = {
        "product_code": f"CAF-{dice.randint(1000, 9999)}",
        "description": " ".join(dice.sample(WORDS, 6)),
        "unit": "un",
    }
    figures = {"quantity": quantity, "unit_price": price, "tax_rate": 19, "net": net, "tax": tax, "total": net + tax}
    return {"position": position} | said | figures


def _logo(width: int = 480, height: int = 160) -> bytes:
    """A plain picture of the size that logos have, with a transparent ground."""
    rows = [bytearray(b"\0" + b"\0\0\0\0" * width) for _row in range(height)]
    for x, y in ((x, y) for y in range(height) for x in range(width) if (x // 40 + y // 40) % 3):
        rows[y][1 + x * 4 : 5 + x * 4] = bytes((154, 52 + x // 8, 18 + y, 255))

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"".join(rows))) + part(b"IEND", b"")
    )
