"""The few facts of a document that a portal files it by, under the keys of the command's output."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from .figures import plain
from .model import Document, Kind, TaxId

KEYS = (
    "format",
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
    "is_payable_invoice",
)


# What has no lines by its nature; an OrderResponseSimple answers an order as a whole
_WITHOUT_LINES = (Kind.APPLICATION_RESPONSE, Kind.ORDER_CANCELLATION, Kind.ORDER_RESPONSE)


def facts(document: Document) -> dict[str, object]:
    """Amounts as plain decimals with trailing zeros cut, dates in ISO form, None where the document says nothing."""
    totals, supplier, customer = document.totals, document.supplier, document.customer
    return {
        "format": document.format.value,
        "doc_type": document.doc_type,
        "doc_number": document.number,
        "issue_date": _day(document.issue_date),
        "due_date": _day(document.due_date),
        "currency": document.currency,
        "supplier_tax_id": _written(supplier.tax_id if supplier else None),
        "customer_tax_id": _written(customer.tax_id if customer else None),
        "net_total": _amount(totals.net),
        "tax_total": _amount(totals.tax),
        "gross_total": _amount(totals.gross),
        "payable_total": _amount(totals.payable),
        "lines": None if document.kind in _WITHOUT_LINES and not document.lines else len(document.lines),
        "uuid": document.fiscal.id,
        "is_payable_invoice": document.is_payable_invoice,
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _written(tax_id: TaxId | None) -> str | None:
    return None if tax_id is None else tax_id.written
