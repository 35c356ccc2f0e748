"""Invoices of five lines a second through the API: sent, sent again, read. In a database of its own, as the tests have.

`python bench/api.py [documents]`, with DATABASE_URL as for the tests."""

import os
import sys
import tempfile
import time
from pathlib import Path

import django
import msgspec
from django.conf import settings

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
NDJSON = "application/x-ndjson"


def line(position: int) -> dict:
    return {
        "position": position,
        "product_code": f"A-{position}",
        "description": f"Artículo número {position}",
        "quantity": "2",
        "unit": "und",
        "unit_price": "50",
        "tax_rate": "19",
        "net": "100.00",
        "tax": "19.00",
        "total": "119.00",
    }


def invoice(number: int) -> dict:
    return {
        "external_id": f"B-{number}",
        "number": f"FV-{number:08d}",
        "partner": "bodega",
        "issue_date": "2026-01-15",
        "due_date": "2026-02-15",
        "currency": "COP",
        "net_total": "500.00",
        "tax_total": "95.00",
        "total": "595.00",
        "lines": [line(position) for position in range(1, 6)],
    }


def measured(name: str, work) -> None:
    start = time.perf_counter()
    count = work()
    seconds = time.perf_counter() - start
    print(f"{name:34} {count / seconds:10,.0f} documents/s   {seconds:7.2f} s")


def decode(path) -> int:
    from atrio.core.doctypes import document_type
    from atrio.erp.api.rows import Sent
    from atrio.erp.loads.types import schema_of

    return sum(1 for _row in Sent(schema_of(document_type("sales_invoices")), path, array=False, defaults={}).rows())


def run(folder) -> None:
    from atrio.core.actor import Actor
    from atrio.core.scope import scope
    from atrio.erp.api import keys
    from atrio.erp.api.scopes import offered
    from atrio.erp.api.tests.conftest import Program
    from atrio.testing.world import portal

    body = b"\n".join(msgspec.json.encode(invoice(number)) for number in range(COUNT))
    path = folder / "invoices.ndjson"
    path.write_bytes(body)
    actor = Actor.system(portal("acme"))
    with scope(actor):
        _key, text = keys.make(actor, "bench", offered(), rate=1_000_000)
    program = Program(text)

    def send() -> int:
        answer = program.post("sales_invoices/bulk", body, kind=NDJSON).json()
        return answer["read"]

    def read() -> int:
        count, cursor = 0, ""
        while cursor is not None and count < COUNT:
            page = program.get(f"sales_invoices?limit=200&include=lines{f'&cursor={cursor}' if cursor else ''}").json()
            count, cursor = count + len(page["data"]), page["next"]
        return count

    measured("decode and check only", lambda: decode(path))
    measured("POST bulk, new", send)
    measured("POST bulk, unchanged", send)
    measured("GET pages of 200 with lines", read)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atrio.config.settings")
    os.environ.setdefault("SECRET_KEY", "bench")
    django.setup()
    from atrio.testing.race import arena

    settings.ALLOWED_HOSTS.append("testserver")
    with tempfile.TemporaryDirectory() as folder, arena(f"atrio_bench_api_{os.getpid()}") as ring:
        ring.do(lambda: run(Path(folder)))


if __name__ == "__main__":
    main()
