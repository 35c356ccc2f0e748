"""Amounts as they are written and compared: plain notation, no exponent, never a float."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

ZERO = Decimal(0)
_HALF = Decimal("0.5")

# ISO 4217: currencies whose minor unit is not a hundredth; practice in Colombia or Hungary is not the standard.
_DIGITS = dict.fromkeys(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ],
    0,
) | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)


def plain(amount: Decimal) -> str:
    """The amount in plain notation, without trailing zeros."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def digits_of(currency: str | None) -> int:
    return _DIGITS.get(currency or "", 2)


def decimals(amount: Decimal) -> int:
    """How many decimals are written, zeros included."""
    exponent = amount.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def rounded(amount: Decimal, digits: int = 2) -> Decimal:
    """Half up towards the larger number, as XPath and so the rules of EN 16931 round."""
    return ((amount.scaleb(digits) + _HALF).to_integral_value(ROUND_FLOOR)).scaleb(-digits)


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), ZERO)
