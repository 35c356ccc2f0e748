"""Goods arrive: a receipt is written from its order, posted within the tolerance, and taken back with a reason."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core import events, numbering, search
from atrio.core.actions import NotNow, action
from atrio.core.actor import Actor
from atrio.core.formats import formats_of
from atrio.core.formviews import asked_for
from atrio.purchasing.dispatch_advices import actions as advices
from atrio.purchasing.purchase_orders import actions as orders
from atrio.purchasing.purchase_orders.forms import ReasonForm
from atrio.purchasing.purchase_orders.models import OPEN, PurchaseOrder

from .models import Receipt, ReceiptLine, State

CREATE, POST = "receipts.create", "receipts.post"


def blank(actor: Actor, params) -> Receipt:
    """A new receipt of the order, and of the announced delivery, that the address names; refused in words if closed."""
    order = asked_for(PurchaseOrder.objects.visible_to(actor).select_related("partner"), params, "order")
    _check_open(order)
    advice = None
    if "advice" in params:
        advice = asked_for(order.advices.visible_to(actor), params, "advice")
        advices.check_coming(advice)
    return Receipt(portal_id=actor.portal.id, partner=order.partner, purchase_order=order, dispatch_advice=advice)


def _check_open(order: PurchaseOrder) -> None:
    if order.state not in OPEN:
        message = gettext("Purchase order %(number)s is “%(state)s”: nothing can be received of it now.")
        raise NotNow(message % {"number": order.number, "state": order.get_state_display()})


def start(actor: Actor, source, receipt: Receipt | None) -> dict:
    """A new form proposes what was announced, or else all that is left; an opened draft shows what was typed."""
    ordered, advice = source.purchase_order.lines.all(), source.dispatch_advice
    header = {"issue_date": formats_of(actor).today(), "received_by": actor.name}
    typed = {line.pk: line.to_receive for line in ordered}
    if receipt is not None:
        header = {name: getattr(receipt, name) for name in ("issue_date", "delivery_note", "received_by", "remarks")}
        typed = dict(receipt.lines.values_list("order_line_id", "quantity"))
    elif advice is not None:
        header |= {"delivery_note": advice.number}
        typed = dict(advice.lines.values_list("order_line_id", "quantity"))
    return {"header": header, "lines": [{"order_line": line.pk, "quantity": typed.get(line.pk)} for line in ordered]}


def _limit(actor: Actor, ordered: Decimal) -> Decimal:
    percent = Decimal(str(actor.portal.settings.get("receipt_tolerance_percent") or 0))
    return ordered * (100 + percent) / 100


def _too_much(actor: Actor, line, quantity: Decimal) -> str:
    """Why this quantity cannot be received of this line, or nothing."""
    left = _limit(actor, line.quantity) - line.received_quantity
    if quantity <= left:
        return ""
    number = formats_of(actor).number
    words = {"line": line.position, "left": number(max(left, Decimal(0))), "quantity": number(quantity)}
    return gettext("Line %(line)s: %(left)s can still be received, not %(quantity)s.") % words


def _write_lines(actor: Actor, receipt: Receipt, lines: list[dict]) -> None:
    errors, rows = {}, []
    for index, row in enumerate(lines):
        line, quantity = row["order_line"], row["quantity"]
        if not quantity:
            continue
        if problem := _too_much(actor, line, quantity):
            errors[f"lines-{index}-quantity"] = problem
        copied = {name: getattr(line, name) for name in ("product_code", "description", "unit")}
        common = {"portal_id": actor.portal.id, "document": receipt, "order_line": line, "position": line.position}
        rows.append(ReceiptLine(**common, **copied, quantity=quantity))
    if errors:
        raise NotNow(gettext("More than was ordered."), errors)
    if not rows:
        raise NotNow(gettext("Write what arrived of at least one line."))
    if len({row.order_line_id for row in rows}) < len(rows):
        raise NotNow(gettext("A line of the order appears twice."))
    ReceiptLine.objects.bulk_create(rows)


def create(actor: Actor, receipt: Receipt, lines: list[dict], **facts) -> Receipt:
    """Write a draft of the blank receipt; nothing is counted until it is posted."""
    receipt.number = numbering.next_number(actor.portal.id, "receipts", "R-{:06d}")
    receipt.external_id = f"portal-{receipt.number}"
    receipt.state, receipt.erp_state = State.DRAFT, Receipt.ErpState.PENDING
    _fill(receipt, facts)
    receipt.save()
    _write_lines(actor, receipt, lines)
    events.record(actor, receipt, "created")
    return receipt


def _fill(receipt: Receipt, facts: dict) -> None:
    for name, value in facts.items():
        setattr(receipt, name, value)
    receipt.search = search.tokens(receipt.portal_id, numbers=(receipt.number, receipt.delivery_note))


@action("draft -> draft", _("Edit"), staff=CREATE, icon="pencil", done=_("Changed"))
def update(actor, receipt, lines, **facts):
    _fill(receipt, facts)
    receipt.lines.all().delete()
    _write_lines(actor, receipt, lines)


@action(
    "draft -> posted",
    _("Post"),
    staff=POST,
    primary=True,
    explain=_("The quantities are counted on the order, and the supplier sees the receipt."),
    done=_("Goods received"),
)
def post(actor, receipt):
    orders.lock(actor.portal.id, [receipt.purchase_order_id])
    _check_open(PurchaseOrder.objects.get(portal_id=actor.portal.id, pk=receipt.purchase_order_id))
    lines = receipt.lines.select_related("order_line")
    problems = [problem for line in lines if (problem := _too_much(actor, line.order_line, line.quantity))]
    if problems:
        raise NotNow(" ".join(problems))
    _move(actor, receipt, State.POSTED)


@action(
    "posted -> reversed",
    _("Reverse"),
    staff=POST,
    form=ReasonForm,
    icon="arrow-back-up",
    danger=True,
    explain=_("The goods count as not received."),
    done=_("Reversed"),
)
def reverse(actor, receipt, reason):
    orders.lock(actor.portal.id, [receipt.purchase_order_id])
    for line in receipt.lines.select_related("order_line"):
        ordered = line.order_line
        if ordered.received_quantity - line.quantity < ordered.invoiced_quantity:
            message = gettext("Line %(line)s: %(quantity)s are invoiced already. Return or reject the invoice first.")
            quantity = formats_of(actor).number(ordered.invoiced_quantity)
            raise NotNow(message % {"line": ordered.position, "quantity": quantity})
    _move(actor, receipt, State.REVERSED)
    return {"reason": reason}


def _move(actor: Actor, receipt: Receipt, state: State) -> None:
    receipt.state = state
    receipt.save(update_fields=["state"])  # the sums below must see it
    orders.receive(actor, received(actor.portal.id, [receipt.purchase_order_id]))
    _follow(actor, [receipt.pk])
    receipt.refresh_from_db(fields=["dispatch_advice"])


def _follow(actor: Actor, ids: list[int]) -> None:
    """Announced deliveries have arrived, or not after all; a delivery note names its advice if nothing else does."""
    sql = """update receipt set dispatch_advice_id = advice.id from dispatch_advice advice
        where receipt.portal_id = %s and receipt.id = any(%s) and receipt.state = 'posted'
          and receipt.dispatch_advice_id is null and advice.purchase_order_id = receipt.purchase_order_id
          and advice.number = receipt.delivery_note and advice.state = 'sent'"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [actor.portal.id, ids])
    mine = Receipt.objects.filter(portal_id=actor.portal.id, pk__in=ids)
    named = Receipt.objects.filter(portal_id=actor.portal.id, dispatch_advice__in=mine.values("dispatch_advice"))
    states = set(named.values_list("dispatch_advice_id", "state"))
    here = {pk for pk, state in states if state == State.POSTED}
    advices.arrived(actor, here)
    advices.taken_back(actor, {pk for pk, state in states if state == State.REVERSED} - here)


def received(portal_id: int, order_ids: Iterable[int]) -> dict[int, Decimal]:
    """What posted receipts say arrived of each line of these orders; 0 where nothing did."""
    sql = """select line.id, coalesce(sum(arrived.quantity) filter (where receipt.state = 'posted'), 0)
        from purchase_order_line line
        left join receipt_line arrived on arrived.order_line_id = line.id
        left join receipt on receipt.id = arrived.document_id
        where line.portal_id = %s and line.document_id = any(%s) group by line.id"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [portal_id, list(order_ids)])
        return dict(cursor.fetchall())


def before_load(actor: Actor, ids: list[int]) -> list[int]:
    """The orders of receipts that a load is about to change: it may move them to others."""
    mine = Receipt.objects.filter(portal_id=actor.portal.id, pk__in=ids)
    return list(mine.values_list("purchase_order_id", flat=True))


def after_load(actor: Actor, ids: list[int], left: Iterable[int] = ()) -> None:
    """Count what a load brought on its orders, and on those that it took it from, all at once."""
    mine = Receipt.objects.filter(portal_id=actor.portal.id, pk__in=ids)
    order_ids = sorted({*mine.values_list("purchase_order_id", flat=True), *left})
    orders.lock(actor.portal.id, order_ids)
    orders.receive(actor, received(actor.portal.id, order_ids))
    _follow(actor, ids)
