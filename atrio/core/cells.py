"""From a value to what a person reads: one function per column, made once per list and called for every cell."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from .doctypes import Column, DocumentType
from .formats import Formats

Write = Callable[[Any, str], str]
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def choices_of(kind: DocumentType | None, column: Column) -> dict:
    if column.choices is not None:
        choices = column.choices() if callable(column.choices) else column.choices
        return {key: str(label) for key, label in choices.items()}
    if kind is None or column.kind not in ("state", "choice"):
        return {}
    return {key: capfirst(str(label)) for key, label in kind.model._meta.get_field(column.source).flatchoices}


def text_writer(column: Column, formats: Formats, kind: DocumentType | None = None) -> Write:
    """The column's value as plain text in the person's format."""
    simple: dict[str, Write] = {
        "date": lambda v, c: formats.date(v),
        "datetime": lambda v, c: formats.datetime(v),
        "amount": lambda v, c: formats.money(v, c or ""),
        "quantity": lambda v, c: formats.number(v),
        "number": lambda v, c: formats.number(v),
        "percent": lambda v, c: formats.percent(v),
    }
    if column.kind in simple:
        return simple[column.kind]
    if column.kind == "check":
        yes, no = _("yes"), _("no")
        return lambda v, c: yes if v else no
    labels = choices_of(kind, column)
    if labels:
        return lambda v, c: str(labels.get(v, v or ""))
    return lambda v, c: "" if v is None else str(v)


def state_badge(kind: DocumentType | None, value: str, label: str) -> Markup:
    colour = kind.states.get(value, "gray") if kind else "grey"
    return Markup('<span class="state state-{}">{}</span>').format(colour, label)


def html_writer(column: Column, formats: Formats, kind: DocumentType | None = None) -> Write:
    """The column's value as safe HTML."""
    text = text_writer(column, formats, kind)
    if column.kind == "state":
        labels = choices_of(kind, column)
        badges = {value: state_badge(kind, value, label) for value, label in labels.items()}
        return lambda v, c: badges.get(v) or escape(v or "")
    if column.kind in ("quantity", "number", "percent", "date", "datetime"):
        return text  # made of digits and marks: nothing a person typed
    return lambda v, c: escape(text(v, c))


def web_address(text: str) -> str:
    """The text if a browser may be led there: what somebody typed could also be a script."""
    return text if re.match(r"https?://[^\s/]", text, re.IGNORECASE) else ""


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(DANGEROUS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isascii() and text.lstrip("+-").replace(".", "", 1).isdigit()


def sheet_value(value: Any, label: str | None) -> Any:
    """What a spreadsheet or program keeps: numbers and dates as they are, moments in local time, harmless texts."""
    if label is not None:
        return harmless(label)
    if isinstance(value, dt.datetime):
        there = timezone.localtime(value) if timezone.is_aware(value) else value
        return there.replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, (int, Decimal, dt.date, bool)):
        return value
    return harmless(str(value))
