"""Verbs of dispatch advices: written and sent by the supplier, received by a receipt that names them."""

from collections.abc import Iterable
from uuid import uuid4

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from atrio.core import events, files, search
from atrio.core.actions import NotNow, action
from atrio.core.actor import Actor
from atrio.core.formats import formats_of
from atrio.core.formviews import asked_for
from atrio.purchasing.purchase_orders import actions as orders
from atrio.purchasing.purchase_orders.models import AWAITED, PurchaseOrder

from .forms import CancelForm, left_in_words
from .models import DispatchAdvice, DispatchAdviceLine, State

CREATE = "dispatch_advices.create"
HEADER = (
    "number",
    "issue_date",
    "expected_date",
    "carrier",
    "tracking_reference",
    "tracking_url",
    "packages",
    "remarks",
)


def blank(actor: Actor, params) -> DispatchAdvice:
    """A new advice of the order that the address names; refused in words when nothing is awaited of it."""
    mine = PurchaseOrder.objects.visible_to(actor).filter(partner_id__in=actor.partner_ids)
    order = asked_for(mine.select_related("partner"), params, "order")
    _check_awaited(order)
    advice = DispatchAdvice(portal_id=actor.portal.id, partner=order.partner, purchase_order=order)
    if not any(advice.left.values()):
        raise NotNow(
            gettext("Everything of order %(number)s was received or is on its way.") % {"number": order.number}
        )
    return advice


def _check_awaited(order: PurchaseOrder) -> None:
    if order.state not in AWAITED:
        facts = {"number": order.number, "state": order.get_state_display()}
        raise NotNow(gettext("Order %(number)s is “%(state)s”: no delivery is awaited.") % facts)


def start(actor: Actor, source: DispatchAdvice, advice: DispatchAdvice | None) -> dict:
    """A new form proposes all that is left; an opened draft shows what was typed."""
    if advice is None:
        lines = [{"order_line": pk, "quantity": left} for pk, left in source.left.items() if left]
        return {"header": {"issue_date": formats_of(actor).today()}, "lines": lines}
    said = {line.order_line_id: line for line in advice.lines.all()}
    rows = [
        {"order_line": pk} | {name: getattr(said.get(pk), name, None) for name in ("quantity", "lot", "expiry_date")}
        for pk, left in advice.left.items()
        if left or pk in said
    ]
    return {"header": {name: getattr(advice, name) for name in HEADER}, "lines": rows}


def create(actor: Actor, advice: DispatchAdvice, *, lines: list[dict], attachments=(), **header) -> DispatchAdvice:
    """Write a draft of the blank advice; nobody else sees it until it is sent."""
    advice.external_id = f"atrio-{uuid4().hex}"
    advice.state, advice.erp_state, advice.never_sent = State.DRAFT, DispatchAdvice.ErpState.PENDING, True
    _write(actor, advice, lines, header)
    events.record(actor, advice, "created")
    files.attach(actor, advice, attachments)
    return advice


def _write(actor: Actor, advice: DispatchAdvice, lines: list[dict], header: dict) -> None:
    rows = [row for row in lines if row["quantity"]]
    if not rows:
        raise NotNow(gettext("Say how much of at least one line is on its way."))
    if len({row["order_line"] for row in rows}) < len(rows):
        raise NotNow(gettext("Each line of the order can stand in an advice once."))
    for name, value in header.items():
        setattr(advice, name, value)
    mine = DispatchAdvice.objects.filter(portal_id=advice.portal_id, partner=advice.partner_id, number=advice.number)
    if mine.exclude(pk=advice.pk).exclude(state=State.CANCELLED).exists():
        said = gettext("You announced this delivery note already.")
        raise NotNow(said, {"number": said})
    advice.search = search.tokens(
        advice.portal_id, numbers=(advice.number, advice.tracking_reference), texts=(advice.carrier,)
    )
    advice.save()
    advice.lines.all().delete()
    DispatchAdviceLine.objects.bulk_create(_line(advice, row) for row in rows)


def _line(advice: DispatchAdvice, row: dict) -> DispatchAdviceLine:
    line = row["order_line"]
    copied = {name: getattr(line, name) for name in ("position", "product_code", "description", "unit")}
    typed = {name: row.get(name) for name in ("quantity", "expiry_date")} | {"lot": row.get("lot") or ""}
    return DispatchAdviceLine(portal_id=advice.portal_id, document=advice, order_line=line, **copied, **typed)


@action("draft -> same", _("Edit"), supplier=CREATE, icon="pencil", done=pgettext_lazy("dispatch advice", "Edited"))
def update(actor, advice, *, lines, attachments=(), **header):
    _write(actor, advice, lines, header)
    files.attach(actor, advice, attachments)


@action(
    "draft -> sent",
    _("Send"),
    supplier=CREATE,
    primary=True,
    icon="send",
    done=_("Delivery announced"),
    explain=_("The company sees it and prepares for the delivery."),
)
def send(actor, advice):
    """Hold the rest of the order, or refuse; who comes second waits here and then sees what is left."""
    orders.lock(actor.portal.id, [advice.purchase_order_id])
    _check_awaited(PurchaseOrder.objects.get(portal_id=actor.portal.id, pk=advice.purchase_order_id))
    lines = advice.lines.select_related("order_line")
    over = [line.order_line for line in lines if line.quantity > advice.left[line.order_line_id]]
    if over:
        raise NotNow(" ".join(_too_much(actor, line, advice.left[line.pk]) for line in over))
    advice.never_sent = False


def _too_much(actor: Actor, line, left) -> str:
    return f"{gettext('Line %(number)s') % {'number': line.position}}: {left_in_words(actor, line, left)}"


@action(
    "draft|sent -> cancelled",
    _("Cancel delivery"),
    supplier=CREATE,
    form=CancelForm,
    icon="trash",
    danger=True,
    done=_("Cancelled"),
)
def cancel(actor, advice, reason=""):
    return {"reason": reason} if reason else None


def check_coming(advice: DispatchAdvice) -> None:
    """Refuse in words what is not on its way."""
    if advice.state != State.SENT:
        facts = {"number": advice.number, "state": advice.get_state_display()}
        raise NotNow(gettext("Dispatch advice %(number)s is “%(state)s”.") % facts)


def arrived(actor: Actor, ids: Iterable[int]) -> None:
    """A posted receipt names these advices."""
    _move(actor, ids, State.SENT, State.RECEIVED, "arrived")


def taken_back(actor: Actor, ids: Iterable[int]) -> None:
    """No posted receipt names these advices any more: they are on their way again."""
    _move(actor, ids, State.RECEIVED, State.SENT, "taken_back")


def _move(actor: Actor, ids: Iterable[int], before: State, after: State, kind: str) -> None:
    if not ids:
        return
    moving = DispatchAdvice.objects.filter(portal_id=actor.portal.id, pk__in=ids, state=before).order_by("pk")
    found = list(moving.select_for_update(of=("self",)).values_list("pk", "partner_id"))
    moved = DispatchAdvice.objects.filter(portal_id=actor.portal.id, pk__in=[pk for pk, _partner in found])
    moved.update(state=after, version=F("version") + 1, updated_at=Now())
    facts = {"from": before, "to": after}
    events.record_many(actor, DispatchAdvice, kind, ((pk, partner, facts) for pk, partner in found))
