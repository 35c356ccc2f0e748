"""What may stand in an address: each parameter with its JSON Schema, which is both shown and held to."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from atrio.core.actor import STAFF
from atrio.core.doctypes import DocumentType, Filter
from atrio.core.filters import LONGEST

from .envelope import Fault, Problem

DECIMAL = r"^-?\d{1,14}(\.\d{1,6})?$"
DAY = {"type": "string", "format": "date"}
TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": r"^[^\u0000]*$"}
MOST = 200
USUAL = 50
FLAG = {"type": "string", "enum": ["1"]}


@dataclass(frozen=True)
class Param:
    """One parameter of an address; `many` may be repeated."""

    name: str
    schema: dict
    about: str = ""
    many: bool = False
    place: str = "query"


LIMIT = Param("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, "How many at most.")
CURSOR = Param("cursor", TEXT, "Where the page before said that the next begins.")


def of_list(kind: DocumentType) -> tuple[Param, ...]:
    """The parameters of a type's list: those of its page, and what programs need besides."""
    found = [
        CURSOR,
        LIMIT,
        Param("external_id", TEXT, "The one that the ERP calls so."),
        Param("updated_since", {"type": "string", "format": "date-time"}, "Changed at or after this moment."),
        Param("q", TEXT, "Words, as typed into the search box."),
    ]
    if kind.lines:
        found.append(Param("include", {"type": "string", "enum": ["lines"]}, "Send the lines, too."))
    return (*found, *(one for asked in kind.filters if STAFF in asked.only for one in of_filter(asked)))


def of_filter(asked: Filter) -> Iterable[Param]:
    label = str(asked.label)
    ranges: dict[str, dict] = {"dates": DAY, "amounts": {"type": "string", "pattern": DECIMAL}, "numbers": TEXT}
    if asked.kind in ranges:
        yield Param(f"{asked.name}_from", ranges[asked.kind], f"{label}: from")
        yield Param(f"{asked.name}_to", ranges[asked.kind], f"{label}: to")
    elif asked.kind == "choice":
        values = [str(value) for value, _label in (asked.choices() if asked.choices else ())]
        yield Param(asked.name, {"type": "string", "enum": values}, label, many=True)
    else:
        yield Param(asked.name, FLAG if asked.kind == "check" else TEXT, label)


def checked(request: HttpRequest, allowed: Iterable[Param]) -> QueryDict:
    """The parameters of a request, all known and all well-formed; what is not is said of each, never ignored."""
    by_name = {one.name: one for one in allowed if one.place == "query"}
    faults = []
    for name, values in request.GET.lists():
        one = by_name.get(name)
        if one is None:
            faults.append(Fault(name[:100], "unknown_parameter", _("There is no such parameter.")))
        elif len(values) > 1 and not one.many:
            faults.append(Fault(name, "repeated", _("This parameter may be sent once.")))
        else:
            said = next((text for value in values if (text := problem_with(value, one.schema))), "")
            faults += [Fault(name, "invalid", said)] if said else []
    if faults:
        raise Problem(400, "invalid_parameters", _("Some parameters of the address are not understood."), faults)
    return request.GET


def problem_with(value: str, schema: dict[str, Any]) -> str:
    """Why a text is not what its schema says; empty when it is."""
    if schema["type"] == "integer":
        return _whole(value, schema)
    if "enum" in schema:
        one_of = _("Send one of: %(values)s.") % {"values": ", ".join(schema["enum"])}
        return "" if value in schema["enum"] else one_of
    if "format" in schema:
        return _moment(value, schema["format"])
    if "pattern" in schema and "maxLength" not in schema:
        return "" if re.fullmatch(schema["pattern"], value, re.ASCII) else _("Write the number like 1234.50.")
    if not value or len(value) > schema["maxLength"] or "\0" in value:
        return _("Send between 1 and %(most)s characters.") % {"most": schema["maxLength"]}
    return ""


def _whole(value: str, schema: dict) -> str:
    low, high = schema["minimum"], schema["maximum"]
    if re.fullmatch(r"\d{1,9}", value, re.ASCII) and low <= int(value) <= high:
        return ""
    return _("Send a whole number from %(low)s to %(high)s.") % {"low": low, "high": high}


def _moment(value: str, form: str) -> str:
    if form == "date":
        return "" if _day(value) else _("Write the date as year-month-day.")
    return "" if moment(value) else _("Write the moment like 2026-01-31T12:00:00Z, with its zone.")


def _day(value: str) -> dt.date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def moment(value: str) -> dt.datetime | None:
    """A moment as RFC 3339 writes it; without a zone it could be any of twenty-six."""
    written = r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})"
    if not re.fullmatch(written, value, re.ASCII):
        return None
    try:
        return dt.datetime.fromisoformat(value.upper()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
