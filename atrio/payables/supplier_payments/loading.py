"""Payments that the ERP sends: what it may leave out, and what follows once they are in."""

from collections.abc import Sequence

from django.db import connection

from atrio.core.actor import Actor
from atrio.core.money import ZERO

from . import actions
from .models import SupplierPaymentLine

# Invoices named by their number only, and numbers of invoices named by their identifier.
_LINK = """
update supplier_payment_line l set supplier_invoice_id = i.id
from supplier_payment p join supplier_invoice i on i.portal_id = p.portal_id and i.partner_id = p.partner_id
where p.id = l.document_id and l.portal_id = %(portal)s and p.id = any(%(ids)s) and l.supplier_invoice_id is null
  and l.invoice_number <> '' and i.number = l.invoice_number and i.state not in ('rejected', 'cancelled')
"""
_NAME = """
update supplier_payment_line l set invoice_number = i.number from supplier_invoice i
where i.id = l.supplier_invoice_id and l.portal_id = %(portal)s and l.document_id = any(%(ids)s)
  and l.invoice_number = ''
"""


def prepare(row: dict) -> dict:
    """The gross is what was paid with what was withheld and discounted, where the ERP does not say it."""
    _tie(row, "gross_total", "withholding_total", "discount_total", "total")
    for place, line in enumerate(row.get("lines") or [], start=1):
        line["position"] = line.get("position") or place
        line["invoice_number"] = line.get("invoice_number") or ""
        _tie(line, "amount", "withholding", "discount", "paid")
    return row


def _tie(row: dict, gross: str, withheld: str, discount: str, paid: str) -> None:
    row[withheld], row[discount] = row.get(withheld) or ZERO, row.get(discount) or ZERO
    kept = row[withheld] + row[discount]
    if row.get(gross) is None:
        row[gross] = row[paid] + kept
    if row.get(paid) is None:
        row[paid] = row[gross] - kept


def before(actor: Actor, ids: Sequence[int]) -> list[int]:
    """The invoices that the payments name so far: one that they drop is open again."""
    lines = SupplierPaymentLine._base_manager.filter(portal_id=actor.portal.id, document__in=ids)
    return list(lines.exclude(supplier_invoice=None).values_list("supplier_invoice", flat=True))


def after(actor: Actor, ids: Sequence[int], dropped: Sequence[int] = ()) -> None:
    """Once per load: name the invoices, then settle them and post what was paid."""
    with connection.cursor() as cursor:
        for sql in (_LINK, _NAME):
            cursor.execute(sql, {"portal": actor.portal.id, "ids": list(ids)})
    actions.follow(actor, ids, dropped)
