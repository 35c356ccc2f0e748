"""What is typed when goods arrive."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core.formats import formats_of
from atrio.core.formviews import PersonsDate, PersonsDecimal, PersonsForm
from atrio.purchasing.purchase_orders.models import PurchaseOrder

from .models import Receipt


def order_of(document: PurchaseOrder | Receipt) -> PurchaseOrder:
    """The order that a form is about, with its lines read once."""
    order = document.purchase_order if isinstance(document, Receipt) else document
    prefetch_related_objects([order], "lines")
    return order


def not_negative(value: Decimal) -> None:
    if value < 0:
        raise ValidationError(gettext("Write a number that is not below zero."))


class ReceiptForm(PersonsForm):
    issue_date = PersonsDate(label=_("Received on"))
    delivery_note = forms.CharField(label=_("Delivery note"), max_length=60, required=False)
    received_by = forms.CharField(label=_("Received by"), max_length=120, required=False)
    remarks = forms.CharField(
        label=_("Remarks"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReceiptLineForm(PersonsForm):
    """What arrived of one ordered line."""

    order_line = forms.IntegerField(widget=forms.HiddenInput)
    quantity = PersonsDecimal(
        label=_("Received"), required=False, max_digits=18, decimal_places=6, validators=[not_negative]
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.lines = {line.pk: line for line in order_of(self.document).lines.all()}

    def clean_order_line(self):
        line = self.lines.get(self.cleaned_data["order_line"])
        if line is None:
            raise ValidationError(gettext("This line is not of this order."))
        return line

    @property
    def fixed(self) -> list[tuple[str, str, str]]:
        line, formats = self.lines.get(self._asked), formats_of(self.actor)
        if line is None:
            return []
        product = " · ".join(filter(None, (line.product_code, line.description)))
        return [
            (gettext("Product"), product, "start"),
            (gettext("Ordered"), f"{formats.number(line.quantity)} {line.unit}".strip(), "end"),
            (gettext("To receive"), formats.number(line.to_receive), "end"),
        ]

    @property
    def _asked(self) -> int:
        value = str(self["order_line"].value() or "")
        return int(value) if value.isascii() and value.isdigit() else 0
