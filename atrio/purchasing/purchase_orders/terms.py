"""What buyer and supplier agree on, and what the supplier proposes instead, line by line."""

from django.utils.translation import gettext as _

from atrio.core import versions
from atrio.core.actions import NotNow
from atrio.core.actor import Actor
from atrio.core.formats import formats_of
from atrio.core.money import Amounts, line_amounts

from .models import PurchaseOrder, PurchaseOrderLine

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


def snapshot(order: PurchaseOrder) -> dict:
    """What was agreed, without what has been received and invoiced of it since."""
    return versions.snapshot(order, HEADER, LINE)


def forget(order: PurchaseOrder) -> None:
    order.lines.update(proposed_quantity=None, proposed_price=None, proposed_date=None)


def revised(order: PurchaseOrder, line: PurchaseOrderLine) -> Amounts:
    """The line's amounts if its proposal were accepted; a new date alone leaves them as the ERP sent them."""
    if line.proposed_quantity is None and line.proposed_price is None:
        return Amounts(line.net, line.tax)
    quantity = line.quantity if line.proposed_quantity is None else line.proposed_quantity
    price = line.unit_price if line.proposed_price is None else line.proposed_price
    rates = {"discount_percent": line.discount_percent, "tax_rate": line.tax_rate}
    return line_amounts(quantity, price, order.currency, **rates)


def propose(actor: Actor, order: PurchaseOrder, rows: list[dict]) -> list[PurchaseOrderLine]:
    """Keep what the supplier asks for beside what was ordered; the lines that would change."""
    asked, lines = {row["position"]: row for row in rows}, list(order.lines.all())
    changed = [line for line in lines if _note(order, line, asked.get(line.position, {}))]
    if not changed:
        raise NotNow(_("Nothing would change. Write a new quantity, price or date for at least one line."))
    _refuse_less_than_used(actor, lines)
    if sum(revised(order, line).total for line in lines) >= LARGEST:
        raise NotNow(_("The order's total would be too large."))
    PurchaseOrderLine.objects.bulk_update(lines, PROPOSABLE.values())
    return changed


def accept(actor: Actor, order: PurchaseOrder) -> None:
    """What was proposed is now what is ordered."""
    lines = list(order.lines.all())
    _refuse_less_than_used(actor, lines)
    for line in lines:
        _take_over(order, line)
    PurchaseOrderLine.objects.bulk_update(lines, [*PROPOSABLE, *PROPOSABLE.values(), "net", "tax", "total"])
    days = {line.delivery_date or order.delivery_date for line in lines}
    order.delivery_date = days.pop() if len(days) == 1 else order.delivery_date
    order.total = order.net_total + order.tax_total


def _refuse_less_than_used(actor: Actor, lines: list[PurchaseOrderLine]) -> None:
    errors, number = {}, formats_of(actor).number
    for index, line in enumerate(lines):
        used = max(line.received_quantity, line.invoiced_quantity)
        if line.proposed_quantity is not None and line.proposed_quantity < used:
            message = _("%(used)s are already received or invoiced.") % {"used": number(used)}
            errors[f"lines-{index}-quantity"] = message
    if errors:
        raise NotNow(_("A line cannot fall below what is already received or invoiced of it."), errors)


def _note(order: PurchaseOrder, line: PurchaseOrderLine, asked: dict) -> bool:
    """Write down what differs from the order; whether anything does."""
    now = {"quantity": line.quantity, "unit_price": line.unit_price}
    now["delivery_date"] = line.delivery_date or order.delivery_date
    for name, target in PROPOSABLE.items():
        setattr(line, target, None if asked.get(name) == now[name] else asked.get(name))
    return any(getattr(line, target) is not None for target in PROPOSABLE.values())


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
