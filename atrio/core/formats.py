"""Numbers, amounts and dates as one person reads and writes them."""

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_precision, get_decimal_symbol, get_group_symbol
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

DATE_STYLES = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "iso": "%Y-%m-%d"}


def known_locale(name: str) -> str:
    """The locale as Babel spells it, or the nearest one it knows."""
    for candidate in (name, name.split("_")[0]):
        try:
            return str(Locale.parse(candidate))
        except (UnknownLocaleError, ValueError):
            continue
    return "es"


class Formats:
    """Functions bound to a locale and time zone, made once and kept: lists call them for every cell."""

    def __init__(self, locale: str, time_zone: str, date_style: str = ""):
        self.locale = known_locale(locale)
        self.zone = ZoneInfo(time_zone)
        style = date_style or ("mdy" if self.locale in ("en", "en_US") else "dmy")
        self.date_pattern = DATE_STYLES.get(style, DATE_STYLES["dmy"])
        self.decimal_symbol = get_decimal_symbol(self.locale)
        self.group_symbol = get_group_symbol(self.locale)
        # Two swaps in one pass: f"{x:,.2f}" writes 1,234.50 whatever the locale.
        self._marks = str.maketrans({",": self.group_symbol, ".": self.decimal_symbol})

    def number(self, value: Decimal | int | None, digits: int | None = None) -> str:
        if value is None:
            return ""
        if digits is not None:
            return f"{value:,.{digits}f}".translate(self._marks)
        text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return text.translate(self._marks)

    def amount(self, value: Decimal | None, currency: str) -> str:
        """The amount with its currency's digits, without naming the currency."""
        return "" if value is None else self.number(value, _digits(currency))

    def money(self, value: Decimal | None, currency: str) -> str:
        return "" if value is None else f"{currency}\u00a0{self.amount(value, currency)}"

    def percent(self, value: Decimal | None) -> str:
        return "" if value is None else f"{self.number(value)}\u00a0%"

    def date(self, value: dt.date | None) -> str:
        return "" if value is None else value.strftime(self.date_pattern)

    def datetime(self, value: dt.datetime | None) -> str:
        return "" if value is None else value.astimezone(self.zone).strftime(f"{self.date_pattern} %H:%M")

    def today(self) -> dt.date:
        return dt.datetime.now(self.zone).date()

    def parse_decimal(self, text: str) -> Decimal:
        """A number typed in this person's format; refused when it can be read in two ways."""
        typed = text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
        group, point = re.escape(self.group_symbol.replace("\u00a0", "")), re.escape(self.decimal_symbol)
        grouped = rf"[+-]?\d{{1,3}}(?:{group}\d{{3}})+(?:{point}\d+)?" if group else r"(?!)"
        if not re.fullmatch(rf"{grouped}|[+-]?\d+(?:{point}\d+)?", typed, re.ASCII):
            example = self.number(Decimal("1234.5"), 2)
            raise ValidationError(_("Write the number like %(example)s."), code="number", params={"example": example})
        plain = typed.replace(self.group_symbol, "").replace(self.decimal_symbol, ".")
        try:
            return Decimal(plain)
        except InvalidOperation as problem:  # beyond Decimal's own limits
            raise ValidationError(_("This number is too long."), code="number") from problem


@lru_cache(maxsize=256)
def _digits(currency: str) -> int:
    return get_currency_precision(currency or "XXX")


@lru_cache(maxsize=512)
def formats_for(locale: str, time_zone: str, date_style: str = "") -> Formats:
    return Formats(locale, time_zone, date_style)


def formats_of(actor) -> Formats:
    return formats_for(actor.locale, actor.time_zone, actor.date_style)
