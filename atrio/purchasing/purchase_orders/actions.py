"""What happens to an order: the buyer sends it, the supplier answers, goods and invoices count on its lines."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from atrio.core import versions
from atrio.core.actions import NotNow, action
from atrio.core.actor import Actor
from atrio.core.models import Event
from atrio.core.money import Amounts, line_amounts

from .forms import ConfirmForm, ProposalForm, ReasonForm
from .models import PurchaseOrder, PurchaseOrderLine, State

ANSWER, MANAGE = "purchase_orders.answer", "purchase_orders.manage"
LARGEST = 10**14  # what an amount's column holds
PROPOSABLE = {"quantity": "proposed_quantity", "unit_price": "proposed_price", "delivery_date": "proposed_date"}
HEADER = (
    "delivery_date",
    "payment_terms",
    "delivery_address",
    "remarks",
    "currency",
    "net_total",
    "tax_total",
    "total",
)
LINE = ("product_code", "description", "delivery_date", "quantity", "unit", "unit_price", "total")
RUNNING = "confirmed|part_received|received"


def snapshot(order: PurchaseOrder) -> dict:
    """What was agreed, without what has been received and invoiced of it since."""
    return versions.snapshot(order, HEADER, LINE)


class Rest(NamedTuple):
    to_receive: Decimal
    to_invoice: Decimal


def rest(order: PurchaseOrder) -> dict[int, Rest]:
    """What is still to be received and invoiced of each line, by the line's id."""
    return {line.pk: Rest(line.to_receive, line.to_invoice) for line in order.lines.all()}


def _settled(order: PurchaseOrder, otherwise: State) -> State:
    """The state that the received quantities give an order, or another while nothing has arrived."""
    lines = order.lines.all()
    if not any(line.received_quantity for line in lines):
        return otherwise
    return State.RECEIVED if all(line.received_quantity >= line.quantity for line in lines) else State.PART_RECEIVED


def _forget_proposal(order: PurchaseOrder) -> None:
    order.lines.update(proposed_quantity=None, proposed_price=None, proposed_date=None)


def revised(order: PurchaseOrder, line: PurchaseOrderLine) -> Amounts:
    """The line's amounts if its proposal were accepted; a new date alone leaves them as the ERP sent them."""
    if line.proposed_quantity is None and line.proposed_price is None:
        return Amounts(line.net, line.tax)
    quantity = line.quantity if line.proposed_quantity is None else line.proposed_quantity
    price = line.unit_price if line.proposed_price is None else line.proposed_price
    rates = {"discount_percent": line.discount_percent, "tax_rate": line.tax_rate}
    return line_amounts(quantity, price, order.currency, **rates)


def _refuse_less_than_used(lines: list[PurchaseOrderLine]) -> None:
    errors = {}
    for index, line in enumerate(lines):
        used = max(line.received_quantity, line.invoiced_quantity)
        if line.proposed_quantity is not None and line.proposed_quantity < used:
            message = _t("%(used)s are already received or invoiced.") % {"used": f"{used.normalize():f}"}
            errors[f"lines-{index}-quantity"] = message
    if errors:
        raise NotNow(_t("A line cannot fall below what is already received or invoiced of it."), errors)


@action("draft -> sent", _("Send to the supplier"), staff=MANAGE, icon="send", primary=True, done=_("Sent"))
def send(actor, order):
    versions.take(actor, order, snapshot(order), "send")


@action(
    f"sent|change_proposed -> {RUNNING}",
    _("Confirm"),
    supplier=ANSWER,
    form=ConfirmForm,
    primary=True,
    explain=_("You will deliver as ordered."),
    done=_("Confirmed"),
)
def confirm(actor, order, promised_date=None):
    _forget_proposal(order)
    order.promised_date, order.decision_reason = promised_date, ""
    order.state = _settled(order, State.CONFIRMED)
    return {"promised_date": promised_date.isoformat()} if promised_date else None


@action(
    "sent -> rejected", _("Reject"), supplier=ANSWER, form=ReasonForm, icon="circle-x", danger=True, done=_("Rejected")
)
def reject(actor, order, reason):
    order.decision_reason = reason
    return {"reason": reason}


@action(
    "sent|confirmed -> change_proposed",
    _("Propose changes"),
    supplier=ANSWER,
    form=ProposalForm,
    dialog=False,
    icon="pencil",
    done=_("Changes proposed"),
)
def propose(actor, order, reason, lines):
    asked, ordered = {row["position"]: row for row in lines}, list(order.lines.all())
    changed = [line for line in ordered if _note_proposal(order, line, asked.get(line.position, {}))]
    if not changed:
        raise NotNow(_t("Nothing would change. Write a new quantity, price or date for at least one line."))
    _refuse_less_than_used(ordered)
    if sum(revised(order, line).total for line in ordered) >= LARGEST:
        raise NotNow(_t("The order's total would be too large."))
    PurchaseOrderLine.objects.bulk_update(ordered, PROPOSABLE.values())
    order.decision_reason = reason
    return {"reason": reason, "lines": [line.position for line in changed]}


def _note_proposal(order: PurchaseOrder, line: PurchaseOrderLine, asked: dict) -> bool:
    """Write down what differs from the order; whether anything does."""
    now = {"quantity": line.quantity, "unit_price": line.unit_price}
    now["delivery_date"] = line.delivery_date or order.delivery_date
    for name, target in PROPOSABLE.items():
        setattr(line, target, None if asked.get(name) == now[name] else asked.get(name))
    return any(getattr(line, target) is not None for target in PROPOSABLE.values())


@action(f"change_proposed -> {RUNNING}", _("Accept changes"), staff=MANAGE, primary=True, done=_("Changes accepted"))
def accept_changes(actor, order):
    lines = list(order.lines.all())
    _refuse_less_than_used(lines)
    for line in lines:
        _take_over(order, line)
    written = ["quantity", "unit_price", "delivery_date", "net", "tax", "total", *PROPOSABLE.values()]
    PurchaseOrderLine.objects.bulk_update(lines, written)
    days = {line.delivery_date or order.delivery_date for line in lines}
    order.delivery_date = days.pop() if len(days) == 1 else order.delivery_date
    order.total = order.net_total + order.tax_total
    order.decision_reason, order.state = "", _settled(order, State.CONFIRMED)
    versions.take(actor, order, snapshot(order), "accept_changes")


def _take_over(order: PurchaseOrder, line: PurchaseOrderLine) -> None:
    """The line becomes what was proposed; the header moves by the difference: it may hold more than its lines."""
    amounts = revised(order, line)
    order.net_total += amounts.net - line.net
    order.tax_total += amounts.tax - line.tax
    line.net, line.tax, line.total = amounts.net, amounts.tax, amounts.total
    for name, source in PROPOSABLE.items():
        if getattr(line, source) is not None:
            setattr(line, name, getattr(line, source))
            setattr(line, source, None)


@action(
    "change_proposed -> sent|part_received|received",
    _("Decline changes"),
    staff=MANAGE,
    form=ReasonForm,
    icon="circle-x",
    explain=_("The order stands as it was, and the supplier is asked again."),
    done=_("Changes declined"),
)
def decline_changes(actor, order, reason):
    _forget_proposal(order)
    order.decision_reason, order.state = reason, _settled(order, State.SENT)
    return {"reason": reason}


@action(
    "draft|sent|confirmed|change_proposed|rejected -> cancelled",
    _("Cancel order"),
    staff=MANAGE,
    form=ReasonForm,
    icon="ban",
    danger=True,
    done=_("Cancelled"),
)
def cancel(actor, order, reason):
    used = next((line for line in order.lines.all() if line.received_quantity or line.invoiced_quantity), None)
    if used:
        message = _t("Line %(line)s is already received or invoiced. Close the order, or take that back first.")
        raise NotNow(message % {"line": used.position})
    _forget_proposal(order)
    order.decision_reason, order.never_sent = reason, order.state == State.DRAFT
    return {"reason": reason}


@action(
    f"{RUNNING} -> closed",
    _("Close order"),
    staff=MANAGE,
    icon="lock",
    explain=_("Nothing more will be received or invoiced of it."),
    done=_("Closed"),
)
def close(actor, order):
    return None


@action(f"closed -> {RUNNING}", _("Reopen order"), staff=MANAGE, icon="lock-open", done=_("Reopened"))
def reopen(actor, order):
    order.state = _settled(order, State.CONFIRMED)


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
