"""What a supplier types into an invoice, and what staff say when they decide on one."""

import datetime as dt
from functools import cached_property

from django import forms
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core.formats import formats_of
from atrio.core.formviews import FilesField, PersonsDate, PersonsDecimal, PersonsForm
from atrio.purchasing.purchase_orders.models import PurchaseOrder, PurchaseOrderLine

from .models import Reason, SupplierInvoice
from .rules import rules_of


def order_of(source: PurchaseOrder | SupplierInvoice) -> PurchaseOrder:
    if isinstance(source, PurchaseOrder):
        return source
    if source.purchase_order is None:
        raise Http404  # an invoice without an order is the ERP's, and nobody edits it here
    return source.purchase_order


def ordered_lines(source: PurchaseOrder | SupplierInvoice) -> dict[int, PurchaseOrderLine]:
    """The lines of the order that an invoice bills, read once per page."""
    order = order_of(source)
    prefetch_related_objects([order], "lines")
    return {line.pk: line for line in order.lines.all()}


class InvoiceForm(PersonsForm):
    number = forms.CharField(label=_("Invoice number"), max_length=60)
    issue_date = PersonsDate(label=_("Date"))
    due_date = PersonsDate(label=_("Due"), required=False, help_text=_("Left empty: by your payment terms."))
    fiscal_id = forms.CharField(
        label=_("Fiscal id"),
        max_length=120,
        required=False,
        help_text=_("CUFE, UUID or chave of the electronic invoice."),
    )
    remarks = forms.CharField(label=_("Remarks"), max_length=5000, required=False, widget=forms.Textarea({"rows": 2}))
    attachments = FilesField(
        label=_("Attachments"), required=False, help_text=_("PDF, XLSX, XML or images, several at once.")
    )

    def clean_issue_date(self) -> dt.date:
        date = self.cleaned_data["issue_date"]
        if date > formats_of(self.actor).today():
            raise forms.ValidationError(gettext("The date of an invoice cannot lie in the future."))
        return date

    def clean(self):
        data = super().clean() or {}
        issued, due = data.get("issue_date"), data.get("due_date")
        if issued and due and due < issued:
            self.add_error("due_date", gettext("It cannot be due before its date."))
        return data


class InvoiceLineForm(PersonsForm):
    """One line of the order: how much of it this invoice bills, and at what price."""

    order_line = forms.IntegerField(widget=forms.HiddenInput)
    quantity = PersonsDecimal(label=_("Quantity"), min_value=0, max_digits=20, decimal_places=6, required=False)
    unit_price = PersonsDecimal(label=_("Unit price"), min_value=0, max_digits=20, decimal_places=6, required=False)
    tax_rate = PersonsDecimal(
        label=_("Tax %"), min_value=0, max_value=100, max_digits=7, decimal_places=4, required=False
    )

    @cached_property
    def ordered(self) -> PurchaseOrderLine | None:
        typed = str(self["order_line"].value())
        known = typed.isascii() and typed.isdigit() and len(typed) < 19
        return ordered_lines(self.document).get(int(typed)) if known else None

    @property
    def fixed(self) -> list[tuple[str, str, str]]:
        """What the order says of the line, shown before what is typed."""
        line, number = self.ordered, formats_of(self.actor).number
        labels = (gettext("Ordered"), gettext("Received"), gettext("Invoiced"), gettext("Left"))
        values = (line.quantity, line.received_quantity, line.invoiced_quantity, line.to_invoice) if line else ()
        product = " · ".join(filter(None, [line.product_code, line.description])) if line else ""
        unit = line.unit if line else ""
        texts = [f"{number(v)} {unit}".strip() for v in values] or ["—"] * len(labels)
        return [
            (gettext("Product"), product, "start"),
            *((label, text, "end") for label, text in zip(labels, texts, strict=True)),
        ]

    def clean(self):
        data = super().clean() or {}
        line, quantity, price = self.ordered, data.get("quantity"), data.get("unit_price")
        if line is None:
            data.pop("quantity", None)
            raise forms.ValidationError(gettext("This line is not in the order."))
        data["ordered"] = line
        if not quantity:
            return data
        if quantity > line.to_invoice:
            self.add_error("quantity", left_in_words(line.to_invoice, line.unit, self.actor))
        for name in ("unit_price", "tax_rate"):
            if data.get(name) is None and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        if price is not None and rules_of(self.actor.portal).above_cap(price, line.unit_price):
            self.add_error("unit_price", cap_in_words(line.unit_price, self.actor))
        return data


def left_in_words(left, unit: str, actor) -> str:
    quantity = f"{formats_of(actor).number(left)} {unit}".strip()
    return gettext("Only %(quantity)s left to invoice.") % {"quantity": quantity}


def cap_in_words(ordered_price, actor) -> str:
    formats = formats_of(actor)
    facts = {"price": formats.number(ordered_price), "cap": formats.number(rules_of(actor.portal).price_cap)}
    return gettext("The order says %(price)s; more than %(cap)s %% above it is refused.") % facts


class DecisionForm(forms.Form):
    """Why an invoice is not accepted as it is: a code that can be counted, and words for the supplier."""

    code = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *Reason.choices])
    reason = forms.CharField(label=_("Explain to the supplier"), max_length=2000, widget=forms.Textarea({"rows": 3}))


class ScheduleForm(forms.Form):
    scheduled_date = PersonsDate(label=_("Payment planned for"))
