"""What only an invoice shows: how its amount was settled, and its printed form."""

from django.db.models import QuerySet
from django.template.loader import get_template
from django.utils.translation import gettext as _
from markupsafe import Markup

from atrio.core.actor import Actor, PortalRequest
from atrio.core.formats import Formats, formats_of
from atrio.core.money import rounded
from atrio.core.printing import party_of
from atrio.core.statements import ANY_ID, ANY_TEXT, statement
from atrio.ledger.models import LedgerEntry

from .models import Kind, SalesInvoice, State


def payments(request: PortalRequest, invoice: SalesInvoice) -> Markup:
    """Movements of the account that settle this invoice, where the ERP says which do."""
    if invoice.open_amount == invoice.total:
        return Markup("")  # nothing has settled any of it: not worth a question to the database
    actor = request.actor
    formats, currency = formats_of(actor), invoice.currency

    def settling() -> QuerySet:
        mine = LedgerEntry.objects.visible_to(actor).filter(partner_id=ANY_ID, settles=ANY_TEXT).order_by("date", "pk")
        return mine.values_list("pk", "date", "number", "description", "credit", "debit")[:100]

    asked = statement(actor, "payments of an invoice", settling).about(invoice.external_id, ANY_TEXT)
    told = asked.about(invoice.account_partner_id or invoice.partner_id).tuples()
    rows = [
        {
            "url": f"/{actor.portal.slug}/ledger/{pk}/",
            "cells": [formats.date(date), number or "—", description],
            "amount": formats.amount(credit - debit, currency),
        }
        for pk, date, number, description, credit, debit in told
    ]
    if not rows:
        return Markup("")
    template = get_template("sales_invoices/payments.html", using="pages")
    return Markup(template.render({"rows": rows, "open": formats.money(invoice.open_amount, currency)}))  # noqa: S704


def printed(actor: Actor, invoice: SalesInvoice, data: dict) -> dict:
    """The common form, with the invoice's own name, whom it is charged to, when it is due and how it is verified."""
    formats = formats_of(actor)
    own = {_("Kind"), _("Fiscal id"), _("Charged to"), _("Remarks")}
    data["title"] = str(invoice.get_kind_display())
    data["facts"] = [fact for fact in data["facts"] if fact[0] not in own]
    if invoice.account_partner_id and invoice.account_partner_id != invoice.partner_id:
        data["parties"].append(party_of(invoice.account_partner, _("Charged to")))
    data["highlight"] = _highlight(invoice, formats)
    if invoice.remarks:
        data["notes"] = [[_("Remarks"), invoice.remarks]]
    if invoice.fiscal_id:
        data["notes"] = [*data.get("notes", []), [_("Fiscal id"), invoice.fiscal_id]]
        data["qr"] = _verification(actor, invoice)
        data["qr_label"] = _("Number, date, amounts and fiscal id of this document, to compare")
    return data


def _highlight(invoice: SalesInvoice, formats: Formats) -> list[str]:
    """What is to be paid and until when; of what is not owed, only the amount."""
    total = formats.money(invoice.total, invoice.currency)
    if invoice.state in (State.PAID, State.CANCELLED):
        return [total, str(invoice.get_state_display())]
    if invoice.kind == Kind.CREDIT_NOTE:
        return [total, _("In your favour")]
    rest = formats.money(invoice.open_amount, invoice.currency)
    if not invoice.due_date:
        return [rest, _("To be paid")]
    return [rest, _("Due on %(date)s") % {"date": formats.date(invoice.due_date)}]


def _verification(actor: Actor, invoice: SalesInvoice) -> str:
    """What stands on the invoice, a line each, to hold against the tax office's answer for its fiscal id."""
    facts = [
        invoice.number,
        invoice.issue_date.isoformat(),
        actor.portal.tax_id,
        invoice.partner.tax_id,
        f"{invoice.currency} {rounded(invoice.tax_total, invoice.currency):f}",
        f"{invoice.currency} {rounded(invoice.total, invoice.currency):f}",
        invoice.fiscal_id,
    ]
    return "\n".join(fact for fact in facts if fact)
