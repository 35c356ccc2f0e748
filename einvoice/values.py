"""Values as documents write them, bounded: what is no amount, no day and no moment is None."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal

from .model import TaxId

# xs:decimal: no exponent, no NaN, no separators of thousands; longer than any amount or quantity of commerce is none
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].{0,40}|Z|[+-][0-9]{2}:?[0-9]{2})?")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,12})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4}(?:[0-9]{2})?)?.{0,5}")
_SEPARATORS = re.compile(r"[\s./\-]+")
_VAT = re.compile(r"([A-Z]{2})[0-9A-Z]{2,}")
_VAT_COUNTRIES = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CH",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GB",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
_VAT_PREFIXES = {"EL": "GR", "GR": "GR", "XI": "GB"}  # Greece and Northern Ireland have a prefix of their own


def decimal(text: str | None) -> Decimal | None:
    """xs:decimal, with blanks around it."""
    if text is None:
        return None
    text = text.strip()
    if _DECIMAL.fullmatch(text) is None:
        return None
    value = Decimal(text)
    return value if value else abs(value)


def day(text: str | None) -> dt.date | None:
    """The day of an xs:date or xs:dateTime, as it is written there: no time zone moves it."""
    found = _DAY.fullmatch(text.strip()) if text else None
    return _date(found[1], found[2], found[3]) if found else None


def compact_day(text: str | None) -> dt.date | None:
    """The day of CCYYMMDD, with or without a time behind it."""
    found = _COMPACT.fullmatch(text.strip()) if text else None
    return _date(found[1], found[2], found[3]) if found else None


def time_of(text: str | None) -> str | None:
    """What an xs:dateTime says behind its day, as written."""
    if not text:
        return None
    text = text.strip()
    return text[11:51] or None if _MOMENT.fullmatch(text) else None


def moment(text: str | None) -> dt.datetime | None:
    """xs:dateTime; fractions of seconds are cut."""
    found = _MOMENT.fullmatch(text.strip()) if text else None
    if found is None:
        return None
    numbers = [int(found[place] or 0) for place in range(1, 7)]
    try:
        return dt.datetime(*numbers, tzinfo=_zone(found[7]))  # type: ignore[arg-type]
    except ValueError:
        return None


def _zone(text: str | None) -> dt.timezone | None:
    if text is None:
        return None
    if text == "Z":
        return dt.UTC
    offset = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return dt.timezone(-offset if text[0] == "-" else offset)  # 24 hours and more: ValueError, as of a wrong hour


def _date(year: str, month: str, number: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(number))
    except ValueError:
        return None


def tax_id(
    written: str | None, country: str | None = None, system: str | None = None, check_digit: str | None = None
) -> TaxId | None:
    """An identifier as written, and without what people put between its characters."""
    if not written:
        return None
    return TaxId(written, _SEPARATORS.sub("", written).upper(), country, system, check_digit)


def vat_id(written: str | None, system: str = "VAT") -> TaxId | None:
    """A VAT identifier (BT-31, BT-48): its country is its prefix."""
    identifier = tax_id(written, None, system)
    if identifier is None:
        return None
    found = _VAT.match(identifier.normalised)
    if found is None:
        return identifier
    prefix = found[1]
    country = prefix if prefix in _VAT_COUNTRIES else _VAT_PREFIXES.get(prefix)
    return replace(identifier, country=country) if country else identifier


def binary(text: str | None) -> bytes | None:
    """xs:base64Binary."""
    if not text:
        return None
    try:  # blanks go in one stroke: to split the text at each makes millions of pieces
        return base64.b64decode(text.encode("ascii").translate(None, b" \t\r\n"), validate=True)
    except (binascii.Error, ValueError):
        return None
