"""What a supplier or a buyer types when answering an order."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from atrio.core.formats import formats_of
from atrio.core.formviews import LinesSet, PersonsDate, PersonsDecimal, PersonsForm

from .models import PurchaseOrderLine

MOST_LINES = 10_000


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


def not_before(order, day) -> None:
    if day and day < order.issue_date:
        raise ValidationError(gettext("This is before the order was written."))


def positive(value: Decimal) -> None:
    if value <= 0:
        raise ValidationError(gettext("Write a number greater than zero."))


class OfOrderLine(PersonsForm):
    """A line that is typed about one line of the document's purchase order, and of no other order."""

    order_line = forms.IntegerField(widget=forms.HiddenInput)

    @cached_property
    def ordered(self) -> PurchaseOrderLine | None:
        typed = str(self["order_line"].value() or "")
        order = self.document.purchase_order
        prefetch_related_objects([order], "lines")  # once for all lines of the form
        return next((line for line in order.lines.all() if str(line.pk) == typed), None)

    def clean_order_line(self) -> PurchaseOrderLine:
        if self.ordered is None:
            raise ValidationError(gettext("This line is not of this order."))
        return self.ordered

    def cells(self, *more: tuple[str, Decimal]) -> list[tuple[str, str, str]]:
        """What the order says of the line, shown before what is typed."""
        line, number = self.ordered, formats_of(self.actor).number
        if line is None:
            return []
        product = " · ".join(filter(None, (line.product_code, line.description)))
        ordered = f"{number(line.quantity)} {line.unit}".strip()
        said = [(gettext("Product"), product, "start"), (gettext("Ordered"), ordered, "end")]
        return said + [(label, number(value), "end") for label, value in more]


class ConfirmForm(PersonsForm):
    promised_date = PersonsDate(
        label=_("Promised delivery"), required=False, help_text=_("Only if it is not the day that was asked for.")
    )

    def clean_promised_date(self):
        not_before(self.document, self.cleaned_data["promised_date"])
        return self.cleaned_data["promised_date"]


class ProposedLine(PersonsForm):
    """One ordered line; what is left empty stays as it was ordered."""

    quantity = PersonsDecimal(
        label=_("New quantity"), required=False, max_digits=18, decimal_places=6, validators=[positive]
    )
    unit_price = PersonsDecimal(
        label=_("New price"), required=False, max_digits=18, decimal_places=6, validators=[positive]
    )
    delivery_date = PersonsDate(label=_("New date"), required=False)

    def __init__(self, *args, line=None, **options):
        super().__init__(*args, **options)
        self.line = line

    def clean_delivery_date(self):
        not_before(self.document, self.cleaned_data["delivery_date"])
        return self.cleaned_data["delivery_date"]

    @property
    def fixed(self) -> list[tuple[str, str, str]]:
        formats, line = formats_of(self.actor), self.line
        product = " · ".join(filter(None, (line.product_code, line.description)))
        return [
            (gettext("Product"), product, "start"),
            (gettext("Ordered"), f"{formats.number(line.quantity)} {line.unit}".strip(), "end"),
            (gettext("Unit price"), formats.number(line.unit_price), "end"),
            (gettext("Delivery"), formats.date(line.delivery_date or self.document.delivery_date), "start"),
        ]


class ProposedLines(LinesSet):
    """A row for each line of the order, whatever number of rows is sent."""

    @cached_property
    def order_lines(self) -> list:
        return list(self.source.lines.all())

    def total_form_count(self) -> int:
        return len(self.order_lines)

    def get_form_kwargs(self, index):
        return super().get_form_kwargs(index) | {"line": self.order_lines[index] if index is not None else None}

    @property
    def counted(self) -> list[forms.Form]:
        return self.forms

    @property
    def typed(self) -> list[dict]:
        return [{"position": form.line.position} | form.cleaned_data for form in self.forms]


class ProposalForm(PersonsForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Change only what you cannot deliver as ordered; leave the rest empty."),
    )

    def __init__(self, data=None, *args, **options):
        super().__init__(data, *args, **options)
        factory: Any = forms.formset_factory(ProposedLine, formset=ProposedLines, extra=0, absolute_max=MOST_LINES)
        factory.actor, factory.source = self.actor, self.document
        self.lines = factory(data, prefix="lines")

    def is_valid(self) -> bool:
        # Both sides are asked, so that all errors show at once.
        valid = [super().is_valid(), self.lines.is_valid()]
        if all(valid):
            self.cleaned_data["lines"] = self.lines.typed
        return all(valid)
