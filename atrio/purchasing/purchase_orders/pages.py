"""What the page of an order shows beside what every document shows."""

from django.template.loader import get_template
from django.utils.translation import gettext as _
from markupsafe import Markup

from atrio.core.actor import Audience
from atrio.core.doctypes import link
from atrio.core.formats import formats_of

from .models import AWAITED, OPEN, State
from .terms import revised


def proposal(request, order) -> Markup | None:
    """What the supplier proposes against what was ordered, while the buyer has not answered."""
    if order.state != State.CHANGE_PROPOSED:
        return None
    formats, lines = formats_of(request.actor), list(order.lines.all())
    rows = []
    for line in lines:
        said = _("Line %(number)s") % {"number": line.position} + f" · {line.product_code or line.description}"
        day = line.delivery_date or order.delivery_date
        for label, before, after, write in (
            (_("Quantity"), line.quantity, line.proposed_quantity, formats.number),
            (_("Unit price"), line.unit_price, line.proposed_price, formats.number),
            (_("Delivery"), day, line.proposed_date, formats.date),
        ):
            if after is not None:
                rows.append({"label": f"{said} · {label}", "before": write(before), "after": write(after)})
    total = order.total + sum(revised(order, line).total - line.total for line in lines)
    if total != order.total:
        before, after = (formats.money(amount, order.currency) for amount in (order.total, total))
        rows.append({"label": _("Total"), "before": before, "after": after})
    return Markup(get_template("purchase_orders/proposal.html", using="pages").render({"rows": rows}))  # noqa: S704


def create_invoice(actor, order) -> dict | None:
    """Where the supplier invoices this order."""
    allowed = Audience.SUPPLIER in actor.audiences and actor.may("supplier_invoices.create")
    if not allowed or order.state not in OPEN:
        return None
    confirmed = order.state != State.SENT  # a new order is to be answered first
    return _link(actor, order, "supplier_invoices", _("Create invoice"), icon="file-invoice", primary=confirmed)


def announce_delivery(actor, order) -> dict | None:
    """Where the supplier says what is on its way."""
    allowed = Audience.SUPPLIER in actor.audiences and actor.may("dispatch_advices.create")
    if not allowed or order.state not in AWAITED:
        return None
    return _link(actor, order, "dispatch_advices", _("Announce delivery"), icon="truck-delivery", primary=False)


def register_receipt(actor, order) -> dict | None:
    """Where staff write down what arrived of this order."""
    if not (actor.is_staff and actor.may("receipts.create")) or order.state not in OPEN:
        return None
    awaited = order.state in (State.CONFIRMED, State.PART_RECEIVED)
    return _link(actor, order, "receipts", _("Register receipt"), icon="package-import", primary=awaited)


def _link(actor, order, kind: str, title: str, *, icon: str, primary: bool) -> dict:
    return link(actor, f"{kind}/new/?order={order.pk}", title, icon, primary=primary)
