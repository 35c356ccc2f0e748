"""Taxes, allowances and charges, and the totals of a UBL document (BG-20 to BG-23)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal

from lxml import etree

from ..model import Adjustment, Format, Tax, Totals
from ..values import decimal
from ..xml import Parts, attribute, first, first_text, parts, text
from .ubl_names import NAMES

_EXACT = Context(prec=100)
_HUNDRED = Decimal(100)
_NAMED_BY_NAME = (Format.DIAN, Format.SUNAT)  # their TaxScheme/ID is a number of their own tables


def amount(found: Parts, name: str) -> Decimal | None:
    return decimal(first_text(found, name))


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum of those that are there; None where none is."""
    found: Decimal | None = None
    for one in amounts:
        if one is not None:
            found = one if found is None else _EXACT.add(found, one)
    return found


def counted(elements: Sequence[etree._Element], currency: str | None) -> Iterator[Parts]:
    """The cac:TaxTotal of the document's currency: not those of BT-111, nor a second one without parts.

    Where none is in the document's currency, all count: then that currency is wrong, not the taxes."""
    accepted = (None, currency)
    any_of_them = currency is None or all(_currency(parts(element, NAMES)) not in accepted for element in elements)
    is_first = True
    for element in elements:
        found = parts(element, NAMES)
        if not any_of_them and _currency(found) not in accepted:
            continue
        if is_first or "TaxSubtotal" in found:
            yield found
        is_first = False


def _currency(tax_total: Parts) -> str | None:
    return attribute(first(tax_total, "TaxAmount"), "currencyID")


def in_currency(elements: Sequence[etree._Element], currency: str | None) -> Decimal | None:
    """BT-111: the TaxAmount that is written in the accounting currency."""
    if currency is None:
        return None
    written = (parts(element, NAMES) for element in elements)
    return total(amount(found, "TaxAmount") for found in written if _currency(found) == currency)


def taxes(totals: Iterable[Parts], style: Format) -> tuple[Tax, ...]:
    """Each cac:TaxSubtotal (BG-23)."""
    return tuple(_tax(sub, style) for found in totals for sub in found.get("TaxSubtotal", ()))


def _tax(subtotal: etree._Element, style: Format) -> Tax:
    found = parts(subtotal, NAMES)
    category = parts(first(found, "TaxCategory"), NAMES)
    tax_amount = first(found, "TaxAmount")
    rate = amount(category, "Percent")
    return Tax(
        scheme=scheme(category, style),
        amount=decimal(text(tax_amount)),
        category=first_text(category, "ID"),
        rate=rate if rate is not None else amount(found, "Percent"),  # UBL 2.0 has it in the subtotal
        base=amount(found, "TaxableAmount"),
        currency=attribute(tax_amount, "currencyID"),
        reason=first_text(category, "TaxExemptionReason"),
        reason_code=first_text(category, "TaxExemptionReasonCode"),
    )


def scheme(category: Parts, style: Format) -> str | None:
    found = parts(first(category, "TaxScheme"), NAMES)
    code, name = first_text(found, "ID"), first_text(found, "Name")
    return (name or code) if style in _NAMED_BY_NAME else (code or name)


def classified(item: Parts, alone: Decimal | None, style: Format) -> tuple[Tax, ...]:
    """cac:ClassifiedTaxCategory of an item (BG-30); its amount only where the line says one and has one category."""
    elements = item.get("ClassifiedTaxCategory", ())
    sole = alone if len(elements) == 1 else None
    return tuple(_classified(parts(element, NAMES), sole, style) for element in elements)


def _classified(category: Parts, tax_amount: Decimal | None, style: Format) -> Tax:
    return Tax(
        scheme=scheme(category, style),
        amount=tax_amount,
        category=first_text(category, "ID"),
        rate=amount(category, "Percent"),
        reason=first_text(category, "TaxExemptionReason"),
        reason_code=first_text(category, "TaxExemptionReasonCode"),
    )


def adjustments(elements: Iterable[etree._Element], style: Format) -> tuple[Adjustment, ...]:
    """cac:AllowanceCharge."""
    return tuple(adjustment(parts(element, NAMES), style) for element in elements)


def adjustment(found: Parts, style: Format) -> Adjustment:
    category = parts(first(found, "TaxCategory"), NAMES)
    percent = amount(found, "MultiplierFactorNumeric")
    if percent is not None and style is Format.SUNAT:  # a factor there: 0.05 is 5 %
        percent = _EXACT.multiply(percent, _HUNDRED)
    return Adjustment(
        is_charge=(first_text(found, "ChargeIndicator") or "").lower() in ("true", "1"),
        amount=amount(found, "Amount"),
        base=amount(found, "BaseAmount"),
        percent=percent,
        reason=first_text(found, "AllowanceChargeReason"),
        reason_code=first_text(found, "AllowanceChargeReasonCode"),
        tax_category=first_text(category, "ID"),
        tax_rate=amount(category, "Percent"),
        tax_scheme=scheme(category, style),
    )


def totals(monetary: Parts, tax: Decimal | None, tax_accounting: Decimal | None, withheld: Decimal | None) -> Totals:
    """BG-22 of cac:LegalMonetaryTotal and its like."""
    return Totals(
        lines=amount(monetary, "LineExtensionAmount"),
        allowances=amount(monetary, "AllowanceTotalAmount"),
        charges=amount(monetary, "ChargeTotalAmount"),
        net=amount(monetary, "TaxExclusiveAmount"),
        tax=tax,
        tax_accounting=tax_accounting,
        gross=amount(monetary, "TaxInclusiveAmount"),
        prepaid=amount(monetary, "PrepaidAmount"),
        rounding=amount(monetary, "PayableRoundingAmount"),
        payable=amount(monetary, "PayableAmount"),
        withheld=withheld,
    )
