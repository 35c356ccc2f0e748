"""The real files beside the repository, with the facts that a reader must find in them."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
if not DATA.exists():  # a worktree stands one level deeper than the repository
    DATA = Path(__file__).resolve().parents[2].parents[1] / "shared" / "data"
TABLE = DATA / "expected.tsv"
FACTS = (
    "doc_type",
    "doc_number",
    "issue_date",
    "due_date",
    "currency",
    "supplier_tax_id",
    "customer_tax_id",
    "net_total",
    "tax_total",
    "gross_total",
    "payable_total",
    "lines",
    "uuid",
)


@cache
def rows() -> tuple[dict[str, str], ...]:
    """The rows of expected.tsv that are electronic documents."""
    if not TABLE.exists():
        return ()
    with TABLE.open(encoding="utf-8", newline="") as table:
        found = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(row for row in found if row["local"].startswith("einvoices/"))


def notes(row: dict[str, str]) -> dict[str, str]:
    if row["notes"] == "-":
        return {}
    return dict(part.strip().partition("=")[::2] for part in row["notes"].split("; "))
