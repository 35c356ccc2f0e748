"""Amounts: Decimal only, rounded to the currency's digits, computed in this one place."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision

ZERO = Decimal(0)
HUNDRED = Decimal(100)


@lru_cache(maxsize=256)
def unit_of(currency: str) -> Decimal:
    """The smallest amount of a currency (ISO 4217 digits as published by CLDR): 0.01, or 1 for CLP."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole units of its currency, half up, as invoices are rounded."""
    if not isinstance(amount, Decimal):
        raise TypeError(f"an amount is a Decimal, not {type(amount).__name__}")
    return amount.quantize(unit_of(currency), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Amounts:
    net: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def line_amounts(
    quantity: Decimal, unit_price: Decimal, currency: str, *, discount_percent: Decimal = ZERO, tax_rate: Decimal = ZERO
) -> Amounts:
    """Net and tax of one line: the net is rounded first, and the tax is taken from the rounded net."""
    net = rounded(quantity * unit_price * (HUNDRED - discount_percent) / HUNDRED, currency)
    return Amounts(net, rounded(net * tax_rate / HUNDRED, currency))


def sum_of(amounts: Iterable[Amounts]) -> Amounts:
    found = list(amounts)
    return Amounts(sum((a.net for a in found), ZERO), sum((a.tax for a in found), ZERO))


def percent_apart(value: Decimal, reference: Decimal) -> Decimal:
    """How far a value lies above its reference, in percent; a rise from nothing counts as 100."""
    if reference == value:
        return ZERO
    if not reference:
        return HUNDRED
    return (value - reference) / abs(reference) * HUNDRED
