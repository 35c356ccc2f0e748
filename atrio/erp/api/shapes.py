"""A document as a program reads it: the values that the ERP sends, under the same names, and what the portal adds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery

from atrio.core.doctypes import Column, DocumentType, LoadField, document_types
from atrio.core.documents import value_at

from ..loads.types import model_field

FIRST = ("id", "external_id")
LAST = ("erp_state", "version", "created_at", "updated_at")
AMOUNT = {"type": "string", "format": "decimal", "pattern": r"^-?\d+(\.\d+)?$"}
OF_COLUMN: dict[str, dict[str, Any]] = {
    "quantity": AMOUNT,
    "amount": AMOUNT,
    "percent": AMOUNT,
    "number": {"type": "integer"},
    "text": {"type": "string"},
}


@dataclass(frozen=True)
class Value:
    """One value of a row: its name, the path from the row to it, and what it can be."""

    name: str
    path: str
    schema: dict

    @property
    def alias(self) -> str:
        return f"v_{self.name}" if "__" in self.path else self.path


@cache
def header(name: str) -> tuple[Value, ...]:
    """What is said of each document of a type."""
    kind = document_types()[name]
    given = kind.load.fields if kind.load else ()
    shown = (*kind.columns, *kind.facts, *kind.amounts)
    return tuple(_values(kind.model, (*FIRST, *_own(kind.model)), given, shown, LAST, properties=False))


@cache
def line(name: str) -> tuple[Value, ...]:
    """What is said of each line of a document."""
    kind = document_types()[name]
    if kind.lines is None:
        return ()
    given = kind.load.lines if kind.load else ()
    return tuple(_values(kind.lines.model, ("position",), given, kind.lines.columns, (), properties=True))


def _own(model: type[models.Model]) -> list[str]:
    """What every document has; it comes first, whatever order its type is loaded in."""
    return [name for name in ("number", "partner", "issue_date", "currency", "state") if model_field(model, name)]


def _values(
    model: Any,
    first: Iterable[str],
    given: Iterable[LoadField],
    shown: Iterable[Column],
    last: Iterable[str],
    *,
    properties: bool,
) -> list[Value]:
    named = [(name, name) for name in first] + [(one.name, one.column or one.name) for one in given]
    named += [(column.name, column.source) for column in shown] + [(name, name) for name in last]
    found: dict[str, Value] = {}
    for name, path in named:
        value = _value(model, name.replace("__", "_"), path)
        if value is not None and value.name not in found:
            found[value.name] = value
    if properties:  # what a line works out of its other values, such as what is left to receive
        for column in shown:
            worked_out = isinstance(getattr(model, column.source, None), property)
            if worked_out and column.kind in OF_COLUMN:
                found.setdefault(column.name, Value(column.name, column.source, OF_COLUMN[column.kind]))
    return list(found.values())


def _value(model: Any, name: str, path: str) -> Value | None:
    first, _dots, rest = path.partition("__")
    field = model_field(model, first.removesuffix("_id")) or model_field(model, first)
    if field is None:
        return None
    if not isinstance(field, models.ForeignKey):
        return Value(name, path, schema_of(field))
    target: Any = field.related_model
    key = rest or ("external_id" if model_field(target, "external_id") else "name")
    kind = {"type": "string"}
    return Value(name, f"{field.name}__{key}", _nullable(kind) if field.null else kind)


def schema_of(field: models.Field) -> dict:
    """What a model's field can hold, as JSON Schema."""
    kind: dict[str, Any] = {"type": "string"}
    if isinstance(field, models.DecimalField):
        kind = dict(AMOUNT)
    elif isinstance(field, models.BooleanField):
        kind = {"type": "boolean"}
    elif isinstance(field, models.IntegerField):
        kind = {"type": "integer"}
    elif isinstance(field, models.DateTimeField):
        kind = {"type": "string", "format": "date-time"}
    elif isinstance(field, models.DateField):
        kind = {"type": "string", "format": "date"}
    elif field.choices:
        kind["enum"] = [str(value) for value, _label in field.flatchoices] + ([""] if field.blank else [])
    return _nullable(kind) if field.null else kind


def _nullable(kind: dict) -> dict:
    return kind | {"type": [kind["type"], "null"]} | ({"enum": [*kind["enum"], None]} if "enum" in kind else {})


# --- reading -------------------------------------------------------------------------------------------------------


def read(kind: DocumentType, rows: QuerySet) -> list[dict]:
    """The headers of the rows, in one query; what other tables say is looked up for these rows only, never joined."""
    values = header(kind.name)
    names = [value.name for value in values]
    return [dict(zip(names, row, strict=True)) for row in _tuples(kind.model, values, rows)]


def _tuples(model: Any, values: Iterable[Value], rows: QuerySet, *first: str) -> QuerySet:
    for value in values:
        if "__" in value.path:
            rows = rows.annotate(**{value.alias: _looked_up(model, value.path)})
    return rows.values_list(*first, *(value.alias for value in values))


def _looked_up(model: Any, path: str) -> Subquery:
    first, rest = path.split("__", 1)
    related = model._meta.get_field(first).related_model
    return Subquery(related._base_manager.filter(pk=OuterRef(f"{first}_id")).values(rest)[:1])


def add_lines(kind: DocumentType, found: list[dict]) -> None:
    """Hang the lines on documents that the actor was shown, all of them in one query."""
    if kind.lines is None:
        return
    values, model = line(kind.name), kind.lines.model
    names = [value.name for value in values]
    rows = model._base_manager.filter(document_id__in=[doc["id"] for doc in found]).order_by("document_id", "position")
    worked_out = any(isinstance(getattr(model, value.path, None), property) for value in values)
    read_lines = _instances(values, rows) if worked_out else _tuples(model, values, rows, "document_id")
    by_document: dict[int, list[dict]] = {doc["id"]: [] for doc in found}
    for document_id, *said in read_lines:
        by_document[document_id].append(dict(zip(names, said, strict=True)))
    for doc in found:
        doc["lines"] = by_document[doc["id"]]


def _instances(values: tuple[Value, ...], rows: QuerySet) -> Iterator[tuple]:
    """Lines that work something out of their other values: read whole."""
    joined = sorted({value.path.split("__")[0] for value in values if "__" in value.path})
    for row in rows.select_related(*joined) if joined else rows:  # without a name it would join all that there is
        yield row.document_id, *(value_at(row, value.path) for value in values)
