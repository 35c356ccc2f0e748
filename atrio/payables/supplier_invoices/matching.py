"""An invoice beside its order and its receipts, line by line: what differs, and whether that is tolerated."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from atrio.core.formats import Formats
from atrio.core.money import HUNDRED, ZERO, percent_apart


class Why(StrEnum):
    NOT_ORDERED = "not_ordered"
    OVER_ORDER = "over_order"
    OVER_RECEIVED = "over_received"
    PRICE = "price"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class Billed:
    """What one line of the invoice asks for; the price is after its discount."""

    order_line: int | None
    quantity: Decimal
    price: Decimal
    tax_rate: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Ordered:
    """What the order says of one line, and what other invoices have taken of it."""

    quantity: Decimal
    price: Decimal
    tax_rate: Decimal = ZERO
    invoiced_before: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return max(self.quantity - self.invoiced_before, ZERO)


@dataclass(frozen=True, slots=True)
class Difference:
    why: Why
    tolerated: bool
    is_value: Decimal = ZERO
    should_be: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class LineMatch:
    billed: Billed
    ordered: Ordered | None
    received: Decimal | None
    before: Decimal
    differences: tuple[Difference, ...]

    @property
    def ok(self) -> bool:
        return all(d.tolerated for d in self.differences)


def match(
    billed: Iterable[Billed],
    ordered: Mapping[int, Ordered],
    received: Mapping[int, Decimal] | None,
    tolerance: Decimal = ZERO,
) -> list[LineMatch]:
    """Compare each line with its order and receipts; without `received` what arrived does not matter."""
    taken: dict[int, Decimal] = defaultdict(Decimal)
    found = []
    for line in billed:
        key = line.order_line
        of_order = ordered.get(key) if key is not None else None
        if key is None or of_order is None:
            found.append(LineMatch(line, None, None, ZERO, (Difference(Why.NOT_ORDERED, False),)))
            continue
        before = of_order.invoiced_before + taken[key]
        arrived = received.get(key, ZERO) if received is not None else None
        taken[key] += line.quantity
        differences = tuple(_differences(line, of_order, before, arrived, tolerance))
        found.append(LineMatch(line, of_order, arrived, before, differences))
    return found


def _differences(line: Billed, ordered: Ordered, before: Decimal, received: Decimal | None, tolerance: Decimal):
    in_all = before + line.quantity
    if in_all > ordered.quantity:
        yield _apart(
            Why.OVER_ORDER, in_all, ordered.quantity, tolerance, line.quantity, max(ordered.quantity - before, ZERO)
        )
    if received is not None and in_all > received:
        yield _apart(Why.OVER_RECEIVED, in_all, received, tolerance, line.quantity, max(received - before, ZERO))
    if line.price != ordered.price:
        yield _apart(Why.PRICE, line.price, ordered.price, tolerance, line.price, ordered.price)
    if line.tax_rate != ordered.tax_rate:
        gross, expected = HUNDRED + line.tax_rate, HUNDRED + ordered.tax_rate
        yield _apart(Why.TAX, gross, expected, tolerance, line.tax_rate, ordered.tax_rate)


def _apart(
    why: Why, value: Decimal, reference: Decimal, tolerance: Decimal, said: Decimal, should: Decimal
) -> Difference:
    return Difference(why, abs(percent_apart(value, reference)) <= tolerance, said, should)


def in_words(difference: Difference, formats: Formats) -> str:
    """The difference as a sentence that a person without training understands."""
    sentences = {
        Why.NOT_ORDERED: _("This line is not in the order."),
        Why.OVER_ORDER: _("%(value)s invoiced, only %(should)s left of the order."),
        Why.OVER_RECEIVED: _("%(value)s invoiced, only %(should)s received and still to invoice."),
        Why.PRICE: _("Price %(value)s, the order says %(should)s."),
        Why.TAX: _("Tax %(value)s %%, the order says %(should)s %%."),
    }
    said = sentences[difference.why]
    if difference.why is Why.NOT_ORDERED:
        return said
    text = said % {"value": formats.number(difference.is_value), "should": formats.number(difference.should_be)}
    return _("%(difference)s Within tolerance.") % {"difference": text} if difference.tolerated else text
