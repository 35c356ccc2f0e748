"""What is typed when goods arrive."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core.formviews import PersonsDate, PersonsDecimal, PersonsForm
from atrio.purchasing.purchase_orders.forms import OfOrderLine


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


class ReceiptLineForm(OfOrderLine):
    """What arrived of one ordered line."""

    quantity = PersonsDecimal(
        label=_("Received"), required=False, max_digits=18, decimal_places=6, validators=[not_negative]
    )

    @property
    def fixed(self) -> list[tuple[str, str, str]]:
        return self.cells((gettext("To receive"), self.ordered.to_receive)) if self.ordered else []
