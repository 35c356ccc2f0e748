"""Invoices that the ERP sends: what it may leave out, and what follows once they are in."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from atrio.core.actor import Actor
from atrio.core.doctypes import Load, LoadField
from atrio.core.money import ZERO
from atrio.purchasing.purchase_orders.models import PurchaseOrderLine

from . import bookkeeping
from .models import OWED, RELEASED, State, SupplierInvoice


def prepare(row: dict) -> dict:
    """Without an open amount an invoice is open in full, without a state it is approved; paid when nothing is open."""
    state, total = row.get("state"), row["total"]
    if row.get("open_amount") is None:
        row["open_amount"] = ZERO if state == State.PAID or state in RELEASED else total
    row["state"] = state or (State.PAID if total and not row["open_amount"] else State.APPROVED)
    for place, line in enumerate(row.get("lines") or [], start=1):
        line["position"] = line.get("position") or place
    return row


class Before(NamedTuple):
    """What is to be known of invoices once a load has changed them: their order lines, and what was decided here."""

    order_lines: list[int]
    decided: dict[int, tuple[str, Decimal]]


def before(actor: Actor, ids: Sequence[int]) -> Before:
    """A load may move invoices to other orders, and does not decide on those that were handed in here."""
    mine = SupplierInvoice._base_manager.filter(portal_id=actor.portal.id, pk__in=ids)
    lines = mine.exclude(lines__order_line=None).values_list("lines__order_line", flat=True)
    born_here = mine.exclude(erp_state=SupplierInvoice.ErpState.NONE).values_list("pk", "state", "open_amount")
    return Before(list(lines), {pk: (state, rest) for pk, state, rest in born_here})


def stands(decided: str, sent: str) -> bool:
    """Whether a state given here stands against the one that the ERP sends.

    The portal decides on what was handed in here; the ERP knows what is paid, planned or cancelled. Of an invoice that
    was approved it knows all that follows; a draft was never handed in, so nothing was decided."""
    if decided == State.DRAFT:
        return False
    return sent not in ((*OWED, State.CANCELLED) if decided in OWED else (State.SCHEDULED, State.PAID, State.CANCELLED))


def _keep_decisions(portal_id: int, decided: Mapping[int, tuple[str, Decimal]]) -> None:
    sent = SupplierInvoice._base_manager.filter(portal_id=portal_id, pk__in=decided).values_list("pk", "state")
    kept = {pk: decided[pk] for pk, state in sent if stands(decided[pk][0], state)}
    sql = """update supplier_invoice i set state = k.state, open_amount = k.rest
      from unnest(%s::bigint[], %s::text[], %s::numeric[]) k (id, state, rest) where i.id = k.id and i.portal_id = %s"""
    with connection.cursor() as cursor:
        states, rests = [state for state, _rest in kept.values()], [rest for _state, rest in kept.values()]
        cursor.execute(sql, [list(kept), states, rests, portal_id])


def after(actor: Actor, ids: Sequence[int], known: Before | None = None) -> None:
    """Once per load: decisions stand, orders count what is invoiced, known payments settle, the ledger follows."""
    if known and known.decided:
        _keep_decisions(actor.portal.id, known.decided)
    invoices = SupplierInvoice.objects.visible_to(actor).filter(pk__in=ids)
    orders = invoices.exclude(purchase_order=None).values("purchase_order")
    by_order = PurchaseOrderLine._base_manager.filter(document__in=orders).values_list("pk", flat=True)
    by_line = invoices.exclude(lines__order_line=None).values_list("lines__order_line", flat=True)
    bookkeeping.recount(actor.portal.id, sorted({*by_order, *by_line, *(known.order_lines if known else ())}))
    bookkeeping.post(actor, ids)
    allocated = invoices.filter(payment_lines__isnull=False).values_list("pk", flat=True).distinct()
    bookkeeping.settle(actor, allocated)


LOAD = Load(
    fields=(
        LoadField("number", required=True, max_length=60),
        LoadField("partner", "reference", required=True, column="partner_id", refers_to="partners"),
        LoadField("purchase_order", "reference", column="purchase_order_id", refers_to="purchase_orders"),
        LoadField("issue_date", "date", required=True),
        LoadField("due_date", "date"),
        LoadField("currency", required=True, max_length=3),
        LoadField("net_total", "decimal", required=True),
        LoadField("tax_total", "decimal", default=0),
        LoadField("total", "decimal", required=True),
        LoadField("open_amount", "decimal"),
        LoadField("withholding_total", "decimal", default=0),
        LoadField("state", "choice", choices=tuple(State.values)),
        LoadField("fiscal_id", max_length=120),
        LoadField("remarks"),
    ),
    lines=(
        LoadField("position", "integer"),
        LoadField("external_id", max_length=80),
        LoadField("order_line", "reference", column="order_line_id", refers_to="purchase_orders.lines"),
        LoadField("product_code", max_length=60),
        LoadField("description", max_length=500),
        LoadField("quantity", "decimal", required=True),
        LoadField("unit", max_length=20),
        LoadField("unit_price", "decimal", default=0),
        LoadField("discount_percent", "decimal", default=0),
        LoadField("tax_rate", "decimal", default=0),
        LoadField("net", "decimal"),
        LoadField("tax", "decimal"),
        LoadField("total", "decimal"),
    ),
    prepare=prepare,
    before=before,
    after=after,
    adopts=("partner_id", "number"),
)
