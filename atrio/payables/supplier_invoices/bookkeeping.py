"""What follows from the state of invoices, always as a set: the orders' counts, what is still open, the ledger."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from atrio.core import events
from atrio.core.actor import Actor
from atrio.ledger import actions as ledger
from atrio.ledger.actions import Posting
from atrio.ledger.models import PAYABLE
from atrio.purchasing.purchase_orders import actions as purchase_orders
from atrio.purchasing.purchase_orders.models import PurchaseOrderLine

from .models import OWED, RELEASED, State, SupplierInvoice, SupplierInvoiceLine

NAME = SupplierInvoice._meta.app_label


def invoiced(line_ids: Sequence[int], but: int | None = None) -> dict[int, Decimal]:
    """How much of each order line is invoiced, counting only invoices that hold their quantities."""
    lines = SupplierInvoiceLine._base_manager.filter(order_line__in=line_ids)
    lines = lines.exclude(document__state__in=RELEASED).exclude(document=but)
    sums = lines.order_by().values_list("order_line").annotate(Sum("quantity"))
    return defaultdict(Decimal, sums)


def recount(portal_id: int, line_ids: Sequence[int]) -> None:
    """Tell the orders what is invoiced of their lines; whoever else counts on them waits, and then counts us too."""
    if line_ids:
        orders = PurchaseOrderLine._base_manager.filter(pk__in=line_ids).values_list("document", flat=True).distinct()
        purchase_orders.lock(portal_id, orders)
        found = invoiced(line_ids)
        purchase_orders.recount(portal_id, invoiced={pk: found[pk] for pk in line_ids})


def post(actor: Actor, ids: Sequence[int]) -> None:
    """Bring the ledger to what the invoices say: owed ones stand in it, all others do not."""
    found = SupplierInvoice.objects.visible_to(actor).filter(pk__in=ids)
    owed = list(found.filter(state__in=OWED))
    standing = {invoice.pk for invoice in owed}
    if gone := [pk for pk in ids if pk not in standing]:
        ledger.withdraw(actor, NAME, gone)
    ledger.post(actor, map(_posting, owed))


def _posting(invoice: SupplierInvoice) -> Posting:
    return Posting(
        document_type=NAME,
        document_id=invoice.pk,
        document_key=invoice.external_id,
        partner_id=invoice.partner_id,
        side=PAYABLE,
        number=invoice.number,
        date=invoice.issue_date,
        due_date=invoice.due_date or invoice.issue_date,
        currency=invoice.currency,
        debit=max(-invoice.total, Decimal(0)),
        credit=max(invoice.total, Decimal(0)),
        open_amount=invoice.open_amount,
    )


def post_outside_payment(actor: Actor, invoice: SupplierInvoice, amount: Decimal, date: dt.date) -> None:
    """The other side of an invoice that staff say is paid, until the ERP sends the payment itself."""
    outside = Posting(
        document_type=NAME,
        document_id=invoice.pk,
        document_key=f"{invoice.external_id}:paid",
        partner_id=invoice.partner_id,
        side=PAYABLE,
        number=invoice.number,
        date=date,
        due_date=date,
        currency=invoice.currency,
        debit=amount,
        credit=Decimal(0),
        open_amount=Decimal(0),
    )
    ledger.post(actor, [outside])


# A statement sees what was committed when it began: the wait for others and the sum after it are two statements.
_WAIT = "select id from supplier_invoice where portal_id = %(portal)s and id = any(%(ids)s) order by id for update"
_SETTLE = """
with allocated as (
  select l.supplier_invoice_id as id, sum(l.withholding) as withheld,
    coalesce(sum(l.amount) filter (where p.state in ('collected', 'paid')), 0) as settled,
    bool_or(p.state in ('planned', 'ready')) as planned
  from supplier_payment_line l join supplier_payment p on p.id = l.document_id
  where l.portal_id = %(portal)s and l.supplier_invoice_id = any(%(ids)s) and p.state <> 'returned' group by 1
), before as (
  select i.id, i.state, i.total - coalesce(a.settled, 0) as open, coalesce(a.planned, false) as planned,
    coalesce(nullif(a.withheld, 0), i.withholding_total) as withheld, sign(i.total) as direction
  from supplier_invoice i left join allocated a on a.id = i.id
  where i.portal_id = %(portal)s and i.id = any(%(ids)s) and i.state <> all(%(released)s)
), now_is as (
  select b.id, b.open, b.withheld, b.state as old, case
    when b.open * b.direction <= 0 then 'paid'
    when b.state not in ('approved', 'scheduled', 'paid') then b.state
    when b.planned then 'scheduled'
    when b.state = 'paid' then 'approved' else b.state end as state
  from before b
)
update supplier_invoice i set open_amount = n.open, withholding_total = n.withheld, version = i.version + 1,
  updated_at = now(), state = n.state
from now_is n where i.id = n.id and (i.open_amount, i.withholding_total, i.state)
  is distinct from (n.open, n.withheld, n.state)
returning i.id, i.partner_id, n.old, i.state
"""


def settle(actor: Actor, ids: Iterable[int]) -> None:
    """Read what is still open from the payments that name the invoices; one that came back opens its invoices again."""
    facts: dict[str, Any] = {"portal": actor.portal.id, "ids": sorted(set(ids)), "released": list(RELEASED)}
    with connection.cursor() as cursor:
        cursor.execute(_WAIT, facts)
        cursor.execute(_SETTLE, facts)
        changed = cursor.fetchall()
    ledger.withdraw(actor, NAME, [pk for pk, *_rest in changed])  # with what staff had said of payments outside
    post(actor, [pk for pk, *_rest in changed])
    kinds = {State.PAID: "settled", State.SCHEDULED: "planned", State.APPROVED: "reopened"}
    for state, kind in kinds.items():
        moved = [(pk, partner, {"from": old, "to": new}) for pk, partner, old, new in changed if new == state != old]
        events.record_many(actor, SupplierInvoice, kind, moved)
