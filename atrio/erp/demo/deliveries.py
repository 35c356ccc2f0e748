"""What is on its way to the company, announced by its suppliers by the actions that they use; one delivery arrived."""

import datetime as dt

from atrio.core.scope import scope
from atrio.purchasing.dispatch_advices import actions as advices
from atrio.purchasing.dispatch_advices.models import DispatchAdvice
from atrio.purchasing.purchase_orders.models import PurchaseOrder
from atrio.purchasing.receipts import actions as receipts

from .people import Cast

# What becomes of the delivery that each supplier announces, in the order of their turns.
PLOTS = ("sent", "received", "sent", "draft", "cancelled", "sent")
CARRIERS = ("Transportes Andina", "Ridge Freight", "Rodoviário Ipê", "Envía")
REASON = "El camión se varó; la entrega sale mañana con otra remisión."


def announce(cast: Cast, code: str, turn: int, day: dt.date) -> None:
    """One delivery of the supplier's next confirmed order."""
    supplier, plot = cast[code], PLOTS[turn % len(PLOTS)]
    with scope(supplier):
        mine = PurchaseOrder.objects.visible_to(supplier).filter(partner_id__in=supplier.partner_ids)
        order = mine.filter(state="confirmed").order_by("delivery_date", "number")[0]
        blank = advices.blank(supplier, {"order": str(order.pk)})
        rows = _typed(order, advices.start(supplier, blank, None)["lines"])
        header = {"number": f"REM-{code[-2:]}{order.number[-4:]}", "issue_date": day, "packages": len(rows)}
        header |= {"expected_date": day + dt.timedelta(days=2), "carrier": CARRIERS[turn % len(CARRIERS)]}
        advice = advices.create(supplier, blank, lines=rows, **header)
        if plot != "draft":
            advices.send(supplier, advice)
        if plot == "cancelled":
            advices.cancel(supplier, advice, reason=REASON)
    if plot == "received":
        _receive(cast, advice)


def _typed(order: PurchaseOrder, rows: list[dict]) -> list[dict]:
    """The rows of an opened form as they are sent: naming the order's lines, and a lot for each."""
    lines = {line.pk: line for line in order.lines.all()}
    found = [row | {"order_line": lines[row["order_line"]]} for row in rows if row["quantity"]]
    return [row | {"lot": f"L{order.number[-3:]}-{row['order_line'].position}"} for row in found]


def _receive(cast: Cast, advice: DispatchAdvice) -> None:
    buyer = cast["buyer"]
    with scope(buyer):
        blank = receipts.blank(buyer, {"order": str(advice.purchase_order_id), "advice": str(advice.pk)})
        opened = receipts.start(buyer, blank, None)
        rows = _typed(blank.purchase_order, opened["lines"])
        receipts.post(buyer, receipts.create(buyer, blank, rows, **opened["header"]))
