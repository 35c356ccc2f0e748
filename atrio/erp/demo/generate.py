"""The whole company as files of its ERP: JSON lines for each document type, the same for the same day and seed."""

from datetime import date
from pathlib import Path

import msgspec

from .company import SEED
from .einvoices import attach
from .masters import catalogue, partners
from .payables import payables
from .purchasing import purchases
from .receivables import receivables
from .sales import invoices

# What a file refers to comes in a file before it.
ORDER = (
    "partners",
    "products",
    "sales_invoices",
    "purchase_orders",
    "receipts",
    "supplier_invoices",
    "supplier_payments",
    "ledger_entries",
)
ENCODER = msgspec.json.Encoder(decimal_format="number")


def company(day: date, seed: int = SEED) -> dict[str, list[dict]]:
    """Every row that the ERP sends on a day, by document type."""
    masters = partners(seed)
    sales, received = receivables(day, invoices(day, seed), seed)
    attach(sales, {one["code"]: one for one in masters})
    orders, receipts = purchases(day, seed)
    owed, payments = payables(day, orders, receipts, seed)
    rows = (masters, catalogue(), sales, orders, receipts, owed, payments, received)
    return {name: _even(found) for name, found in zip(ORDER, rows, strict=True)}


def _even(rows: list[dict]) -> list[dict]:
    """The same names in each row: a name that is absent would say that the ERP does not keep it."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [dict.fromkeys(names) | row for row in rows]


def write(folder: Path, day: date, seed: int = SEED) -> dict[str, Path]:
    """The company's files in a folder, in the order in which they are to be loaded."""
    files = {}
    for name, rows in company(day, seed).items():
        files[name] = folder / f"{name}.ndjson"
        files[name].write_bytes(b"".join(ENCODER.encode(row) + b"\n" for row in rows))
    return files
