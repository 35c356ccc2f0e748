"""What has been received and invoiced of orders, for one line or for many thousands, and the states that follow."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from atrio.core import versions
from atrio.core.actor import Actor
from atrio.core.models import Event

from .models import PurchaseOrder, State
from .terms import snapshot


class Rest(NamedTuple):
    to_receive: Decimal
    to_invoice: Decimal


def rest(order: PurchaseOrder) -> dict[int, Rest]:
    """What is still to be received and invoiced of each line, by the line's id."""
    return {line.pk: Rest(line.to_receive, line.to_invoice) for line in order.lines.all()}


def settled(order: PurchaseOrder, otherwise: State) -> State:
    """The state that the received quantities give an order, or another while nothing has arrived."""
    lines = order.lines.all()
    if not any(line.received_quantity for line in lines):
        return otherwise
    return State.RECEIVED if all(line.received_quantity >= line.quantity for line in lines) else State.PART_RECEIVED


def lock(portal_id: int, order_ids: Iterable[int]) -> None:
    """Make whoever else counts on these orders wait for our commit; always by id, so that none wait in a ring."""
    with connection.cursor() as cursor:
        ids = list(order_ids)
        sql = "select id from purchase_order where portal_id = %s and id = any(%s) order by id for update"
        cursor.execute(sql, [portal_id, ids])


def recount(
    portal_id: int, received: dict[int, Decimal] | None = None, invoiced: dict[int, Decimal] | None = None
) -> list[tuple]:
    """Set what has been received and invoiced of lines, for one or for many thousands, and the states that follow.

    Gives the orders that moved: (id, partner id, state before, state after)."""
    counted = {*(received or ()), *(invoiced or ())}
    if not counted:
        return []
    with connection.cursor() as cursor:
        cursor.execute("select distinct document_id from purchase_order_line where id = any(%s)", [list(counted)])
        order_ids = [row[0] for row in cursor.fetchall()]
    lock(portal_id, order_ids)
    _count(portal_id, "invoiced_quantity", invoiced or {})
    touched = _count(portal_id, "received_quantity", received or {})
    return _settle(portal_id, list(touched), [pk for pk, fell in touched.items() if fell])


def _count(portal_id: int, column: str, totals: dict[int, Decimal]) -> dict[int, bool]:
    """The orders in which a count changed, and whether one of their lines fell."""
    sql = f"""update purchase_order_line line set {column} = given.total
        from unnest(%s::bigint[], %s::numeric[]) given(id, total)
        join purchase_order_line old on old.id = given.id
        where line.id = old.id and line.portal_id = %s and old.{column} <> given.total
        returning line.document_id, given.total < old.{column}"""  # noqa: S608 (column is one of two constants)
    touched: dict[int, bool] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(totals), list(totals.values()), portal_id])
        for order_id, fell in cursor.fetchall():
            touched[order_id] = touched.get(order_id, False) or fell
    return touched


def _settle(portal_id: int, order_ids: list[int], fell: list[int]) -> list[tuple]:
    """Goods move an order on; it goes back only when they were taken back, since the ERP may know of more than we."""
    sql = """with counted as (
          select document_id as id, case when not bool_or(received_quantity > 0) then 'confirmed'
            when bool_and(received_quantity >= quantity) then 'received' else 'part_received' end as state
          from purchase_order_line where document_id = any(%(ids)s) group by document_id)
        update purchase_order o set state = counted.state, version = o.version + 1, updated_at = now()
        from counted join purchase_order old on old.id = counted.id
        where o.id = counted.id and o.portal_id = %(portal)s and o.state <> counted.state
          and (o.state in ('sent', 'confirmed', 'part_received') and counted.state <> 'confirmed'
            or o.state in ('part_received', 'received') and o.id = any(%(fell)s))
        returning o.id, o.partner_id, old.state, o.state"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": order_ids, "portal": portal_id, "fell": fell})
        return cursor.fetchall()


def receive(actor: Actor, totals: dict[int, Decimal]) -> None:
    """Recount what has been received, and tell it on the orders that moved."""
    _tell(actor, recount(actor.portal.id, received=totals))


def _tell(actor: Actor, moved: list[tuple]) -> None:
    common = {"portal_id": actor.portal.id, "doctype": PurchaseOrder._meta.app_label, "kind": "counted"}
    by = {"user_id": actor.user_id, "actor_name": actor.name, "origin": actor.origin}
    Event.objects.bulk_create(
        Event(**common, **by, document_id=pk, partner_id=partner, facts={"from": before, "to": after})
        for pk, partner, before, after in moved
    )


def after_load(actor: Actor, ids: list[int]) -> None:
    """Keep a version of what a load brought or changed; what was answered and what has arrived still count."""
    orders = PurchaseOrder.objects.filter(portal_id=actor.portal.id, pk__in=ids).exclude(state=State.DRAFT)
    changed = versions.take_all(actor, orders.prefetch_related("lines"), snapshot, "load")
    _keep_answers(actor.portal.id, sorted(set(ids) - {version.document_id for version in changed}))
    _tell(actor, _settle(actor.portal.id, list(ids), []))


def _keep_answers(portal_id: int, order_ids: list[int]) -> None:
    """An ERP that sends an unchanged order again as "sent" does not know the supplier's answer, which stands."""
    sql = """update purchase_order o set state = answer.state from (
          select distinct on (document_id) document_id, facts->>'to' as state from event
          where portal_id = %(portal)s and doctype = 'purchase_orders' and document_id = any(%(ids)s)
            and facts->>'to' is not null order by document_id, id desc) answer
        where o.id = answer.document_id and o.state = 'sent'
          and answer.state in ('confirmed', 'change_proposed', 'rejected')"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"portal": portal_id, "ids": order_ids})
