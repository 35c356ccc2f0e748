"""What a supplier types about a delivery that is on its way."""

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core.formats import formats_of
from atrio.core.formviews import FilesField, PersonsDate, PersonsDecimal, PersonsForm
from atrio.purchasing.purchase_orders.forms import OfOrderLine, ReasonForm

from .models import State


class AdviceForm(PersonsForm):
    number = forms.CharField(label=_("Delivery note"), max_length=60)
    issue_date = PersonsDate(label=_("Dispatched on"))
    expected_date = PersonsDate(label=_("Expected delivery"), required=False)
    carrier = forms.CharField(label=_("Carrier"), max_length=120, required=False)
    tracking_reference = forms.CharField(label=_("Tracking number"), max_length=80, required=False)
    tracking_url = forms.URLField(
        label=_("Tracking page"),
        max_length=500,
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
    )
    packages = forms.IntegerField(label=_("Packages"), min_value=1, max_value=1_000_000, required=False)
    remarks = forms.CharField(label=_("Remarks"), max_length=5000, required=False, widget=forms.Textarea({"rows": 2}))
    attachments = FilesField(
        label=_("Attachments"), required=False, help_text=_("PDF, XLSX, XML or images, several at once.")
    )

    def clean(self):
        data = super().clean() or {}
        dispatched, expected = data.get("issue_date"), data.get("expected_date")
        if dispatched and expected and expected < dispatched:
            self.add_error("expected_date", gettext("It cannot arrive before it is dispatched."))
        return data


class AdviceLineForm(OfOrderLine):
    """How much of one ordered line is on its way, and of which lot."""

    quantity = PersonsDecimal(label=_("Quantity"), min_value=0, max_digits=18, decimal_places=6, required=False)
    lot = forms.CharField(label=_("Lot"), max_length=60, required=False)
    expiry_date = PersonsDate(label=_("Expires"), required=False)

    @property
    def fixed(self) -> list[tuple[str, str, str]]:
        line = self.ordered
        if line is None:
            return []
        return self.cells(
            (gettext("Received"), line.received_quantity), (gettext("Left to deliver"), self.document.left[line.pk])
        )

    def clean(self):
        data = super().clean() or {}
        line, quantity = data.get("order_line"), data.get("quantity")
        if line and quantity and quantity > self.document.left[line.pk]:
            self.add_error("quantity", left_in_words(self.actor, line, self.document.left[line.pk]))
        return data


def left_in_words(actor, line, left) -> str:
    quantity = f"{formats_of(actor).number(left)} {line.unit}".strip()
    return gettext("Only %(quantity)s left to deliver.") % {"quantity": quantity}


class CancelForm(ReasonForm, PersonsForm):
    """A draft is thrown away without a word; what was sent is taken back with a reason."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["reason"].required = self.document.state != State.DRAFT
