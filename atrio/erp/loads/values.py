"""From what a file says to typed values; what is not certain is refused with a coded reason, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache, partial
from typing import Any
from xml.parsers import expat

from .schema import Field

MAX_WHOLE_DIGITS = 15
MAX_TEXT = 100_000
MAX_KEY = 200
MAX_XML = 10_000_000
TRUE = frozenset(["true", "t", "1", "yes", "y", "si", "sí", "s", "sim", "verdadero", "verdadeiro", "v", "x", "on"])
FALSE = frozenset(["false", "f", "0", "no", "n", "não", "nao", "falso", "off"])
ISO_DATE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?))?"
)
SCIENTIFIC = re.compile(r"\d([.,]\d+)?E\+\d{1,3}", re.IGNORECASE)
WIDE = Context(prec=80)
CONTROLS = dict.fromkeys([*range(1, 9), 11, 12, *range(14, 32), 127], " ")


def _(msgid: str) -> str:
    """Mark a sentence for translation without importing the translator."""
    return msgid


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was refused: a stable code, and a sentence to translate with its parameters."""

    code: str
    msgid: str
    params: dict = field(default_factory=dict)

    def sentence(self, gettext: Callable[[str], str] = str) -> str:
        """The sentence in the language of `gettext`."""
        return gettext(self.msgid) % self.params


class Refused(ValueError):
    """A value, a file or a mapping that cannot be used, with its reason."""

    def __init__(self, code: str, msgid: str, **params):
        self.reason = Reason(code, msgid, params)
        super().__init__(self.reason.sentence())


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """Which mark begins the decimals and which one, if any, parts the thousands."""

    decimal: str = "."
    thousands: str = ""


PLAIN = NumberFormat()


def short(value) -> str:
    """The value as a person may be shown it."""
    text = str(value).replace("\0", "\ufffd")
    return text if len(text) <= 80 else text[:79] + "…"


def clean(value, trim: bool = True):
    """A raw cell without spaces around it or control characters, in the usual Unicode form; empty is None."""
    if not isinstance(value, str):
        return value
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if not value.isprintable():
        if "\0" in value:
            raise Refused("nul", _("The value holds a NUL character."))
        value = value.translate(CONTROLS)
    if not trim:
        return value or None
    return value.strip() or None


def to_text(value) -> str:
    """A clean value as text; a number that the file itself has rounded is refused."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{bounded(value):f}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        raise Refused("inexact", _("The file keeps only an approximation of this number (%(value)s)."), value=value)
    raise Refused("not_a_value", _("There should be one value here, not a list or a group."))


def bounded(number: Decimal) -> Decimal:
    """The number itself, if it is finite and of a size that a column can hold."""
    if not number.is_finite():
        raise Refused("not_a_number", _("“%(value)s” is not a number."), value=str(number))
    if number and not -20 <= number.adjusted() < MAX_WHOLE_DIGITS:
        raise Refused("number_too_large", _("The number %(value)s has too many digits."), value=short(number))
    return number


# --- numbers -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _number_pattern(numbers: NumberFormat) -> re.Pattern:
    point, group = re.escape(numbers.decimal), re.escape(numbers.thousands)
    whole = rf"\d{{1,3}}(?:{group}\d{{3}})+|\d+" if group else r"\d+"
    return re.compile(rf"(?:{whole})(?:{point}\d*)?|{point}\d+", re.ASCII)


def _unsigned(text: str) -> tuple[bool, str]:
    """Whether the number is negative (`-1`, `1-` as SAP writes it, `(1)` as accountants do), and its digits."""
    text = text.replace("\u2212", "-").replace("\xa0", " ").replace("\u202f", " ").replace("\u2019", "'").strip()
    if text.startswith("(") and text.endswith(")"):
        return True, text[1:-1].strip()
    if text.endswith("-"):
        return True, text[:-1].strip()
    if text.startswith(("-", "+")):
        return text[0] == "-", text[1:].strip()
    return False, text


@lru_cache(maxsize=16384)
def _parse_number(text: str, numbers: NumberFormat | None) -> Decimal:
    negative, digits = _unsigned(text)
    if numbers is None:
        if not re.fullmatch(r"\d+", digits, re.ASCII):
            raise _not_certain(text, digits)
        plain = digits
    elif _number_pattern(numbers).fullmatch(digits):
        plain = digits.replace(numbers.thousands, "") if numbers.thousands else digits
        plain = plain.replace(numbers.decimal, ".")
    else:
        raise Refused("not_a_number", _("“%(value)s” is not a number."), value=short(text))
    number = bounded(Decimal(plain))
    return -number if negative and number else number


def _not_certain(text: str, digits: str) -> Refused:
    if re.fullmatch(r"[\d.,' ]*\d[\d.,' ]*", digits, re.ASCII):
        return Refused(
            "ambiguous_number",
            _("“%(value)s” can be read in two ways: the mapping must say which mark begins the decimals."),
            value=short(text),
        )
    return Refused("not_a_number", _("“%(value)s” is not a number."), value=short(text))


def to_decimal(value, numbers: NumberFormat | None = PLAIN) -> Decimal:
    """The exact number that a clean value says; text is read by `numbers`, and without it only whole digits are."""
    kind = type(value)
    if kind is str:
        return _parse_number(value, numbers)
    if kind is Decimal:
        return bounded(value)
    if kind is not int:
        if kind is float:
            to_text(value)  # refuses it, saying why
        raise Refused("not_a_number", _("“%(value)s” is not a number."), value=short(value))
    return bounded(Decimal(value))


def round_half_up(number: Decimal, places: int) -> Decimal:
    """Commercial rounding to that many decimals."""
    return number.quantize(Decimal(1).scaleb(-places), rounding="ROUND_HALF_UP", context=WIDE)


def fit_digits(number: Decimal, places: int | None) -> Decimal:
    """The number with exactly that many decimals; one that has more is refused, for money is not rounded in silence."""
    if places is None:
        return number
    fitted = round_half_up(number, places)
    if fitted != number:
        raise Refused(
            "too_many_decimals",
            _("%(value)s has more than %(places)d decimals."),
            value=format(number, "f"),
            places=places,
        )
    return fitted


@lru_cache(maxsize=65536)
def number_evidence(text: str) -> str | None:
    """The decimal mark that this number proves by itself (`1.234,5` proves the comma), or None."""
    digits = _unsigned(text)[1]
    match = re.fullmatch(r"(\d*)((?:[.,]\d+)+)", digits, re.ASCII)
    if not match:
        return None
    marks = re.findall(r"[.,]", digits)
    last = marks[-1]
    other = "," if last == "." else "."
    if len(set(marks)) == 2:
        return last if _number_pattern(NumberFormat(last, other)).fullmatch(digits) else None
    if len(marks) > 1:
        return other if _number_pattern(NumberFormat(other, last)).fullmatch(digits) else None
    before, after = digits.split(last)
    return last if len(after) != 3 or len(before) > 3 or before.startswith("0") or not before else None


# What could prove the other mark has it, or has this one twice.
CONTRADICTING = {".": re.compile(r",|\.[^\n]*\."), ",": re.compile(r"\.|,[^\n]*,")}


def add_number_evidence(found: dict[str, str], texts: Iterable[str]) -> None:
    """Keep one number for each decimal mark that is proved; once one is, only what might contradict it is looked at."""
    if len(found) == 1 and not CONTRADICTING[next(iter(found))].search("\n".join(texts)):
        return
    for text in texts:
        mark = number_evidence(text)
        if mark:
            found.setdefault(mark, text)


def guess_numbers(texts: Iterable[str]) -> NumberFormat | None:
    """The number format that a file's values prove; None when none proves one, or when they contradict each other."""
    proved = {mark for mark in map(number_evidence, texts) if mark}
    if len(proved) != 1:
        return None
    mark = proved.pop()
    return NumberFormat(mark, "," if mark == "." else ".")


# --- dates ---------------------------------------------------------------------------------------------------------

DAY_FIRST = ("iso", "%Y%m%d", "%Y/%m/%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
MONTH_FIRST = ("iso", "%Y%m%d", "%Y/%m/%d", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y")
YEAR_FIRST = ("iso", "%Y%m%d", "%Y/%m/%d")
NUMBER_DATES = {"excel": timedelta(days=1), "unix": timedelta(seconds=1), "unix_ms": timedelta(milliseconds=1)}
DAY_MONTH = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}(?:\D.*)?", re.ASCII)


@lru_cache(maxsize=16384)
def _parse_datetime(text: str, formats: tuple[str, ...]) -> datetime:
    for form in formats:
        found = _by_format(text, form)
        if found is not None and found.year >= 1900:
            return found
    if DAY_MONTH.fullmatch(text) and formats == YEAR_FIRST:
        raise Refused(
            "ambiguous_date",
            _("“%(value)s” can be read in two ways: the mapping must say the date format."),
            value=short(text),
        )
    raise Refused("not_a_date", _("“%(value)s” is not a date in the expected format."), value=short(text))


def _by_format(text: str, form: str) -> datetime | None:
    try:
        if form in NUMBER_DATES:
            return _from_number(Decimal(text), form) if re.fullmatch(r"\d{1,15}(\.\d+)?", text, re.ASCII) else None
        if form == "iso":
            return datetime.fromisoformat(text.replace(",", ".")) if ISO_DATE.fullmatch(text) else None
        if form == "%Y%m%d" and not re.fullmatch(r"\d{8}", text, re.ASCII):
            return None
        return datetime.strptime(text, form)  # noqa: DTZ007 the portal's zone is given to it where it is stored
    except (ValueError, OverflowError):
        return None


def _from_number(number: Decimal, form: str) -> datetime:
    # Spreadsheets count from 1899-12-30 because they believe that 1900 was a leap year.
    start = datetime(1899, 12, 30) if form == "excel" else datetime(1970, 1, 1)
    return start + float(number) * NUMBER_DATES[form]


def to_datetime(value, formats: tuple[str, ...] = YEAR_FIRST) -> datetime:
    """The moment that a clean value says, naive where the file names no zone."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        return _parse_datetime(to_text(value), formats)
    raise Refused("not_a_date", _("“%(value)s” is not a date in the expected format."), value=short(value))


def to_date(value, formats: tuple[str, ...] = YEAR_FIRST) -> date:
    """The day that a clean value says, in the file's own zone."""
    return to_datetime(value, formats).date()


@lru_cache(maxsize=16384)
def date_evidence(text: str) -> str | None:
    """`day` or `month`, whichever this date proves to come first, or None."""
    match = DAY_MONTH.fullmatch(text)
    if not match:
        return None
    first, second = int(match[1]), int(match[2])
    if 12 < first <= 31 and 1 <= second <= 12:
        return "day"
    return "month" if 1 <= first <= 12 < second <= 31 else None


def guess_dates(texts: Iterable[str]) -> tuple[str, ...]:
    """The date formats that a file's values prove; only year-first ones when they prove none or disagree."""
    proved = {first for first in map(date_evidence, texts) if first}
    if len(proved) != 1:
        return YEAR_FIRST
    return DAY_FIRST if proved == {"day"} else MONTH_FIRST


# --- other kinds ---------------------------------------------------------------------------------------------------


def to_boolean(value) -> bool:
    """Yes or no in Spanish, Portuguese or English, or 1 and 0."""
    word = to_text(value).strip().casefold()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise Refused("not_a_boolean", _("“%(value)s” is neither yes nor no."), value=short(value))


def to_integer(value, numbers: NumberFormat | None = PLAIN) -> int:
    """A whole number; `7.0` is one, `7.5` is refused."""
    number = to_decimal(value, numbers)
    if number != number.to_integral_value():
        raise Refused("not_an_integer", _("“%(value)s” is not a whole number."), value=short(value))
    if abs(number) >= 2**31:
        raise Refused("number_too_large", _("The number %(value)s has too many digits."), value=short(value))
    return int(number)


def check_text(value, max_length: int | None = None) -> str:
    """The value as text of a length that the field holds."""
    text = to_text(value)
    limit = max_length or MAX_TEXT
    if len(text) > limit:
        raise Refused("too_long", _("The text has more than %(limit)d characters."), limit=limit)
    if "+" in text and SCIENTIFIC.fullmatch(text):
        raise Refused(
            "spreadsheet_number",
            _("A spreadsheet has turned this code into “%(value)s”: the column must be saved as text."),
            value=text,
        )
    return text


def to_choice(value, choices: tuple[str, ...]) -> str:
    """The one of the choices that the value names, upper or lower case."""
    word = to_text(value).casefold()
    for choice in choices:
        if choice.casefold() == word:
            return choice
    raise Refused(
        "not_a_choice",
        _("“%(value)s” is not one of: %(choices)s."),
        value=short(value),
        choices=", ".join(choices),
    )


def to_xml(value) -> str:
    """A well-formed XML document without a document type, so without entities."""
    text = to_text(value)
    if len(text) > MAX_XML:
        raise Refused("too_long", _("The text has more than %(limit)d characters."), limit=MAX_XML)
    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.encode(), True)
    except (expat.ExpatError, UnicodeEncodeError) as problem:
        raise Refused("not_xml", _("The XML is not well-formed.")) from problem
    return text


def _refuse_doctype(*_unused):
    raise Refused("xml_doctype", _("The XML declares a document type, which is not accepted."))


@lru_cache(maxsize=65536)
def _fitted(number: int | Decimal, places: int | None, whole: int | None) -> Decimal:
    fitted = fit_digits(bounded(Decimal(number)), places)
    if whole is not None and abs(fitted) >= 10**whole:
        raise Refused("number_too_large", _("The number %(value)s has too many digits."), value=short(number))
    return fitted


Plain = Callable[[str], Any]


def _decimal_converter(
    numbers: NumberFormat | None, places: int | None, whole: int | None
) -> Callable[[object], Decimal]:
    def convert(value) -> Decimal:
        # The same few prices, rates and quantities come again and again: what they are is worked out once.
        kind = type(value)
        return _fitted(value if kind is int or kind is Decimal else to_decimal(value, numbers), places, whole)

    return convert


def plain_reader(target: Field, numbers: NumberFormat | None = PLAIN) -> Plain:
    """The short way for the many texts that need no cleaning and leave nothing to ask; None for all others."""
    if target.kind in ("text", "reference"):
        return _plain_text(target.max_length or (MAX_TEXT if target.kind == "text" else MAX_KEY))
    if target.kind == "decimal" and target.digits and target.whole is not None:
        return _plain_amount(target.digits, target.whole, numbers.decimal if numbers else "")
    return _nothing


def _plain_text(longest: int) -> Plain:
    def read(text: str) -> str | None:
        clean = text.isprintable() and len(text) <= longest and "+" not in text
        if not clean or not text or text[0] == " " or text[-1] == " ":
            return None
        return text if text.isascii() or unicodedata.is_normalized("NFC", text) else None

    return read


def _plain_amount(places: int, longest: int, point: str) -> Plain:
    """Digits, a mark and digits, no more of them than the field has."""
    unit = Decimal(1).scaleb(-places)

    def read(text: str) -> Decimal | None:
        rest = text.strip("0123456789")
        if len(text) > longest or not text or (rest and (rest != point or text[0] == point or text[-1] == point)):
            return None
        number = Decimal(text if point != "," else text.replace(",", "."))
        fitted = number.quantize(unit)
        return fitted if fitted == number else None

    return read


def _nothing(_text: str) -> None:
    return None


class Remembered(dict[str | int, Any]):
    """What texts and whole numbers mean to one field: the same dates, rates, units and codes come again and again."""

    LONGEST, MOST = 40, 8_000

    def __init__(self, understand: Callable[[Any], Any], plain: Plain):
        super().__init__()
        self.understand, self.plain, self.varied = understand, plain, False

    def __missing__(self, sent: str | int) -> Any:
        found = self.plain(sent) if isinstance(sent, str) else None
        if found is None:
            found = self.understand(sent)
        if not self.varied and (isinstance(sent, int) or len(sent) <= self.LONGEST):
            self[sent] = found
            if len(self) > self.MOST:  # hardly one comes twice: looking for them takes longer than reading them
                self.varied = True
                self.clear()
        return found


def converter(
    target: Field, numbers: NumberFormat | None = PLAIN, dates: tuple[str, ...] = YEAR_FIRST
) -> Callable[[object], object]:
    """The function from a clean value that is not empty to the typed value of the field."""
    if target.kind == "decimal":
        return _decimal_converter(numbers, target.digits, target.whole)
    converters: dict[str, Callable[[Any], object]] = {
        "text": partial(check_text, max_length=target.max_length),
        "reference": partial(check_text, max_length=target.max_length or MAX_KEY),
        "date": partial(to_date, formats=dates),
        "datetime": partial(to_datetime, formats=dates),
        "integer": partial(to_integer, numbers=numbers),
        "boolean": to_boolean,
        "choice": partial(to_choice, choices=target.choices),
        "xml": to_xml,
    }
    return converters[target.kind]
