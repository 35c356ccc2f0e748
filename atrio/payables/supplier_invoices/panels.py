"""What only an invoice's page shows: the match, the decision, its payments, and the rules of the portal."""

from decimal import Decimal

from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from atrio.core.actor import Actor, PortalRequest
from atrio.core.doctypes import link
from atrio.core.formats import Formats, formats_of

from .comparing import compared
from .matching import LineMatch, Why, in_words
from .models import Reason, State, SupplierInvoice, SupplierInvoiceLine
from .rules import in_words as rules_in_words
from .rules import rules_of

NEXT_STEPS = {
    Reason.QUANTITY: gettext_lazy(
        "Correct the quantities to what is left of the order, or ask the buyer to change the order."
    ),
    Reason.PRICE: gettext_lazy("Correct the prices to those of the order, or ask the buyer to change the order."),
    Reason.TAX: gettext_lazy("Correct the taxes line by line."),
    Reason.NOT_RECEIVED: gettext_lazy("Send it once the goods have arrived, or attach the proof of delivery."),
    Reason.DATA: gettext_lazy("Correct the number, the dates or the fiscal id."),
    Reason.DOCUMENTS: gettext_lazy("Attach a readable PDF or the XML of the invoice."),
    Reason.DUPLICATE: gettext_lazy("Look for the invoice that you sent before; cancel this one."),
    Reason.OTHER: gettext_lazy("Read the explanation, and write a note if something is not clear."),
}
# Without a payment nothing can be said of one, and nothing is read.
WITH_PAYMENTS = (State.APPROVED, State.SCHEDULED, State.PAID)


def drawn(template: str, **context) -> Markup:
    """A panel's template filled in; it needs nothing of the page's frame."""
    return Markup(get_template(template, using="pages").render(context))  # noqa: S704 (escaped when rendered)


def match_panel(request: PortalRequest, invoice: SupplierInvoice) -> Markup | None:
    """The invoice beside its order and receipts, for both sides."""
    if invoice.purchase_order_id is None:
        return None
    formats, lines = formats_of(request.actor), list(invoice.lines.all())
    found = compared(request.actor.portal, invoice, lines)
    differing = sum(not one.ok for one in found)
    said = ngettext("%(count)s line differs", "%(count)s lines differ", differing) % {"count": differing}
    match = {
        "ok": not differing,
        "summary": said if differing else _("Matches"),
        "tolerance": _tolerance(request.actor, formats),
        "lines": [_line(line, one, invoice, formats) for line, one in zip(lines, found, strict=True)],
    }
    return drawn("supplier_invoices/match.html", match=match)


def _tolerance(actor: Actor, formats: Formats) -> str:
    return _("Tolerance: %(percent)s %%.") % {"percent": formats.number(rules_of(actor.portal).tolerance)}


def _line(line: SupplierInvoiceLine, found: LineMatch, invoice: SupplierInvoice, formats: Formats) -> dict:
    why = {d.why: in_words(d, formats) for d in found.differences}
    ordered = found.ordered
    return {
        "product": line.product_code,
        "description": line.description,
        "ordered_quantity": formats.number(ordered.quantity) if ordered else None,
        "ordered_price": formats.number(_short(ordered.price)) if ordered else None,
        "received_quantity": formats.number(found.received) if found.received is not None else None,
        "invoiced_before": formats.number(found.before) if ordered else None,
        "quantity": formats.number(line.quantity),
        "price": formats.number(_short(found.billed.price)),
        "total": formats.amount(line.total, invoice.currency),
        "quantity_why": " ".join(why[w] for w in (Why.OVER_ORDER, Why.OVER_RECEIVED) if w in why),
        "price_why": why.get(Why.PRICE, ""),
        "total_why": why.get(Why.TAX, ""),
        "note": why.get(Why.NOT_ORDERED, ""),
    }


def _short(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.000001"))


def decision_panel(request: PortalRequest, invoice: SupplierInvoice) -> Markup | None:
    """What to do now that staff said no."""
    if invoice.state not in (State.REJECTED, State.TO_REVISE) or not invoice.decision_code:
        return None
    decision = {
        "title": invoice.get_state_display(),
        "reason": invoice.get_decision_code_display(),
        "text": invoice.decision_reason,
        "next": str(NEXT_STEPS[Reason(invoice.decision_code)]),
    }
    return drawn("supplier_invoices/decision.html", decision=decision)


def payments_panel(request: PortalRequest, invoice: SupplierInvoice) -> Markup | None:
    """The payments that settle this invoice."""
    if invoice.state not in WITH_PAYMENTS:
        return None
    actor, formats = request.actor, formats_of(request.actor)
    if not actor.may("supplier_payments.view"):
        return None
    lines = invoice.payment_lines.select_related("document").order_by("document__issue_date", "pk")
    rows = [
        {
            "url": f"/{actor.portal.slug}/supplier_payments/{line.document_id}/",
            "number": line.document.number,
            "date": formats.date(line.document.issue_date),
            "state": line.document.get_state_display(),
            "withholding": formats.amount(line.withholding, invoice.currency),
            "discount": formats.amount(line.discount, invoice.currency),
            "paid": formats.amount(line.paid, invoice.currency),
            "amount": formats.amount(line.amount, invoice.currency),
        }
        for line in lines
    ]
    return drawn("supplier_invoices/payments.html", rows=rows) if rows else None


def rules_panel(request: PortalRequest, invoice: SupplierInvoice) -> Markup | None:
    """What the company accepts, in words, for the supplier while it still matters."""
    if request.actor.is_staff or invoice.state not in (State.DRAFT, State.TO_REVISE, State.MATCHING):
        return None
    rules = rules_in_words(rules_of(request.actor.portal), formats_of(request.actor))
    return drawn("supplier_invoices/rules.html", rules=rules)


PANELS = (match_panel, payments_panel, rules_panel)


def order_link(actor: Actor, invoice: SupplierInvoice) -> dict | None:
    order = invoice.purchase_order
    if order is None or not actor.may("purchase_orders.view"):
        return None
    title = _("Order %(number)s") % {"number": order.number}
    return link(actor, f"purchase_orders/{order.pk}/", title, "shopping-cart")
