"""What a payment was for, on its page and on paper."""

from django.template.loader import get_template
from django.utils.translation import gettext as _
from markupsafe import Markup

from atrio.core.actor import Actor, PortalRequest
from atrio.core.formats import formats_of

from .models import State, SupplierPayment


def invoices_panel(request: PortalRequest, payment: SupplierPayment) -> Markup | None:
    """The invoices that this payment settles, each with what is still open of it."""
    actor, formats = request.actor, formats_of(request.actor)
    settled = [line.supplier_invoice for line in payment.lines.all() if line.supplier_invoice]
    if not settled or not actor.may("supplier_invoices.view"):
        return None
    rows = [
        {
            "url": f"/{actor.portal.slug}/supplier_invoices/{invoice.pk}/",
            "number": invoice.number,
            "date": formats.date(invoice.issue_date),
            "due": formats.date(invoice.due_date),
            "state": invoice.get_state_display(),
            "total": formats.amount(invoice.total, invoice.currency),
            "open": formats.amount(invoice.open_amount, invoice.currency),
        }
        for invoice in settled
    ]
    template = get_template("supplier_payments/invoices.html", using="pages")
    return Markup(template.render({"rows": rows}))  # noqa: S704 (escaped when rendered)


def printed(actor: Actor, payment: SupplierPayment, data: dict) -> dict:
    """The remittance advice: how much arrives and when, and every invoice with what was kept back."""
    formats = formats_of(actor)
    total = formats.money(payment.total, payment.currency)
    date = formats.date(payment.issue_date)
    if payment.state == State.RETURNED:
        said = _("Returned")
    elif payment.state in (State.COLLECTED, State.PAID):
        said = _("Paid on %(date)s") % {"date": date}
    else:
        said = _("Planned for %(date)s") % {"date": date}
    data["title"] = _("Remittance advice")
    data["highlight"] = [total, said]
    data["parts"][0]["title"] = _("Invoices settled by this payment")
    data["parts"][0]["empty"] = _("The invoices of this payment are not known.")
    return data
